"""The webui's host on real ldm code, inside the stand-in of the webui."""

from __future__ import annotations

import copy
import sys
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from tests.webui.checkpoint import load_into
from tests.webui.standin.replay import Webui
from vxa.app.jobs import VisualizeJob
from vxa.app.session import Session
from vxa.core.errors import ConfigError, HostError, UnsupportedModelError
from vxa.engine.host import Host
from vxa.engine.seam import count_hooks
from vxa.hosts.load import load_host

PICTURE = np.random.RandomState(0).randint(0, 255, (64, 96, 3), dtype=np.uint8)


@pytest.fixture
def current(webui: Webui, model: Any) -> Callable[[], Host]:
    from vxa.webui.host import current_host

    return current_host


@pytest.fixture
def session(current: Callable[[], Host]) -> Session:
    return Session(lambda _: current(), keeps_everything=True)


def test_maps_equal_those_of_diffusers(session: Session, job: VisualizeJob) -> None:
    ours = session.visualize(job, PICTURE).recording
    theirs = Session(lambda _: load_host(device="cpu"), keeps_everything=True).visualize(job, PICTURE).recording
    assert ours.draws[0].sums.keys() == theirs.draws[0].sums.keys()
    for address, expected in theirs.draws[0].sums.items():
        torch.testing.assert_close(ours.draws[0].sums[address], expected, rtol=0, atol=1e-4)


def test_a_checkpoint_is_loaded_when_first_asked_for_and_once(webui: Webui, ldm_model: Any) -> None:
    from vxa.webui.host import current_host

    loads: list[int] = []

    def load() -> Any:
        loads.append(1)
        time.sleep(0.05)
        return load_into(webui, copy.deepcopy(ldm_model))

    webui.sd_models.loader = load
    threads = [threading.Thread(target=current_host) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert loads == [1] and current_host().info.name == "vxa-tiny"


def test_no_checkpoint_is_an_error_that_says_what_to_do(webui: Webui) -> None:
    from vxa.webui.host import current_host

    with pytest.raises(HostError, match="Choose one at the top left"):
        current_host()


def test_a_checkpoint_that_is_being_exchanged_is_waited_for(
    webui: Webui, model: Any, current: Callable[[], Host]
) -> None:
    prepared, found = model.cond_stage_model, []
    lock = webui.call_queue.queue_lock
    lock.acquire()
    model.cond_stage_model = prepared.wrapped
    thread = threading.Thread(target=lambda: found.append(current().tokenize("a circle")))
    thread.start()
    time.sleep(0.05)
    assert not found
    model.cond_stage_model = prepared
    lock.release()
    thread.join(timeout=10)
    assert found[0][0].content[1].text == "circle"


def test_tokens_are_told_while_another_job_runs(webui: Webui, current: Callable[[], Host]) -> None:
    with webui.call_queue.queue_lock:
        assert current().tokenize("a circle")[0].content[1].text == "circle"


def test_what_cannot_be_opened_is_refused(webui: Webui, model: Any, current: Callable[[], Host]) -> None:
    with pytest.raises(ConfigError, match="the loaded checkpoint, 'vxa-tiny'"):
        current("another")  # type: ignore[call-arg]
    webui.sd_unet.current_unet = SimpleNamespace(option=SimpleNamespace(label="[TRT] vxa"))
    with pytest.raises(HostError, match="Set SD Unet to None"):
        current()
    webui.sd_unet.current_unet = None
    model.model.diffusion_model = torch.nn.Linear(1, 1)
    with pytest.raises(UnsupportedModelError, match="SD3, Flux"):
        current()


def test_a_job_runs_on_the_checkpoint_that_was_chosen_while_it_waited(
    webui: Webui, ldm_model: Any, session: Session, job: VisualizeJob
) -> None:
    results: list[Any] = []
    lock = webui.call_queue.queue_lock
    lock.acquire()
    thread = threading.Thread(target=lambda: results.append(session.visualize(job, PICTURE)))
    thread.start()
    time.sleep(0.2)
    assert not results
    load_into(webui, copy.deepcopy(ldm_model), "another")
    lock.release()
    thread.join(timeout=20)
    assert results[0].recording.model.name == "another"
    assert session.visualize(job, PICTURE).seconds == 0, "kept for the checkpoint that it ran on"


def test_a_changed_setting_runs_the_model_again(webui: Webui, session: Session, job: VisualizeJob) -> None:
    session.visualize(job, PICTURE)
    webui.shared.opts.data["CLIP_stop_at_last_layers"] = 2
    assert session.visualize(job, PICTURE).seconds > 0


def test_nothing_is_left_behind(webui: Webui, model: Any, session: Session, job: VisualizeJob) -> None:
    before = {name: value.clone() for name, value in model.state_dict().items()}
    session.visualize(job, PICTURE)
    assert count_hooks(model) == 0 and webui.shared.state.job == ""
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert webui.call_queue.queue_lock.acquire(blocking=False)
    assert not webui.failures


def test_without_diffusers_the_webui_is_asked_to_install_it(
    current: Callable[[], Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "diffusers", None)
    with pytest.raises(HostError, match=r"the package diffusers .* Restart the webui without --skip-install"):
        current().make_scheduler("ddim", 10)
    with pytest.raises(ConfigError, match="Did you mean ddim"):
        current().make_scheduler("dim", 10)
