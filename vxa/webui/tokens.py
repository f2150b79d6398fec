"""Token tables from the webui's own text encoders: what it makes of a prompt is asked of it, not made again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vxa.core.errors import HostError
from vxa.core.tokens import Special, Token, TokenTable, locate_pieces
from vxa.hosts.clip_tokens import decode_symbols
from vxa.webui.prompts import ReadPrompt


def text_encoders(model: Any) -> list[Any]:
    """List the text encoders that the webui has prepared: two for SDXL, none while a checkpoint is exchanged."""
    conditioner = getattr(model, "conditioner", None)
    parts = [getattr(model, "cond_stage_model", None)] if conditioner is None else conditioner.embedders
    return [part for part in parts if hasattr(part, "process_texts")]


def read_tables(model: Any, prompt: ReadPrompt) -> tuple[TokenTable, ...]:
    """Make the token table of each text encoder. No network runs.

    Raises:
        HostError: If the checkpoint is just being exchanged.
    """
    encoders = text_encoders(model)
    if not encoders:
        raise HostError(
            "a loaded checkpoint", got="one that is just being exchanged", remedy="Try again in a few seconds."
        )
    names = ("",) if len(encoders) == 1 else ("text_encoder", "text_encoder_2")
    return tuple(_read_table(encoder, prompt, name) for encoder, name in zip(encoders, names, strict=True))


@dataclass(frozen=True)
class _Unit:
    """Neighbouring columns that stand for one piece of the prompt."""

    chunk: int
    position: int
    count: int
    text: str
    is_embedding: bool


def _read_table(encoder: Any, prompt: ReadPrompt, name: str) -> TokenTable:
    chunks = encoder.process_texts([prompt.text])[0][0]
    units = [unit for number, chunk in enumerate(chunks) for unit in _units(encoder, number, chunk)]
    spans = locate_pieces(prompt.spoken, [unit.text for unit in units])
    pieces = {
        (unit.chunk, unit.position + offset): (unit.text, start, end, group if unit.is_embedding else None)
        for group, (unit, (start, end)) in enumerate(zip(units, spans, strict=True))
        for offset in range(unit.count)
    }
    tokens: list[Token] = []
    reached = 0
    for number, chunk in enumerate(chunks):
        end_of_pieces = _end_of_pieces(encoder, chunk)
        for position, (id_, weight) in enumerate(zip(chunk.tokens, chunk.multipliers, strict=True)):
            place = (len(tokens), number, position)
            if (number, position) in pieces:
                text, start, reached, group = pieces[number, position]
                tokens.append(Token(*place, id_, text, start, reached, float(weight), group=group))
            else:
                special = _special(position, end_of_pieces)
                id_ = encoder.id_pad if special == "pad" else id_
                text = special if special == "pad" else special.upper()
                tokens.append(Token(*place, id_, text, reached, reached, float(weight), special=special))
    return TokenTable(prompt.typed, tuple(tokens), name, prompt.spoken)


def _end_of_pieces(encoder: Any, chunk: Any) -> int:
    # the first EOS ends what the encoder attends to, even where the prompt goes on
    return chunk.tokens.index(encoder.id_end, 1)


def _special(position: int, end_of_pieces: int) -> Special:
    if position == 0:
        return "bos"
    return "eos" if position == end_of_pieces else "pad"


def _units(encoder: Any, number: int, chunk: Any) -> list[_Unit]:
    """Split the pieces of a chunk: embeddings whole, plain tokens as few at a time as make whole characters."""
    end = _end_of_pieces(encoder, chunk)
    units: list[_Unit] = []
    place = 1
    for fix in [*sorted(chunk.fixes, key=lambda fix: fix.offset), None]:
        # offsets are counted without BOS; one that lies behind the pieces belongs to words moved to the next chunk
        start = end if fix is None else min(fix.offset + 1, end)
        for count, text in decode_symbols(_symbols(encoder, chunk.tokens[place:start]), {}):
            units.append(_Unit(number, place, count, text, is_embedding=False))
            place += count
        if fix is not None and start < end:
            count = min(int(fix.embedding.vectors), end - start)
            units.append(_Unit(number, start, count, fix.embedding.name, is_embedding=True))
            place = start + count
    return units


def _symbols(encoder: Any, ids: Sequence[int]) -> list[str]:
    """Write ids as the encoder's vocabulary does."""
    tokenizer = getattr(encoder, "tokenizer", None)
    if tokenizer is not None:
        return tokenizer.convert_ids_to_tokens(list(ids))
    from modules import sd_hijack_open_clip  # only where the model has such an encoder: it is slow to import

    decoder = sd_hijack_open_clip.tokenizer.decoder
    return [decoder[id_] for id_ in ids]
