"""What users type to choose tokens, and where pieces lie in a prompt."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxa.core.errors import SelectionError
from vxa.core.tokens import Token, TokenTable, Word, locate_pieces, parse_selection

COLUMNS = 77


def make_table(prompt: str, *pieces: str) -> TokenTable:
    """Make the table of one chunk from the pieces a tokenizer would give."""
    spans = locate_pieces(prompt, pieces)
    tokens = [Token(0, 0, 0, 900, "BOS", 0, 0, special="bos")]
    for index, (piece, (start, end)) in enumerate(zip(pieces, spans, strict=True), start=1):
        tokens.append(Token(index, 0, index, 100 + index, piece, start, end))
    for index in range(len(tokens), COLUMNS):
        special = "eos" if index == len(pieces) + 1 else "pad"
        tokens.append(Token(index, 0, index, 901, special, len(prompt), len(prompt), special=special))
    return TokenTable(prompt, tuple(tokens))


# index:                                   1    2      3    4    5     6      7     8
CAR = make_table("A red car, the blue car", "a", "red", "car", ",", "the", "blue", "car")
DINO = make_table("a velociraptor and a raptor!", "a", "veloc", "ira", "ptor", "and", "a", "raptor", "!")


def indices(table: TokenTable, text: str) -> list[tuple[int, ...]]:
    return [word.indices for word in parse_selection(table, text).words]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1", [(1,)]),
        ("0", [(0,)]),
        ("76", [(76,)]),
        ("1, 3", [(1,), (3,)]),
        ("3,1", [(3,), (1,)]),
        ("1-3", [(1,), (2,), (3,)]),
        ("1 - 3", [(1,), (2,), (3,)]),
        ("2-2", [(2,)]),
        ("1-3, 2", [(1,), (2,), (3,)]),
        ("2,2", [(2,)]),
        ("  2 ,, 3, ", [(2,), (3,)]),
        ("red", [(2,)]),
        ("RED", [(2,)]),
        ("car", [(3, 7)]),
        ("car, car, CAR", [(3, 7)]),
        ("red car", [(2, 3)]),
        ("Red   CAR", [(2, 3)]),
        ("blue car", [(6, 7)]),
        ("red, 2, blue car", [(2,), (6, 7)]),
        ("a", [(1,)]),
    ],
)
def test_what_a_selection_means(text: str, wanted: list[tuple[int, ...]]) -> None:
    assert indices(CAR, text) == wanted


def test_names_beside_the_maps() -> None:
    assert [word.text for word in parse_selection(CAR, "0, 2-4, Red CAR").words] == [
        "BOS",
        "red",
        "car",
        ",",
        "red car",
    ]
    assert parse_selection(CAR, "7, 2").indices == (2, 7)
    assert parse_selection(CAR, "car, red car").indices == (2, 3, 7)


@pytest.mark.parametrize("text", ["", " ", "\t\n"])
def test_blank_means_all_but_bos_as_in_the_original(text: str) -> None:
    assert parse_selection(CAR, text).words == (Word("all words", tuple(range(1, COLUMNS))),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("99", "a token index from 0 to 76; got 99"),
        ("77", "a token index from 0 to 76; got 77"),
        ("b", "a word of the prompt; got 'b'"),
        ("1.5", "a whole, non-negative token index; got '1.5'"),
        ("1 3", "a word of the prompt; got '1 3'"),
        ("-78", "a whole, non-negative token index; got '-78'"),
        ("-77", "a whole, non-negative token index; got '-77'"),
        ("-1", "a whole, non-negative token index; got '-1'"),
        ("+1", "a whole, non-negative token index; got '+1'"),
        (",", "a token index or a word; got ','"),
        (", ,", "a token index or a word; got ', ,'"),
        ("3-1", "a range that ascends; got '3-1'. Write 1-3."),
        ("1-77", "a token index from 0 to 76; got 77"),
        ("1-", "a word of the prompt; got '1-'"),
        ("1e1", "a word of the prompt; got '1e1'"),
        ("nan", "a word of the prompt; got 'nan'"),
        ("car red", "a word of the prompt; got 'car red'"),
        ("red car the", "a word of the prompt; got 'red car the'"),
        ("re", "a word of the prompt; got 're'"),
        ("²", "a word of the prompt; got '²'"),
        ("red, hat", "a word of the prompt; got 'hat'"),
        (".*", r"a word of the prompt; got '.*'"),
    ],
)
def test_bad_selections_say_what_there_is(text: str, message: str) -> None:
    with pytest.raises(SelectionError) as caught:
        parse_selection(CAR, text)
    assert message in str(caught.value)
    if "ascends" not in message:
        assert "red = 2" in str(caught.value), "the message lists the tokens there are"


def test_an_unknown_word_names_the_nearest() -> None:
    with pytest.raises(SelectionError, match=r"Did you mean blue?"):
        parse_selection(CAR, "bleu")


def test_an_absurd_range_does_not_hang() -> None:
    with pytest.raises(SelectionError):
        parse_selection(CAR, "0-99999999999999999999")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("raptor", [(7,)]),
        ("velociraptor", [(2, 3, 4)]),
        ("raptor!", [(7, 8)]),
        ("!", [(8,)]),
        ("a raptor", [(6, 7)]),
    ],
)
def test_words_match_whole_words_only(text: str, wanted: list[tuple[int, ...]]) -> None:
    assert indices(DINO, text) == wanted


def test_a_piece_inside_a_word_is_no_word() -> None:
    with pytest.raises(SelectionError):
        parse_selection(DINO, "ptor")


def test_words_over_line_ends_and_double_spaces() -> None:
    table = make_table("a  red\n car", "a", "red", "car")
    assert indices(table, "red car") == [(2, 3)]


def test_words_of_other_scripts() -> None:
    table = make_table("Кот и ПЁС, café 😀 猫", "кот", "и", "пёс", ",", "café", "😀", "猫")
    assert indices(table, "пёс, КОТ, CAFÉ, 😀, 猫") == [(3,), (1,), (5,), (6,), (7,)]


def test_an_accent_may_be_a_character_of_its_own() -> None:
    apart, joined = "cafe\u0301", "caf\u00e9"
    for typed, there in ((apart, joined), (joined, apart), (apart, apart)):
        assert indices(make_table(f"a {there}", "a", there), typed) == [(2,)]


def test_a_table_without_words() -> None:
    table = make_table("")
    assert table.content == () and table.words == ()
    with pytest.raises(SelectionError, match=r"tokens are: none; 0 is BOS"):
        parse_selection(table, "hat")


def test_words_of_the_prompt_are_listed_once_in_order() -> None:
    assert CAR.words == ("a", "red", "car", "the", "blue")
    assert make_table("don't re-use: x_1").words == ("don't", "re-use", "x_1")


def test_plain_data_leaves_padding_out() -> None:
    written = json.loads(json.dumps(CAR.to_json()))
    assert written["columns"] == COLUMNS and written["prompt"] == CAR.prompt
    assert [token["text"] for token in written["tokens"]] == [
        "BOS", "a", "red", "car", ",", "the", "blue", "car", "eos",
    ]  # fmt: skip
    assert written["tokens"][2] == vars(CAR.tokens[2])


def test_every_chunk_has_its_bos_left_out_of_blank() -> None:
    second = [replace(token, index=token.index + 77, chunk=1) for token in CAR.tokens]
    table = TokenTable(CAR.prompt, (*CAR.tokens, *second))
    columns = parse_selection(table, "").indices
    assert len(columns) == 152 and 0 not in columns and 77 not in columns and 153 in columns


@pytest.mark.parametrize(
    ("prompt", "pieces", "found"),
    [
        ("A  Hat,", ["a", "hat", ","], ["A", "Hat", ","]),
        ("hat", [], []),
        ("", ["x"], [""]),
        ("ＦＵＬＬ width", ["full", "width"], ["ＦＵＬＬ", "width"]),
        ("cafe\u0301 au lait", ["café", "au", "lait"], ["cafe\u0301", "au", "lait"]),
        ("a 😀 hat", ["a", "😀", "hat"], ["a", "😀", "hat"]),
        ("a 😀 hat", ["a", "\ufffd", "hat"], ["a", "😀", "hat"]),
        ("a 😀 hat", ["a", "\ufffd", "\ufffd\ufffd", "hat"], ["a", "😀", "😀", "hat"]),
        ("a 😀 hat", ["a", "hat"], ["a", "hat"]),
        ("“quoted” word", ['"', "quoted", '"', "word"], ["“", "quoted", "”", "word"]),
        ("İstanbul", ["i̇", "stanbul"], ["İ", "stanbul"]),
        ("ﬁne ½", ["fi", "ne", "1", "⁄", "2"], ["ﬁ", "ne", "½", "½", "½"]),
        ("the the the", ["the", "the", "the"], ["the", "the", "the"]),
    ],
)
def test_where_pieces_lie(prompt: str, pieces: list[str], found: list[str]) -> None:
    spans = locate_pieces(prompt, pieces)
    assert [prompt[start:end] for start, end in spans] == found
    assert spans == sorted(spans)


def test_repeated_words_each_get_their_own_place() -> None:
    assert locate_pieces("the the the", ["the", "the", "the"]) == [(0, 3), (4, 7), (8, 11)]


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Zs", "Cc", "Cs"]), min_size=1), max_size=8))
def test_pieces_that_are_the_prompt_cover_it(words: list[str]) -> None:
    words = [word for word in words if not any(part.isspace() for part in word)]
    spans = locate_pieces("  ".join(words), words)
    offset = 0
    for word, (start, end) in zip(words, spans, strict=True):
        # characters that normalise to white space belong to no piece
        assert offset <= start <= end <= offset + len(word)
        offset += len(word) + 2
