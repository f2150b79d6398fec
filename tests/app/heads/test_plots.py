from __future__ import annotations

import numpy as np
import pytest

from vxa.app.heads.plots import concepts_table, heads_sheet, heads_table, steps_table
from vxa.core.errors import ConfigError
from vxa.core.head_counts import HeadCounts, build_vectors


def test_every_plot_is_drawn(whole: HeadCounts) -> None:
    vectors = build_vectors(whole)
    plots = [heads_sheet(vectors), heads_table(vectors, "color"), concepts_table(vectors), steps_table(vectors)]
    for plot in plots:
        assert len(np.unique(np.asarray(plot).reshape(-1, 3), axis=0)) > 10
    assert heads_sheet(vectors, ["Color"]).width < plots[0].width


def test_one_scale_makes_weak_concepts_pale(whole: HeadCounts) -> None:
    vectors = build_vectors(whole)
    weakest = min(vectors.concepts, key=lambda name: vectors.of(name).max())
    own, shared = (np.asarray(heads_sheet(vectors, [weakest], one_scale=value)) for value in (False, True))
    darkest = (8, 48, 107)
    assert (own == darkest).all(-1).any() and not (shared == darkest).all(-1).any()


def test_calls_that_were_not_kept_apart_cannot_be_compared(whole: HeadCounts) -> None:
    with pytest.raises(ConfigError, match="each UNet call"):
        steps_table(build_vectors(whole, with_steps=False))
