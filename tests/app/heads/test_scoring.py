"""Scores against pictures that are known: truly drawn scenes for the checker, transformers' own forward for CLIP."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from vxa.app.heads.scoring import CheckerScorer, ClipScorer, is_checked, read_expected
from vxa.core.errors import ConfigError
from vxa.tiny.checker import Expected
from vxa.tiny.scenes import draw_scene


def test_the_checker_finds_what_a_scene_s_caption_names() -> None:
    scene = next(
        scene for scene in (draw_scene(seed, "train") for seed in range(40))
        if len(scene.objects) == 2 and scene.relation is None and all(each.is_color_named for each in scene.objects)
    )  # fmt: skip
    scorer = CheckerScorer([scene.caption, "a blue cross"])
    assert scorer.score(scene.picture, 0) == {"color": 1, "shape": 1}
    empty = np.full_like(scene.picture, 200)
    assert scorer.score(empty, 0) == scorer.score(empty, 1) == {"color": 0, "shape": 0}


@pytest.mark.parametrize(("prompt", "expected"), [
    ("a small striped red circle on a white background", [Expected("circle", "red")]),
    ("rose square, orange", [Expected("square", "rose"), Expected("orange", None)]),
    ("a rose and an Orange Star", [Expected("rose", None), Expected("star", "orange")]),
    ("a blue rose", [Expected("rose", "blue")]),
    ("a photo of a cat", []),
])  # fmt: skip
def test_prompts_are_read_as_captions_are_written(prompt: str, expected: list[Expected]) -> None:
    assert read_expected(prompt) == expected


def test_without_a_named_colour_there_is_no_score_of_it() -> None:
    picture = draw_scene(0, "train").picture
    assert set(CheckerScorer(["a circle"]).score(picture, 0)) == {"shape"}
    with pytest.raises(ConfigError, match="a prompt that names a shape; got 'a cat'"):
        CheckerScorer(["a circle", "a cat"])


def test_clip_s_score_is_the_cosine_of_its_own_embeddings(clip_folder: str, picture: np.ndarray) -> None:
    from transformers import CLIPImageProcessor, CLIPModel, CLIPTokenizer

    texts = ["circle", "a red square"]
    scorer = ClipScorer(clip_folder, texts, torch.device("cpu"))
    pixels = CLIPImageProcessor.from_pretrained(clip_folder)(Image.fromarray(picture), return_tensors="pt")
    model = CLIPModel.from_pretrained(clip_folder).eval()
    for number, text in enumerate(texts):
        ids = CLIPTokenizer.from_pretrained(clip_folder)([text], return_tensors="pt")
        with torch.no_grad():
            out = model(**ids, **pixels)
        expected = float(torch.cosine_similarity(out.text_embeds, out.image_embeds))
        assert scorer.score(picture, number) == {"similarity": pytest.approx(expected, abs=1e-5)}


def test_what_is_no_clip_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="a CLIP model in the layout of transformers; got"):
        ClipScorer(str(tmp_path), ["a"], torch.device("cpu"))


def test_only_the_embedded_model_s_own_pictures_are_checked() -> None:
    assert is_checked((128, 128), "tiny")
    assert not is_checked((64, 128), "tiny") and not is_checked((128, 128), "sd1")
