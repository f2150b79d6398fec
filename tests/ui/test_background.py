from __future__ import annotations

import threading

import pytest

from vxa.app.progress import Progress
from vxa.core.errors import InterruptedRunError
from vxa.ui.background import BackgroundRun


def test_reports_come_in_order_and_then_the_result() -> None:
    def work(report: Progress) -> str:
        for done in range(3):
            report(done, 3, "counting")
        return "done"

    run = BackgroundRun(work)
    assert list(run.reports()) == [(0, 3, "counting"), (1, 3, "counting"), (2, 3, "counting")]
    assert run.result() == "done"


def test_an_error_is_raised_where_the_result_is_asked_for() -> None:
    def work(report: Progress) -> None:
        report(0, 1, "failing")
        raise ZeroDivisionError("by hand")

    run = BackgroundRun(work)
    assert len(list(run.reports())) == 1
    with pytest.raises(ZeroDivisionError, match="by hand"):
        run.result()


def test_a_stopped_run_ends_at_its_next_report() -> None:
    is_started, may_go_on = threading.Event(), threading.Event()
    steps = []

    def work(report: Progress) -> None:
        is_started.set()
        may_go_on.wait(10)
        for done in range(100):
            report(done, 100, "working")
            steps.append(done)

    run = BackgroundRun(work)
    assert is_started.wait(10)
    run.stop()
    may_go_on.set()
    with pytest.raises(InterruptedRunError):
        run.result()
    assert steps == []
