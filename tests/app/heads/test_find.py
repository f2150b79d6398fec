from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.made_vectors import make_vectors
from vxa.app.heads.files import save_vectors
from vxa.app.heads.find import EMBEDDED, embedded_path, find_vectors, read_vectors
from vxa.app.heads.published import save_published
from vxa.core.errors import ConfigError
from vxa.core.head_layers import SD1_LAYERS
from vxa.engine.host import Host


def test_the_embedded_model_ships_with_its_vectors(embedded_host: Host) -> None:
    assert embedded_path().is_file()
    for name in ("auto", "", EMBEDDED):
        vectors = find_vectors(name, embedded_host.sites.head_layers)
        assert vectors.fits(embedded_host.sites.head_layers) and len(vectors.of("color")) == vectors.layers.total
    assert min(vectors.provenance["votes"].values()) > 0


def test_vectors_are_found_by_file(host: Host, tmp_path: Path) -> None:
    vectors = make_vectors(host.sites.head_layers)
    places = [save_vectors(vectors, tmp_path / "v.npz"), save_published(vectors, tmp_path / "npy", "v")]
    for place in (*places, tmp_path / "npy"):
        np.testing.assert_array_equal(find_vectors(str(place), host.sites.head_layers).vectors_nh, vectors.vectors_nh)


def test_a_model_without_vectors_is_told_how_to_get_them(host: Host) -> None:
    with pytest.raises(ConfigError, match=r"of a model with 28 heads.*got none.*vxa heads compute"):
        find_vectors("auto", host.sites.head_layers)
    with pytest.raises(ConfigError, match="head vectors of a model with"):
        find_vectors(EMBEDDED, host.sites.head_layers)


def test_files_of_other_models_and_no_files_are_refused(host: Host, tmp_path: Path) -> None:
    other = save_vectors(make_vectors(SD1_LAYERS), tmp_path / "other.npz")
    assert read_vectors(other).layers == SD1_LAYERS
    with pytest.raises(ConfigError, match="of one with 16 and 128"):
        find_vectors(str(other), host.sites.head_layers)
    with pytest.raises(ConfigError, match=r"a file of head vectors; got 'absent\.npz'"):
        read_vectors("absent.npz")
