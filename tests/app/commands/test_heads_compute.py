from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from vxa.app.cli import main
from vxa.app.commands.heads_compute import read_part
from vxa.app.heads.files import load_counts, load_vectors
from vxa.core.errors import ConfigError


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    path = tmp_path / "prompts.txt"
    path.write_text("a red circle\n\na blue square and a star\na green ring\n")
    return path


def test_counting_in_parts_merging_and_building(
    prompts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = ["--concepts", "scenes", "--steps", "1", "--scheduler", "ddim", "--json", "--quiet"]
    names = []
    for part in ("1/2", "2/2"):
        assert main(["heads", "compute", str(prompts), "--out", str(tmp_path), "--part", part, *settings]) == 0
        found = json.loads(capsys.readouterr().out)
        names.append(found["counts"])
        assert found["of"] == 3 and found["calls"] == 1
    whole = tmp_path / "whole.npz"
    assert main(["heads", "merge", *names, "--out", str(whole)]) == 0
    assert "3 of 3 pictures counted, 1 UNet calls each." in capsys.readouterr().out
    vectors, npy = tmp_path / "v.npz", tmp_path / "npy"
    assert main(["heads", "build", str(whole), "--clamp", "2", "--out", str(vectors), "--npy", str(npy)]) == 0
    assert "Color" in capsys.readouterr().out
    built = load_vectors(vectors)
    assert built.vectors_nh.max() <= 2 and built.provenance["votes"] == load_counts(whole).per_concept
    np.testing.assert_array_equal(np.load(npy / "head_relevance_v.npy"), built.vectors_nh)


def test_what_is_wrong_is_told_before_a_picture_is_drawn(
    prompts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--out", str(tmp_path / "out")]
    for words in (["--concepts", "xyz"], ["--steps", "0"], ["--part", "3/2"], ["--height", "13"]):
        assert main(["heads", "compute", str(prompts), *out, *words]) == 2
    assert main(["heads", "compute", str(tmp_path / "absent.txt"), *out]) == 2
    assert "prompts in a text file" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("text", ["", "1", "0/2", "3/2", "a/b", "1/2/3", "-1/2"])
def test_parts_are_typed_as_one_of_several(text: str) -> None:
    assert read_part(" 2/4 ") == (1, 4)
    with pytest.raises(ConfigError, match="a part as I/N"):
        read_part(text)
