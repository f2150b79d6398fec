"""What showing another token, layer, preset, mode or colour costs once a picture has been looked at.

No model runs: the UNet's calls are counted. Baseline of drawing: the same overlay by a Python loop over the pixels.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import Timing, describe_machine, interleave, write_rows, write_table
from benchmarks.models import SizedHost, parse_size
from vxa.app.jobs import VisualizeJob
from vxa.app.session import Session
from vxa.core.grid import Grid
from vxa.engine.seam import Seam
from vxa.render.colormaps import color_table
from vxa.render.overlay import heat

JOB = VisualizeJob(prompt="a red circle and a blue square", tokens="circle", draws=2)
CHANGES: dict[str, dict[str, Any]] = {
    "another token": {"tokens": "square"},
    "a phrase": {"tokens": "blue square"},
    "another layer": {"preset": "vxa", "layers": "up.3.0.cross"},
    "another preset: vxa": {"preset": "vxa"},
    "another preset: p2p-16": {"preset": "p2p-16"},
    "another preset: attend-excite": {"preset": "attend-excite"},
    "one head": {"heads": (3,)},
    "another mode": {"modes": ("mask",)},
    "another colour": {"colormap": "magma", "opacity": 0.4},
}


def make_picture(size: Grid) -> NDArray[np.uint8]:
    """Make a random picture."""
    return np.random.default_rng(0).integers(0, 256, (size.height, size.width, 3), np.uint8)


def measure_changes(size: Grid, rounds: int) -> list[tuple[str, float, int]]:
    """Return (change, median seconds from the new job to its pictures, UNet calls) for each change."""
    host = SizedHost((32, 64, 128, 128))
    session = Session(lambda model: host, keeps_everything=True)
    picture = make_picture(size)
    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    rows = []
    base = dataclasses.replace(JOB, modes=("heat",))
    session.visualize(base, picture)
    with Seam() as seam:
        seam.before(host.unet, count)
        for name, change in CHANGES.items():
            job = dataclasses.replace(base, **change)
            seconds = []
            for _ in range(rounds + 1):
                began = time.perf_counter()
                result = session.visualize(job, picture)
                for word in result.words:
                    result.draw(word, job.modes[0])
                seconds.append(time.perf_counter() - began)
            rows.append((name, statistics.median(seconds[1:]), calls))
    return rows


def heat_by_pixels(picture: NDArray[np.uint8], map_yx: NDArray[np.float32], opacity: float) -> NDArray[np.uint8]:
    """Blend pixel by pixel, as the original extension drew its pictures."""
    table = color_table("turbo").tolist()
    pixels, values = picture.tolist(), map_yx.tolist()
    rows, columns = len(values), len(values[0])
    height, width = picture.shape[:2]
    for y in range(height):
        for x in range(width):
            color = table[round(255 * values[y * rows // height][x * columns // width])]
            for channel in range(3):
                mixed = (1 - opacity) * pixels[y][x][channel] + opacity * color[channel]
                pixels[y][x][channel] = round(mixed)
    return np.array(pixels, np.uint8)


def measure_overlay(size: Grid, rounds: int) -> dict[str, Timing]:
    """Time one heat overlay of a 64×64 map: by loops, in blocks, and smoothly."""
    picture = make_picture(size)
    map_yx = np.random.default_rng(1).random((64, 64)).astype(np.float32)
    return interleave(
        {
            "loop over the pixels": lambda: heat_by_pixels(picture, map_yx, 0.6),
            "overlay, nearest": lambda: heat(picture, map_yx, opacity=0.6, mode="nearest"),
            "overlay, bicubic": lambda: heat(picture, map_yx, opacity=0.6, mode="bicubic"),
        },
        rounds,
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="512", help="height or heightxwidth in pixels")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    size = parse_size(options.size)
    print(f"Picture of {size}, 16 layers as in SD1, 2 timesteps × 2 draws kept. {describe_machine()}.\n")
    rows = [
        (name, f"{1000 * seconds:.1f} ms", calls, "≤ 30 ms, 0 calls")
        for name, seconds, calls in measure_changes(size, options.rounds)
    ]
    print(write_rows(("change", "median", "UNet calls", "target"), rows))
    print()
    timings = measure_overlay(size, options.rounds)
    print(write_table(timings, "≤ 0.02 (50× faster)"))


if __name__ == "__main__":
    main()
