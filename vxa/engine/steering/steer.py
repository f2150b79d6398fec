"""Put edits into effect with the host's own kernel: four hooks a layer, on `to_q`, `to_k`, `to_v` and `to_out[0]`.

Of an edited row's attention, one term is computed by the host, from rewritten queries, keys and values; the other terms
are computed here and added to what enters `to_out[0]`, beside whatever else was added there. No kernel is replaced.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Literal

import torch
from torch import Tensor, nn

from vxa.core.errors import CaptureError, ShapeError
from vxa.engine.clock import Conductor, Cue
from vxa.engine.probabilities import attention_probabilities, pick_columns, without_autocast
from vxa.engine.seam import ForwardHook, PreHook, Seam
from vxa.engine.sites import Site
from vxa.engine.steering.attention import Attention, Softmax
from vxa.engine.steering.method import Method, compose
from vxa.engine.steering.projections import Projections, merge_heads, split_heads

Part = Literal["query", "key", "value"]


@dataclass
class _Call:
    """One layer in one UNet call."""

    site: Site
    cue: Cue
    edits: dict[int, Attention]
    heard: dict[Part, Tensor] = field(default_factory=dict)
    additions: dict[int, Tensor] = field(default_factory=dict)

    @property
    def layer(self) -> Projections:
        return Projections(self.site.heads, self.heard["query"], self.heard["key"], self.heard.get("value"))

    def rewrite(self, part: Part, output_bnc: Tensor) -> Tensor | None:
        """Rewrite rows so that the host's kernel computes its terms; None where it would change nothing."""
        if part == "value":
            return self._rewrite_values(output_bnc)
        rows = list(range(len(output_bnc)))
        for row, attention in self.edits.items():
            term, _ = attention.shared()
            if term is not None and isinstance(term.source, Softmax):
                rows[row] = term.source.row
        if rows == list(range(len(output_bnc))):
            return None
        return output_bnc.index_select(0, torch.tensor(rows, device=output_bnc.device))

    def _rewrite_values(self, value_btc: Tensor) -> Tensor | None:
        rewritten: dict[int, Tensor] = {}
        for row, attention in self.edits.items():
            term, _ = attention.shared()
            if term is None:
                rewritten[row] = torch.zeros_like(value_btc[row])
            elif term.columns:
                rewritten[row] = merge_heads(term.values(split_heads(value_btc[row], self.site.heads)))
        return _with_rows(value_btc, rewritten) if rewritten else None

    def compute_additions(self) -> None:
        """Compute what the host's kernel cannot, now: some kernels scale queries or keys in place."""
        for row, attention in self.edits.items():
            if terms := attention.shared()[1]:
                outputs = (term.output(self.layer, self.layer.values(row)) for term in terms)
                self.additions[row] = merge_heads(reduce(operator.add, outputs))


class Steering:
    """Edits that are in effect; made by `steering`."""

    def __init__(self, conductor: Conductor) -> None:
        self._conductor = conductor
        self._calls: dict[str, _Call] = {}

    def hear(self, site: Site, methods: Sequence[Method], part: Part, output_bnc: Tensor) -> Tensor | None:
        """Take the queries, keys or values of a layer, and rewrite them."""
        if not self._conductor.is_playing:
            return None  # somebody else's run on the same model
        call = self._call(site, methods, part)
        if not call.edits:
            return None
        _check(call, part, output_bnc)
        call.heard[part] = output_bnc
        with without_autocast(output_bnc.device):
            rewritten_bnc = call.rewrite(part, output_bnc)
            if len(call.heard) == 3:
                call.compute_additions()
        return rewritten_bnc

    def add(self, site: Site, hidden_bqc: Tensor) -> Tensor | None:
        """Add to what enters `to_out[0]` what the host's kernel could not compute."""
        call = self._calls.pop(site.address, None) if self._conductor.is_playing else None
        if call is None or call.cue is not self._conductor.cue or not call.edits:
            return None
        if len(call.heard) < 3:
            raise CaptureError(
                f"queries, keys and values of {site.address}", got=list(call.heard), remedy="Unfuse its projections."
            )
        added = {row: hidden_bqc[row] + extra.to(hidden_bqc) for row, extra in call.additions.items()}
        return _with_rows(hidden_bqc, added) if added else None

    def probabilities_before(
        self, site: Site, row: int, tokens: Sequence[int] | None, keep_heads: bool
    ) -> Tensor | None:
        """Look at attention as it would be without edits; see `vxa.engine.observe.Look`."""
        call = self._calls.get(site.address)
        if call is None or not call.edits:
            return None
        return attention_probabilities(call.heard["query"][row], call.heard["key"][row], site.heads, tokens, keep_heads)

    def probabilities_after(
        self, site: Site, row: int, tokens: Sequence[int] | None, keep_heads: bool
    ) -> Tensor | None:
        """Look at attention as edited; see `vxa.engine.observe.Look`."""
        call = self._calls.get(site.address)
        if call is None or row not in call.edits:
            return self.probabilities_before(site, row, tokens, keep_heads)
        with torch.no_grad(), without_autocast(call.heard["key"].device):
            probs_hqt = call.edits[row].probabilities(call.layer).float()
            probs_hqt = pick_columns(probs_hqt, tokens)
            return (probs_hqt if keep_heads else probs_hqt.mean(0, keepdim=True)).transpose(1, 2).contiguous()

    def _call(self, site: Site, methods: Sequence[Method], part: Part) -> _Call:
        cue = self._conductor.cue
        call = self._calls.get(site.address)
        if call is None or call.cue is not cue or part in call.heard:  # the last two: left over from a broken call
            call = self._calls[site.address] = _Call(site, cue, compose(methods, site, cue))
        return call


@contextmanager
def steering(conductor: Conductor, sites: Iterable[Site], methods: Sequence[Method]) -> Iterator[Steering]:
    """Edit attention while the block runs.

    Args:
        conductor: The host's; only calls announced by it are edited.
        sites: Layers that may be edited.
        methods: What to do; layers that none of them touches get no hook.

    Yields:
        The edits in effect, for an observer of the maps before or after them.

    Example:
        with steering(host.conductor, host.sites, [method]) as steered:
            with observing(host.conductor, observation, steered.probabilities_after) as recorder:
                sample(host, plan)
    """
    steered = Steering(conductor)
    with Seam() as seam:
        for site in sites:
            touching = tuple(method for method in methods if method.touches(site))
            if touching:
                seam.after(site.module.to_q, _listener(steered, site, touching, "query"))
                seam.after(site.module.to_k, _listener(steered, site, touching, "key"))
                seam.after(site.module.to_v, _listener(steered, site, touching, "value"))
                seam.before(site.module.to_out[0], _adder(steered, site))
        yield steered


def _listener(steered: Steering, site: Site, methods: Sequence[Method], part: Part) -> ForwardHook:
    def hook(module: nn.Module, inputs: tuple[Any, ...], output: Tensor) -> Tensor | None:
        return steered.hear(site, methods, part, output)

    return hook


def _adder(steered: Steering, site: Site) -> PreHook:
    def hook(module: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...] | None:
        added = steered.add(site, inputs[0])
        return None if added is None else (added, *inputs[1:])

    return hook


def _check(call: _Call, part: Part, output_bnc: Tensor) -> None:
    rows, cells = len(call.cue.rows), call.cue.latent.level(call.site.level).cells
    is_wrong = output_bnc.shape[0] != rows or (part == "query" and output_bnc.shape[1] != cells)
    if is_wrong:
        raise ShapeError(
            f"{rows} rows of {cells} queries at {call.site.address}",
            got=f"{part} {tuple(output_bnc.shape)}",
            remedy="Token merging and tiling change these numbers: switch them off.",
        )


def _with_rows(tensor_bnc: Tensor, rows: dict[int, Tensor]) -> Tensor:
    edited_bnc = tensor_bnc.clone()
    for row, part_nc in rows.items():
        edited_bnc[row] = part_nc
    return edited_bnc
