"""Masks painted for words: checked, softened, and as each layer receives them. Runs no model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from vxa.app.result import file_stems
from vxa.core.errors import ConfigError, PictureError, ShapeError
from vxa.core.grid import Grid
from vxa.methods.word_map import resize_by_area
from vxa.render.mask import soften
from vxa.render.overlay import grey
from vxa.render.picture import read_picture
from vxa.render.sheet import labelled_sheet

Mask = NDArray[np.uint8]


@dataclass(frozen=True)
class Painted:
    """One word and where it was painted."""

    word: str
    """The word or phrase."""
    mask_yx: Mask
    """Shape (height, width) of the picture, 0 to 255, as painted."""
    strength: float = 1.0
    """Factor on it."""
    feather: float = 0.0
    """Pixels by which its border is softened."""
    seed: int | None = None
    """Seed of the noise inside; None for the picture's."""

    def soft(self) -> NDArray[np.float32]:
        """Soften the border: shape of the mask, in [0, 1]."""
        return (np.asarray(soften(Image.fromarray(self.mask_yx), self.feather)) / 255).astype(np.float32)

    def at_level(self, latent: Grid, level: int) -> NDArray[np.float32]:
        """Give what a level of a picture without padding receives: shape (y, x) of its maps, times the strength."""
        return resize_by_area(torch.from_numpy(self.soft()), latent.level(level)).numpy() * np.float32(self.strength)


def read_mask(mask: object) -> Mask:
    """Bring any mask to grey: shape (height, width), uint8, 255 where painted.

    Args:
        mask: A PIL picture, or an array (height, width[, channels]) of booleans, numbers in [0, 1], or uint8. Of
            pictures with transparent parts what is opaque counts, of others their brightness.

    Raises:
        PictureError: If it is none of these.
    """
    if isinstance(mask, Image.Image):
        alpha_yx = np.asarray(mask.getchannel("A")) if "A" in mask.getbands() else None
        is_clear = alpha_yx is not None and alpha_yx.min() < 255
        if alpha_yx is not None and is_clear:
            return alpha_yx
        if mask.mode.startswith("I"):  # 16 bits, which Pillow would clip
            return (np.asarray(mask).clip(0, 65535) // 257).astype(np.uint8)
        return np.asarray(mask.convert("L"))
    array = np.asarray(mask)
    if array.ndim == 3 and array.dtype == np.uint8 and array.shape[2] in (3, 4):
        return read_mask(Image.fromarray(array))
    if array.ndim == 2 and array.size and array.dtype == np.uint8:
        return array
    if array.ndim == 2 and array.size and array.dtype.kind in "bf" and 0 <= array.min() <= array.max() <= 1:
        return (array.astype(np.float64) * 255).round().astype(np.uint8)
    raise PictureError(
        "a mask (height, width) of booleans, numbers from 0 to 1, or uint8",
        got=f"{type(mask).__name__} of {array.dtype}, shape {array.shape}",
    )


def load_mask(path: Path | str) -> Mask:
    """Read a mask from a picture file; see `read_mask`.

    Raises:
        PictureError: If it cannot be read.
    """
    read_picture(path)  # for its errors
    with Image.open(path) as image:
        return read_mask(image)


def check_masks(words: Sequence[str], masks: Mapping[str, Mask], size: Grid) -> dict[str, Mask]:
    """Check that every painted word has a mask of the picture's size, and put them in order.

    Raises:
        ConfigError: If masks and words differ, or nothing is painted.
        ShapeError: If a mask has another size.
    """
    if set(words) != set(masks):
        raise ConfigError(
            f"a mask for each of: {', '.join(words)}", got=f"masks for: {', '.join(masks) or 'none'}",
            remedy="Name the word of each mask.",
        )  # fmt: skip
    for word in words:
        if masks[word].shape != (size.height, size.width):
            raise ShapeError(
                f"masks of {size} (height × width), as the picture", got=f"{Grid(*masks[word].shape)} for “{word}”",
                remedy="Scale the mask, or set height and width to its own.",
            )  # fmt: skip
    if not any(mask.any() for mask in masks.values()):
        raise ConfigError("something painted", got="empty masks", remedy="Paint where the words shall look.")
    return {word: masks[word] for word in words}


def mask_names(words: Sequence[str]) -> list[str]:
    """Name the files of masks."""
    return [f"{stem}.png" for stem in file_stems([f"mask-{word}" for word in words])]


def preview_levels(painted: Sequence[Painted], latent: Grid, levels: Sequence[int]) -> Image.Image:
    """Draw what each level receives of each word, labelled with its size.

    Args:
        painted: The words.
        latent: Latent grid of the picture.
        levels: Levels that are changed, at least one.
    """
    size = painted[0].mask_yx.shape[0], painted[0].mask_yx.shape[1]
    cells = []
    for each in painted:
        peak = max(1.0, abs(each.strength))
        for level in levels:
            map_yx = np.abs(each.at_level(latent, level)) / np.float32(peak)
            cells.append((f"{each.word} at {latent.level(level)}", grey(map_yx.clip(0, 1), size)))
    return labelled_sheet(cells, columns=len(levels), title="What each level receives")
