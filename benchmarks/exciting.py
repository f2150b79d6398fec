"""What one iteration of Attend-and-Excite costs: a look at the words' attention, and the gradient of its loss.

Baseline: the whole UNet forward and back with every attention matrix written out, in the same process, in turn. The
published method does that, and in its refinement runs two forwards more for each. Losses and gradients must agree.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.measure import describe_machine, interleave, measure_peak, write_rows
from benchmarks.models import SizedHost, parse_size
from benchmarks.written_out import written_out
from vxa.core.grid import Grid
from vxa.core.head_vectors import HeadVectors
from vxa.engine.clock import Clock
from vxa.engine.live_probe import only_inputs_have_gradients
from vxa.engine.sampling import SamplingPlan
from vxa.engine.sites import Site
from vxa.methods.attend_excite import AttendExcite
from vxa.methods.attend_excite_loss import Competition, find_competing, loss_of
from vxa.methods.attend_excite_reading import HeadReading, LevelReading, Reading
from vxa.methods.exciter import make_exciter

PROMPT, WORDS = "a cat and a frog", ("cat", "frog")
WHOLE, REFINEMENT = "whole UNet, matrices written out", "the same, and the two forwards of a published refinement"
CLOCK = Clock(0, 50, 981.0)
TARGETS = {"Attend-and-Excite": "≤ 0.7", "A&E-HRV, all 16 layers": ""}
HEAD = ("", "median", "ratio", "ratio of processor time", "memory of the process rises by", "loss", "target")


@dataclass(frozen=True, eq=False)
class Iteration:
    """One iteration with one way of reading, ours and written out."""

    host: SizedHost
    plan: SamplingPlan
    reading: Reading
    inputs_bcyx: Tensor

    def ours(self) -> tuple[float, Tensor]:
        """Make it; give loss and gradient."""
        config = AttendExcite(WORDS, thresholds=(), step_size=1.0, reading=self.reading)
        with self.host.running():
            conditioning = self.host.encode_prompts([PROMPT], self.plan.size)
            exciter = make_exciter(self.host, config, self.plan)
            moved_bcyx = exciter(CLOCK, self.inputs_bcyx, conditioning)
        return exciter.looks[-1].loss, self.inputs_bcyx - moved_bcyx

    def whole(self, extra_forwards: int = 0) -> tuple[float, Tensor]:
        """Make it by the whole UNet."""
        host = self.host
        unet: Any = host.unet
        read = self.reading.read(host.sites, self.plan.size.divided(host.info.downscale), len(WORDS))
        table = host.tokenize(PROMPT)[0]
        columns = Competition().columns(table)
        words = find_competing(table, [(2,), (5,)], columns)
        wanted = {id(site.module): site.address for site in read.sites}
        kept: dict[str, Tensor] = {}

        def keep(attn: nn.Module, probs_hqt: Tensor) -> None:
            if id(attn) in wanted:
                kept[wanted[id(attn)]] = probs_hqt

        with host.running(), written_out(unet, keep):
            context_btc = host.encode_prompts([PROMPT], self.plan.size).context_btc
            for _ in range(extra_forwards):
                unet(self.inputs_bcyx, CLOCK.timestep, context_btc)
            with only_inputs_have_gradients(unet):
                leaf_bcyx = self.inputs_bcyx.clone().requires_grad_()
                unet(leaf_bcyx, CLOCK.timestep, context_btc)
                maps = [read.reduce(site, _as_maps(kept[site.address], site, read.latent)) for site in read.sites]
                loss = loss_of(Competition().peaks(torch.stack(maps).sum(0), columns, words))
                (gradient_bcyx,) = torch.autograd.grad(loss, leaf_bcyx)
        return loss.item(), gradient_bcyx


def _as_maps(probs_hqt: Tensor, site: Site, latent: Grid) -> Tensor:
    grid = latent.level(site.level)
    return probs_hqt.mT.unflatten(-1, (grid.height, grid.width))


def make_vectors(host: SizedHost) -> HeadVectors:
    """Make vectors of random relevance: what they say does not change what they cost."""
    layers = host.sites.head_layers
    shares_nh = np.random.default_rng(0).dirichlet(np.ones(2), layers.total).T.astype(np.float32)
    vectors_nh = shares_nh / shares_nh.mean(1, keepdims=True)
    return HeadVectors(("first", "second"), layers, vectors_nh, shares_nh)


def measure(host: SizedHost, size: Grid, rounds: int) -> list[Sequence[object]]:
    """Time iterations: a row for each contender.

    Raises:
        AssertionError: If losses or gradients differ.
    """
    plan = SamplingPlan((PROMPT,), size, (0,))
    latent = size.divided(host.info.downscale)
    inputs_bcyx = torch.randn(1, 4, latent.height, latent.width, generator=torch.Generator().manual_seed(0))
    level, heads = (
        Iteration(host, plan, reading, inputs_bcyx)
        for reading in (LevelReading(), HeadReading(make_vectors(host), ("first", "second")))
    )
    contenders: dict[str, Callable[[], tuple[float, Tensor]]] = {
        WHOLE: level.whole, REFINEMENT: partial(level.whole, extra_forwards=2), "Attend-and-Excite": level.ours,
        "A&E-HRV, all 16 layers": heads.ours,
    }  # fmt: skip
    first = {name: measure_peak(run) for name, run in contenders.items()}
    (loss, gradient_bcyx), (ours, moved_bcyx) = first[WHOLE][0], first["Attend-and-Excite"][0]
    torch.testing.assert_close(ours, loss, atol=1e-5, rtol=0)
    largest = float(gradient_bcyx.abs().max())
    torch.testing.assert_close(moved_bcyx, gradient_bcyx, atol=1e-2 * largest, rtol=1e-2)
    timings = interleave(contenders, rounds, warmups=0)
    base = timings[WHOLE]
    return [
        (
            name, f"{timing.median:.2f} s", f"{timing.ratio(base):.3f}", f"{timing.processor_ratio(base):.3f}",
            first[name][1], f"{first[name][0][0]:.6f}", TARGETS.get(name, ""),
        )
        for name, timing in timings.items()
    ]  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="512", help="height or heightxwidth in pixels")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--widths", type=int, nargs=4, default=[320, 640, 1280, 1280], help="of the UNet's levels")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    host, size = SizedHost(options.widths), parse_size(options.size)
    print(f"One iteration, {size}, widths {tuple(options.widths)}, {options.rounds} rounds. {describe_machine()}.\n")
    print(write_rows(HEAD, measure(host, size, options.rounds)))


if __name__ == "__main__":
    main()
