"""Moves the latents of a run as Attend-and-Excite says: before a step, until the words left out are attended to."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

import torch
from torch import Tensor

from vxa.core.errors import CaptureError
from vxa.core.tokens import TokenTable, parse_selection
from vxa.engine.clock import Clock, Cue, Row
from vxa.engine.host import Conditioning, Host
from vxa.engine.live_probe import LiveProbe, only_inputs_have_gradients
from vxa.engine.sampling import SamplingPlan
from vxa.methods.attend_excite import AttendExcite
from vxa.methods.attend_excite_loss import find_competing, loss_of
from vxa.methods.attend_excite_reading import Read
from vxa.methods.prompt_tables import read_tables

_SCALES = (2.0**12, 2.0**6, 1.0)
"""Factors on the loss, tried in turn in half precision, where small gradients are lost and large ones overflow."""


@dataclass(frozen=True)
class Look:
    """How strongly words were expressed at one look."""

    picture: int
    """Picture of the plan."""
    step: int
    """UNet call of the run that was to come."""
    num_steps: int
    """UNet calls of the run."""
    moves: int
    """Moves made before it in the same call."""
    peaks: tuple[float, ...]
    """Of each word, in [0, 1]."""
    loss: float
    """1 less the weakest."""


OnLook = Callable[[Look], None]
"""Called after each look; may raise to stop."""


@dataclass(frozen=True)
class _Targets:
    """What is excited in one picture."""

    columns: tuple[int, ...]
    """Columns that compete."""
    words: tuple[tuple[int, ...], ...]
    """Those of each word."""

    @classmethod
    def of(cls, config: AttendExcite, table: TokenTable) -> _Targets:
        columns = config.competition.columns(table)
        words = [parse_selection(table, word).indices for word in config.words]
        return cls(columns, tuple(find_competing(table, words, columns)))


@dataclass(frozen=True)
class _Moment:
    """One picture before one call."""

    picture: int
    clock: Clock
    conditioning: Conditioning


@dataclass(frozen=True, eq=False)
class _Excited:
    """A look, with the way back to what the UNet read."""

    look: Look
    inputs_bcyx: Tensor
    loss: Tensor

    def moved(self, step: float, largest: float) -> Tensor:
        """Take a step against the gradient of the loss, but none of a root mean square above `largest`.

        Raises:
            CaptureError: If it is of no finite numbers.
        """
        for scale in _SCALES:
            (gradient_bcyx,) = torch.autograd.grad(self.loss * scale, self.inputs_bcyx, retain_graph=scale > 1)
            if bool(gradient_bcyx.isfinite().all()):
                move_bcyx = step / scale * gradient_bcyx
                length = float(move_bcyx.square().mean().sqrt())
                return self.inputs_bcyx.detach() - largest / max(length, largest) * move_bcyx
        raise CaptureError(
            "a gradient of finite numbers",
            got="NaN",
            remedy="The model overflows in half precision: run it in float32 (in the webui: --no-half).",
        )


class Exciter:
    """Moves the latents of a run; made by `make_exciter`."""

    def __init__(
        self, host: Host, config: AttendExcite, read: Read, targets: list[_Targets], on_look: OnLook | None
    ) -> None:
        self._host, self._config, self._targets, self._on_look = host, config, targets, on_look
        self._latent, self._probe = read.latent, LiveProbe(host, read.sites, read.reduce)
        self.looks: list[Look] = []
        """Every look so far, in order."""

    def __call__(self, clock: Clock, inputs_bcyx: Tensor, conditioning: Conditioning) -> Tensor:
        """Move what the UNet is to read; see `vxa.engine.sampling.BeforeStep`.

        Raises:
            HostError: If the model cannot be run with gradients.
            CaptureError: If these are no finite numbers.
        """
        if self._config.threshold(clock) is None and not self._config.moves(clock):
            return inputs_bcyx
        with only_inputs_have_gradients(self._host.unet):
            moved = [
                self._excite(_Moment(picture, clock, conditioning.rows([picture])), inputs_bcyx[[picture]])
                for picture in range(len(inputs_bcyx))
            ]
        return torch.cat(moved)

    def _excite(self, moment: _Moment, inputs_bcyx: Tensor) -> Tensor:
        clock, config = moment.clock, self._config
        threshold, step = config.threshold(clock), config.step(clock)
        seen = self._look(moment, inputs_bcyx, 0)
        for number in range(0 if threshold is None else config.max_refinements):
            if seen.look.loss <= 1 - (threshold or 0.0):
                break
            inputs_bcyx = seen.moved(step, config.largest_move)
            del seen  # with all that is kept for its way back, before as much again is kept
            seen = self._look(moment, inputs_bcyx, number + 1)
        if config.moves(clock) and seen.look.loss > 0:
            return seen.moved(step, config.largest_move)
        return seen.inputs_bcyx.detach()

    def _look(self, moment: _Moment, inputs_bcyx: Tensor, moves: int) -> _Excited:
        picture, clock = moment.picture, moment.clock
        leaf_bcyx = inputs_bcyx.detach().clone().requires_grad_()
        cue = Cue(clock, (Row("cond", picture),), self._latent, is_trial=True)
        maps_wtyx = reduce(operator.add, self._probe(leaf_bcyx, moment.conditioning, cue))
        targets = self._targets[picture]
        peaks_w = self._config.competition.peaks(maps_wtyx, targets.columns, targets.words)
        loss = loss_of(peaks_w)
        look = Look(picture, clock.step, clock.num_steps, moves, tuple(peaks_w.tolist()), loss.item())
        self.looks.append(look)
        if self._on_look is not None:
            self._on_look(look)
        return _Excited(look, leaf_bcyx, loss)


def make_exciter(host: Host, config: AttendExcite, plan: SamplingPlan, on_look: OnLook | None = None) -> Exciter:
    """Make what moves the latents of a run: one of `before_step` of `vxa.engine.sampling.sample`.

    Args:
        host: The model.
        config: What is excited, and how.
        plan: What is drawn; each picture is moved by itself.
        on_look: Called after each look.

    Raises:
        SelectionError: If a word is not in the prompt of a picture, or does not compete.
        ConfigError: If what the loss reads does not fit the model or the words.
    """
    tables = read_tables(host.tokenize, plan)
    read = config.reading.read(host.sites, plan.size.divided(host.info.downscale), len(config.words))
    targets = [_Targets.of(config, tables[prompt]) for prompt in plan.prompts]
    return Exciter(host, config, read, targets, on_look)
