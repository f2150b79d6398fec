"""What every test shares: seeds, threads, the device, the embedded model and a browser. Imports stay lazy."""

from __future__ import annotations

import os
import random
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import settings

if TYPE_CHECKING:
    import torch

SEED = 20261120

# Derived examples are the same on every machine, and a slow machine is no failure.
settings.register_profile("vxa", deadline=None, derandomize=True, database=None, print_blob=True)
settings.load_profile("vxa")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--device", default="cpu", help="where tests that take a device run: cpu, cuda, cuda:1, mps")


@pytest.fixture(scope="session")
def device(pytestconfig: pytest.Config) -> torch.device:
    """The device that --device names; an unusable one fails at once instead of testing something else."""
    import torch

    chosen = torch.device(pytestconfig.getoption("--device"))
    torch.zeros(1, device=chosen)
    return chosen


@pytest.fixture(scope="session", autouse=True)
def _threads() -> None:
    """One thread: models this small gain nothing from more, and threads that wait for a busy core stall each other."""
    if "torch" in sys.modules:
        import torch

        torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _seeds() -> None:
    random.seed(SEED)
    # Libraries that draw from the global state are seeded as well.
    np.random.seed(SEED)
    if "torch" in sys.modules:
        import torch

        torch.manual_seed(SEED)


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the repository."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def tiny_model_path() -> Path:
    """The folder of the embedded model, in diffusers layout."""
    import vxa.tiny

    path = vxa.tiny.weights_path()
    assert (path / "model_index.json").is_file(), f"the embedded model is part of the package: {path}"
    return path


def find_browser() -> str | None:
    """Find a Chromium or Chrome: by VXA_BROWSER, in PATH, or where installers put it."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
    places = [
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    ]
    for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
        folder = os.environ.get(variable)
        if folder:
            places += [rf"{folder}\Google\Chrome\Application\chrome.exe", rf"{folder}\Chromium\Application\chrome.exe"]
            places += [rf"{folder}\Microsoft\Edge\Application\msedge.exe"]
    candidates = [os.environ.get("VXA_BROWSER"), *(shutil.which(name) for name in names), *places]
    return next((path for path in candidates if path and Path(path).is_file()), None)


@pytest.fixture(scope="session")
def browser() -> str:
    """The path of a Chromium or Chrome; tests that ask for it skip with the reason where there is none."""
    path = find_browser()
    if path is None:
        pytest.skip("no Chromium or Chrome found in PATH or the usual places; set VXA_BROWSER to one")
    return path
