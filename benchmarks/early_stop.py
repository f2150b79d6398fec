"""What looking at the middle layer costs when the UNet stops right after it.

Baseline: one full forward of the same UNet, in the same process, in turn.
"""

from __future__ import annotations

import argparse

from benchmarks.measure import Timing, describe_machine, interleave, write_table
from benchmarks.models import add_model_options, make_call, read_model
from vxa.core.grid import Grid
from vxa.engine.host import Host
from vxa.engine.observe import Observation
from vxa.engine.probe import probe


def measure_early_stop(host: Host, size: Grid, rounds: int) -> dict[str, Timing]:
    """Time a full forward, and a look at the middle layer that stops early."""
    call = make_call(host, size)
    middle = tuple(site for site in host.sites.cross if site.place == "mid")

    def full() -> None:
        with host.running():
            host.predict(*call)

    def stopped() -> None:
        with host.running():
            probe(host, *call, Observation(middle, stops_early=True)).maps()

    return interleave({"full forward": full, "middle layer, stopped early": stopped}, rounds)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_model_options(parser)
    options = parser.parse_args()
    host, size = read_model(options)
    timings = measure_early_stop(host, size, options.rounds)
    print(f"One row, {options.model}, {size}, {options.rounds} rounds. {describe_machine()}.\n")
    print(write_table(timings, "≤ 0.6"))


if __name__ == "__main__":
    main()
