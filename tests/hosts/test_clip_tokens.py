from __future__ import annotations

from typing import Any

import pytest
from transformers import CLIPTokenizer

from vxa.core.errors import HostError
from vxa.core.tokens import TokenTable, parse_selection
from vxa.hosts.chunks import NUM_COLUMNS, Specials, make_table, split_pieces
from vxa.hosts.clip_tokens import read_pieces, read_specials
from vxa.tiny import weights_path


@pytest.fixture
def tokenizer() -> Any:
    return CLIPTokenizer.from_pretrained(weights_path() / "tokenizer")


def _table(tokenizer: Any, prompt: str) -> TokenTable:
    return make_table(prompt, split_pieces(read_pieces(tokenizer, prompt)), read_specials(tokenizer))


def _texts(tokenizer: Any, prompt: str) -> list[str]:
    return [token.text for token in _table(tokenizer, prompt).content]


def test_every_piece_has_its_characters(tokenizer: Any) -> None:
    prompt = "A  red Circle,and a Triangle."
    table = _table(tokenizer, prompt)
    assert [token.text for token in table.content] == ["a", "red", "circle", ",", "and", "a", "tri", "angle", "."]
    for token in table.content:
        assert prompt[token.start : token.end].lower() == token.text
    assert table.content[0].index == 1


def test_a_word_of_several_tokens_is_found_as_one(tokenizer: Any) -> None:
    table = _table(tokenizer, "a triangle and a tri")
    assert parse_selection(table, "triangle").indices == (2, 3)
    assert parse_selection(table, "tri").indices == (6, 7)


def test_ids_and_layout_are_those_of_the_tokenizer_itself(tokenizer: Any) -> None:
    for prompt in ("a red circle, and", "", "it's 42 (really)!!"):
        expected = tokenizer(prompt, padding="max_length", max_length=NUM_COLUMNS)["input_ids"]
        assert [token.id for token in _table(tokenizer, prompt).tokens] == expected


def test_empty_prompt_is_bos_eos_and_padding(tokenizer: Any) -> None:
    table = _table(tokenizer, "  ")
    assert [token.special for token in table.tokens] == ["bos", "eos", *["pad"] * 75]
    assert table.content == ()


def test_padding_is_what_the_tokenizer_says(tokenizer: Any) -> None:
    open_clip = CLIPTokenizer.from_pretrained(weights_path() / "tokenizer", pad_token="!")
    assert read_specials(tokenizer) == Specials(650, 651, 651)
    assert read_specials(open_clip) == Specials(650, 651, 0)
    tokens = _table(open_clip, "red!").tokens
    assert [token.special for token in tokens[:5]] == ["bos", None, None, "eos", "pad"]
    assert tokens[4].id == 0


def test_long_prompts_go_on_in_further_chunks(tokenizer: Any, caplog: pytest.LogCaptureFixture) -> None:
    prompt = "a red circle " * 40 + "star"
    table = _table(tokenizer, prompt)
    assert len(table.tokens) == 154 and len(table.content) == 121
    star = parse_selection(table, "star").indices
    assert len(star) == 1 and star[0] == 77 + 1 + 45
    assert (table.tokens[star[0]].chunk, table.tokens[star[0]].position) == (1, 46)
    assert prompt[table.tokens[star[0]].start :] == "star"
    assert caplog.text == "", "no warning that the prompt is too long: it is not"


@pytest.mark.parametrize("prompt", ["日本 red", "é red", "🎨 red", "naïve 🎨🎨 red", "a\u00a0red", "RED\n\tred"])
def test_characters_of_several_bytes_stay_whole(tokenizer: Any, prompt: str) -> None:
    table = _table(tokenizer, prompt)
    for token in table.content:
        assert "\ufffd" not in token.text
        assert token.end > token.start
        assert prompt[token.start : token.end].casefold() == token.text
    last = table.content[-1]
    assert (last.text, prompt[last.start :]) == ("red", "red")


def test_embeddings_of_several_vectors_are_one_group(tokenizer: Any) -> None:
    tokenizer.add_tokens(["<cat>", "<cat>_1", "<cat>_2", "<dog>", "<dog>_1", "<one>"])
    prompt = "a <cat> and <dog> <one> <cat>"
    table = _table(tokenizer, prompt)
    found = [(token.text, token.group) for token in table.content]
    cat, dog = ("<cat>", 0), ("<dog>", 1)
    assert found == [("a", None), *[cat] * 3, ("and", None), *[dog] * 2, ("<one>", None), *[("<cat>", 2)] * 3]
    assert {prompt[token.start : token.end] for token in table.content if token.group == 0} == {"<cat>"}
    ids = [token.id for token in table.content[1:4]]
    assert tokenizer.convert_ids_to_tokens(ids) == ["<cat>", "<cat>_1", "<cat>_2"]


def test_words_of_the_prompt_survive_special_marks(tokenizer: Any) -> None:
    assert _texts(tokenizer, "red <|endoftext|> circle")[0::2] == ["red", "circle"]


def test_a_tokenizer_without_end_token_is_refused(tokenizer: Any) -> None:
    class Bare:
        bos_token_id, eos_token_id, pad_token_id = 1, None, 0

    with pytest.raises(HostError, match="CLIP tokenizer"):
        read_specials(Bare())
