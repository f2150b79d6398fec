from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import numpy as np
import pytest

from vxa.app.jobs import GenerateJob, VisualizeJob
from vxa.app.session import Session, make_loader
from vxa.core.errors import InterruptedRunError, SelectionError, StaleHostError, VxaError
from vxa.engine.host import Host
from vxa.engine.seam import count_hooks
from vxa.hosts.memory import RandomHost

Counting = Callable[[Host], AbstractContextManager[list[int]]]

SHOWN_ONLY = [
    {"tokens": "square"},
    {"tokens": "1-3", "combine": True},
    {"tokens": ""},
    {"preset": "vxa"},
    {"preset": "attend-excite"},
    {"layers": "middle"},
    {"layers": "all", "heads": (0, 2)},
    {"modes": ("mask", "threshold")},
    {"colormap": "magma", "opacity": 0.1},
    {"threshold": 0.3},
    {"layer_sheet": True},
]
COSTLY = [
    {"prompt": "a blue square"},
    {"timesteps": (201,)},
    {"noise": False},
    {"draws": 2},
    {"seed": 1},
    {"unit_range": True},
]


@pytest.fixture
def keeping(host: Host) -> Session:
    return Session(lambda _: host, keeps_everything=True)


def test_changing_what_is_shown_never_runs_the_model_again(
    keeping: Session, host: Host, job: VisualizeJob, picture: np.ndarray, counting_calls: Counting
) -> None:
    with counting_calls(host) as calls:
        keeping.visualize(job, picture)
        assert calls == [1]
        for change in SHOWN_ONLY:
            result = keeping.visualize(dataclasses.replace(job, **change), picture)
            assert result.seconds == 0, change
            assert len(list(result.iter_pictures())) > 1
        assert calls == [1]


@pytest.mark.parametrize("change", COSTLY, ids=lambda change: next(iter(change)))
def test_changing_what_the_model_sees_runs_it_again(
    keeping: Session, host: Host, job: VisualizeJob, picture: np.ndarray, counting_calls: Counting, change: dict
) -> None:
    job = dataclasses.replace(job, tokens="square")
    with counting_calls(host) as calls:
        keeping.visualize(job, picture)
        assert keeping.visualize(dataclasses.replace(job, **change), picture).seconds > 0
        assert len(calls) == 2
        keeping.visualize(job, picture)
        assert len(calls) == 2, "the first recording is still there"


def test_another_picture_runs_the_model_again(
    keeping: Session, host: Host, job: VisualizeJob, picture: np.ndarray, counting_calls: Counting
) -> None:
    with counting_calls(host) as calls:
        keeping.visualize(job, picture)
        keeping.visualize(job, 255 - picture)
        assert len(calls) == 2


def test_a_cached_result_equals_a_fresh_one(
    keeping: Session, session: Session, job: VisualizeJob, picture: np.ndarray
) -> None:
    keeping.visualize(dataclasses.replace(job, tokens="red", preset="vxa"), picture)
    cached, fresh = keeping.visualize(job, picture), session.visualize(job, picture)
    assert cached.seconds == 0 < fresh.seconds
    for one, other in zip(cached.words, fresh.words, strict=True):
        np.testing.assert_allclose(one.map_yx, other.map_yx, atol=1e-5)


def test_the_oldest_recording_goes_first(
    host: Host, job: VisualizeJob, picture: np.ndarray, counting_calls: Counting
) -> None:
    session = Session(lambda _: host, keeps_everything=True, num_kept=2)
    first, second, third = (dataclasses.replace(job, seed=seed) for seed in (1, 2, 3))
    with counting_calls(host) as calls:
        for each in (first, second, first, third):
            session.visualize(each, picture)
        assert len(calls) == 3
        session.visualize(first, picture)
        assert len(calls) == 3, "used more recently than the second"
        session.visualize(second, picture)
        assert len(calls) == 4


def test_a_narrow_session_runs_again_only_for_layers_or_heads_it_lacks(
    session: Session, host: Host, job: VisualizeJob, picture: np.ndarray, counting_calls: Counting
) -> None:
    with counting_calls(host) as calls:
        session.visualize(job, picture)
        session.visualize(dataclasses.replace(job, tokens="square", layers="up.0.0.cross"), picture)
        assert len(calls) == 1
        session.visualize(dataclasses.replace(job, layers="middle"), picture)
        assert len(calls) == 2
        session.visualize(dataclasses.replace(job, layers="middle", heads=(1,)), picture)
        assert len(calls) == 3
        session.visualize(dataclasses.replace(job, layers="middle"), picture)
        assert len(calls) == 3, "heads apart hold the mean too"


def test_a_generated_picture_is_kept_too(keeping: Session, host: Host, counting_calls: Counting) -> None:
    job = GenerateJob(prompt="a red circle", tokens="circle", steps=3)
    with counting_calls(host) as calls:
        first = keeping.generate(job)
        again = keeping.generate(dataclasses.replace(job, tokens="red", layers="middle"))
        assert calls == [2, 2, 2]
        np.testing.assert_array_equal(first.picture, again.picture)
        keeping.generate(dataclasses.replace(job, record_steps=(0,)))
        assert len(calls) == 6


def test_the_provider_is_asked_for_every_job(host: Host, job: VisualizeJob, picture: np.ndarray) -> None:
    asked: list[str] = []

    def provide(model: str) -> Host:
        asked.append(model)
        return host

    session = Session(provide)
    for model in ("", "other", ""):
        session.visualize(dataclasses.replace(job, model=model), picture)
    assert asked == ["", "other", ""]


def test_a_loader_loads_a_model_once() -> None:
    load = make_loader(device="cpu")
    assert load("") is load("")


class Changing(RandomHost):
    """A host whose program may change settings, or exchange the model while a job waits."""

    def __init__(self, *stale: bool) -> None:
        super().__init__()
        self.setting = 0
        self.stale = list(stale)

    @property
    def state_key(self) -> tuple[str, int]:
        return self.info.hash, self.setting

    @contextmanager
    def running(self) -> Iterator[None]:
        if self.stale and self.stale.pop(0):
            raise StaleHostError("the model asked for", got="another", remedy="Run it again.")
        with super().running():
            yield


def test_a_changed_setting_runs_the_model_again(
    job: VisualizeJob, picture: np.ndarray, counting_calls: Counting
) -> None:
    host = Changing()
    session = Session(lambda _: host)
    with counting_calls(host) as calls:
        for host.setting in (0, 1, 0):
            session.visualize(job, picture)
    assert len(calls) == 2


def test_a_job_runs_on_the_model_that_was_loaded_while_it_waited(job: VisualizeJob, picture: np.ndarray) -> None:
    hosts = [Changing(True), Changing()]
    given = iter(hosts)
    result = Session(lambda _: next(given)).visualize(job, picture)
    assert result.recording.model is hosts[1].info


def test_a_model_that_keeps_changing_is_given_up(job: VisualizeJob, picture: np.ndarray) -> None:
    host = Changing(True, True, True)
    with pytest.raises(StaleHostError, match="Run it again"):
        Session(lambda _: host).visualize(job, picture)
    assert host.stale == []


def test_what_is_kept_is_shown_while_another_job_runs(keeping: Session, job: VisualizeJob, picture: np.ndarray) -> None:
    keeping.visualize(job, picture)
    shown: list[float] = []

    def look(done: int, total: int, what: str) -> None:
        thread = threading.Thread(target=lambda: shown.append(keeping.visualize(job, picture).seconds))
        thread.start()
        thread.join(timeout=10)

    keeping.visualize(dataclasses.replace(job, seed=5), picture, look)
    assert shown == [0]


def test_a_wrong_token_costs_no_run(
    session: Session, host: Host, job: VisualizeJob, picture: np.ndarray, counting_calls: Counting
) -> None:
    with counting_calls(host) as calls, pytest.raises(SelectionError, match="triangle"):
        session.visualize(dataclasses.replace(job, tokens="circle, triangle"), picture)
    assert calls == []


def test_an_interrupted_run_keeps_nothing(
    keeping: Session, host: Host, job: VisualizeJob, picture: np.ndarray, counting_calls: Counting
) -> None:
    def stop(done: int, total: int, what: str) -> None:
        raise InterruptedRunError

    with pytest.raises(InterruptedRunError):
        keeping.visualize(job, picture, stop)
    assert count_hooks(host.unet) == 0
    with counting_calls(host) as calls:
        keeping.visualize(job, picture)
    assert len(calls) == 1


def test_many_threads_share_one_run(
    keeping: Session, host: Host, job: VisualizeJob, picture: np.ndarray, counting_calls: Counting
) -> None:
    results = []
    with counting_calls(host) as calls:
        threads = [
            threading.Thread(target=lambda: results.append(keeping.visualize(job, picture).words)) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(results) == 4
    assert calls == [1]


def test_a_loader_passes_on_how_to_load() -> None:
    with pytest.raises(VxaError, match="a device that torch can use"):
        make_loader(device="abacus")("")
    with pytest.raises(VxaError, match="no-such-model"):
        make_loader()("no-such-model")
