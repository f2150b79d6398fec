"""What looking at the middle layer costs when the UNet stops right after it.

Baseline: one full forward of the same UNet, in the same process, in turn.
"""

from __future__ import annotations

import argparse

import torch

from benchmarks.measure import Timing, describe_machine, interleave, write_table
from benchmarks.models import SizedHost, load_embedded, make_call, parse_size
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
    parser.add_argument("--model", choices=("sd1", "embedded"), default="sd1")
    parser.add_argument("--size", default="", help="height or heightxwidth in pixels; default 512, embedded: its own")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    host = SizedHost() if options.model == "sd1" else load_embedded()
    size = parse_size(options.size) if options.size else host.info.sample
    timings = measure_early_stop(host, size, options.rounds)
    print(f"One row, {options.model}, {size}, {options.rounds} rounds. {describe_machine()}.\n")
    print(write_table(timings, "≤ 0.6"))


if __name__ == "__main__":
    main()
