from __future__ import annotations

from pathlib import Path

import pytest

from vxa.app.progress import Progress
from vxa.app.saving import SavedFiles
from vxa.core.errors import ConfigError, OutputError
from vxa.ui.compat import UNCHANGED
from vxa.ui.following import Run, offer, tell
from vxa.ui.open_pages import OpenPage, OpenPages


@pytest.fixture
def pages() -> OpenPages[OpenPage]:
    return OpenPages(OpenPage)


def told(pages: OpenPages[OpenPage], steps) -> list[str]:
    return [status for shown, status in tell(pages, "page", steps) if shown == UNCHANGED]


def endless(report: Progress) -> None:
    while True:
        report(1, 2, "painting")


def test_a_run_is_followed_to_what_it_gives(pages: OpenPages[OpenPage]) -> None:
    def work(report: Progress) -> str:
        report(1, 2, "painting")
        return "done"

    def steps(run: Run):
        yield (yield from run.follow(work)), "finished"

    assert [shown for shown, _ in tell(pages, "page", steps)] == [UNCHANGED, UNCHANGED, "done"]
    assert "Painting" in told(pages, steps)[1] and not pages["page"].runs


def test_a_run_that_the_page_stops_says_so_and_leaves_what_is_shown(pages: OpenPages[OpenPage]) -> None:
    status = []
    for shown, said in tell(pages, "page", lambda run: run.follow(endless)):
        assert shown == UNCHANGED
        status.append(said)
        if "Painting" in said:
            pages.interrupt("page")
    assert any("Stopping" in said for said in status) and "Interrupted" in status[-1]
    assert not pages["page"].runs


def test_a_run_can_be_stopped_before_its_first_work_has_begun(pages: OpenPages[OpenPage]) -> None:
    steps = tell(pages, "page", lambda run: run.follow(endless))
    assert "Starting" in next(steps)[1]
    pages.interrupt("page")
    ((_, last),) = steps
    assert "Interrupted" in last


def test_a_run_stopped_between_two_works_does_not_begin_the_second(pages: OpenPages[OpenPage]) -> None:
    begun = []

    def steps(run: Run):
        yield from run.follow(lambda _: begun.append("first"))
        pages.interrupt("page")
        yield from run.follow(lambda _: begun.append("second"))

    assert "Interrupted" in told(pages, steps)[-1] and begun == ["first"]


def test_an_error_is_said(pages: OpenPages[OpenPage]) -> None:
    def work(_: Progress) -> None:
        raise ConfigError("a word", got="none", remedy="Click one.")

    assert "Click one." in told(pages, lambda run: run.follow(work))[-1]


def test_what_was_saved_is_offered_and_a_full_disk_is_said(tmp_path: Path) -> None:
    saved = SavedFiles(tmp_path, (), tmp_path / "picture.png", tmp_path / "job.json", None)
    files, status = offer(lambda: saved)
    assert files["value"] == [str(path) for path in saved.all] and "Saved 2 files" in status

    def fail() -> SavedFiles:
        raise OutputError("room to write", got="none")

    files, status = offer(fail)
    assert files == UNCHANGED and "room to write" in status
