"""Windows of a run, against the tables of the authors' code."""

from __future__ import annotations

import pytest

from vxa.core.errors import ConfigError
from vxa.engine.clock import Clock
from vxa.methods.windows import check_holds_a_call, check_window, is_empty, within, within_noise, within_steps


def steps_in(window: tuple[float, float], num_steps: int) -> list[int]:
    return [step for step in range(num_steps) if within_steps(Clock(step, num_steps, 0.0), window)]


@pytest.mark.parametrize(
    ("last", "num_rows"), [(0.8, 40), (0.4, 20), (0.2, 10), (0.5, 25), (0.6, 30), (0.3, 15), (1.0, 51), (0.0, 0)]
)
def test_fractions_are_the_authors_rows(last: float, num_rows: int) -> None:
    assert steps_in((0.0, last), 51) == list(range(num_rows)), "50 steps of PNDM are 51 calls"


def test_a_window_may_start_late() -> None:
    assert steps_in((0.3, 0.7), 10) == [3, 4, 5, 6]
    assert steps_in((0.29, 0.29), 100) == []


def test_neighbouring_windows_share_no_step_and_leave_none_out() -> None:
    for num_steps in range(1, 60):
        cut = num_steps / 61
        assert steps_in((0, cut), num_steps) + steps_in((cut, 1), num_steps) == list(range(num_steps))


@pytest.mark.parametrize(("timestep", "inside"), [(999, False), (800, True), (500, True), (300, True), (299, False)])
def test_noise_levels_include_both_ends(timestep: float, inside: bool) -> None:
    assert within_noise(Clock(0, 1, timestep), (0.3, 0.8)) is inside


def test_reversed_and_outlying_windows_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"a window of x as .* got \(0.8, 0.2\). Write \(0.2, 0.8\)"):
        check_window((0.8, 0.2), "x")
    for window in ((-0.1, 0.5), (0.0, 80.0), (float("nan"), 1.0)):
        with pytest.raises(ConfigError, match="Fractions of the run"):
            check_window(window, "x")
    check_window((0.0, 1.0), "x")
    assert is_empty((0.5, 0.5)) and not is_empty((0.0, 0.1))


def test_a_window_is_read_in_its_unit() -> None:
    late = Clock(9, 10, 50.0)
    assert within(late, (0.9, 1.0), "calls") and not within(late, (0.9, 1.0), "noise")
    assert within(late, (0.0, 0.1), "noise") and not within(late, (0.0, 0.1), "calls")


def test_a_window_without_a_call_is_refused() -> None:
    check_holds_a_call((0.0, 0.01), 4, "x")
    check_holds_a_call((0.75, 1.0), 4, "x")
    with pytest.raises(ConfigError, match=r"a window of x that holds at least one of the 3 steps .* Widen it by 0\.33"):
        check_holds_a_call((0.75, 1.0), 3, "x")
