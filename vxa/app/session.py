"""Run jobs one after another, keeping recordings."""

from __future__ import annotations

import dataclasses
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from vxa.app.jobs import GenerateJob, MapJob, VisualizeJob
from vxa.app.lens import preset_of
from vxa.app.progress import Progress, no_progress
from vxa.app.recording import (
    Recording,
    Scope,
    picture_hash,
    record_generation,
    record_picture,
)
from vxa.app.result import Result, holds
from vxa.core.errors import StaleHostError
from vxa.core.tokens import parse_selection
from vxa.engine.host import Host

P = TypeVar("P")
T = TypeVar("T")

_RENDERED = frozenset(field.name for field in dataclasses.fields(MapJob)) - {"prompt", "model"}
"""Settings that only change how a recording is shown."""
_TRIES = 3
"""Runs begun before giving up, while another program keeps exchanging the model."""


class Session:
    """Runs jobs; thread-safe.

    Args:
        provider: Gives the host for the name in a job's `model`. Asked for every job, so it must keep what it loads;
            in a program that has a model of its own it gives the one that is loaded now.
        keeps_everything: Record all layers and (within a memory cap) heads, so that changing token, layer, head, mode
            or colours never runs the model again. Off, only what a job needs is recorded and the UNet stops early.
        num_kept: Recordings kept, the least recently used going first.
        max_bytes: Tells, after each run, how much memory they may take; the newest is kept in any case.
    """

    def __init__(
        self,
        provider: Callable[[str], Host],
        *,
        keeps_everything: bool = False,
        num_kept: int = 8,
        max_bytes: Callable[[], float] = lambda: math.inf,
    ) -> None:
        self._provider = provider
        self._scope = Scope(keeps_everything)
        self._num_kept = num_kept
        self._max_bytes = max_bytes
        self._recordings: OrderedDict[Hashable, Recording] = OrderedDict()
        self._keeping = threading.Lock()
        # apart from keeping, so that what is kept can be shown while another job runs or waits for its turn
        self._running = threading.Lock()

    def host(self, model: str = "") -> Host:
        """Return the model of that name, as it is now."""
        return self._provider(model)

    def visualize(self, job: VisualizeJob, picture: NDArray[np.uint8], progress: Progress = no_progress) -> Result:
        """Look at a picture, shape (height, width, 3), uint8."""
        key = (picture_hash(picture), *_costly(job))
        return self._run(job, key, lambda host: record_picture(job, picture, host, self._scope, progress))

    def generate(self, job: GenerateJob, progress: Progress = no_progress) -> Result:
        """Draw a picture with its maps."""
        return self._run(job, _costly(job), lambda host: record_generation(job, host, self._scope, progress))

    def take_turn(self, model: str, prepare: Callable[[Host], P], run: Callable[[Host, P], T]) -> T:
        """Run other work on a model while no job runs; begun again where another model was loaded meanwhile.

        Args:
            model: Its name.
            prepare: Checks what is asked for, before the turn.
            run: Does it, given what `prepare` made.
        """

        def work(host: Host) -> T:
            prepared = prepare(host)
            with self._running:
                return run(host, prepared)

        return self._try(model, work)

    def _run(self, job: MapJob, key: tuple[Hashable, ...], record: Callable[[Host], Recording]) -> Result:
        return self._try(job.model, lambda host: self._run_on(host, job, key, record))

    def _try(self, model: str, work: Callable[[Host], T]) -> T:
        for _ in range(_TRIES - 1):
            try:
                return work(self.host(model))
            except StaleHostError:
                continue  # another model was loaded while the job waited: it runs on that one
        return work(self.host(model))

    def _run_on(
        self, host: Host, job: MapJob, key: tuple[Hashable, ...], record: Callable[[Host], Recording]
    ) -> Result:
        # before the model runs: a typo costs nothing
        parse_selection(host.tokenize(job.prompt)[0], job.tokens)
        preset_of(job, host.sites)
        key = (host.state_key, *key)
        if (kept := self._recall(key, job, host)) is not None:
            return kept
        with self._running:
            if (kept := self._recall(key, job, host)) is not None:
                return kept  # an equal job ran while this one waited
            began = time.perf_counter()
            recording = record(host)
            self._keep(key, recording)
            return Result(job, recording, host.sites, time.perf_counter() - began)

    def _recall(self, key: Hashable, job: MapJob, host: Host) -> Result | None:
        with self._keeping:
            kept = self._recordings.get(key)
            if kept is None or not holds(kept, job, host.sites):
                return None
            self._recordings.move_to_end(key)
        return Result(job, kept, host.sites)

    def _keep(self, key: Hashable, recording: Recording) -> None:
        with self._keeping:
            self._recordings[key] = recording
            self._recordings.move_to_end(key)
            while len(self._recordings) > 1 and self._is_full():
                self._recordings.popitem(last=False)

    def _is_full(self) -> bool:
        num_bytes = sum(recording.num_bytes for recording in self._recordings.values())
        return len(self._recordings) > self._num_kept or num_bytes > self._max_bytes()


def _costly(job: MapJob) -> tuple[Hashable, ...]:
    names = (field.name for field in dataclasses.fields(job))
    return (job.kind, *(getattr(job, name) for name in names if name not in _RENDERED))


def make_loader(*, device: str = "auto", dtype: str = "auto", allow_pickle: bool = False) -> Callable[[str], Host]:
    """Make a function that gives a model by folder, file or hub id; blank is the embedded one.

    Each model is loaded when first asked for and then kept; threads that ask meanwhile wait.

    Args:
        device: See `vxa.hosts.load.load_host`.
        dtype: See there.
        allow_pickle: Read .ckpt and .bin files too; only of models from people you trust.
    """
    hosts: dict[str, Host] = {}
    loading = threading.Lock()

    def load(model: str) -> Host:
        from vxa.hosts.load import load_host

        with loading:
            if model not in hosts:
                hosts[model] = load_host(model or None, device=device, dtype=dtype, allow_pickle=allow_pickle)
            return hosts[model]

    return load
