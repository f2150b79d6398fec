from __future__ import annotations

from random import Random

import pytest
import torch
from torch import Tensor

from vxa.engine.host import Conditioning, Host
from vxa.hosts.load import load_host
from vxa.tiny import weights_path
from vxa.tiny.listening import CHOICES, KINDS, OPPOSITES, Pair, falsify, find_pairs, tell_apart
from vxa.tiny.scenes import describe_scene

pytest.importorskip("diffusers")


@pytest.fixture(scope="module")
def host() -> Host:
    return load_host(weights_path())


@pytest.mark.parametrize("kind", KINDS)
def test_a_false_caption_differs_in_what_was_asked_for_alone(kind: str) -> None:
    for pair in find_pairs("dev", kind, 30):
        true, false = (
            [w for w in text.replace(",", "").split() if w not in ("a", "an")] for text in (pair.true, pair.false)
        )
        changed = [(one, other) for one, other in zip(true, false, strict=True) if one != other]
        if kind == "binding":
            assert len(changed) == 2 and changed[0] == changed[1][::-1]
        else:
            assert len(changed) == 1
        if kind in CHOICES:
            assert set(changed[0]) <= set(CHOICES[kind])
        assert " a orange" not in f" {pair.false}" and " an red" not in f" {pair.false}"


def test_only_relations_with_an_opposite_are_asked() -> None:
    for pair in find_pairs("dev", "relation", 20):
        assert describe_scene(pair.seed, "dev")[0].relation in OPPOSITES


def test_a_caption_that_says_nothing_of_a_kind_has_no_false_one() -> None:
    seed = next(seed for seed in range(100) if len(describe_scene(seed, "dev")[0].objects) == 1)
    layout, caption = describe_scene(seed, "dev")
    assert falsify(layout, caption, "relation", Random(0)) is None
    assert falsify(layout, caption, "binding", Random(0)) is None


def test_a_model_that_hears_the_truth_tells_all_apart(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = find_pairs("dev", "color", 20)
    truth = {tuple(row) for row in _contexts(host, pairs)}
    monkeypatch.setattr(host, "predict", _Hearing(truth))
    monkeypatch.setattr("vxa.tiny.listening.make_noise", lambda shape, seed: torch.zeros(shape))
    assert tell_apart(host, pairs).all()


def test_a_model_that_hears_nothing_tells_none_apart(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "predict", _Hearing(set()))
    assert not tell_apart(host, find_pairs("dev", "color", 20)).any()


def test_the_embedded_model_hears_colours(host: Host) -> None:
    assert tell_apart(host, find_pairs("dev", "color", 24)).mean() > 0.8


def _contexts(host: Host, pairs: list[Pair]) -> list[list[float]]:
    from vxa.core.grid import Grid

    with host.running():
        return host.encode_prompts([pair.true for pair in pairs], Grid(128, 128)).context_btc.sum(2).tolist()


class _Hearing:
    """Predicts the (silent) noise exactly under some captions, and misses it by one under all others."""

    def __init__(self, truth: set[tuple[float, ...]]) -> None:
        self.truth = truth

    def __call__(self, latents_bcyx: Tensor, conditioning: Conditioning, _cue: object) -> Tensor:
        heard = [tuple(row) in self.truth for row in conditioning.context_btc.sum(2).tolist()]
        return torch.tensor([1e-3 if known else 1.0 for known in heard]).view(-1, 1, 1, 1).expand_as(latents_bcyx)
