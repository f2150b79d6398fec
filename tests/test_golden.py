"""The embedded model's maps are those that are written down."""

from __future__ import annotations

import pytest

from tests import golden

pytest.importorskip("diffusers")


def test_the_example_s_maps_are_as_written_down() -> None:
    assert golden.largest_difference(golden.measure()) < golden.TOLERANCE
