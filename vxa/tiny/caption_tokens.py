"""Captions of our own as token ids, with the tokens of every meaningful word.

Gives what `transformers.CLIPTokenizer` gives on lower-case words and commas (a test compares them), with the
character offsets that only its newer versions know, and fast enough for training.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from vxa.tiny.captions import Caption, WordSpan
from vxa.tiny.tokenizer import BOS, END_OF_WORD, EOS, MAX_LENGTH, apply_merges, build_merges, build_vocabulary
from vxa.tiny.vocabulary import MULTI_TOKEN_WORDS, domain_words

_WORD = re.compile(r"[a-z]+|[^\sa-z]+")


@dataclass(frozen=True)
class EncodedCaption:
    """A caption as ids."""

    ids: tuple[int, ...]
    """BOS, content, EOS; not padded."""
    word_tokens: tuple[tuple[WordSpan, tuple[int, ...]], ...]
    """Every meaningful word with the positions of its tokens in `ids`."""


class CaptionTokenizer:
    """Tokenizes captions; built from the word list, so it needs no files."""

    def __init__(self) -> None:
        merges = build_merges(domain_words(), MULTI_TOKEN_WORDS)
        self._ranks = {merge: rank for rank, merge in enumerate(merges)}
        self._vocabulary = build_vocabulary(merges)
        self._pieces: dict[str, tuple[int, ...]] = {}
        self.bos, self.eos = self._vocabulary[BOS], self._vocabulary[EOS]

    @property
    def num_tokens(self) -> int:
        """Size of the vocabulary."""
        return len(self._vocabulary)

    def encode(self, caption: Caption) -> EncodedCaption:
        """Return ids and the positions of meaningful words."""
        ids, starts = [self.bos], [-1]
        for match in _WORD.finditer(caption.text):
            for piece in self._word_ids(match.group()):
                ids.append(piece)
                starts.append(match.start())
        ids.append(self.eos)
        spans = tuple(
            (span, tuple(place for place, start in enumerate(starts) if span.start <= start < span.end))
            for span in caption.spans
        )
        return EncodedCaption(tuple(ids), spans)

    def pad(self, encoded: Iterable[EncodedCaption], length: int = MAX_LENGTH) -> list[list[int]]:
        """Return ids of equal length, padded with EOS as SD1 does.

        Raises:
            ValueError: If a caption is longer than `length` tokens.
        """
        rows = [list(item.ids) for item in encoded]
        if any(len(row) > length for row in rows):
            raise ValueError(f"a caption has more than {length} tokens")
        return [row + [self.eos] * (length - len(row)) for row in rows]

    def _word_ids(self, word: str) -> tuple[int, ...]:
        if word not in self._pieces:
            symbols = apply_merges([*word[:-1], word[-1] + END_OF_WORD], self._ranks)
            self._pieces[word] = tuple(self._vocabulary[symbol] for symbol in symbols)
        return self._pieces[word]
