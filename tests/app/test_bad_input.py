"""Whatever a user gets wrong is one clear line, exit code 2, and nothing written."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from vxa.__main__ import main
from vxa.tiny import weights_path

PROMPT = "a red circle left of a blue square"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def contents(folder: Path) -> dict[str, tuple[int, int] | None]:
    return {
        str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns) if path.is_file() else None
        for path in folder.rglob("*")
    }


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Run a line that must fail; returns its message."""
    before = contents(Path.cwd())
    assert main([*words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("vxa: Expected ") and len(err.splitlines()) == 1 and "Traceback" not in err
    assert contents(Path.cwd()) == before
    return err


def visualize(*words: str, picture: str = "shapes.png") -> list[str]:
    return ["visualize", picture, "--prompt", PROMPT, "--draws", "1", "--timesteps", "100", *words]


# ---------------------------------------------------------------------------------------------- pictures


def test_a_missing_picture(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no such file: nothing.png" in refused(capsys, *visualize(picture="nothing.png"))


def test_a_folder_instead_of_a_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "folder").mkdir()
    assert "a folder: folder" in refused(capsys, *visualize(picture="folder"))


@pytest.mark.parametrize("content", [b"", b"no picture at all", b"\x89PNG\r\n\x1a\n broken"])
def test_a_file_that_is_no_picture(tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.png").write_bytes(content)
    assert "x.png" in refused(capsys, *visualize(picture="x.png"))


def test_a_picture_that_is_cut_short(tmp_path: Path, picture_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = picture_file.read_bytes()
    (tmp_path / "x.png").write_bytes(content[: len(content) // 2])
    assert "a picture that can be decoded" in refused(capsys, *visualize(picture="x.png"))


def test_a_picture_over_the_cap(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("1", (8192, 2049)).save(tmp_path / "x.png")
    message = refused(capsys, *visualize(picture="x.png"))
    assert "at most 16,777,216 pixels; got 8192 × 2049" in message and "Scale it down" in message


def test_a_picture_of_no_pixels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.pgm").write_bytes(b"P5 0 4 255\n")
    refused(capsys, *visualize(picture="x.pgm"))


# ---------------------------------------------------------------------------------------------- words and settings


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--tokens", "77"], "a token index from 0 to 76; got 77. The prompt's tokens are: a = 1, red = 2"),
        (["--tokens", "1-99"], "a token index from 0 to 76; got 99"),
        (["--tokens", "3-1"], "a range that ascends"),
        (["--tokens", "1.5"], "a whole, non-negative token index"),
        (["--tokens=-1"], "a whole, non-negative token index"),
        (["--tokens", "circel"], "Did you mean circle"),
        (["--tokens", "triangle"], "red = 2, circle = 3, left = 4, of = 5, a = 6, blue = 7, square = 8"),
        (["--tokens", "red, circle blue"], "a word of the prompt; got 'circle blue'"),
        (["--tokens", ","], "a token index or a word"),
        (["--prompt", ""], "a prompt; got an empty one"),
        (["--prompt", "  "], "a prompt; got an empty one"),
        (["--layers", "midle"], "Did you mean middle"),
        (["--layers", "down.0.1.cross"], "Did you mean down.0.0.cross"),
        (["--heads", "7"], "heads from 0 to 3"),
        (["--heads", "x"], "whole numbers"),
        (["--timesteps", "1000"], "timesteps from 0 to 999; got 1000"),
        (["--timesteps=-1"], "timesteps from 0 to 999; got -1"),
        (["--timesteps", "soon"], "timesteps as whole numbers"),
        (["--timesteps", ""], "at least one timestep"),
        (["--draws", "0"], "draws from 1 to 64"),
        (["--opacity", "nan"], "opacity from 0 to 1; got nan"),
        (["--threshold", "2"], "threshold from 0 to 1"),
        (["--preset", "dam"], "Did you mean daam"),
        (["--colormap", "virids"], "Did you mean viridis"),
        (["--modes", ""], "at least one mode"),
        (["--modes", "heart"], "Did you mean heat"),
        (["--device", "abacus"], "a device that torch can use"),
        (["--dtype", "int8"], "a type of numbers"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_setting(
    picture_file: Path, words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert complaint in refused(capsys, *visualize(*words))


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--steps", "0"], "steps from 1 to 1000"),
        (["--height", "100"], "multiples of 8; got 100×"),
        (["--steps", "3", "--record-steps", "3"], "recorded steps from 0 to 2"),
        (["--scheduler", "eulr"], "Did you mean euler"),
        (["--tokens", "square"], "a word of the prompt"),
    ],
)
def test_a_wrong_setting_of_a_drawing(words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert complaint in refused(capsys, "generate", "--prompt", "a red circle", *words)


# ---------------------------------------------------------------------------------------------- models


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A copy of the embedded model to spoil."""
    return Path(shutil.copytree(weights_path(), tmp_path / "model"))


def test_a_model_that_is_not_there(picture_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no-such-model" in refused(capsys, *visualize("--model", "no-such-model"))


def test_a_model_folder_without_a_unet(picture_file: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(model / "unet")
    assert "unet" in refused(capsys, *visualize("--model", "model"))


def test_a_model_without_cross_attention(picture_file: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from diffusers import UNet2DModel

    shutil.rmtree(model / "unet")
    UNet2DModel(
        sample_size=16,
        in_channels=4,
        out_channels=4,
        block_out_channels=(32, 32),
        down_block_types=("DownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "UpBlock2D"),
    ).save_pretrained(model / "unet")
    refused(capsys, *visualize("--model", "model"))


def test_a_pickle_checkpoint_is_refused_unless_allowed(
    tmp_path: Path, picture_file: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.save({"state_dict": {}}, tmp_path / "x.ckpt")
    assert "pickle" in refused(capsys, *visualize("--model", "x.ckpt"))
    from safetensors.torch import load_file

    weights = model / "unet" / "diffusion_pytorch_model.safetensors"
    torch.save(load_file(weights), weights.with_suffix(".bin"))
    weights.unlink()
    message = refused(capsys, *visualize("--model", "model"))
    assert "pickle" in message
    assert main(visualize("--model", "model", "--allow-pickle", "--quiet")) == 0


def test_a_damaged_model(picture_file: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights = model / "unet" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    refused(capsys, *visualize("--model", "model"))


# ---------------------------------------------------------------------------------------------- output


def test_a_file_where_the_folder_should_be(
    tmp_path: Path, picture_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("mine")
    assert "the file" in refused(capsys, *visualize("--out", "taken"))
    assert "taken" in refused(capsys, *visualize("--out", "taken/below/it"))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to(
    tmp_path: Path, picture_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    assert "Permission denied" in refused(capsys, *visualize("--out", "locked/out"))


@pytest.mark.skipif(sys.platform != "linux", reason="limits the size of files by RLIMIT_FSIZE")
def test_a_disk_that_fills_up(tmp_path: Path, picture_file: Path, environment: dict[str, str]) -> None:
    code = """
import resource, signal, sys
from vxa.__main__ import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
sys.exit(main(sys.argv[1:]))
"""
    before = contents(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", code, *visualize("--out", "out")], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("vxa: Expected to write to ") and "File too large" in done.stderr
    assert contents(tmp_path) == before


@pytest.mark.skipif(os.name != "posix", reason="a process cannot press Ctrl-C for itself on Windows")
def test_ctrl_c_leaves_nothing_half_written(tmp_path: Path, picture_file: Path, environment: dict[str, str]) -> None:
    code = """
import os, signal, sys
from vxa.__main__ import main
from vxa.app import recording

def look(*arguments, really=recording.probe):
    os.kill(os.getpid(), signal.SIGINT)
    return really(*arguments)

recording.probe = look
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job of a shell begins with it ignored
sys.exit(main())
"""
    before = contents(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", code, *visualize("--out", "out")], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 130
    assert done.stderr == "vxa: interrupted; nothing was left half written.\n"
    assert contents(tmp_path) == before


# ---------------------------------------------------------------------------------------------- replay


def test_replaying_what_vxa_did_not_save(
    tmp_path: Path, picture_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "carries no job" in refused(capsys, "replay", "shapes.png")
    assert "no such file" in refused(capsys, "replay", "nothing.png")


def test_a_picture_whose_metadata_were_tampered_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], picture_file: Path
) -> None:
    from PIL import PngImagePlugin

    for job in ({"job": "visualize", "prompt": "x", "draws": 10**9}, {"job": "../../x"}, 7):
        info = PngImagePlugin.PngInfo()
        facts = {"format": 1, "job": job, "picture": {"file": "../../secret.png", "hash": "0"}}
        info.add_itxt("vxa", json.dumps({**facts, "model": {}, "recording": {}}))
        Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(tmp_path / "x.png", pnginfo=info)
        refused(capsys, "replay", "x.png")
