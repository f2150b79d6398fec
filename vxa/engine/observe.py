"""Record attention beside the host's own kernel: two read-only hooks a layer, on `to_q` and `to_k`.

The host computes its pictures with whatever kernel it likes; we compute softmax(q·kᵀ) again from the same q and k, for
the layers, rows, tokens and steps that are wanted. Nothing is replaced, so pictures stay bit-identical.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from vxa.core.errors import CaptureError, ConfigError, NoMapsError, SelectionError, ShapeError
from vxa.core.grid import Grid
from vxa.core.maps import AttentionMaps
from vxa.engine.clock import Conductor, Cue, Role
from vxa.engine.probabilities import attention_probabilities
from vxa.engine.seam import ForwardHook, Seam
from vxa.engine.sites import Site

DEFAULT_MAX_BYTES = 1 << 30

Look = Callable[[Site, int, Sequence[int] | None, bool], Tensor | None]
"""Gives a layer's attention of a batch row, for tokens (None: all) and with heads kept or not, in the form of
`attention_probabilities`; None where the layer computes it from the queries and keys that its hooks see."""


class UNetStopped(BaseException):
    """Ends a UNet call once everything asked for is recorded.

    Not an `Exception`, so that no blanket handler in a host swallows it. Caught by `vxa.engine.probe` and
    `vxa.engine.live_probe` alone.
    """


@dataclass(frozen=True)
class Observation:
    """What to record."""

    sites: tuple[Site, ...]
    """Cross-attention layers, at least one; kept in the order they run, each once."""
    tokens: tuple[int, ...] | None = None
    """Context columns to keep; None keeps all. The softmax always runs over all of them."""
    role: Role = "cond"
    """Rows guided by the prompt or by the negative prompt."""
    steps: frozenset[int] | None = None
    """UNet calls of a run to record, by `Clock.step`; None records all."""
    keep_heads: bool = False
    """Keep every head apart instead of the mean over heads."""
    stops_early: bool = False
    """End the UNet call right after the last of the sites (see `vxa.engine.probe`)."""
    max_bytes: int = DEFAULT_MAX_BYTES
    """Refuse to record more than this."""

    def __post_init__(self) -> None:
        if not self.sites:
            raise ConfigError("at least one layer to observe", got="none", remedy="Choose a layer or a preset.")
        if wrong := [site.address for site in self.sites if site.kind != "cross"]:
            raise ConfigError("cross-attention layers", got=wrong, remedy="Self-attention reads no words.")
        if self.tokens is not None and (not self.tokens or min(self.tokens) < 0):
            raise SelectionError("at least one token column, none negative", got=self.tokens)
        in_order = sorted({site.address: site for site in self.sites}.values(), key=lambda site: site.layer)
        object.__setattr__(self, "sites", tuple(in_order))

    def predicted_bytes(self, latent: Grid, num_columns: int, num_pictures: int = 1) -> int:
        """Compute the memory that the record will take.

        Args:
            latent: Latent grid.
            num_columns: Context length, 77 a chunk.
            num_pictures: Pictures in the batch.
        """
        tokens = num_columns if self.tokens is None else len(self.tokens)
        cells = sum((site.heads if self.keep_heads else 1) * latent.level(site.level).cells for site in self.sites)
        return 4 * tokens * cells * num_pictures


@dataclass
class _Pending:
    """Halves of one layer's call, waiting for each other."""

    cue: Cue
    query_bqc: Tensor | None = None
    key_bkc: Tensor | None = None


@dataclass
class Recorder:
    """Sums what the hooks see; read with `maps` at any time."""

    observation: Observation
    """What is recorded."""
    conductor: Conductor
    """Tells which call is running."""
    look: Look | None = None
    """Where attention is looked at; None for what the layers compute."""
    calls: dict[tuple[int, str], int] = field(default_factory=dict)
    """UNet calls recorded, by picture and layer address."""
    _sums: dict[tuple[int, str], Tensor] = field(default_factory=dict)
    _pending: dict[str, _Pending] = field(default_factory=dict)
    _latent: Grid | None = None
    _num_columns: int = 0

    def hear_query(self, site: Site, query_bqc: Tensor) -> None:
        """Take the queries of a layer, shape (rows, cells, heads · head_dim)."""
        if self._is_wanted():
            self._halves(site).query_bqc = query_bqc
            self._meet(site)

    def hear_key(self, site: Site, key_bkc: Tensor) -> None:
        """Take the keys of a layer, shape (rows, columns, heads · head_dim)."""
        if self._is_wanted():
            self._halves(site).key_bkc = key_bkc
            self._meet(site)

    def maps(self, picture: int = 0) -> AttentionMaps:
        """Return what was recorded for one picture of the batch.

        Raises:
            NoMapsError: If nothing was, or some layer never fired.
        """
        sites = self.observation.sites
        counts = {site.address: self.calls.get((picture, site.address), 0) for site in sites}
        silent = [address for address, count in counts.items() if count == 0]
        if silent or self._latent is None:
            raise NoMapsError(
                f"maps of {len(sites)} layers for picture {picture}",
                got=f"none of {', '.join(silent[:4])}{' …' if len(silent) > 4 else ''}",
                remedy="No recorded UNet call reached these layers: check steps, rows and that the run went through.",
            )
        if len(set(counts.values())) > 1:
            raise CaptureError("every layer recorded equally often", got=counts, remedy="Was a run interrupted?")
        tokens = self.observation.tokens
        sums = {site.address: self._sums[picture, site.address].to("cpu", torch.float32) for site in sites}
        for address, sums_htyx in sums.items():
            if not bool(sums_htyx.isfinite().all()):
                raise CaptureError(
                    "attention of finite numbers",
                    got=f"NaN at {address}",
                    remedy="The model overflows in half precision: run it in float32 (in the webui: “Upcast cross "
                    "attention layer to float32” in the settings, or --no-half).",
                )
        return AttentionMaps(
            layers=tuple(site.info for site in sites),
            sums=sums,
            tokens=tuple(range(self._num_columns)) if tokens is None else tokens,
            num_calls=next(iter(counts.values())),
            latent=self._latent,
        )

    def _is_wanted(self) -> bool:
        if not self.conductor.is_playing or self.conductor.cue.is_trial:
            return False  # somebody else's run on the same model, or no step of ours
        steps = self.observation.steps
        return steps is None or self.conductor.cue.clock.step in steps

    def _halves(self, site: Site) -> _Pending:
        cue = self.conductor.cue
        if site.address not in self._pending or self._pending[site.address].cue is not cue:
            self._pending[site.address] = _Pending(cue)  # a half left over from a call that broke off is dropped
        return self._pending[site.address]

    def _meet(self, site: Site) -> None:
        pending = self._pending[site.address]
        if pending.query_bqc is None or pending.key_bkc is None:
            return
        del self._pending[site.address]
        self._add(site, pending.cue, pending.query_bqc, pending.key_bkc)
        if self.observation.stops_early and site is self.observation.sites[-1]:
            raise UNetStopped

    def _add(self, site: Site, cue: Cue, query_bqc: Tensor, key_bkc: Tensor) -> None:
        grid = cue.latent.level(site.level)
        self._check(site, cue, grid, query_bqc, key_bkc)
        for row in cue.rows_of(self.observation.role):
            options = (self.observation.tokens, self.observation.keep_heads)
            probs_htq = self.look(site, row, *options) if self.look else None
            if probs_htq is None:
                probs_htq = attention_probabilities(query_bqc[row], key_bkc[row], site.heads, *options)
            maps_htyx = probs_htq.unflatten(-1, (grid.height, grid.width))
            place = (cue.rows[row].picture, site.address)
            self._sums[place] = self._sums[place] + maps_htyx if place in self._sums else maps_htyx
            self.calls[place] = self.calls.get(place, 0) + 1

    def _check(self, site: Site, cue: Cue, grid: Grid, query_bqc: Tensor, key_bkc: Tensor) -> None:
        rows, columns = len(cue.rows), key_bkc.shape[1]
        if query_bqc.shape[0] != rows or key_bkc.shape[0] != rows or query_bqc.shape[1] != grid.cells:
            raise ShapeError(
                f"{rows} rows of {grid} = {grid.cells} queries at {site.address}",
                got=f"queries {tuple(query_bqc.shape)}, keys {tuple(key_bkc.shape)}",
                remedy="Token merging and tiling change these numbers: switch them off.",
            )
        tokens = self.observation.tokens
        if tokens is not None and max(tokens) >= columns:
            raise SelectionError(f"token columns below {columns}", got=max(tokens))
        if self._latent is None:
            pictures = len({row.picture for row in cue.rows})
            predicted = self.observation.predicted_bytes(cue.latent, columns, pictures)
            if predicted > self.observation.max_bytes:
                raise ConfigError(
                    f"maps of at most {self.observation.max_bytes / 2**20:.0f} MiB",
                    got=f"{predicted / 2**20:.0f} MiB predicted",
                    remedy="Choose fewer layers or tokens, average the heads, or raise the cap.",
                )
            self._latent, self._num_columns = cue.latent, columns
        elif (self._latent, self._num_columns) != (cue.latent, columns):
            raise ShapeError(
                f"one latent size and context length a record, {self._latent} and {self._num_columns} so far",
                got=f"{cue.latent} and {columns}",
                remedy="Record each pass with an observer of its own.",
            )


@contextmanager
def observing(conductor: Conductor, observation: Observation, look: Look | None = None) -> Iterator[Recorder]:
    """Record attention while the block runs.

    Args:
        conductor: The host's; only calls announced by it are recorded.
        observation: What to record.
        look: Where to look while attention is being edited: `probabilities_before` or `probabilities_after` of what
            `vxa.engine.steering.steer.steering` yields.

    Yields:
        The recorder. Its maps stay readable after the block.

    Example:
        with observing(host.conductor, Observation(tuple(host.sites.cross))) as recorder:
            sample(host, plan)
        maps = recorder.maps(picture=0)
    """
    recorder = Recorder(observation, conductor, look)
    with Seam() as seam:
        for site in observation.sites:
            seam.after(site.module.to_q, _listener(recorder.hear_query, site))
            seam.after(site.module.to_k, _listener(recorder.hear_key, site))
        yield recorder


def _listener(hear: Callable[[Site, Tensor], None], site: Site) -> ForwardHook:
    def hook(module: nn.Module, inputs: tuple[object, ...], output: Tensor) -> None:
        hear(site, output)

    return hook
