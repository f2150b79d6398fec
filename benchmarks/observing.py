"""What observing two words at all cross-attention layers costs over a whole generation.

Baseline: the same generation without an observer, in the same process, in turn.
"""

from __future__ import annotations

import argparse

from benchmarks.measure import Timing, describe_machine, interleave, write_table
from benchmarks.models import add_model_options, read_model
from vxa.core.grid import Grid
from vxa.engine.host import Host
from vxa.engine.observe import Observation, observing
from vxa.engine.sampling import SamplingPlan, sample

TOKENS = (2, 3)
TARGETS = {"sd1": "≤ 1.03", "embedded": "≤ 1.10"}


def measure_observing(host: Host, size: Grid, steps: int, rounds: int) -> dict[str, Timing]:
    """Time whole generations with guidance: plain, observing two words, and observing all columns."""
    plan = SamplingPlan(("a red circle and a blue square",), size, (0,), num_steps=steps)
    sites = tuple(host.sites.cross)

    def plain() -> None:
        with host.running():
            sample(host, plan)

    def observed(tokens: tuple[int, ...] | None) -> None:
        with host.running(), observing(host.conductor, Observation(sites, tokens=tokens)) as recorder:
            sample(host, plan)
        recorder.maps()

    contenders = {
        "plain generation": plain,
        "observing two words": lambda: observed(TOKENS),
        "observing all 77 columns": lambda: observed(None),
    }
    return interleave(contenders, rounds)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_model_options(parser)
    parser.add_argument("--steps", type=int, default=0, help="sampler steps; default 1 for sd1, 20 for embedded")
    options = parser.parse_args()
    host, size = read_model(options)
    steps = options.steps or (1 if options.model == "sd1" else 20)
    timings = measure_observing(host, size, steps, options.rounds)
    print(f"Generation with guidance, {options.model}, {size}, {steps} steps, {options.rounds} rounds. ", end="")
    print(f"{describe_machine()}.\n")
    print(write_table(timings, TARGETS[options.model]))


if __name__ == "__main__":
    main()
