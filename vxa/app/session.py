"""Run jobs one after another, keeping loaded models and recordings."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

import numpy as np
from numpy.typing import NDArray

from vxa.app.jobs import GenerateJob, MapJob, VisualizeJob
from vxa.app.layers import choose_sites
from vxa.app.progress import Progress, no_progress
from vxa.app.recording import (
    Recording,
    Scope,
    picture_hash,
    record_generation,
    record_picture,
)
from vxa.app.result import Result
from vxa.core.tokens import parse_selection
from vxa.engine.host import Host

_RENDERED = frozenset(field.name for field in dataclasses.fields(MapJob)) - {"prompt", "model"}
"""Settings that only change how a recording is shown."""


class Session:
    """Runs jobs; thread-safe.

    Args:
        load: Loads a host by the name in a job's `model`.
        keeps_everything: Record all layers and (within a memory cap) heads, so that changing token, layer, head, mode
            or colours never runs the model again. Off, only what a job needs is recorded and the UNet stops early.
        num_kept: Recordings kept, the least recently used going first.
    """

    def __init__(self, load: Callable[[str], Host], *, keeps_everything: bool = False, num_kept: int = 8) -> None:
        self._load = load
        self._scope = Scope(keeps_everything)
        self._num_kept = num_kept
        self._hosts: dict[str, Host] = {}
        self._recordings: OrderedDict[Hashable, Recording] = OrderedDict()
        self._loading = threading.Lock()
        # apart from loading, so that a page can ask for tokens while a job runs
        self._running = threading.Lock()

    def host(self, model: str = "") -> Host:
        """Return the model of that name, loaded once."""
        with self._loading:
            if model not in self._hosts:
                self._hosts[model] = self._load(model)
            return self._hosts[model]

    def visualize(self, job: VisualizeJob, picture: NDArray[np.uint8], progress: Progress = no_progress) -> Result:
        """Look at a picture, shape (height, width, 3), uint8."""
        key = (picture_hash(picture), *_costly(job))
        return self._run(job, key, lambda host: record_picture(job, picture, host, self._scope, progress))

    def generate(self, job: GenerateJob, progress: Progress = no_progress) -> Result:
        """Draw a picture with its maps."""
        return self._run(job, _costly(job), lambda host: record_generation(job, host, self._scope, progress))

    def _run(self, job: MapJob, key: tuple[Hashable, ...], record: Callable[[Host], Recording]) -> Result:
        host = self.host(job.model)
        parse_selection(host.tokenize(job.prompt)[0], job.tokens)  # before the model runs: a typo costs nothing
        with self._running:
            key = (host.info.hash, *key)
            kept = self._recordings.get(key)
            if kept is not None and _holds(kept, job, host):
                self._recordings.move_to_end(key)
                return Result(job, kept, host.sites)
            began = time.perf_counter()
            recording = record(host)
            self._recordings[key] = recording
            while len(self._recordings) > self._num_kept:
                self._recordings.popitem(last=False)
            return Result(job, recording, host.sites, time.perf_counter() - began)


def _costly(job: MapJob) -> tuple[Hashable, ...]:
    names = (field.name for field in dataclasses.fields(job))
    return (job.kind, *(getattr(job, name) for name in names if name not in _RENDERED))


def _holds(recording: Recording, job: MapJob, host: Host) -> bool:
    """Whether a recording has the layers, and if need be the heads, that a job shows."""
    maps = recording.draws[0]
    recorded = {layer.address: layer for layer in maps.layers}
    sites = list(host.sites.cross) if job.layer_sheet else choose_sites(job, host.sites, maps.latent)
    has_layers = all(site.address in recorded for site in sites)
    return has_layers and (not job.heads or all(maps.sums[s.address].shape[0] == s.heads for s in sites))


def make_loader(*, device: str = "auto", dtype: str = "auto", allow_pickle: bool = False) -> Callable[[str], Host]:
    """Make a function that loads a model by folder, file or hub id; blank is the embedded one.

    Args:
        device: See `vxa.hosts.load.load_host`.
        dtype: See there.
        allow_pickle: Read .ckpt and .bin files too; only of models from people you trust.
    """

    def load(model: str) -> Host:
        from vxa.hosts.load import load_host

        return load_host(model or None, device=device, dtype=dtype, allow_pickle=allow_pickle)

    return load


def default_loader(model: str) -> Host:
    """Load a model by folder, file or hub id with automatic settings; blank loads the embedded one."""
    return make_loader()(model)
