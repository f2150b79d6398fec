"""A running A1111 webui with VXA in its extensions folder, and a browser on it.

Start one with `--api` and the embedded checkpoint (`vxa tiny export-webui`), and set
    VXA_WEBUI_URL          its address, such as http://127.0.0.1:7860/
    VXA_WEBUI_API_AUTH     user:password, if it was started with --api-auth
    VXA_WEBUI_CHECKPOINTS  names of two checkpoints of different weights, comma between, for tests of switching
    VXA_WEBUI_SDXL         name of a checkpoint shaped like SDXL, which tests/live/make_sdxl.py makes
    VXA_WEBUI_SOURCE       folder of the webui, to compare the stand-in with
    VXA_SCREENSHOTS        a folder to keep screenshots in
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL.PngImagePlugin import PngInfo

from tests.live.server import PROMPT, Server
from tests.live.vxa_tab import VxaTab
from tests.ui.chrome import open_tab


@pytest.fixture(scope="session")
def server() -> Server:
    url = os.environ.get("VXA_WEBUI_URL")
    if not url:
        pytest.skip("VXA_WEBUI_URL names no running webui")
    return Server(url.rstrip("/") + "/", os.environ.get("VXA_WEBUI_API_AUTH", ""))


@pytest.fixture(scope="session")
def open_browser(browser: str, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VxaTab]:
    with open_tab(browser, tmp_path_factory.mktemp("profile")) as tab:
        yield VxaTab(tab, server.url)


@pytest.fixture
def tab(open_browser: VxaTab) -> Iterator[VxaTab]:
    """Our tab in a fresh page, awake; a test fails if the console complained of anything of ours."""
    open_browser.open()
    yield open_browser
    assert not open_browser.complaints
    assert not open_browser.foreign_requests


@pytest.fixture(scope="session")
def drawn(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture that the webui generated, with its infotext."""
    path = tmp_path_factory.mktemp("drawn") / "drawn.png"
    image = server.draw(PROMPT)
    text = PngInfo()
    text.add_text("parameters", image.info["parameters"])
    image.save(path, pnginfo=text)
    return path


@pytest.fixture
def sdxl(server: Server) -> Iterator[str]:
    """The SDXL checkpoint, loaded; afterwards the webui has the one it had, and draws what it drew."""
    name = os.environ.get("VXA_WEBUI_SDXL")
    if not name:
        pytest.skip("VXA_WEBUI_SDXL names no checkpoint; tests/live/make_sdxl.py makes one")
    before, usual = server.draw(), server.ask("sdapi/v1/options").json["sd_model_checkpoint"].split(".")[0]
    server.choose(name)
    try:
        yield name
    finally:
        server.choose(usual)
    assert server.draw().tobytes() == before.tobytes()


@pytest.fixture
def screenshots() -> Path | None:
    folder = os.environ.get("VXA_SCREENSHOTS")
    return Path(folder) if folder else None
