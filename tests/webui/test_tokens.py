from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from tests.webui.checkpoint import Chunk, Fix, add_embedding
from tests.webui.standin.replay import Webui
from vxa.core.errors import HostError, SelectionError
from vxa.core.tokens import TokenTable, parse_selection


@pytest.fixture
def table(webui: Webui, model: Any) -> Callable[[str], TokenTable]:
    from vxa.webui.prompts import read_prompt
    from vxa.webui.tokens import read_tables

    return lambda typed: read_tables(model, read_prompt(typed))[0]


def content(table: TokenTable) -> list[tuple[int, str, str, float]]:
    return [(t.index, t.text, table.prompt[t.start : t.end], round(t.weight, 3)) for t in table.content]


def test_columns_text_characters_and_weights(table: Callable[[str], TokenTable]) -> None:
    found = table("a (Red:1.4) circle <lora:red:1>, [blue]")
    assert content(found) == [
        (1, "a", "a", 1.0),
        (2, "red", "Red", 1.4),
        (3, "circle", "circle", 1.0),
        (4, ",", ",", 1.0),
        (5, "blue", "blue", 0.909),
    ]
    assert [token.index for token in found.tokens] == list(range(77))
    assert [(t.special, t.text) for t in found.tokens[:1] + found.tokens[6:8]] == [
        ("bos", "BOS"),
        ("eos", "EOS"),
        ("pad", "pad"),
    ]


def test_words_are_chosen_as_typed(table: Callable[[str], TokenTable]) -> None:
    found = table("a [cat:red:0.5] (circle:1.2) beside a circle")
    assert parse_selection(found, "circle").indices == (3, *(t.index for t in found.content[-1:]))
    assert parse_selection(found, "Red").indices == (2,)
    assert parse_selection(found, "red circle").indices == (2, 3), "syntax does not part a phrase"
    with pytest.raises(SelectionError, match="Did you mean circle"):
        parse_selection(table("a circle <lora:circles:1>"), "circles")


def test_break_begins_a_chunk(table: Callable[[str], TokenTable]) -> None:
    found = table("a circle BREAK a square")
    assert len(found.tokens) == 154
    assert [(t.chunk, t.position, t.text) for t in found.content] == [
        (0, 1, "a"),
        (0, 2, "circle"),
        (1, 1, "a"),
        (1, 2, "square"),
    ]
    assert found.tokens[77].special == "bos" and found.tokens[80].special == "eos"


def test_long_prompts_take_several_chunks(table: Callable[[str], TokenTable]) -> None:
    found = table("circle " * 80)
    assert len(found.tokens) == 154 and len(found.content) == 80
    assert found.content[-1].index == 77 + 5 and found.content[-1].start == 7 * 79


def test_an_embedding_is_one_group_under_its_name(webui: Webui, table: Callable[[str], TokenTable]) -> None:
    add_embedding(webui, "my-style", 3)
    found = table("a circle in (my-style:1.2) red")
    style = [token for token in found.tokens if token.group is not None]
    assert [(t.text, found.prompt[t.start : t.end], t.weight) for t in style] == [("my-style", "my-style", 1.2)] * 3
    assert len({token.group for token in style}) == 1
    assert parse_selection(found, "my-style").indices == tuple(token.index for token in style)
    assert content(found)[-1][1] == "red"


def test_bytes_of_one_character_share_it(table: Callable[[str], TokenTable]) -> None:
    found = [token for token in table("a ☃ circle").content if token.text == "☃"]
    assert len(found) > 1 and {(token.start, token.end) for token in found} == {(2, 3)}


def test_fixes_that_the_webui_left_behind_harm_nothing(webui: Webui) -> None:
    """Where words after a comma move to the next chunk, the webui leaves the places of embeddings in the old one."""
    from vxa.webui.tokens import _units

    chunk = Chunk()
    chunk.tokens = [8, 1, 9, 9, 9]
    chunk.fixes = [Fix(3, SimpleNamespace(name="x", vectors=5))]
    tokenizer = SimpleNamespace(convert_ids_to_tokens=lambda ids: ["hat</w>" for _ in ids])
    encoder = SimpleNamespace(id_end=9, tokenizer=tokenizer)
    assert [(unit.text, unit.count) for unit in _units(encoder, 0, chunk)] == [("hat", 1)]


def test_both_text_encoders_of_sdxl_are_asked(webui: Webui, model: Any) -> None:
    from vxa.webui.prompts import read_prompt
    from vxa.webui.tokens import read_tables

    sizes = SimpleNamespace(outdim=256)
    sdxl = SimpleNamespace(conditioner=SimpleNamespace(embedders=[model.cond_stage_model] * 2 + [sizes]))
    tables = read_tables(sdxl, read_prompt("a circle"))
    assert [each.encoder for each in tables] == ["text_encoder", "text_encoder_2"]
    assert [t.text for t in tables[0].tokens] == [t.text for t in tables[1].tokens]


def test_a_checkpoint_that_is_being_exchanged_says_so(webui: Webui, model: Any) -> None:
    from vxa.webui.prompts import read_prompt
    from vxa.webui.tokens import read_tables

    model.cond_stage_model = model.cond_stage_model.wrapped
    with pytest.raises(HostError, match="Try again in a few seconds"):
        read_tables(model, read_prompt("a circle"))
