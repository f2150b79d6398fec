from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vxa.app.cli import main
from vxa.app.provenance import read_provenance

PROMPT = "a red circle left of a blue square"
FAST = ["--draws", "1", "--timesteps", "200"]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_person_reads_what_was_found_and_where_it_is(
    tmp_path: Path, picture_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["visualize", "shapes.png", "--prompt", PROMPT, "--tokens", "circle, blue square", *FAST]
    assert main(words) == 0
    out, err = capsys.readouterr()
    assert err == ""
    lines = out.splitlines()
    assert lines[0].startswith("“circle” = token 3, “blue square” = tokens 7, 8 · 9 layers · 1 draw · ")
    assert lines[2].split() == ["word", "peak", "threshold", "spread", "pictures"]
    assert lines[4].startswith("blue square") and lines[4].endswith("blue_square-grey.png")
    assert lines[-1] == f"Written to {tmp_path / 'shapes-vxa'}: 10 files. Start with sheet.png."
    assert len(list((tmp_path / "shapes-vxa").iterdir())) == 10


def test_a_program_reads_json_and_finds_every_file(
    tmp_path: Path, picture_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["visualize", "shapes.png", "--prompt", PROMPT, "--tokens", "3, left of", "--out", "a/b", "--no-maps"]
    assert main([*words, "--modes", "heat,threshold", "--threshold", "0.5", "--json", *FAST]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["folder"] == str(tmp_path / "a" / "b")
    assert {Path(path) for path in found["files"]} == set((tmp_path / "a" / "b").iterdir())
    circle, left_of = found["words"]
    assert (circle["text"], circle["tokens"], left_of["tokens"]) == ("circle", [3], [4, 5])
    assert circle["pictures"] == {
        mode: str(tmp_path / "a" / "b" / f"circle-{mode}.png") for mode in ("heat", "threshold")
    }
    assert circle["threshold"] == 0.5 and circle["peak"] > 0 and found["seconds"] > 0
    assert found["job"]["timesteps"] == [200] and found["model"]["name"] == "vxa-tiny"


def test_quiet_writes_files_alone(tmp_path: Path, picture_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["visualize", "shapes.png", "--prompt", PROMPT, "--quiet", *FAST]) == 0
    assert capsys.readouterr() == ("", "")
    assert (tmp_path / "shapes-vxa" / "sheet.png").is_file()


@pytest.mark.parametrize("kind", ["RGBA", "P", "L", "1", "LA", "CMYK.jpg", "rotated.jpg", "I;16"])
def test_pictures_of_any_kind_and_size_are_looked_at(tmp_path: Path, kind: str) -> None:
    values = np.random.default_rng(0).integers(0, 256, (97, 150, 3), dtype=np.uint8)
    mode, _, ending = kind.partition(".")
    path = tmp_path / f"x.{ending or 'png'}"
    image = Image.fromarray(values)
    size = (97, 150)
    if mode == "rotated":
        exif = Image.Exif()
        exif[0x0112] = 6
        image.save(path, exif=exif)
        size = (150, 97)
    elif mode == "I;16":
        Image.fromarray(values[..., 0].astype(np.uint16) * 257).save(path)
    else:
        image.convert(mode).save(path)
    words = ["visualize", str(path), "--prompt", PROMPT, "--tokens", "circle", "--quiet", "--out", "out", *FAST]
    assert main(words) == 0
    for name in ("source.png", "circle-heat.png", "circle-grey.png"):
        with Image.open(tmp_path / "out" / name) as saved:
            assert (saved.height, saved.width) == size
    assert read_provenance(tmp_path / "out" / "circle-heat.png").job.prompt == PROMPT
