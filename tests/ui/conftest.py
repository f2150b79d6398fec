"""What tests of the page share: a session on a small random model, a picture, and the tab as users get it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from tests.ui.desk import Desk
from tests.ui.forms import full_form
from vxa.app.jobs import VisualizeJob
from vxa.app.result import Result
from vxa.app.session import Session
from vxa.core.tokens import TokenTable
from vxa.engine.host import Host
from vxa.ui.actions import Actions
from vxa.ui.form import JobForm
from vxa.ui.place import StandalonePlace

PROMPT = "a red circle left of a blue square"


@pytest.fixture(scope="session")
def host() -> Host:
    from vxa.hosts.memory import RandomHost

    return RandomHost()


@pytest.fixture
def session(host: Host) -> Session:
    """A session that keeps everything, as the page's does."""
    return Session(lambda _: host, keeps_everything=True)


@pytest.fixture(scope="session")
def table(host: Host) -> TokenTable:
    return host.tokenize(PROMPT)[0]


@pytest.fixture
def picture() -> Image.Image:
    """48 pixels high, 64 wide: a disc and a box."""
    image = Image.new("RGB", (64, 48), (235, 235, 228))
    draw = ImageDraw.Draw(image)
    draw.ellipse((6, 14, 26, 34), fill=(210, 40, 40))
    draw.rectangle((38, 14, 58, 34), fill=(40, 70, 200))
    return image


@pytest.fixture
def job() -> VisualizeJob:
    return VisualizeJob(prompt=PROMPT, tokens="circle, square", timesteps=(200,), draws=1)


@pytest.fixture
def result(session: Session, job: VisualizeJob, picture: Image.Image) -> Result:
    from vxa.app.api import load_picture

    return session.visualize(job, load_picture(picture))


@pytest.fixture
def example_file(tmp_path: Path, picture: Image.Image) -> Path:
    path = tmp_path / "example.png"
    picture.resize((128, 96)).save(path)
    return path


@pytest.fixture(scope="session")
def form() -> JobForm[VisualizeJob]:
    return full_form(VisualizeJob)


@pytest.fixture
def tab(session: Session, form: JobForm[VisualizeJob], tmp_path: Path) -> Desk:
    return Desk(Actions(StandalonePlace(lambda: session, tmp_path / "out"), form), form)
