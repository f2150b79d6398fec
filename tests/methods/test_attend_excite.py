from __future__ import annotations

from typing import Any

import pytest

from vxa.core.errors import ConfigError
from vxa.engine.clock import Clock
from vxa.methods.attend_excite import AttendExcite

CONFIG = AttendExcite(("cat",))


def clock(step: int, num_steps: int = 50) -> Clock:
    return Clock(step, num_steps, 500.0)


def test_steps_thresholds_and_moves_are_the_published_ones() -> None:
    assert CONFIG.step(clock(0)) == 20 and CONFIG.step(clock(49)) == pytest.approx(20 * 0.5**0.5)
    assert CONFIG.step(clock(10)) == pytest.approx(20 * (1 - 0.5 * 10 / 49) ** 0.5)
    found = {step: CONFIG.threshold(clock(step)) for step in range(50)}
    assert {step: peak for step, peak in found.items() if peak is not None} == {0: 0.05, 10: 0.5, 20: 0.8}
    assert [step for step in range(50) if CONFIG.moves(clock(step))] == list(range(25))


def test_a_sampler_that_looks_once_more_has_the_same_table() -> None:
    found = [step for step in range(51) if CONFIG.threshold(clock(step, 51)) is not None]
    assert found == [0, 10, 20] and CONFIG.moves(clock(24, 51)) and not CONFIG.moves(clock(25, 51))


def test_a_single_step_is_the_first() -> None:
    assert CONFIG.step(clock(0, 1)) == 20 and CONFIG.threshold(clock(0, 1)) == 0.8


@pytest.mark.parametrize("options", [
    {"words": ()}, {"thresholds": ((1.0, 0.5),)}, {"thresholds": ((0.1, 1.5),)}, {"end": 1.2}, {"max_refinements": -1},
    {"step_size": -1.0}, {"step_range": (1.0, -0.5)}, {"largest_move": 0.0},
])  # fmt: skip
def test_what_makes_no_sense_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        AttendExcite(**{"words": ("cat",), **options})
