"""The installer that the webui runs before it starts."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement

PINNED_BY_THE_WEBUI = {"gradio", "torch", "torchvision", "numpy", "pydantic", "fastapi", "transformers", "pillow"}
STAND_IN = Path(__file__).resolve().parent / "webui" / "standin"


@pytest.fixture
def install(root: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    import importlib.util

    spec = importlib.util.spec_from_file_location("vxa_install", root / "install.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def launch(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The webui's launcher."""
    monkeypatch.syspath_prepend(str(STAND_IN))
    monkeypatch.delitem(sys.modules, "launch", raising=False)
    import launch  # pyright: ignore[reportMissingImports]

    monkeypatch.setattr(launch, "asked_for", [])
    return launch


def test_with_everything_there_it_says_one_line_at_once(root: Path) -> None:
    # without the webui on the path: its launcher must not even be imported
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-I", root / "install.py"], capture_output=True, text=True, cwd=root)
    assert time.perf_counter() - began < 5
    assert done.returncode == 0 and done.stdout == "VXA: everything it needs is here.\n" and not done.stderr


def test_what_the_webui_pins_is_never_asked_for(install: ModuleType) -> None:
    assert not PINNED_BY_THE_WEBUI & {Requirement(wanted).name for wanted in install.WANTED.values()}


def test_only_what_is_missing_is_installed_and_nothing_with_it(
    install: ModuleType, launch: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "WANTED", {"pip": "pip", "no-such-thing": "no-such-thing>=1,<2"})
    assert install.install(install.missing()) == ""
    assert launch.asked_for == ['install --no-deps "no-such-thing>=1,<2"']


def test_skip_install_is_honoured(install: ModuleType, launch: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch.args, "skip_install", True)
    assert "--skip-install" in install.install(["einops"])
    assert not launch.asked_for


def test_a_failure_is_said_and_goes_by(
    install: ModuleType, launch: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("Couldn't install.\nCommand: pip …")

    monkeypatch.setattr(launch, "run_pip", fail)
    assert install.install(["einops"]).startswith("VXA: could not install einops (Couldn't install.)")


def test_by_hand_it_says_what_to_do(root: Path, tmp_path: Path) -> None:
    code = f"import runpy; m = runpy.run_path({str(root / 'install.py')!r}); print(m['install'](['einops>=0.4.1']))"
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, cwd=tmp_path, env={**os.environ}
    )
    assert "pip install --no-deps einops>=0.4.1" in done.stdout


def test_its_ranges_lie_within_what_the_package_declares(install: ModuleType) -> None:
    from tests.test_house import declared_requirements

    declared = {each.name: each.specifier for each in declared_requirements()}
    for name, wanted in install.WANTED.items():
        lowest = next(each.version for each in Requirement(wanted).specifier if each.operator == ">=")
        assert declared[name].contains(lowest), name
