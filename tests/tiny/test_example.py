from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

from vxa.tiny.scenes import describe_scene, draw_scene

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_bundled_example_is_the_scene_it_says() -> None:
    facts = json.loads((EXAMPLES / "circle_square.json").read_text("utf-8"))
    scene = draw_scene(facts["seed"], facts["split"])
    with Image.open(EXAMPLES / "circle_square.png") as picture:
        assert np.array_equal(np.asarray(picture), scene.picture)
    assert facts["split"] == "test" and facts["prompt"] == scene.caption
    assert {item.noun for item in scene.objects} == {"circle", "square"} == set(facts["tokens"].split(", "))


def test_its_caption_follows_the_rule() -> None:
    facts = json.loads((EXAMPLES / "circle_square.json").read_text("utf-8"))
    layout, caption = describe_scene(facts["seed"], "test")
    colors = [item.color for item in layout.objects]
    assert caption.text == f"a {colors[0]} circle {layout.relation} a {colors[1]} square"
