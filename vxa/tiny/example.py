"""The bundled example: chosen from the test scenes by a rule, never by how well the model does on it."""

from __future__ import annotations

import json
import re
from itertools import count
from pathlib import Path

from PIL import Image

from vxa.tiny.scenes import Scene, describe_scene, draw_scene
from vxa.tiny.vocabulary import AMBIGUOUS_WORDS, COLORS

NAME = "circle_square"

_PLAIN = re.compile(r"an? (\w+) circle (left of|right of|above|below) an? (\w+) square")


def find_example_scene() -> Scene:
    """Return the first test scene whose whole caption is "a COLOUR circle RELATION a COLOUR square".

    Neither colour is one of the ambiguous words, and both things are plain, as the caption leads one to expect.
    """
    colors = set(COLORS) - set(AMBIGUOUS_WORDS)
    for seed in count():
        layout, caption = describe_scene(seed, "test")
        match = _PLAIN.fullmatch(caption.text)
        is_plain = all(item.pattern == "plain" for item in layout.objects)
        if match and is_plain and {match.group(1), match.group(3)} <= colors:
            return draw_scene(seed, "test")
    raise AssertionError("count() never ends")


def write_example(folder: Path) -> Path:
    """Write the picture, and beside it a JSON file with its caption, the words to show and where it comes from.

    Args:
        folder: Made if absent.
    """
    scene = find_example_scene()
    folder.mkdir(parents=True, exist_ok=True)
    picture = folder / f"{NAME}.png"
    Image.fromarray(scene.picture).save(picture)
    facts = {"prompt": scene.caption, "tokens": "circle, square", "split": scene.split, "seed": scene.seed}
    picture.with_suffix(".json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    return picture
