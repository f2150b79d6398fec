"""Pieces of a prompt from a `transformers` CLIP tokenizer, slow or fast.

CLIP's byte-pair encoding writes each UTF-8 byte as one printable symbol; here the symbols become text again and every
token gets its characters in the prompt. Knows no model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from vxa.core.errors import HostError
from vxa.core.tokens import locate_pieces
from vxa.hosts.chunks import Piece, Specials

_END_OF_WORD = "</w>"
_VECTOR = re.compile(r"(?P<name>.+)_[1-9]\d*")


def read_specials(tokenizer: Any) -> Specials:
    """Look up BOS, EOS and padding.

    Raises:
        HostError: If the tokenizer lacks one, so is no CLIP tokenizer.
    """
    ids = (tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id)
    if None in ids:
        raise HostError(
            "a CLIP tokenizer with start, end and padding tokens",
            got=f"{type(tokenizer).__name__} with {ids}",
            remedy="Check tokenizer_config.json of the model.",
        )
    return Specials(*ids)


def read_pieces(tokenizer: Any, prompt: str) -> list[Piece]:
    """Split a prompt, whatever its length, without BOS, EOS or padding.

    An embedding of several vectors that was added to the tokenizer as `name`, `name_1`, `name_2` … (the convention of
    diffusers) is expanded to all of them, and they share a group.

    Args:
        tokenizer: A `CLIPTokenizer` or `CLIPTokenizerFast`.
        prompt: Any text.

    Returns:
        Pieces in order, each with its characters in the prompt. Bytes of one character that were split over several
        tokens all get that character.
    """
    added: Mapping[str, int] = tokenizer.get_added_vocab()
    # verbose=False: the tokenizer would warn of prompts over 77 tokens, which are cut into chunks later
    ids = tokenizer(prompt, add_special_tokens=False, truncation=False, verbose=False)["input_ids"]
    symbols = tokenizer.convert_ids_to_tokens(ids)
    groups = decode_symbols(symbols, added)
    spans = locate_pieces(prompt, [text for _, text in groups])
    pieces: list[Piece] = []
    embeddings = 0
    place = 0
    for (count, text), (start, end) in zip(groups, spans, strict=True):
        for id_, symbol in zip(ids[place : place + count], symbols[place : place + count], strict=True):
            vectors = _vectors_of(symbol, added)
            group = embeddings if vectors or _is_vector(symbol, added) else None
            pieces += [Piece(each, text, start, end, group) for each in (id_, *vectors)]
            embeddings += group is not None
        place += count
    return pieces


def _vectors_of(symbol: str, added: Mapping[str, int]) -> list[int]:
    """List the ids of the second and further vectors of an embedding; empty for anything else."""
    vectors: list[int] = []
    while symbol in added and f"{symbol}_{len(vectors) + 1}" in added:
        vectors.append(added[f"{symbol}_{len(vectors) + 1}"])
    return vectors


def _is_vector(symbol: str, added: Mapping[str, int]) -> bool:
    match = _VECTOR.fullmatch(symbol) if symbol in added else None
    return match is not None and match["name"] in added


def decode_symbols(symbols: Sequence[str], verbatim: Mapping[str, int]) -> list[tuple[int, str]]:
    """Turn symbols of the vocabulary into text, as few tokens at a time as make whole characters.

    Args:
        symbols: As the vocabulary writes them, one a token.
        verbatim: Symbols that are their own text, as those added to a tokenizer are.

    Returns:
        Number of tokens and their text, in order.
    """
    groups: list[tuple[int, str]] = []
    count, pending = 0, b""
    for symbol in symbols:
        count, pending = count + 1, pending + _bytes_of(symbol, verbatim)
        # no character goes on after the end of a word, so what is broken there stays broken
        if _is_whole(pending) or symbol.endswith(_END_OF_WORD):
            groups.append((count, pending.decode("utf-8", errors="replace")))
            count, pending = 0, b""
    if count:
        groups.append((count, pending.decode("utf-8", errors="replace")))
    return groups


def _bytes_of(symbol: str, verbatim: Mapping[str, int]) -> bytes:
    if symbol in verbatim:
        return symbol.encode()
    table = _byte_of_symbol()
    bare = symbol.removesuffix(_END_OF_WORD)
    return b"".join(bytes([table[letter]]) if letter in table else letter.encode() for letter in bare)


def _is_whole(pending: bytes) -> bool:
    try:
        pending.decode()
    except UnicodeDecodeError:
        return False
    return True


@lru_cache(maxsize=1)
def _byte_of_symbol() -> dict[str, int]:
    """Map each printable symbol of byte-level encoding (GPT-2, CLIP) to its byte.

    Bytes that are printable in Latin-1 stand for themselves; the others follow from U+0100 on, in order.
    """
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = [byte for byte in range(256) if byte not in printable]
    table = {chr(byte): byte for byte in printable}
    return table | {chr(0x100 + place): byte for place, byte in enumerate(others)}
