"""Draw pictures with their attention edited, recording it on the way if wanted: the one place that runs the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from torch import Tensor

from vxa.app.pixels import Picture, decode
from vxa.app.progress import Progress
from vxa.core.errors import ConfigError
from vxa.core.maps import AttentionMaps
from vxa.engine.host import Host
from vxa.engine.observe import Observation, observing
from vxa.engine.sampling import SamplingPlan, Start, sample
from vxa.engine.steering.method import Method
from vxa.engine.steering.steer import steering
from vxa.methods.attend_excite import AttendExcite
from vxa.methods.ddim_inversion import Trajectory
from vxa.methods.direct_inversion import hold_sources
from vxa.methods.exciter import Exciter, Look, make_exciter
from vxa.methods.local_blend import LocalBlend
from vxa.render.padding import Padding

Tell = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Beginning:
    """What runs begin with, and what keeps them to a real picture."""

    start: Start | None = None
    """Noise or latents; None for noise by seed."""
    unconds: tuple[Tensor, ...] | None = None
    """Contexts in place of the negative prompt's, one a UNet call."""
    held: Trajectory | None = None
    """Latents put back into source rows after each step."""


@dataclass(frozen=True, eq=False)
class Run:
    """One run of the model."""

    plan: SamplingPlan
    """What is drawn."""
    methods: tuple[Method, ...] = ()
    """How attention is edited."""
    blend: LocalBlend | None = None
    """Where pictures may change."""
    excite: AttendExcite | None = None
    """Words that shall be seen."""


@dataclass(frozen=True)
class Watch:
    """Which attention is recorded."""

    observation: Observation
    """What of it."""
    before: bool = False
    """As it was before it was edited."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """What a run gave, picture by picture."""

    pictures: tuple[Picture, ...]
    """Shape (height, width, 3) each, padding cut off."""
    maps: tuple[AttentionMaps, ...]
    """What was recorded; none if nothing was."""
    looks: tuple[Look, ...] = ()
    """How strongly excited words were expressed on the way."""


class Phases:
    """Tells the progress of several phases as one.

    Args:
        progress: Told of all.
        sizes: Steps of each phase, by what it does, in order.
    """

    def __init__(self, progress: Progress, sizes: Mapping[str, int]) -> None:
        self._progress, self._sizes = progress, dict(sizes)

    def of(self, what: str) -> Tell:
        """Give what to tell within one phase: (steps done, steps)."""
        names = list(self._sizes)
        before = sum(self._sizes[name] for name in names[: names.index(what)])

        def tell(done: int, total: int) -> None:
            # some samplers make more calls than steps
            self._progress(before + done * self._sizes[what] // total, sum(self._sizes.values()), what)

        return tell


def draw(
    host: Host, run: Run, tell: Tell, *, beginning: Beginning = Beginning(), padding: Padding | None = None,
    watch: Watch | None = None,
) -> Drawn:  # fmt: skip
    """Draw the pictures of a run.

    Args:
        host: The model, inside its `running()`.
        run: What and how.
        tell: Told after every step, and after every look at excited words; may raise to stop.
        beginning: What with.
        padding: To be cut off the pictures.
        watch: What to record.
    """
    plan, after_step = run.plan, []
    if beginning.held is not None:
        after_step.append(hold_sources(beginning.held, plan))
    exciters: list[Exciter] = []
    if run.excite is not None:
        exciters = [make_exciter(host, run.excite, plan, lambda look: tell(look.step, look.num_steps))]
    with ExitStack() as stack:
        steered = stack.enter_context(steering(host.conductor, host.sites, run.methods))
        if run.blend is not None:
            after_step.append(stack.enter_context(run.blend.blending(host, plan, steered.probabilities_after)))
        watched = None
        if watch is not None:
            look = steered.probabilities_before if watch.before else steered.probabilities_after
            watched = stack.enter_context(observing(host.conductor, watch.observation, look))
        latents_bcyx = sample(
            host, plan, lambda done, total, _: tell(done, total),
            start=beginning.start, unconds=beginning.unconds, before_step=exciters,
            after_step=after_step,
        )  # fmt: skip
    maps = tuple(watched.maps(number) for number in range(len(plan.prompts))) if watched is not None else ()
    looks = tuple(look for exciter in exciters for look in exciter.looks)
    return Drawn(tuple(decode(host, latents_bcyx, padding)), maps, looks)


def check_strength(strength: float, steps: int) -> None:
    """Check that a share of the steps is one step at least.

    Raises:
        ConfigError: If it is less.
    """
    if int(strength * steps + 1e-9) < 1:
        raise ConfigError(f"a strength of at least {1 / steps:.2g}, one of {steps} steps", got=f"{strength:g}")
