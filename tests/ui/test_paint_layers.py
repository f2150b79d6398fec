from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from vxa.core.errors import ConfigError, PictureError
from vxa.ui.paint_layers import PaintedLayers, read_layers

NOTHING_TYPED = {"words": "", "strengths": "", "feathers": "", "seeds": ""}


def mask_url(mask_yx: np.ndarray) -> str:
    buffer = io.BytesIO()
    Image.fromarray(mask_yx).convert("RGBA").save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def disc() -> np.ndarray:
    y, x = np.mgrid[:12, :16]
    return (255 * (np.hypot(y - 6, x - 8) < 4)).astype(np.uint8)


def sent(*layers: dict[str, Any], chosen: str | None = None) -> str:
    return json.dumps({"layers": layers, "chosen": chosen})


def test_masks_and_settings_come_as_they_were_painted() -> None:
    circle = {"word": "circle", "mask": mask_url(disc()), "strength": 1.5, "feather": 0, "seed": 7}
    car = {"word": "red car", "mask": mask_url(255 - disc()), "strength": 1, "feather": 3, "seed": None}
    painted = read_layers(sent(circle, car, chosen="red car"))
    assert list(painted.masks) == ["circle", "red car"]
    assert np.array_equal(painted.masks["circle"], disc())
    assert np.array_equal(painted.masks["red car"], 255 - disc())
    assert painted.settings == {
        "words": "circle, red car", "strengths": "circle=1.5", "feathers": "red car=3", "seeds": "circle=7"
    }  # fmt: skip
    assert painted.chosen == "red car"


@pytest.mark.parametrize("text", ["", sent()])
def test_an_empty_canvas_gives_nothing(text: str) -> None:
    assert read_layers(text).masks == {}


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "7", '{"layers": 3}', sent({"word": "circle"}), sent({"word": "circle", "mask": "http://a/b.png"}),
     sent({"word": "circle", "mask": "data:image/png;base64,???"})],
)  # fmt: skip
def test_what_is_malformed_is_said(text: str) -> None:
    with pytest.raises(ConfigError, match="Reload the page"):
        read_layers(text)


def test_a_damaged_mask_is_said() -> None:
    with pytest.raises(PictureError):
        read_layers(sent({"word": "circle", "mask": "data:image/png;base64,AAAA"}))


def test_files_add_to_the_canvas(tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    Image.fromarray(disc()).save(path)
    canvas = PaintedLayers({"circle": disc()}, {"words": "circle", "strengths": "", "feathers": "", "seeds": ""})
    typed = {"words": "square", "strengths": "square=2", "feathers": "", "seeds": ""}
    for file in (str(path), SimpleNamespace(name=str(path))):
        both = canvas.with_files([file], typed)
        assert list(both.masks) == ["circle", "square"]
        assert np.array_equal(both.masks["square"], disc())
        assert (both.settings["words"], both.settings["strengths"]) == ("circle, square", "square=2")


@pytest.mark.parametrize(("words", "said"), [("", "0: none"), ("a, b", "2: a, b"), ("circle", "on the canvas and as")])
def test_files_need_a_word_each(tmp_path: Path, words: str, said: str) -> None:
    path = tmp_path / "mask.png"
    Image.fromarray(disc()).save(path)
    canvas = read_layers(sent({"word": "circle", "mask": mask_url(disc())}))
    with pytest.raises(ConfigError, match=said):
        canvas.with_files([str(path)], {**NOTHING_TYPED, "words": words})
