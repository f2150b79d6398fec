"""The benchmarks of Attend-and-Excite: both ways give the same, and cases are of two things."""

from __future__ import annotations

import pytest
import torch

from benchmarks.exciting import Iteration, make_vectors
from benchmarks.heads.exciting import WAYS, WORDINGS, Exciting, Pair
from benchmarks.models import SizedHost
from vxa.core.grid import Grid
from vxa.engine.sampling import SamplingPlan
from vxa.methods.attend_excite_reading import HeadReading, LevelReading
from vxa.tiny.checker import Expected


@pytest.mark.parametrize("by_heads", [False, True])
def test_our_iteration_gives_the_loss_and_gradient_of_the_whole_unet_written_out(*, by_heads: bool) -> None:
    host = SizedHost((32, 32, 32, 32))
    reading = HeadReading(make_vectors(host), ("first", "second")) if by_heads else LevelReading()
    plan = SamplingPlan(("a cat and a frog",), Grid(128, 64), (0,))
    iteration = Iteration(host, plan, reading, torch.randn(1, 4, 16, 8))
    (loss, gradient), (ours, moved) = iteration.whole(), iteration.ours()
    assert ours == pytest.approx(loss, abs=1e-5)
    assert float(torch.cosine_similarity(moved.flatten(), gradient.flatten(), dim=0)) > 0.999
    assert float(gradient.abs().max()) > 0


def test_cases_are_captions_of_two_different_things() -> None:
    for pair in Exciting().cases("dev", 5, 0):
        assert isinstance(pair, Pair)
        assert pair.expected.noun != pair.other.noun
        assert pair.caption.index(pair.expected.noun) < pair.caption.index(pair.other.noun)


def test_a_thing_is_excited_by_its_noun_or_by_its_colour_too() -> None:
    named, bare = Expected("circle", "red"), Expected("circle", None)
    assert {name: list(words(named)) for name, words in WORDINGS.items()} == {
        "nouns": ["circle"],
        "phrases": ["red circle"],
        "each word": ["red", "circle"],
    }
    assert all(list(words(bare)) == ["circle"] for words in WORDINGS.values())
    assert len({Exciting(wording=wording).name for wording in WORDINGS}) == len(WORDINGS)


def test_ways_are_judged_where_the_plain_picture_lacks_a_thing() -> None:
    failed = {f"{name} {key}": name == "excited" for name in ("plain", *WAYS) for key in ("things", "bound")}
    right = {"plain things": True, "plain bound": False, "excited things": True, "excited bound": True}
    lines = {line.what: line for line in Exciting().lines([failed, failed, right])}
    assert lines["plain: both things are seen"].figure.mean == pytest.approx(1 / 3)
    excited = lines["excited, where plain lacks a thing: both things are seen"]
    assert (excited.figure.mean, excited.figure.count, excited.verdict) == (1.0, 2, "yes")
    assert lines["excited by heads, where plain lacks a thing: both things are seen"].verdict == "no"
    assert lines["other noise, where plain lacks a thing: both things are seen"].verdict == ""
    assert lines["excited, where plain has both things: both things are seen"].figure.mean == 1.0
    assert lines["pictures that lack a thing, excited / plain"].figure.mean == 0.0
