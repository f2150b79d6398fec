"""What counting the votes of all heads for 34 concepts costs over a whole generation.

Baseline: the same generation without, in the same process, in turn. Words are encoded and their keys projected once a
run, here in the rounds that do not count.
"""

from __future__ import annotations

import argparse

from benchmarks.measure import Timing, describe_machine, interleave, write_table
from benchmarks.models import add_model_options, read_model
from vxa.app.heads.concept_files import SHIPPED, load_concepts
from vxa.core.concepts import Concepts
from vxa.core.grid import Grid
from vxa.engine.host import Host
from vxa.engine.sampling import SamplingPlan, sample
from vxa.methods.head_votes import draw_words, encode_concepts, voting

TARGET = "≤ 1.10"


def measure_counting(host: Host, size: Grid, steps: int, concepts: Concepts, rounds: int) -> dict[str, Timing]:
    """Time whole generations with guidance: plain, and with every head voting in every UNet call."""
    plan = SamplingPlan(("a red circle and a blue square",), size, (0,), num_steps=steps)
    with host.running():
        vocabulary = encode_concepts(host, concepts, size)

    def plain() -> None:
        with host.running():
            sample(host, plan)

    def counting() -> None:
        draws_sln = draw_words(concepts, 22, 0, steps, len(host.sites.cross))
        with host.running(), voting(host, vocabulary, [draws_sln]) as votes:
            sample(host, plan)
        votes.winners()

    return interleave({"plain generation": plain, "counting votes": counting}, rounds)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_model_options(parser)
    parser.add_argument("--concepts", choices=SHIPPED, default="visual")
    parser.add_argument("--steps", type=int, default=0, help="sampler steps; default 1 for sd1, 20 for embedded")
    options = parser.parse_args()
    host, size = read_model(options)
    steps = options.steps or (1 if options.model == "sd1" else 20)
    timings = measure_counting(host, size, steps, load_concepts(options.concepts), options.rounds)
    print(f"Generation with guidance, {options.model}, {size}, {steps} steps, words of {options.concepts!r}, ", end="")
    print(f"{options.rounds} rounds. {describe_machine()}.\n")
    print(write_table(timings, TARGET))


if __name__ == "__main__":
    main()
