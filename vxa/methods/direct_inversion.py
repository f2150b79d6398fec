"""Direct inversion: edit an uploaded picture without optimising anything, by holding the source to its own latents."""

from __future__ import annotations

from torch import Tensor

from vxa.engine.clock import Clock
from vxa.engine.sampling import AfterStep, SamplingPlan
from vxa.methods.ddim_inversion import Trajectory


def hold_sources(trajectory: Trajectory, plan: SamplingPlan) -> AfterStep:
    """Put the latents met during inversion back into the source rows after each step.

    The source is then drawn exactly, at any guidance, and gives its edits the attention of the real picture; edits go
    their own way from the same noise. Costs nothing, which is why it is the default for uploaded pictures.

    A still simpler way is to give the source prompt as the negative prompt: a source row is then drawn as without
    guidance, up to the error of DDIM inversion (Miyake et al. 2023, arXiv 2305.16807).

    Args:
        trajectory: The inverted picture, source of every edit of the plan.
        plan: Of the run, which begins with `trajectory.start`.

    Returns:
        A change of the latents after each step, for `sample`.

    Raises:
        ConfigError: If the plan does not retrace the trajectory.

    Source: Ju et al. 2024 (arXiv 2310.01506).
    """
    trajectory.check(plan)
    sources = plan.sources or (None,) * len(plan.prompts)
    held = [picture for picture, source in enumerate(sources) if source is None]

    def hold(clock: Clock, latents_bcyx: Tensor) -> Tensor:
        held_bcyx = latents_bcyx.clone()
        held_bcyx[held] = trajectory.latents[len(trajectory.latents) - 2 - clock.step].to(latents_bcyx)
        return held_bcyx

    return hold
