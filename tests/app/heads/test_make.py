from __future__ import annotations

import numpy as np
import pytest

from vxa.app.heads.make import compute_vectors
from vxa.core.errors import ConfigError
from vxa.engine.host import Host


def test_vectors_in_one_call(host: Host) -> None:
    told: list[tuple[int, int, str]] = []
    vectors = compute_vectors(
        ["a red circle", "a star"], host=host, concepts="scenes", steps=2, progress=lambda *each: told.append(each)
    )
    assert vectors.fits(host.sites.head_layers) and vectors.provenance["pictures"] == 2
    np.testing.assert_allclose(vectors.vectors_nh.mean(axis=1), 1, rtol=1e-5)
    assert told[-1] == (2, 2, "counting votes")
    with pytest.raises(ConfigError, match="a setting of ComputeJob"):
        compute_vectors(["a"], host=host, stepz=2)
