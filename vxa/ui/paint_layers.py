"""What the browser's canvas and uploaded files say was painted, as masks and settings of a job."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vxa.app.editing.masks import Mask, load_mask
from vxa.app.editing.typed import read_words
from vxa.core.errors import ConfigError
from vxa.render.picture import decode_picture

_PLAIN = {"strength": 1, "feather": 0, "seed": None}
"""What need not be written into a job."""


@dataclass(frozen=True)
class PaintedLayers:
    """Words with their masks."""

    masks: dict[str, Mask] = field(default_factory=dict)
    """By word, in order: shape (height, width), uint8."""
    settings: dict[str, str] = field(default_factory=dict)
    """Texts of the job: words, strengths, feathers, seeds."""
    chosen: str = ""
    """The word whose layer is chosen on the canvas."""

    def with_files(self, files: Sequence[Any], typed: Mapping[str, str]) -> PaintedLayers:
        """Add masks from files.

        Args:
            files: What gradio's file box gives: paths, or objects with a name.
            typed: Texts of the form by setting: words of these masks in their order, and their strengths, feathers and
                seeds.

        Raises:
            ConfigError: If there is not one word a file, or a word is on the canvas as well.
            PictureError: If a file is no picture.
        """
        words = read_words(typed["words"])
        if len(words) != len(files):
            raise ConfigError(
                f"a word for each of {len(files)} mask files", got=f"{len(words)}: {', '.join(words) or 'none'}",
                remedy="Name their words in “Painted words”, in the order of the files.",
            )  # fmt: skip
        for word in words:
            if word in self.masks:
                got = f"“{word}” on the canvas and as a file"
                raise ConfigError("each painted word once", got=got, remedy="Take one of them away.")
        masks = {word: load_mask(getattr(file, "name", file)) for word, file in zip(words, files, strict=True)}
        both = {name: ", ".join(filter(None, (text, typed[name].strip()))) for name, text in self.settings.items()}
        return PaintedLayers({**self.masks, **masks}, both, self.chosen)


def read_layers(text: str) -> PaintedLayers:
    """Read what the canvas sent as JSON; blank, as without its script, is an empty canvas.

    Raises:
        ConfigError: If it is malformed.
        PictureError: If a mask is no picture.
    """
    try:
        sent = json.loads(text or '{"layers": []}')
        layers = sent["layers"]
        words = [str(layer["word"]) for layer in layers]
        masks = [_decode(layer["mask"]) for layer in layers]
        settings = {f"{name}s": _typed(name, layers) for name in _PLAIN}
        chosen = str(sent.get("chosen") or "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ConfigError("painted layers, as JSON", got=repr(text[:80]), remedy="Reload the page.") from error
    pictures = {word: decode_picture(mask)[..., 0] for word, mask in zip(words, masks, strict=True)}
    return PaintedLayers(pictures, {"words": ", ".join(words), **settings}, chosen)


def _decode(url: str) -> bytes:
    head, comma, body = url.partition(",")
    if not comma or not head.startswith("data:image/png"):
        raise ValueError(head[:80])
    return base64.b64decode(body, validate=True)


def _typed(name: str, layers: Sequence[Mapping[str, Any]]) -> str:
    values = [(layer["word"], layer.get(name, _PLAIN[name])) for layer in layers]
    return ", ".join(f"{word}={float(value):.12g}" for word, value in values if value != _PLAIN[name])
