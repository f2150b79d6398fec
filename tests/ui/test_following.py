from __future__ import annotations

from pathlib import Path

import pytest

from vxa.app.progress import Progress
from vxa.app.saving import SavedFiles
from vxa.core.errors import ConfigError, OutputError
from vxa.ui.compat import UNCHANGED
from vxa.ui.following import follow, offer, stop_runs, tell
from vxa.ui.open_pages import OpenPage, OpenPages


@pytest.fixture
def pages() -> OpenPages[OpenPage]:
    return OpenPages(OpenPage)


def told(steps) -> list[str]:
    return [status for shown, status in tell(steps) if shown == UNCHANGED]


def test_a_run_is_followed_to_what_it_gives(pages: OpenPages[OpenPage]) -> None:
    def work(report: Progress) -> str:
        report(1, 2, "painting")
        return "done"

    def steps():
        yield (yield from follow(pages, "page", work)), "finished"

    assert [shown for shown, _ in tell(steps())] == [UNCHANGED, UNCHANGED, "done"]
    assert "Painting" in told(steps())[1] and not pages["page"].runs


def test_a_run_that_the_page_stops_says_so_and_leaves_what_is_shown(pages: OpenPages[OpenPage]) -> None:
    def work(report: Progress) -> None:
        report(1, 2, "painting")
        while True:
            report(1, 2, "painting")

    status = []
    for shown, said in tell(follow(pages, "page", work)):
        assert shown == UNCHANGED
        status.append(said)
        if "Painting" in said:
            stop_runs(pages, "page")
    assert "Interrupted" in status[-1] and stop_runs(pages, "page") == UNCHANGED


def test_an_error_is_said(pages: OpenPages[OpenPage]) -> None:
    def work(_: Progress) -> None:
        raise ConfigError("a word", got="none", remedy="Click one.")

    assert "Click one." in told(follow(pages, "page", work))[-1]


def test_what_was_saved_is_offered_and_a_full_disk_is_said(tmp_path: Path) -> None:
    saved = SavedFiles(tmp_path, (), tmp_path / "picture.png", tmp_path / "job.json", None)
    files, status = offer(lambda: saved)
    assert files["value"] == [str(path) for path in saved.all] and "Saved 2 files" in status

    def fail() -> SavedFiles:
        raise OutputError("room to write", got="none")

    files, status = offer(fail)
    assert files == UNCHANGED and "room to write" in status
