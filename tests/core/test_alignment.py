"""Alignments of prompts: conserved attention, worked examples, and the authors' own results where those are right."""

from __future__ import annotations

import re
import zlib
from difflib import SequenceMatcher

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from vxa.core.alignment import align_by_blocks, align_for_refinement, align_for_replacement, pad_tables, split_words
from vxa.core.errors import AlignmentError
from vxa.core.tokens import TokenTable
from vxa.hosts.chunks import Piece, Specials, make_table, split_pieces


def tokenize(prompt: str) -> TokenTable:
    """Cut words every five letters."""
    pieces = [
        Piece(zlib.crc32(match.group().encode()), match.group(), *match.span())
        for match in re.finditer(r"\w{1,5}|[^\w\s]", prompt)
    ]
    return make_table(prompt, split_pieces(pieces), Specials(-1, -2, -2))


prompts = st.lists(st.sampled_from(["a", "cat", "velociraptor", "house", "mountains", "on,"]), min_size=1, max_size=90)


@given(prompts, st.data())
def test_replacement_conserves_attention(words: list[str], data: st.DataObject) -> None:
    new_words = data.draw(
        st.lists(st.sampled_from(["a", "dog", "pterodactylus", "!"]), min_size=len(words), max_size=len(words))
    )
    source, target = tokenize(" ".join(words)), tokenize(" ".join(new_words))
    alignment = align_for_replacement(source, target)
    num_columns = max(len(source.tokens), len(target.tokens))
    assert alignment.matrix_st.shape == (num_columns, num_columns)
    torch.testing.assert_close(alignment.matrix_st.sum(1), torch.ones(num_columns, dtype=torch.float64))
    assert float(alignment.matrix_st.sum(0).min()) > 0 and bool((alignment.share_t == 1).all())


@given(prompts)
def test_the_same_prompt_takes_over_everything(words: list[str]) -> None:
    table = tokenize(" ".join(words))
    for align in (align_for_replacement, align_for_refinement, align_by_blocks):
        alignment = align(table, table)
        assert torch.equal(alignment.matrix_st, torch.eye(len(table.tokens), dtype=torch.float64))
        assert bool((alignment.share_t == 1).all())


@given(prompts, prompts)
def test_refinement_gives_each_column_one_source_or_none(words: list[str], new_words: list[str]) -> None:
    source, target = tokenize(" ".join(words)), tokenize(" ".join(new_words))
    for align in (align_for_refinement, align_by_blocks):
        alignment = align(source, target)
        assert set(alignment.matrix_st.unique().tolist()) <= {0.0, 1.0}
        assert torch.equal(alignment.matrix_st.sum(0), alignment.share_t) and float(alignment.share_t.max()) == 1
    matrix_st = align_for_refinement(source, target).matrix_st
    for token in target.content:  # never padding to a word, never a word to padding
        assert not matrix_st[:, token.index].any() or any(matrix_st[old.index, token.index] for old in source.content)
    pads = [token.index for token in target.tokens if token.special == "pad"]
    assert not matrix_st[[token.index for token in source.content]][:, pads].any()


def rows_of(matrix_st: torch.Tensor, target: int) -> dict[int, float]:
    """Sources of a target column."""
    return {int(row): float(matrix_st[row, target]) for row in matrix_st[:, target].nonzero()}


def test_a_word_of_more_tokens_shares_and_the_rest_moves_along() -> None:
    # a=1 cat=2 sitting=3,4 -> a=1 veloc=2 irapt=3 or=4 sitting=5,6
    matrix_st = align_for_replacement(tokenize("a cat sitting"), tokenize("a velociraptor sitting")).matrix_st
    assert [rows_of(matrix_st, column) for column in range(8)] == [
        {0: 1}, {1: 1}, {2: 1 / 3}, {2: 1 / 3}, {2: 1 / 3}, {3: 1}, {4: 1}, {5: 1}
    ]  # fmt: skip
    assert rows_of(matrix_st, 75) == {73: 1}, "padding too"
    assert rows_of(matrix_st, 76) == {74: 1, 75: 1, 76: 1}


def test_a_word_of_fewer_tokens_gathers_and_padding_is_shared() -> None:
    matrix_st = align_for_replacement(tokenize("a velociraptor sitting"), tokenize("a cat sitting")).matrix_st
    assert [rows_of(matrix_st, column) for column in range(6)] == [
        {0: 1}, {1: 1}, {2: 1, 3: 1, 4: 1}, {5: 1}, {6: 1}, {7: 1}
    ]  # fmt: skip
    assert rows_of(matrix_st, 73) == {75: 1}
    assert [rows_of(matrix_st, column) for column in (74, 75, 76)] == [{76: 1 / 3}] * 3


def test_words_of_equally_many_tokens_pair_up() -> None:
    matrix_st = align_for_replacement(tokenize("a velociraptor"), tokenize("a pterodactylu")).matrix_st
    assert torch.equal(matrix_st, torch.eye(77, dtype=torch.float64))


def test_replacement_needs_as_many_words() -> None:
    with pytest.raises(AlignmentError, match=r"as many words .* got 3 and 2. Use refine"):
        align_for_replacement(tokenize("a cat"), tokenize("a red cat"))


def test_refinement_keeps_new_words_their_own_maps() -> None:
    alignment = align_for_refinement(tokenize("a red house"), tokenize("a big red brick house"))
    assert alignment.share_t[:8].tolist() == [1, 1, 0, 1, 0, 1, 1, 1]
    assert [rows_of(alignment.matrix_st, column) for column in (1, 3, 5, 6, 7)] == [
        {1: 1},
        {2: 1},
        {3: 1},
        {4: 1},
        {5: 1},
    ]
    assert rows_of(alignment.matrix_st, 76) == {74: 1}


def test_a_word_that_is_replaced_is_new_to_refinement() -> None:
    assert align_for_refinement(tokenize("a cat here"), tokenize("a dog here")).share_t[:5].tolist() == [1, 1, 0, 1, 1]


def test_padding_never_reads_words_of_a_longer_source() -> None:
    source, target = tokenize("a house on a mountain at night"), tokenize("a house")
    alignment = align_for_refinement(source, target)
    num_words = len(source.content)
    assert rows_of(alignment.matrix_st, 3) == {num_words + 1: 1}, "EOS to EOS"
    assert rows_of(alignment.matrix_st, 4) == {num_words + 2: 1} and rows_of(alignment.matrix_st, 76) == {76: 1}


def authors_refinement(ids: list[int], new_ids: list[int]) -> list[int]:
    """The published dynamic programme over BOS, tokens and EOS: the source index of each target token, or -1."""
    size = (len(ids) + 1, len(new_ids) + 1)
    score, trace = torch.zeros(size), torch.zeros(size)
    trace[0, 1:], trace[1:, 0], trace[0, 0] = 1, 2, 4
    for i in range(1, size[0]):
        for j in range(1, size[1]):
            options = (
                score[i, j - 1],
                score[i - 1, j],
                score[i - 1, j - 1] + (1 if ids[i - 1] == new_ids[j - 1] else -1),
            )
            score[i, j] = max(options)
            trace[i, j] = 1 + [float(option) for option in options].index(float(score[i, j]))
    i, j, mapper = len(ids), len(new_ids), [-1] * len(new_ids)
    while trace[i, j] != 4:
        if trace[i, j] == 3:
            i, j = i - 1, j - 1
            mapper[j] = i
        elif trace[i, j] == 1:
            j -= 1
        else:
            i -= 1
    return mapper


@given(
    st.lists(st.sampled_from("abcd"), min_size=1, max_size=9), st.lists(st.sampled_from("abcd"), min_size=1, max_size=9)
)
def test_refinement_chooses_as_the_authors_do(words: list[str], new_words: list[str]) -> None:
    source, target = tokenize(" ".join(words)), tokenize(" ".join(new_words))
    ids, new_ids = ([token.id for token in table.tokens[: len(table.content) + 2]] for table in (source, target))
    matrix_st = align_for_refinement(source, target).matrix_st
    for column, index in enumerate(authors_refinement(ids, new_ids)):
        assert rows_of(matrix_st, column) == ({} if index < 0 else {index: 1.0})


def test_blocks_by_the_published_example() -> None:
    source, target = tokenize("a cat sits on a car"), tokenize("a smile dog sits on a car")
    alignment = align_by_blocks(source, target)
    assert alignment.share_t[:9].tolist() == [1, 1, 0, 0, 1, 1, 1, 1, 1]
    assert [rows_of(alignment.matrix_st, column) for column in (4, 7, 8, 76)] == [{3: 1}, {6: 1}, {7: 1}, {75: 1}]


def test_blocks_swap_one_for_one() -> None:
    alignment = align_by_blocks(tokenize("a cat sits"), tokenize("a dog sits"))
    assert torch.equal(alignment.matrix_st, torch.eye(77, dtype=torch.float64)) and bool(alignment.share_t.all())


@given(prompts, prompts)
def test_blocks_are_difflib_s(words: list[str], new_words: list[str]) -> None:
    source, target = tokenize(" ".join(words[:20])), tokenize(" ".join(new_words[:20]))
    ids, new_ids = ([token.id for token in table.tokens] for table in (source, target))
    expected = torch.zeros(len(ids), len(ids), dtype=torch.float64)
    for kind, a0, a1, b0, b1 in SequenceMatcher(None, ids, new_ids, autojunk=False).get_opcodes():
        if kind == "equal" or (kind == "replace" and b1 - b0 == a1 - a0):
            for offset in range(b1 - b0):
                expected[a0 + offset, b0 + offset] = 1
    assert torch.equal(align_by_blocks(source, target).matrix_st, expected)


def test_a_shorter_prompt_gets_empty_chunks() -> None:
    short, long = tokenize("a cat"), tokenize("word " * 80)
    for align in (align_for_refinement, align_by_blocks):
        assert align(short, long).matrix_st.shape == align(long, short).matrix_st.shape == (154, 154)
    assert rows_of(align_for_refinement(short, long).matrix_st, 77) == {77: 1}, "BOS of each chunk stays its own"


def test_words_are_what_spaces_separate() -> None:
    table = tokenize("a  cat, velociraptor-like !")
    assert split_words(table) == [[1], [2, 3], [4, 5, 6, 7, 8], [9]]
    assert split_words(tokenize("")) == []


def test_a_token_without_characters_belongs_to_the_word_before_it() -> None:
    pieces = [Piece(1, "a", 0, 1), Piece(2, "", 1, 1), Piece(3, "b", 2, 3)]
    assert split_words(make_table("a b", [pieces], Specials(-1, -2, -2))) == [[1, 2], [3]]


def test_tables_are_padded_as_prompts_are() -> None:
    short, long = pad_tables(tokenize("a cat"), tokenize("word " * 80))
    assert len(short.tokens) == len(long.tokens) == 154 and short.content == tokenize("a cat").content
    added = short.tokens[77:]
    assert [token.special for token in added[:3]] == ["bos", "eos", "pad"]
    assert [token.index for token in added] == list(range(77, 154)) and {token.chunk for token in added} == {1}
    full = tokenize("word " * 75)
    assert full.tokens[-1].special == "eos" and pad_tables(full, long)[0].tokens[-1].special == "pad"
