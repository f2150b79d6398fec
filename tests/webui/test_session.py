from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tests.webui.standin.replay import Webui
from vxa.app.jobs import VisualizeJob
from vxa.core.errors import InterruptedRunError, PictureError
from vxa.engine.host import Host


@pytest.fixture
def module(webui: Webui, random_host: Host, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module, on a small model in place of the webui's."""
    from vxa.webui import session

    monkeypatch.setattr(session, "current_host", lambda model="": random_host)
    return session


def picture(height: int = 32, width: int = 32) -> Any:
    return np.zeros((height, width, 3), np.uint8)


def test_a_picture_beyond_the_settings_is_refused_before_anything_runs(
    webui: Webui, module: ModuleType, job: VisualizeJob
) -> None:
    webui.shared.opts.add_option("vxa_megapixels", webui.shared.OptionInfo(1))
    with pytest.raises(PictureError, match=r"at most 1 megapixels; got 1025×1024 pixels .* page VXA"):
        module.WebuiSession().visualize(job, picture(1025, 1024))


def test_a_run_is_told_to_the_webui(webui: Webui, module: ModuleType, job: VisualizeJob) -> None:
    seen = []
    module.WebuiSession().visualize(job, picture(), lambda *_: seen.append(webui.shared.state.sampling_steps))
    assert seen and seen[-1] > 0


def test_the_webuis_interrupt_stops_it(webui: Webui, module: ModuleType, job: VisualizeJob) -> None:
    with pytest.raises(InterruptedRunError):
        module.WebuiSession().visualize(job, picture(), lambda *_: webui.shared.state.interrupt())
        module.WebuiSession().visualize(job, picture())


def test_recordings_stay_within_the_memory_of_the_settings(
    webui: Webui, module: ModuleType, job: VisualizeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = module.WebuiSession()
    first = session.visualize(job, picture())
    assert session.visualize(job, picture()).seconds == 0, "kept"
    monkeypatch.setattr(module.settings, "max_kept_bytes", lambda: first.recording.num_bytes)
    session = module.WebuiSession()
    session.visualize(job, picture())
    session.visualize(job, picture(48, 32))
    assert session.visualize(job, picture(48, 32)).seconds == 0, "the newest is kept whatever it takes"
    assert session.visualize(job, picture()).seconds > 0
