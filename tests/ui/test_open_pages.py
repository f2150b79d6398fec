from __future__ import annotations

import threading

import pytest

from vxa.app.progress import Progress
from vxa.core.errors import InterruptedRunError
from vxa.ui.background import BackgroundRun
from vxa.ui.open_pages import OpenPage, OpenPages


@pytest.fixture
def pages() -> OpenPages[OpenPage]:
    return OpenPages(OpenPage)


def endless(progress: Progress) -> None:
    while True:
        progress(0, 0, "turning")
        threading.Event().wait(0.01)


def test_only_the_runs_of_the_page_are_stopped(pages: OpenPages[OpenPage]) -> None:
    mine, other = BackgroundRun(endless), BackgroundRun(endless)
    with pages.running("mine", mine), pages.running("other", other):
        pages.interrupt("mine")
        with pytest.raises(InterruptedRunError):
            mine.result()
        assert not other._future.done()
    with pytest.raises(InterruptedRunError):
        other.result()
    assert not pages["mine"].runs, "it has ended"


def test_pages_used_longest_ago_are_forgotten(pages: OpenPages[OpenPage]) -> None:
    kept = pages["kept"]
    for number in range(20):
        assert pages["kept"] is kept
        assert pages[f"page {number}"] is not kept
    assert len(pages) == 8
