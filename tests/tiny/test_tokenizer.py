from __future__ import annotations

from pathlib import Path

import pytest

from vxa.tiny import weights_path
from vxa.tiny.tokenizer import (
    BOS,
    EOS,
    MAX_LENGTH,
    apply_merges,
    build_merges,
    build_vocabulary,
    byte_symbols,
    write_tokenizer,
)
from vxa.tiny.vocabulary import MULTI_TOKEN_WORDS, domain_words

transformers = pytest.importorskip("transformers")


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("tokenizer")
    write_tokenizer(folder)
    return transformers.CLIPTokenizer.from_pretrained(folder)


def test_the_shipped_files_are_the_ones_made_here(tmp_path: Path) -> None:
    write_tokenizer(tmp_path)
    for path in tmp_path.iterdir():
        assert (weights_path() / "tokenizer" / path.name).read_text("utf-8") == path.read_text("utf-8"), path.name


def test_merges_join_the_lowest_rank_first() -> None:
    assert apply_merges(["a", "b", "c</w>"], {("b", "c</w>"): 0, ("a", "b"): 1}) == ["a", "bc</w>"]


def test_words_become_exactly_their_pieces(tokenizer) -> None:
    for word in domain_words():
        pieces = list(MULTI_TOKEN_WORDS.get(word, (word,)))
        assert tokenizer.tokenize(word) == [*pieces[:-1], pieces[-1] + "</w>"]


def test_most_words_are_one_token_and_ten_are_more() -> None:
    words = domain_words()
    assert 10 <= len(MULTI_TOKEN_WORDS) < len(words) / 2


def test_crossing_merges_are_reported() -> None:
    with pytest.raises(AssertionError, match="cross"):
        build_merges(["abc", "xabc"], {"xabc": ("x", "a", "bc"), "abc": ("ab", "c")})


def test_special_tokens_are_those_of_sd1(tokenizer) -> None:
    ids = tokenizer("a red circle", padding="max_length").input_ids
    assert len(ids) == MAX_LENGTH == tokenizer.model_max_length
    assert (ids[0], ids[4]) == (tokenizer.bos_token_id, tokenizer.eos_token_id)
    assert set(ids[5:]) == {tokenizer.pad_token_id} == {tokenizer.eos_token_id}
    assert (tokenizer.bos_token, tokenizer.eos_token) == (BOS, EOS)


def test_case_commas_brackets_and_digits_behave_as_in_clip(tokenizer) -> None:
    assert tokenizer.tokenize("A RED Circle") == tokenizer.tokenize("a red circle")
    assert tokenizer.tokenize("red,circle") == ["red</w>", ",</w>", "circle</w>"]
    assert tokenizer.tokenize("(red:1.2)")[0] == "(</w>" and "red</w>" in tokenizer.tokenize("(red:1.2)")
    assert tokenizer.tokenize("12") == ["1</w>", "2</w>"]


def test_nothing_is_unknown(tokenizer) -> None:
    vocabulary = build_vocabulary(build_merges(domain_words(), MULTI_TOKEN_WORDS))
    assert all(letter in vocabulary and letter + "</w>" in vocabulary for letter in byte_symbols())
    for text in ("cat", "é", "猫", "🙂", "naïve café 42%", "rosebud"):
        pieces = tokenizer.tokenize(text)
        assert pieces and EOS not in pieces
        assert tokenizer.decode(tokenizer(text).input_ids, skip_special_tokens=True).replace(" ", "") == text.replace(
            " ", ""
        )
