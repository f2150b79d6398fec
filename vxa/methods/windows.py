"""When a method acts: a span of the run, in the unit of the paper it comes from."""

from __future__ import annotations

from typing import Literal

from vxa.core.errors import ConfigError
from vxa.engine.clock import Clock

Window = tuple[float, float]
"""First and last moment."""

WindowUnit = Literal["noise", "calls"]
"""Noise levels, timestep / 1000, falling as the run goes on; or shares of the run's calls, rising."""

TRAIN_STEPS = 1000
"""Timesteps of the diffusion that Stable Diffusion was trained on."""


def check_window(window: Window, what: str) -> None:
    """Check that a window lies within [0, 1] and is not reversed.

    Raises:
        ConfigError: If not.
    """
    first, last = window
    if not 0 <= first <= last <= 1:
        raise ConfigError(
            f"a window of {what} as (first, last) with 0 ≤ first ≤ last ≤ 1",
            got=window,
            remedy=f"Write ({last:g}, {first:g})." if 0 <= last < first <= 1 else "Fractions of the run are meant.",
        )


def is_empty(window: Window) -> bool:
    """Whether it holds no step of any run."""
    return window[0] == window[1]


def within_steps(clock: Clock, window: Window) -> bool:
    """Whether a call lies in a window given as fractions of the run's calls, (0, 1) being all of them.

    The first call is number ⌊first · calls⌋ and the last the one before ⌊last · calls⌋, as in prompt-to-prompt.
    """
    first, last = (int(bound * clock.num_steps + 1e-9) for bound in window)
    return first <= clock.step < last


def within_noise(clock: Clock, window: Window) -> bool:
    """Whether a call lies in a window of noise levels timestep / 1000, both ends included; 1 is where a run begins."""
    return window[0] <= clock.timestep / TRAIN_STEPS <= window[1]


def within(clock: Clock, window: Window, unit: WindowUnit) -> bool:
    """Whether a call lies in a window of that unit.

    Of shares of the calls a call belongs to the moment at which it begins, so that a window from the start of the run
    holds the first call however few there are; `within_steps` rounds as prompt-to-prompt does.
    """
    if unit == "noise":
        return within_noise(clock, window)
    first, last = (bound * clock.num_steps - 1e-9 for bound in window)
    return first <= clock.step < last


def check_holds_a_call(window: Window, num_calls: int, what: str) -> None:
    """Check that a window, in shares of a run's calls, holds one of them at least.

    Raises:
        ConfigError: If it would do nothing.
    """
    if not any(within(Clock(call, num_calls, 0.0), window, "calls") for call in range(num_calls)):
        raise ConfigError(
            f"a window of {what} that holds at least one of the {num_calls} steps that are run",
            got=f"{window[0]:g} to {window[1]:g}",
            remedy=f"Widen it by {1 / num_calls:.2g}, or take more steps.",
        )
