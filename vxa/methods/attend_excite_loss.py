"""The loss of Attend-and-Excite: tokens compete at each place, and the weakest word's peak shall rise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from vxa.core.errors import ConfigError, SelectionError
from vxa.core.tokens import TokenTable
from vxa.methods.few_heads import FEW
from vxa.methods.smoothing import KERNELS, Kernel, smooth

SHARPNESS = 100.0
"""As published."""
_SHARPNESS_OF_FEW = 20.0


@dataclass(frozen=True)
class Competition:
    """How maps of all tokens become one number a word.

    Source: Chefer et al. 2023 (arXiv 2301.13826), section 3.2 and the authors' code. Where we differ: BOS of every
    chunk is dropped, not only the first; a word of several tokens has what they win together, as they compete with
    each other too.
    """

    sharpness: float = SHARPNESS
    """Factor on the probabilities before the softmax over tokens."""
    smoothing: float = 0.5
    """Nominal sigma of the smoothing, cells; 0 switches it off."""
    kernel: Kernel = "authors"
    """Form of its kernel."""
    size: int = 3
    """Cells of its kernel each way, odd."""
    with_padding: bool = True
    """Whether EOS and padding compete too. They do in Stable Diffusion 1, not in the authors' code for 2."""
    with_last: bool = False
    """Whether the very last column does; the authors take it for EOS and drop it."""

    def __post_init__(self) -> None:
        if not (self.sharpness > 0 and self.smoothing >= 0):
            raise ConfigError("a sharpness above 0 and a smoothing from 0", got=(self.sharpness, self.smoothing))
        if self.size < 1 or self.size % 2 == 0 or self.kernel not in KERNELS:
            raise ConfigError(f"an odd kernel size, and one of {', '.join(KERNELS)}", got=(self.size, self.kernel))

    def columns(self, table: TokenTable) -> tuple[int, ...]:
        """List the columns that compete."""
        if not self.with_padding:
            return tuple(token.index for token in table.content)
        tokens = table.tokens if self.with_last else table.tokens[:-1]
        return tuple(token.index for token in tokens if token.special != "bos")

    def peaks(self, maps_wtyx: Tensor, columns: Sequence[int], words: Sequence[Sequence[int]]) -> Tensor:
        """Find how strongly each word is expressed where it is strongest.

        Args:
            maps_wtyx: Mean attention as each word reads it, shape (1 or word, t, y, x), all tokens. Not modified.
            columns: Those that compete.
            words: Columns of each word, among them.

        Returns:
            Shape (word,), in [0, 1].
        """
        won_wtyx = let_compete(maps_wtyx, columns, self.sharpness)
        shares = [won_wtyx[min(number, len(won_wtyx) - 1), list(word)].sum(0) for number, word in enumerate(words)]
        return smooth(torch.stack(shares), self.smoothing, self.size, self.kernel).amax((-2, -1))


def let_compete(maps_ntyx: Tensor, columns: Sequence[int], sharpness: float) -> Tensor:
    """Take the softmax over some tokens at each place; all others have 0. Shape (…, t, y, x), as given."""
    index = torch.as_tensor(columns, device=maps_ntyx.device)
    won = torch.softmax(sharpness * maps_ntyx.index_select(-3, index), dim=-3)
    return torch.zeros_like(maps_ntyx).index_copy(-3, index, won)


def loss_of(peaks_w: Tensor) -> Tensor:
    """Compute the loss: 1 less the weakest word's peak, at least 0."""
    return (1 - peaks_w).clamp_min(0).max()


def suggest_sharpness(num_heads: int) -> float:
    """Suggest a factor on the probabilities before the softmax over tokens.

    Args:
        num_heads: Heads of the model.

    Returns:
        100, as published; 20 for few heads, whose mean a word stands out in at once: with 100 every peak would be 1
        whether the thing comes to be drawn or not, and the loss without a gradient.
    """
    return _SHARPNESS_OF_FEW if num_heads < FEW else SHARPNESS


def find_competing(table: TokenTable, words: Sequence[Sequence[int]], columns: Sequence[int]) -> list[tuple[int, ...]]:
    """Keep those columns of each word that compete.

    Raises:
        SelectionError: If a word has none.
    """
    taking_part = [tuple(sorted(set(word) & set(columns))) for word in words]
    for word, kept in zip(words, taking_part, strict=True):
        if not kept:
            names = " ".join(table.tokens[column].text for column in word)
            raise SelectionError("words other than BOS and padding, which do not compete", got=repr(names))
    return taking_part
