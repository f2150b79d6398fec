"""Tables as long as the context that will be encoded, and weights by word."""

from __future__ import annotations

import pytest

from vxa.core.errors import SelectionError
from vxa.core.grid import Grid
from vxa.engine.sampling import SamplingPlan
from vxa.hosts.memory import RandomHost
from vxa.methods.prompt_tables import read_tables, weigh_words


@pytest.mark.parametrize(
    ("negative", "guidance", "columns"), [("", 7.5, 77), ("word " * 80, 7.5, 154), ("word " * 80, 1, 77)]
)
def test_tables_are_as_long_as_the_context(negative: str, guidance: float, columns: int) -> None:
    host = RandomHost()
    plan = SamplingPlan(("a cat", "a dog"), Grid(16, 16), (1, 1), negative=negative, guidance=guidance)
    tables = read_tables(host.tokenize, plan)
    assert {len(table.tokens) for table in tables.values()} == {columns}
    assert [token.text for token in tables["a dog"].content] == ["a", "dog"]


def test_words_have_the_weights_given() -> None:
    table = RandomHost().tokenize("a red car and a car")[0]
    weights_t = weigh_words(table, [("car", 2.0), ("red", -1.0), ("3", 5.0)])
    assert weights_t[:8].tolist() == [1, 1, -1, 5, 1, 1, 2, 1] and float(weights_t[8:].sub(1).abs().max()) == 0
    with pytest.raises(SelectionError, match="a word of the prompt; got 'bus'"):
        weigh_words(table, [("bus", 2.0)])
