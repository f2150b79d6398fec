"""The small tokenizer in CLIP's format, made from the word list alone.

Writes the four files that `transformers.CLIPTokenizer` reads; it is not trained, so the same words always give the
same merges. Knows the vocabulary, not the captions.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path

from vxa.tiny.vocabulary import MULTI_TOKEN_WORDS, domain_words

MAX_LENGTH = 77
BOS = "<|startoftext|>"
EOS = "<|endoftext|>"
END_OF_WORD = "</w>"

Merge = tuple[str, str]


def byte_symbols() -> list[str]:
    """Return the 256 printable symbols by which CLIP (and GPT-2) write bytes, in CLIP's vocabulary order."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in set(printable)]
    return [chr(byte) for byte in printable] + [chr(256 + place) for place in range(len(others))]


def apply_merges(symbols: Sequence[str], ranks: dict[Merge, int]) -> list[str]:
    """Merge neighbouring symbols, the pair of lowest rank first, until no pair is known: byte-pair encoding."""
    merged = list(symbols)
    while len(merged) > 1:
        pairs = list(itertools.pairwise(merged))
        best = min(pairs, key=lambda pair: ranks.get(pair, len(ranks)))
        if best not in ranks:
            break
        result: list[str] = []
        place = 0
        while place < len(merged):
            if place + 1 < len(merged) and (merged[place], merged[place + 1]) == best:
                result.append(merged[place] + merged[place + 1])
                place += 2
            else:
                result.append(merged[place])
                place += 1
        merged = result
    return merged


def build_merges(words: Sequence[str], splits: dict[str, tuple[str, ...]]) -> list[Merge]:
    """Return merges, in rank order, under which each word becomes exactly its pieces.

    A new merge always gets the last rank, so words already done are never disturbed. Words of several pieces go
    first, since merges of others are likely to cross their boundaries.

    Args:
        words: Lower-case words.
        splits: Pieces of the words that are more than one token; all other words become one token.
    Raises:
        AssertionError: If earlier merges cross a piece boundary of a later word; reorder the words then.
    """
    ranks: dict[Merge, int] = {}
    for word in sorted(words, key=lambda word: word not in splits):
        pieces = list(splits.get(word, (word,)))
        pieces[-1] += END_OF_WORD
        while (symbols := apply_merges([*word[:-1], word[-1] + END_OF_WORD], ranks)) != pieces:
            ranks[_next_merge(symbols, pieces)] = len(ranks)
    return list(ranks)


def _next_merge(symbols: list[str], pieces: list[str]) -> Merge:
    """Return the leftmost pair of symbols that lies within one piece."""
    place = 0
    for piece in pieces:
        built = symbols[place]
        assert piece.startswith(built), f"merges cross the pieces {pieces}: {symbols}"
        if built != piece:
            return built, symbols[place + 1]
        place += 1
    raise AssertionError(f"no pair left to merge towards {pieces} in {symbols}")


def build_vocabulary(merges: Sequence[Merge]) -> dict[str, int]:
    """Return token -> id in CLIP's order: bytes, bytes that end a word, merges, BOS, EOS."""
    letters = byte_symbols()
    tokens = [
        *letters,
        *(letter + END_OF_WORD for letter in letters),
        *(left + right for left, right in merges),
        BOS,
        EOS,
    ]
    vocabulary = {token: place for place, token in enumerate(tokens)}
    assert len(vocabulary) == len(tokens), "two merges make the same token"
    return vocabulary


def write_tokenizer(folder: Path) -> int:
    """Write `vocab.json`, `merges.txt` and the two configuration files.

    Args:
        folder: Made if absent; files in it are replaced.
    Returns:
        Number of tokens in the vocabulary.
    """
    merges = build_merges(domain_words(), MULTI_TOKEN_WORDS)
    vocabulary = build_vocabulary(merges)
    config = {
        "tokenizer_class": "CLIPTokenizer",
        "model_max_length": MAX_LENGTH,
        "do_lower_case": True,
        "add_prefix_space": False,
        "errors": "replace",
        "bos_token": BOS,
        "eos_token": EOS,
        "unk_token": EOS,
        "pad_token": EOS,
    }
    specials = {name: config[name] for name in ("bos_token", "eos_token", "unk_token", "pad_token")}
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["#version: 0.2", *(f"{left} {right}" for left, right in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for name, content in (
        ("vocab.json", vocabulary),
        ("tokenizer_config.json", config),
        ("special_tokens_map.json", specials),
    ):
        text = json.dumps(content, ensure_ascii=False, indent=None if name == "vocab.json" else 2)
        (folder / name).write_text(text + "\n", encoding="utf-8")
    return len(vocabulary)
