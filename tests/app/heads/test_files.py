from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.made_vectors import make_vectors
from tests.same_counts import assert_same_counts
from vxa.app.heads.files import load_counts, load_vectors, save_counts, save_vectors
from vxa.core.errors import ConfigError, OutputError
from vxa.core.head_counts import HeadCounts, build_vectors


def test_counts_come_back(whole: HeadCounts, tmp_path: Path) -> None:
    first = save_counts(whole, tmp_path / "one.npz").read_bytes()
    assert_same_counts(load_counts(tmp_path / "one.npz"), whole)
    assert save_counts(whole, tmp_path / "two.npz").read_bytes() == first


@pytest.mark.parametrize("with_steps", [True, False])
def test_vectors_come_back_with_where_they_came_from(whole: HeadCounts, tmp_path: Path, with_steps: bool) -> None:
    vectors = build_vectors(whole, clamp=3.0, with_steps=with_steps)
    found = load_vectors(save_vectors(vectors, tmp_path / "vectors.npz"))
    for name in ("vectors_nh", "shares_nh", "steps_snh"):
        np.testing.assert_array_equal(getattr(found, name), getattr(vectors, name))
    assert (found.concepts, found.layers) == (vectors.concepts, vectors.layers)
    assert found.provenance == vectors.provenance
    assert {"model", "prompts", "words", "seed", "size", "votes", "clamp"} <= set(found.provenance)


def test_what_is_no_such_file_is_refused(whole: HeadCounts, tmp_path: Path) -> None:
    counts = save_counts(whole, tmp_path / "counts.npz")
    vectors = save_vectors(make_vectors(whole.layers), tmp_path / "vectors.npz")
    with pytest.raises(ConfigError, match=r"got head votes .*`vxa heads build` makes vectors"):
        load_vectors(counts)
    with pytest.raises(ConfigError, match="got head vectors"):
        load_counts(vectors)
    (tmp_path / "cut.npz").write_bytes(counts.read_bytes()[:-100])
    np.savez(tmp_path / "other.npz", a=np.ones(3))
    for name in ("cut.npz", "other.npz", "absent.npz"):
        with pytest.raises(ConfigError, match=f"a file of head votes saved by VXA; got .*{name}"):
            load_counts(tmp_path / name)


def test_a_place_that_cannot_be_written_to_is_told(whole: HeadCounts, tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        save_counts(whole, tmp_path / "absent" / "counts.npz")
