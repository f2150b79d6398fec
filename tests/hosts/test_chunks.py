from __future__ import annotations

import pytest

from vxa.hosts.chunks import NUM_PIECES, Piece, Specials, chunk_ids, make_table, split_pieces

SPECIALS = Specials(bos=1, eos=2, pad=0)


def _pieces(texts: list[str]) -> list[Piece]:
    return [Piece(10 + place, text, 2 * place, 2 * place + 1) for place, text in enumerate(texts)]


@pytest.mark.parametrize(("count", "lengths"), [(0, [0]), (1, [1]), (75, [75]), (76, [75, 1]), (151, [75, 75, 1])])
def test_chunks_hold_at_most_75_pieces(count: int, lengths: list[int]) -> None:
    pieces = _pieces(["x"] * count)
    chunks = split_pieces(pieces)
    assert [len(chunk) for chunk in chunks] == lengths
    assert [piece for chunk in chunks for piece in chunk] == pieces


@pytest.mark.parametrize(
    ("comma", "first"),
    [
        (74, 75),  # the last piece that fits
        (70, 71),
        (55, 56),  # 20 pieces back: within reach
        (54, 75),  # too far back
        (75, 75),  # opens the next chunk, as in the webui
    ],
)
def test_full_chunks_end_after_a_comma_within_reach(comma: int, first: int) -> None:
    texts = ["x"] * 90
    texts[comma] = ","
    chunks = split_pieces(_pieces(texts))
    assert [len(chunk) for chunk in chunks] == [first, 90 - first]


def test_a_comma_as_the_next_piece_does_not_pull_an_earlier_one() -> None:
    texts = ["x"] * 80
    texts[70] = texts[75] = ","
    assert [len(chunk) for chunk in split_pieces(_pieces(texts))] == [NUM_PIECES, 5]


def test_ids_are_bos_pieces_eos_padding() -> None:
    ids = chunk_ids(_pieces(["a", "b"]), SPECIALS)
    assert ids == [1, 10, 11, 2] + [0] * 73


def test_table_counts_columns_through_all_chunks() -> None:
    table = make_table("…", split_pieces(_pieces(["x"] * 76)), SPECIALS, "second")
    assert table.encoder == "second"
    assert [token.index for token in table.tokens] == list(range(154))
    by_special = [token.special for token in table.tokens]
    assert by_special[:77] == ["bos", *[None] * 75, "eos"]
    assert by_special[77:] == ["bos", None, "eos", *["pad"] * 74]
    last = table.tokens[78]
    assert (last.chunk, last.position, last.id, last.start, last.end) == (1, 1, 85, 150, 151)
    assert all(token.start == token.end for token in table.tokens if token.special)
