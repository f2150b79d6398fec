from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import vxa
from vxa.app import example as example_module
from vxa.app.api import load_picture
from vxa.app.example import find_example
from vxa.core.errors import PictureError
from vxa.core.tokens import parse_selection
from vxa.engine.host import Host


def test_the_example_is_there_and_fits_its_prompt(embedded_host: Host) -> None:
    example = find_example()
    assert load_picture(example.picture).shape == (128, 128, 3)
    (table,) = embedded_host.tokenize(example.prompt)
    assert [word.text for word in parse_selection(table, example.tokens).words] == ["circle", "square"]


def test_the_copy_in_the_package_is_the_one_in_the_clone() -> None:
    package = Path(vxa.__file__).resolve().parent
    folder = package.parent / "examples"
    if not folder.is_dir():
        pytest.skip("installed without the examples")
    for name in ("circle_square.png", "circle_square.json"):
        assert (folder / name).read_bytes() == (package / "app" / "assets" / name).read_bytes()


def test_a_clone_without_the_copy_still_finds_it_and_without_both_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "vxa").mkdir()
    monkeypatch.setattr(example_module.vxa, "__file__", str(tmp_path / "vxa" / "__init__.py"))
    with pytest.raises(PictureError, match="Install VXA again"):
        find_example()
    package = Path(example_module.__file__).resolve().parent
    shutil.copytree(package / "assets", tmp_path / "examples")
    assert find_example().picture == tmp_path / "examples" / "circle_square.png"
