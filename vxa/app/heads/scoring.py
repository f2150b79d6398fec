"""What is left of a prompt in a picture, as numbers: by the embedded model's checker, or by CLIP."""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from PIL import Image
from torch import Tensor

from vxa.app.pixels import Picture
from vxa.core.errors import ConfigError
from vxa.tiny.checker import Expected, judge
from vxa.tiny.vocabulary import COLORS, PICTURE_SIZE, SHAPES


class Scorer(ABC):
    """Scores pictures of some prompts."""

    label: ClassVar[str]
    """What the scores are, for the axis of a plot."""

    @abstractmethod
    def score(self, picture: Picture, prompt: int) -> dict[str, float]:
        """Score one picture of the prompt with that number, by name of the score."""


class CheckerScorer(Scorer):
    """Asks the embedded model's checker for the colours and shapes that a prompt names.

    Args:
        prompts: In the words that the embedded model knows.

    Raises:
        ConfigError: If one of them names neither colour nor shape.
    """

    label = "share seen by the checker"

    def __init__(self, prompts: Sequence[str]) -> None:
        self._expected = [read_expected(prompt) for prompt in prompts]
        for prompt, expected in zip(prompts, self._expected, strict=True):
            if not expected:
                raise ConfigError("a prompt that names a shape", got=repr(prompt), remedy=f"Such as {SHAPES[0]}.")

    def score(self, picture: Picture, prompt: int) -> dict[str, float]:
        """Give the share of the named colours that are seen, and that of the shapes."""
        expected = self._expected[prompt]
        verdict = judge(picture, expected)
        named = [right for each, right in zip(expected, verdict.color_right, strict=True) if each.color is not None]
        scores = {"color": sum(named) / len(named)} if named else {}
        return {**scores, "shape": sum(verdict.shape_right) / len(expected)}


class ClipScorer(Scorer):
    """Compares pictures with texts: cosine of their embeddings, in [-1, 1].

    Args:
        name: Folder or hub id of a CLIP model in the layout of transformers.
        texts: One a prompt.
        device: Where it runs.

    Raises:
        ConfigError: If there is no such model.
    """

    label = "CLIP similarity"

    def __init__(self, name: str, texts: Sequence[str], device: torch.device) -> None:
        from transformers import CLIPImageProcessor, CLIPModel, CLIPTokenizer

        name = os.path.expanduser(name)
        try:
            self._model: Any = CLIPModel.from_pretrained(name).to(device).eval()  # type: ignore[arg-type]
            self._prepare: Any = CLIPImageProcessor.from_pretrained(name)
            tokenizer = CLIPTokenizer.from_pretrained(name)
        except (OSError, ValueError, KeyError) as error:
            raise ConfigError("a CLIP model in the layout of transformers", got=f"{name} ({error})") from error
        ids = tokenizer(list(texts), padding=True, truncation=True, return_tensors="pt").to(device)
        with torch.no_grad():
            self._texts_nc = _unit(self._model.text_projection(self._model.text_model(**ids).pooler_output))

    @torch.no_grad()
    def score(self, picture: Picture, prompt: int) -> dict[str, float]:
        """Give the similarity of a picture to the text of its prompt."""
        pixels_bcyx = self._prepare(Image.fromarray(picture), return_tensors="pt")["pixel_values"]
        seen = self._model.vision_model(pixels_bcyx.to(self._texts_nc.device)).pooler_output
        picture_c = _unit(self._model.visual_projection(seen))[0]
        return {"similarity": float(picture_c @ self._texts_nc[prompt])}


def read_expected(prompt: str) -> list[Expected]:
    """Read what a prompt in the embedded model's words asks for: its shapes, each with the colour before it.

    Example:
        >>> read_expected("a striped rose circle and an orange")
        [Expected(noun='circle', color='rose'), Expected(noun='orange', color=None)]
    """
    words = re.findall(r"\w+|[^\w\s]", prompt.lower())
    found: list[Expected] = []
    color = None
    for word, after in zip(words, [*words[1:], ""], strict=True):
        # rose and orange are colours before a shape, and things elsewhere
        if word in COLORS and not (word in SHAPES and after not in SHAPES):
            color = word
        elif word in SHAPES:
            found.append(Expected(word, color))
            color = None
    return found


def is_checked(picture_sides: tuple[int, int], family: str) -> bool:
    """Whether the checker knows pictures of a model and size."""
    return family == "tiny" and picture_sides == (PICTURE_SIZE, PICTURE_SIZE)


def _unit(tensor_nc: Tensor) -> Tensor:
    return tensor_nc / tensor_nc.norm(dim=-1, keepdim=True)
