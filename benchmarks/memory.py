"""What collecting a whole run keeps in memory: head mean, all 16 layers, all 77 columns, per picture.

Counts the storages of all tensors that are alive, before and after. Maps depend on the layout and the picture size, not
on the width of the model, so a narrow model with Stable Diffusion 1's layout gives the same figure in seconds.
"""

from __future__ import annotations

import argparse
import gc

import torch

from benchmarks.measure import describe_machine, write_rows
from benchmarks.models import SizedHost, make_call, parse_size
from vxa.core.grid import Grid
from vxa.engine.clock import Clock, Cue
from vxa.engine.observe import Observation, observing

TARGET = 10_000_000


def count_tensor_bytes() -> int:
    """Bytes of the distinct storages of all tensors that Python knows."""
    gc.collect()
    sizes: dict[int, int] = {}
    for tensor in gc.get_objects():
        if issubclass(type(tensor), torch.Tensor) and tensor.device.type == "cpu":
            storage = tensor.untyped_storage()
            sizes[storage.data_ptr()] = storage.nbytes()
    return sum(sizes.values())


def measure_memory(host: SizedHost, size: Grid, steps: int) -> tuple[int, int, int]:
    """Return bytes predicted, bytes the record says, and bytes really added, for one picture."""
    latents, conditioning, cue = make_call(host, size, is_guided=True)
    observation = Observation(tuple(host.sites.cross))
    with host.running():
        before = count_tensor_bytes()
        with observing(host.conductor, observation) as recorder:
            for step in range(steps):
                host.predict(latents, conditioning, Cue(Clock(step, steps, 500.0), cue.rows, cue.latent))
        added = count_tensor_bytes() - before
        maps = recorder.maps()
    return observation.predicted_bytes(cue.latent, 77), maps.num_bytes, added


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="512", help="height or heightxwidth in pixels")
    parser.add_argument("--steps", type=int, nargs="+", default=[1, 4, 12])
    parser.add_argument("--full-width", action="store_true", help="use the widths of the real model (3.4 GB)")
    options = parser.parse_args()
    host = SizedHost() if options.full_width else SizedHost((32, 64, 128, 128))
    rows = []
    for steps in options.steps:
        sizes = measure_memory(host, parse_size(options.size), steps)
        rows.append((steps, *(f"{size / 1e6:.2f} MB" for size in sizes), f"≤ {TARGET / 1e6:.0f} MB"))
    print(f"One picture of {options.size}, head mean, 16 layers, 77 columns. {describe_machine()}.\n")
    print(write_rows(("steps", "predicted", "in the record", "added to the process", "target"), rows))


if __name__ == "__main__":
    main()
