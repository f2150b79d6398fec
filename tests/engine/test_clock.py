"""Cues: handed over, shadowed, gone."""

from __future__ import annotations

import threading

import pytest

from vxa.core.errors import CaptureError
from vxa.core.grid import Grid
from vxa.engine.clock import Clock, Conductor, Cue, Row

ROWS = (Row("uncond", 0), Row("uncond", 1), Row("cond", 0), Row("cond", 1), Row("cond", 0))


def make_cue(step: int = 0) -> Cue:
    return Cue(Clock(step, 4, 500.0), ROWS, Grid(8, 6))


def test_fraction_is_what_lies_behind() -> None:
    assert [Clock(step, 4, 0.0).fraction for step in range(4)] == [0, 0.25, 0.5, 0.75]


@pytest.mark.parametrize(
    ("role", "pictures", "rows"),
    [("cond", None, (2, 3, 4)), ("uncond", None, (0, 1)), ("cond", (0,), (2, 4)), ("cond", (1, 5), (3,))],
)
def test_rows_by_role_and_picture(role: str, pictures: tuple[int, ...] | None, rows: tuple[int, ...]) -> None:
    assert make_cue().rows_of(role, pictures) == rows


def test_a_cue_lasts_as_long_as_its_call() -> None:
    conductor = Conductor()
    assert not conductor.is_playing
    with pytest.raises(CaptureError, match=r"announced by its driver; got none. Wrap it in `playing\(cue\)`"):
        _ = conductor.cue
    outer, inner = make_cue(1), make_cue(2)
    with conductor.playing(outer) as playing:
        assert playing is conductor.cue is outer
        with pytest.raises(KeyboardInterrupt), conductor.playing(inner):
            assert conductor.cue is inner
            raise KeyboardInterrupt
        assert conductor.cue is outer
    assert not conductor.is_playing


def test_a_call_is_announced_to_its_own_thread_only() -> None:
    conductor = Conductor()
    heard: list[bool] = []

    def listen() -> None:
        heard.append(conductor.is_playing)
        with conductor.playing(make_cue(3)):
            heard.append(conductor.cue.clock.step == 3)

    with conductor.playing(make_cue()):
        thread = threading.Thread(target=listen)
        thread.start()
        thread.join()
        assert conductor.cue.clock.step == 0
    assert heard == [False, True]


def test_edits_know_their_sources() -> None:
    plain = (Row("uncond", 0), Row("uncond", 1), Row("cond", 0), Row("cond", 1, edit=1, source=0))
    assert list(Cue(Clock(0, 1, 0.0), plain, Grid(8, 6)).edits()) == [(3, 2, 1)]
    single = (Row("cond", 4, edit=2, source=4), Row("uncond", 4), Row("reference", 4))
    assert list(Cue(Clock(0, 1, 0.0), single, Grid(8, 6)).edits()) == [(0, 2, 2)]
    assert list(make_cue().edits()) == []
    with pytest.raises(CaptureError, match=r"the source of picture 1 in the same UNet call; got \[1\]"):
        list(Cue(Clock(0, 1, 0.0), plain[3:], Grid(8, 6)).edits())
