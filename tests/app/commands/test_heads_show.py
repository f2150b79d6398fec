from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from tests.made_vectors import make_vectors
from vxa.app.cli import main
from vxa.app.heads.files import save_vectors
from vxa.core.head_layers import SD1_LAYERS

VECTORS = make_vectors(SD1_LAYERS, ("Color", "Image Style"))


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(save_vectors(VECTORS, tmp_path / "vectors.npz"))


def test_the_strongest_heads_are_listed(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["heads", "show", path, "--top", "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["concepts"]["Color"]
    assert [(each["layer"], each["head"]) for each in found] == [
        SD1_LAYERS.locate(int(index)) for index in VECTORS.order("Color")[:2]
    ]
    assert main(["heads", "show", path]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[:11].strip() for line in lines[:3]] == ["concept", "Color", "Image Style"]


def test_plots_are_drawn_of_the_concepts_chosen(path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["heads", "show", path, "--plots", str(tmp_path / "plots"), "--concepts", "image style", "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)["concepts"]) == ["Image Style"]
    names = sorted(file.name for file in (tmp_path / "plots").iterdir())
    assert names == ["concepts.png", "heads.png", "heads_Image_Style.png"]
    for name in names:
        with Image.open(tmp_path / "plots" / name) as plot:
            plot.verify()


def test_what_is_wrong_is_told(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["heads", "show", path, "--concepts", "colour"]) == 2
    assert "Did you mean Color?" in capsys.readouterr().err
    assert main(["heads", "show", path, "--top", "0"]) == 2
    assert main(["heads", "show", "absent.npz"]) == 2
