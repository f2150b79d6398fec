from __future__ import annotations

import pytest
import torch

from vxa.app.editing.drawing import Phases, Run, Watch, draw
from vxa.core.errors import InterruptedRunError
from vxa.core.grid import Grid
from vxa.engine.host import Host
from vxa.engine.observe import Observation
from vxa.engine.sampling import SamplingPlan
from vxa.methods.token_weights import TokenWeights


def make_run(host: Host, weight: float = 1.0) -> Run:
    plan = SamplingPlan(("a red hat", "a hat"), Grid(32, 48), (0, 1), num_steps=2)
    weights_t = torch.ones(77, dtype=torch.float64)
    weights_t[1:4] = weight
    return Run(plan, (TokenWeights(weights_t),))


def test_phases_are_told_as_one() -> None:
    told: list[tuple[int, int, str]] = []
    phases = Phases(lambda *report: told.append(report), {"there": 2, "back": 4})
    phases.of("there")(1, 2)
    phases.of("back")(5, 5)
    assert told == [(1, 6, "there"), (6, 6, "back")]


def test_attention_is_recorded_before_or_after_the_edit(host: Host) -> None:
    observation = Observation(tuple(host.sites.cross)[:1])
    found = {}
    for before in (True, False):
        with host.running():
            drawn = draw(host, make_run(host, 3.0), lambda *_: None, watch=Watch(observation, before))
        assert [picture.shape for picture in drawn.pictures] == [(32, 48, 3)] * 2 and len(drawn.maps) == 2
        (found[before],) = (maps[0] for maps in drawn.maps[0].sums.values())
    columns = found[False].flatten(1).sum(1) / found[True].flatten(1).sum(1)
    assert columns[2] == pytest.approx(3) and columns[5] == pytest.approx(1), "each after the first call alike"


def test_nothing_is_left_behind_when_a_run_is_stopped(host: Host) -> None:
    def stop(done: int, total: int) -> None:
        raise InterruptedRunError

    with pytest.raises(InterruptedRunError), host.running():
        draw(host, make_run(host, 2.0), stop)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in host.unet.modules())
