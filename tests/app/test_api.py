from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import vxa
from vxa.app.api import generate, load_picture, visualize
from vxa.core.errors import ConfigError, PictureError, SelectionError
from vxa.engine.host import Host

PROMPT = "a red circle left of a blue square"


def test_a_picture_of_any_kind_gives_the_same_maps(host: Host, picture: np.ndarray, picture_file: Path) -> None:
    kinds = [picture, picture_file, str(picture_file), Image.fromarray(picture), Image.open(picture_file)]
    maps = [visualize(kind, PROMPT, "circle", host=host, draws=1).words[0].map_yx for kind in kinds]
    for other in maps[1:]:
        np.testing.assert_array_equal(maps[0], other)


def test_it_is_there_as_vxa_visualize(host: Host, picture: np.ndarray) -> None:
    result = vxa.visualize(picture, PROMPT, "circle", host=host, draws=1, timesteps=[10])
    assert result.job.timesteps == (10,), "a list is as good as a tuple"
    assert result.words[0].word.text == "circle"


def test_a_picture_is_drawn(host: Host) -> None:
    reports = []
    result = generate("a red circle", "red", host=host, steps=2, progress=lambda *report: reports.append(report))
    assert result.picture.shape == (32, 32, 3) and len(reports) == 2


def test_settings_are_checked_by_name(host: Host, picture: np.ndarray) -> None:
    with pytest.raises(ConfigError, match=r"a setting of VisualizeJob; got 'timestep'\. Did you mean timesteps"):
        visualize(picture, PROMPT, host=host, timestep=3)
    with pytest.raises(SelectionError, match="circle = 3"):
        visualize(picture, PROMPT, "triangle", host=host)


def test_every_colour_mode_becomes_rgb_on_white() -> None:
    clear = Image.new("RGBA", (3, 2), (255, 0, 0, 0))
    assert (load_picture(clear) == 255).all()
    assert (load_picture(np.array(clear)) == 255).all()
    assert load_picture(np.full((2, 3), 7, np.uint8)).tolist() == np.full((2, 3, 3), 7).tolist()
    palette = Image.new("RGB", (3, 2), (1, 2, 3)).convert("P", palette=Image.Palette.ADAPTIVE)
    assert load_picture(palette)[0, 0].tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4, 3)), np.zeros((4, 4, 2), np.uint8), np.zeros((1, 4, 4, 3), np.uint8),
        np.zeros(4, np.uint8), np.zeros((0, 4, 3), np.uint8),
    ],
    ids=lambda array: f"{array.dtype}{array.shape}",
)  # fmt: skip
def test_an_array_that_is_no_picture_is_refused(array: np.ndarray) -> None:
    with pytest.raises(PictureError):
        load_picture(array)


def test_a_picture_is_inverted_edited_and_painted_on(host: Host, picture: np.ndarray) -> None:
    inverted = vxa.invert(picture, "a red circle", host=host, steps=2)
    edited = vxa.edit("a red circle", "a blue circle", inversion=inverted.inversion, host=host, steps=2)
    np.testing.assert_array_equal(edited.reconstruction, inverted.inversion.reconstruction)
    again = vxa.edit("a red circle", "a blue circle", picture=picture, host=host, steps=2)
    np.testing.assert_array_equal(edited.edits[0], again.edits[0])
    mask = np.zeros(picture.shape[:2], bool)
    mask[:, :20] = True
    painted = vxa.paint("a red circle", {"circle": mask}, picture=picture, host=host, steps=2)
    assert painted.main[1].shape == picture.shape
    with pytest.raises(ConfigError, match=r"got 'step'\. Did you mean steps"):
        vxa.paint("a red circle", {"circle": mask}, host=host, step=2)


def test_words_are_excited(host: Host) -> None:
    excited = vxa.excite("a red circle", "circle, red", host=host, steps=2, refinements=1)
    assert set(excited.peaks) == {"circle", "red"} and excited.main[1].shape == (32, 32, 3)
    with pytest.raises(ConfigError, match=r"got 'word'\. Did you mean words"):
        vxa.excite("a red circle", "circle", host=host, word="red")


def test_words_are_adjusted_and_heads_weakened(host: Host, vectors_file: str, clip_folder: str) -> None:
    shared = {"host": host, "vectors": vectors_file, "steps": 1, "height": 32, "width": 32}
    adjusted = vxa.adjust("a rose square", "rose=color not shape", **shared)
    assert adjusted.change > 0 and adjusted.plain.shape == adjusted.adjusted.shape == (32, 32, 3)
    weakened = vxa.weaken("a rose square", "color", counts=[9], clip=clip_folder, **shared)
    assert len(weakened.curve("similarity", "most")) == 2
