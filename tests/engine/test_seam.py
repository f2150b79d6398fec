"""Hooks come off, whatever happens."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from vxa.engine.seam import Seam, count_hooks


def look(module: nn.Module, inputs: tuple[object, ...], output: object = None) -> None:
    """Change nothing."""


@pytest.fixture
def layers() -> nn.Sequential:
    return nn.Sequential(nn.Identity(), nn.Sequential(nn.Identity()))


def test_hooks_are_on_inside_the_block_only(layers: nn.Sequential) -> None:
    with Seam() as seam:
        seam.after(layers[0], look)
        seam.before(layers[1][0], look)
        assert count_hooks(layers) == 2 and count_hooks(layers[1]) == 1
    assert count_hooks(layers) == 0


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_hooks_come_off_after_an_error(layers: nn.Sequential, error: type[BaseException]) -> None:
    with pytest.raises(error), Seam() as seam:
        seam.after(layers[0], look)
        raise error
    assert count_hooks(layers) == 0


def test_hooks_come_off_when_a_later_one_cannot_be_put_on(layers: nn.Sequential) -> None:
    with pytest.raises(AttributeError), Seam() as seam:
        seam.after(layers[0], look)
        seam.after(None, look)
    assert count_hooks(layers) == 0


def test_removing_twice_is_harmless_and_spares_others(layers: nn.Sequential) -> None:
    with Seam() as outer:
        outer.after(layers[0], look)
        with Seam() as inner:
            inner.after(layers[0], look)
            inner.remove()
            inner.remove()
            assert count_hooks(layers) == 1
        assert count_hooks(layers) == 1
    assert count_hooks(layers) == 0


def test_results_replace_and_none_does_not(layers: nn.Sequential) -> None:
    one = torch.ones(1)
    with Seam() as seam:
        seam.after(layers[0], look)
        seam.before(layers[0], look)
        assert layers(one) is one
        seam.before(layers[0], lambda module, inputs: (inputs[0] + 1,))
        seam.after(layers[1], lambda module, inputs, output: output * 10)
        assert layers(one).item() == 20
    assert layers(one) is one
