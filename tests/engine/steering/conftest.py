"""ldm's layers in any float type."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def ldm_keeps_its_type() -> Iterator[None]:
    """By default ldm converts queries and keys to float32, under CUDA's autocast, which warns without CUDA."""
    with pytest.MonkeyPatch.context() as patch:
        try:
            attention = importlib.import_module("ldm.modules.attention")
        except ImportError:  # tests on ldm's layers skip and say so
            yield
            return
        patch.setattr(attention, "_ATTN_PRECISION", "inputs")
        yield
