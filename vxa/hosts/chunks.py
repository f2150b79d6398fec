"""Runs of 77 context columns: how pieces of a prompt are laid out for CLIP text encoders.

Knows the layout (BOS, at most 75 pieces, EOS, padding; long prompts in several such runs), not how text is split.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vxa.core.tokens import Special, Token, TokenTable

NUM_COLUMNS = 77
"""Columns a chunk, BOS and EOS included: CLIP's number of positions."""
NUM_PIECES = NUM_COLUMNS - 2
"""Pieces of the prompt that fit in a chunk."""
COMMA_REACH = 20
"""A chunk that is full ends after its last comma, if that lies at most so many pieces back (the webui's default)."""


@dataclass(frozen=True)
class Piece:
    """One token of the prompt, before it has a column."""

    id: int
    """Vocabulary id."""
    text: str
    """As a reader would write it."""
    start: int
    """First character in the prompt."""
    end: int
    """One past the last character; equal to `start` when the piece has no characters there."""
    group: int | None = None
    """Pieces of one textual-inversion embedding share a group."""


@dataclass(frozen=True)
class Specials:
    """Vocabulary ids of the tokens that are not text."""

    bos: int
    """First column of each chunk."""
    eos: int
    """Column after the last piece of each chunk."""
    pad: int
    """All columns after that: EOS again for SD1, 0 ("!") for OpenCLIP."""


def split_pieces(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Cut the pieces of a prompt into chunks of at most 75, as the webui does.

    A cut that would fall within a phrase moves back to the last comma, so that "red car" is not torn apart.

    Returns:
        At least one chunk; an empty prompt gives one empty chunk.
    """
    chunks: list[list[Piece]] = []
    chunk: list[Piece] = []
    for piece in pieces:
        if len(chunk) == NUM_PIECES:
            cut = NUM_PIECES if piece.text == "," else _last_comma(chunk)
            chunks.append(chunk[:cut])
            chunk = chunk[cut:]
        chunk.append(piece)
    return [*chunks, chunk]


def _last_comma(chunk: Sequence[Piece]) -> int:
    """Return where a full chunk ends: after a comma within reach, or at its very end."""
    for place in range(NUM_PIECES - 1, NUM_PIECES - 1 - COMMA_REACH, -1):
        if chunk[place].text == ",":
            return place + 1
    return NUM_PIECES


def chunk_ids(chunk: Sequence[Piece], specials: Specials) -> list[int]:
    """Lay a chunk out as the 77 ids that a text encoder reads."""
    num_pads = NUM_PIECES - len(chunk)
    return [specials.bos, *(piece.id for piece in chunk), specials.eos, *[specials.pad] * num_pads]


def make_table(prompt: str, chunks: Sequence[Sequence[Piece]], specials: Specials, encoder: str = "") -> TokenTable:
    """Give every column of the context its token.

    Args:
        prompt: What the character spans refer to.
        chunks: From `split_pieces`.
        specials: Ids of BOS, EOS and padding.
        encoder: Name of the text encoder, where a model has two.
    """
    tokens: list[Token] = []
    reached = 0
    for number, chunk in enumerate(chunks):
        for position, id_ in enumerate(chunk_ids(chunk, specials)):
            index = number * NUM_COLUMNS + position
            if 1 <= position <= len(chunk):
                piece = chunk[position - 1]
                reached = piece.end
                tokens.append(
                    Token(index, number, position, id_, piece.text, piece.start, piece.end, group=piece.group)
                )
            else:
                special = _special(position, len(chunk))
                text = special if special == "pad" else special.upper()
                tokens.append(Token(index, number, position, id_, text, reached, reached, special=special))
    return TokenTable(prompt, tuple(tokens), encoder)


def _special(position: int, num_pieces: int) -> Special:
    if position == 0:
        return "bos"
    return "eos" if position == num_pieces + 1 else "pad"
