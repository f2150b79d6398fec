"""The tokens of a prompt as the model sees them; pure text.

One table per prompt and text encoder. Knows no tokenizer library: hosts fill the table from their own.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from vxa.core.errors import SelectionError, did_you_mean

Special = Literal["bos", "eos", "pad"]

_WORD = re.compile(r"\w+(?:['’-]\w+)*")


@dataclass(frozen=True)
class Token:
    """One column of the context a cross-attention layer reads."""

    index: int
    """Column in the whole context: 77 · chunk + position."""
    chunk: int
    """Which run of 77 columns it lies in, from 0."""
    position: int
    """Column within its chunk, from 0; 0 is always BOS."""
    id: int
    """Vocabulary id."""
    text: str
    """As a reader would write it; "BOS", "EOS" or "pad" for special tokens."""
    start: int
    """First character in the prompt; equal to `end` when the token has no characters there."""
    end: int
    """One past the last character in the prompt."""
    weight: float = 1.0
    """Emphasis given by the host's prompt grammar; 1 is neutral."""
    special: Special | None = None
    """None for a token that came from the prompt."""
    group: int | None = None
    """Tokens of one textual-inversion embedding share a group; None otherwise."""


@dataclass(frozen=True)
class Word:
    """A name and the token columns behind it."""

    text: str
    """What to write beside its map."""
    indices: tuple[int, ...]
    """Columns, ascending, at least one."""


@dataclass(frozen=True)
class TokenTable:
    """All tokens of one prompt under one text encoder, in column order."""

    prompt: str
    """The prompt the character spans refer to."""
    tokens: tuple[Token, ...]
    """Every column, special tokens and padding included."""
    encoder: str = ""
    """Which text encoder, where a model has two."""
    spoken: str | None = None
    """The prompt with blanks in place of its syntax, where it has any: words and phrases are looked up in it."""

    @property
    def searched(self) -> str:
        """Where words and phrases are looked up: the same characters at the same places as in the prompt."""
        return self.prompt if self.spoken is None else self.spoken

    @property
    def content(self) -> tuple[Token, ...]:
        """The tokens that came from the prompt."""
        return tuple(token for token in self.tokens if token.special is None)

    @property
    def words(self) -> tuple[str, ...]:
        """The distinct words of the prompt, in order, lower case."""
        return tuple(dict.fromkeys(match.group().lower() for match in _WORD.finditer(self.searched)))

    def to_json(self) -> dict[str, Any]:
        """Write the table as plain data, padding left out."""
        tokens = [dataclasses.asdict(token) for token in self.tokens if token.special != "pad"]
        return {"prompt": self.prompt, "encoder": self.encoder, "columns": len(self.tokens), "tokens": tokens}


@dataclass(frozen=True)
class Selection:
    """What the user asked to see, resolved against a table."""

    text: str
    """As typed."""
    words: tuple[Word, ...]
    """One map each, in the order asked for."""

    @property
    def indices(self) -> tuple[int, ...]:
        """All columns needed, ascending, each once."""
        return tuple(sorted({index for word in self.words for index in word.indices}))


def parse_selection(table: TokenTable, text: str) -> Selection:
    """Resolve what a user typed into words and their token columns.

    Commas separate; each part is an index (`3`), a range (`1-3`, one word per index) or a word or phrase (`red car`,
    one word; every occurrence counts). Words match whole words of the prompt, whatever the case. Index 0 is BOS and
    the first token of the prompt is 1. Blank means every token but BOS, as in the original VXA extension: that
    includes the padding.

    Args:
        table: Tokens of the prompt.
        text: What was typed.

    Returns:
        The words in the order typed; a word asked for twice appears once.

    Raises:
        SelectionError: If an index is out of range or a word is not in the prompt.

    Example:
        >>> tokens = [Token(0, 0, 0, 8, "BOS", 0, 0, special="bos"), Token(1, 0, 1, 5, "hat", 0, 3)]
        >>> parse_selection(TokenTable("hat", tuple(tokens)), "HAT").words
        (Word(text='hat', indices=(1,)),)
    """
    if not text.strip():
        columns = tuple(token.index for token in table.tokens if token.special != "bos")
        return Selection(text, (Word("all words", columns),))
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise SelectionError("a token index or a word", got=repr(text), remedy=_what_there_is(table))
    words = [word for part in parts for word in _resolve(table, part)]
    return Selection(text, tuple(dict.fromkeys(words)))


def _resolve(table: TokenTable, part: str) -> list[Word]:
    span = re.fullmatch(r"(\d+)\s*-\s*(\d+)", part)
    if span:
        first, last = int(span[1]), int(span[2])
        if first > last:
            raise SelectionError("a range that ascends", got=repr(part), remedy=f"Write {last}-{first}.")
        return [_column(table, index) for index in range(first, _checked(table, last) + 1)]
    if re.fullmatch(r"[+-]?\d+(\.\d+)?", part):
        if not part.isdecimal():
            raise SelectionError("a whole, non-negative token index", got=repr(part), remedy=_what_there_is(table))
        return [_column(table, int(part))]
    return [_phrase(table, part)]


def _checked(table: TokenTable, index: int) -> int:
    if index >= len(table.tokens):
        raise SelectionError(
            f"a token index from 0 to {len(table.tokens) - 1}", got=index, remedy=_what_there_is(table)
        )
    return index


def _column(table: TokenTable, index: int) -> Word:
    return Word(table.tokens[_checked(table, index)].text, (index,))


def _phrase(table: TokenTable, phrase: str) -> Word:
    words = phrase.split()
    # a boundary is asked for only beside a letter: "!" may follow a word directly
    before = r"(?<!\w)" if re.match(r"\w", words[0]) else ""
    after = r"(?!\w)" if re.search(r"\w$", words[-1]) else ""
    pattern = before + r"\s+".join(_either_form(word) for word in words) + after
    spans = [match.span() for match in re.finditer(pattern, table.searched, re.IGNORECASE)]
    columns = [
        token.index for token in table.content if any(token.start < end and start < token.end for start, end in spans)
    ]
    if not columns:
        remedy = f"{did_you_mean(phrase.lower(), table.words)} " if table.words else ""
        raise SelectionError("a word of the prompt", got=repr(phrase), remedy=f"{remedy}{_what_there_is(table)}")
    return Word(" ".join(words).lower(), tuple(columns))


def _what_there_is(table: TokenTable) -> str:
    words = ", ".join(f"{token.text} = {token.index}" for token in table.content[:40])
    return f"The prompt's tokens are: {words or 'none'}; 0 is BOS."


def locate_pieces(prompt: str, pieces: Sequence[str]) -> list[tuple[int, int]]:
    """Find the characters of the prompt that each tokenizer piece stands for.

    Tokenizers lower-case, normalise, repair and drop characters, so the normalised letters of both are aligned, and a
    piece that differs (a broken character, a curly quote made straight) does not lead the following ones astray: it
    gets the characters that no other piece stands for.

    Args:
        prompt: As typed.
        pieces: Text of each token in order, without end-of-word marks.

    Returns:
        One (start, end) a piece, end exclusive; empty, at the place reached, for a piece with no characters.

    Example:
        >>> locate_pieces("A  Hat,", ["a", "hat", ","])
        [(0, 1), (3, 6), (6, 7)]
    """
    letters = [
        (part, place) for place, character in enumerate(prompt) for part in _fold(character) if not part.isspace()
    ]
    owned = [(part, number) for number, piece in enumerate(pieces) for part in _fold(piece) if not part.isspace()]
    places: list[list[int]] = [[] for _ in pieces]
    matcher = SequenceMatcher(None, [part for part, _ in letters], [part for part, _ in owned], autojunk=False)
    for kind, first, last, first_owned, last_owned in matcher.get_opcodes():
        for offset in range(last_owned - first_owned):
            stands_for = letters[first + offset : first + offset + 1] if kind == "equal" else letters[first:last]
            places[owned[first_owned + offset][1]] += [place for _, place in stands_for]
    spans: list[tuple[int, int]] = []
    reached = 0
    for found in places:
        start, end = (min(found), max(found) + 1) if found else (reached, reached)
        reached = max(reached, end)
        spans.append((start, end))
    return spans


def _either_form(word: str) -> str:
    """Match a word with its accents as characters of their own or not: both look alike, and prompts are pasted."""
    forms = dict.fromkeys((word, *(unicodedata.normalize(form, word) for form in ("NFC", "NFD"))))
    return f"(?:{'|'.join(re.escape(form) for form in forms)})"


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()
