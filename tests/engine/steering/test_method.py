"""Methods compose in the order of their stages, each seeing what earlier ones left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from tests.attention_layers import make_layer
from vxa.engine.clock import Cue
from vxa.engine.sites import Site
from vxa.engine.steering.attention import Attention
from vxa.engine.steering.method import Method, Stage, compose


class Step(Method):
    """Note the order, and multiply row 3 by a number."""

    def __init__(self, stage: Stage, name: str, heard: list[str]) -> None:
        self.stage = stage  # type: ignore[misc]
        self.name, self.heard = name, heard

    def touches(self, site: Site) -> bool:
        return True

    def edit(self, site: Site, cue: Cue, current: Sequence[Attention]) -> Mapping[int, Attention]:
        self.heard.append(self.name)
        assert len(current) == len(cue.rows)
        return {3: current[3] * torch.full((77,), float(len(self.heard)))}


def test_stages_come_first_and_the_order_given_second() -> None:
    layer, heard = make_layer(), []
    methods = [Step(Stage.WEIGHTS, "b", heard), Step(Stage.WEIGHTS, "c", heard), Step(Stage.SCORES, "a", heard)]
    edits = compose(methods, layer.site, layer.cue)
    assert heard == ["a", "b", "c"] and list(edits) == [3]
    (term,) = edits[3].terms
    assert torch.equal(term.values(torch.ones(2, 77, 1)), torch.full((2, 77, 1), 6.0)), "each on top of the last"


def test_without_methods_nothing_changes() -> None:
    layer = make_layer()
    assert compose([], layer.site, layer.cue) == {}
