"""What editing attention costs over a UNet call with two prompts and guidance, by rewrites and by explicit matrices.

Baseline: the same call without edits, in the same process, in turn. The largest tensor that any operation makes and
the rise of the process's memory are given too: with matrices written out the first is that of the finest
self-attention, cells × cells for every head and row.

`--layers` times the attention layers alone, which is quick and exact: their difference over the time of one whole plain
call is what edits add to it. The naive way is left out there.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from benchmarks.attention_layers import Call, TouchedLayers, record_inputs
from benchmarks.measure import describe_machine, interleave, measure_peak, write_rows
from benchmarks.models import SizedHost, parse_size
from benchmarks.written_out import written_out
from vxa.core.grid import Grid
from vxa.engine.clock import Clock, Cue
from vxa.engine.steering.method import Method
from vxa.engine.steering.steer import steering
from vxa.methods.injection import INJECTIONS
from vxa.methods.p2p import PromptEdit, PromptToPrompt
from vxa.methods.paint_with_words import PaintWithWords
from vxa.methods.token_weights import TokenWeights
from vxa.methods.word_map import WordMap

SOURCE, EDITED = "a photo of a cat on a car", "a photo of a dog on a car"
SOURCE_ROW, EDIT_ROW = 2, 3
PLAIN, NAIVE = "plain call", "replace + self, matrices written out"
TARGETS = {
    "replace + self": "≤ 1.05",
    "refine + self, mixed columns": "",
    "reweight": "≤ 1.01",
    "inject after softmax": "≤ 1.03",
    "inject before softmax": "",
    "paint with words": "",
    NAIVE: "",
}
WHOLE_HEAD = (
    "", "median", "ratio", "ratio of processor time", "largest tensor", "memory of the process rises by", "target"
)  # fmt: skip
LAYERS_HEAD = (
    "", "layers touched", "the same, edited", "ratio of a whole call", "smallest – largest", "largest tensor", "target"
)  # fmt: skip


def replace_edit(attn: Any, probs_bqt: Tensor) -> None:
    """Replace the edit row's attention by the source row's, as published code does."""
    if attn.is_cross_attention or probs_bqt.shape[1] <= 16**2:
        probs_bhqt = probs_bqt.unflatten(0, (-1, attn.heads))
        probs_bhqt[EDIT_ROW] = probs_bhqt[SOURCE_ROW]


class LargestTensor(TorchDispatchMode):
    """Notes the largest tensor that an operation makes, bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.num_bytes = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run the operation and look at its output."""
        output = func(*args, **(kwargs or {}))
        tensors = output if isinstance(output, (tuple, list)) else (output,)
        sizes = [each.untyped_storage().nbytes() for each in tensors if isinstance(each, Tensor)]
        self.num_bytes = max([self.num_bytes, *sizes])
        return output


@dataclass(frozen=True, eq=False)
class Scene:
    """One UNet call of a source and an edit with guidance, and the edits that may be made in it."""

    host: SizedHost
    call: Call
    methods: dict[str, Method]

    @classmethod
    def of(cls, host: SizedHost, size: Grid) -> Scene:
        """Make it for a picture size; every edit is at work in every layer it ever touches."""
        latent = size.divided(host.info.downscale)
        replace = PromptToPrompt(SOURCE, (PromptEdit(EDITED, cross=(0.0, 1.0)),), self_window=(0.0, 1.0))
        mixed = PromptToPrompt(
            SOURCE, (PromptEdit(f"{EDITED} at night", "refine", cross=(0.0, 1.0)),), self_window=(0.0, 1.0)
        )
        plan = replace.plan(size, (0,))
        latents = torch.randn(4, host.info.latent_channels, latent.height, latent.width)
        conditioning = host.encode_prompts(["", "", *plan.prompts], size)
        weights = torch.ones(77)
        weights[5] = 3.0
        maps = [WordMap((5,), torch.rand(latent.height, latent.width))]
        methods: dict[str, Method] = {
            "replace + self": replace.method(host.tokenize, plan),
            "refine + self, mixed columns": mixed.method(host.tokenize, mixed.plan(size, (0,))),
            "reweight": TokenWeights(weights),
            "inject after softmax": INJECTIONS["inject5"].method(maps),
            "inject before softmax": INJECTIONS["inject7"].method(maps),
            "paint with words": PaintWithWords().method(maps),
        }
        return cls(host, (latents, conditioning, Cue(Clock(0, 10, 900.0, sigma=10.0), plan.rows, latent)), methods)

    def run(self, *methods: Method) -> Tensor:
        """Make the call."""
        with self.host.running(), steering(self.host.conductor, self.host.sites, methods):
            return self.host.predict(*self.call)

    def run_naively(self) -> Tensor:
        """Make it with every matrix written out."""
        with written_out(self.host.unet, replace_edit):
            return self.run()


def measure_whole(scene: Scene, rounds: int, names: Sequence[str]) -> list[Sequence[object]]:
    """Time whole calls: a row for each contender, the plain call first."""
    edited = {name: partial(scene.run, method) for name, method in scene.methods.items()} | {NAIVE: scene.run_naively}
    contenders: dict[str, Callable[[], object]] = {PLAIN: scene.run, **{name: edited[name] for name in names}}
    timings = interleave(contenders, rounds)
    largest = measure_largest(contenders)
    base = timings[PLAIN]
    return [
        (
            name, f"{timing.median:.2f} s", f"{timing.ratio(base):.3f}", f"{timing.processor_ratio(base):.3f}",
            f"{largest[name] / 2**20:.0f} MiB", measure_peak(contenders[name])[1], TARGETS.get(name, ""),
        )
        for name, timing in timings.items()
    ]  # fmt: skip


def measure_layers(scene: Scene, rounds: int) -> list[Sequence[object]]:
    """Time the attention layers alone, and put what edits add over one whole plain call."""
    began = time.process_time()
    inputs = record_inputs(scene.host, scene.call)
    whole = time.process_time() - began
    rows: list[Sequence[object]] = [(PLAIN, f"{whole:.2f} s", "", "1", "", "", "")]
    for name, method in scene.methods.items():
        layers = TouchedLayers(scene.host, scene.call[2], inputs, method)
        plain, edited = layers.time(rounds)
        added = sorted(ours - theirs for ours, theirs in zip(edited.processor, plain.processor, strict=True))
        ratios = [1 + each / whole for each in (added[0], statistics.median(added), added[-1])]
        rows.append((
            name, f"{statistics.median(plain.processor):.3f} s", f"{statistics.median(edited.processor):.3f} s",
            f"{ratios[1]:.4f}", f"{ratios[0]:.4f} – {ratios[2]:.4f}",
            f"{measure_largest({name: layers.run})[name] / 2**20:.0f} MiB", TARGETS[name],
        ))  # fmt: skip
    return rows


def measure_largest(contenders: dict[str, Callable[[], object]]) -> dict[str, int]:
    """Find the largest tensor that each makes, bytes."""
    largest = {}
    for name, run in contenders.items():
        with LargestTensor() as seen:
            run()
        largest[name] = seen.num_bytes
    return largest


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="512", help="height or heightxwidth in pixels")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--widths", type=int, nargs=4, default=[320, 640, 1280, 1280], help="of the UNet's levels")
    parser.add_argument("--layers", action="store_true", help="time attention layers alone")
    parser.add_argument("--only", nargs="+", choices=list(TARGETS), default=list(TARGETS), help="whole calls to time")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    host, size = SizedHost(options.widths), parse_size(options.size)
    scene = Scene.of(host, size)
    print(f"One UNet call of two prompts with guidance, {size}, widths {tuple(options.widths)}, ", end="")
    print(f"{options.rounds} rounds. {describe_machine()}. ", end="")
    cells = size.divided(host.info.downscale).cells
    print(f"A matrix of cells × cells of the finest layer would take {4 * 8 * cells**2 * 4 / 2**20:.0f} MiB.\n")
    if options.layers:
        print(write_rows(LAYERS_HEAD, measure_layers(scene, options.rounds)))
    else:
        print(write_rows(WHOLE_HEAD, measure_whole(scene, options.rounds, options.only)))


if __name__ == "__main__":
    main()
