"""What tests of the webui's side share: a stand-in of the webui's modules, new for each test."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.real_ldm import load_exported, real_ldm
from tests.webui.checkpoint import load_into
from tests.webui.standin.replay import Webui, standing_in
from vxa.app.jobs import VisualizeJob
from vxa.app.result import Result
from vxa.app.session import Session
from vxa.engine.host import Host
from vxa.tiny import weights_path
from vxa.tiny.export import export_webui


@pytest.fixture
def webui(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Webui]:
    """The webui's modules as far as VXA touches them, started in a folder of its own; anything else raises."""
    folder = tmp_path / "webui"
    folder.mkdir()
    monkeypatch.chdir(folder)
    with standing_in(folder) as started:
        yield started


@pytest.fixture(scope="package")
def ldm_model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The embedded model in real ldm code; to be copied, not changed."""
    exported = export_webui(weights_path(), tmp_path_factory.mktemp("exported"))
    with real_ldm() as util:
        yield load_exported(util, exported.config, exported.weights)


@pytest.fixture
def model(webui: Webui, ldm_model: Any) -> Any:
    """The webui's loaded checkpoint."""
    return load_into(webui, copy.deepcopy(ldm_model))


@pytest.fixture(scope="session")
def random_host() -> Host:
    from vxa.hosts.memory import RandomHost

    return RandomHost()


@pytest.fixture
def job() -> VisualizeJob:
    return VisualizeJob(
        prompt="a red circle left of a blue square", tokens="circle, square", timesteps=(200,), draws=1, seed=7
    )


@pytest.fixture
def result(random_host: Host, job: VisualizeJob) -> Result:
    """Two words in a picture of 48×64 pixels."""
    rows, columns = np.mgrid[:48, :64]
    picture = np.stack([rows * 5, columns * 3, rows + columns], axis=-1).astype(np.uint8)
    return Session(lambda _: random_host).visualize(job, picture)
