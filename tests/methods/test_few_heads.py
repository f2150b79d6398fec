from __future__ import annotations

import pytest

from vxa.hosts.load import load_host
from vxa.methods.few_heads import FEW
from vxa.tiny import weights_path

pytest.importorskip("diffusers")

HEADS_OF_SD1 = 128


def test_the_embedded_model_has_few_heads_and_stable_diffusion_has_not() -> None:
    assert load_host(weights_path()).sites.head_layers.total == 40
    assert 40 < FEW < HEADS_OF_SD1
