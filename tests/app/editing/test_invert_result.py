from __future__ import annotations

from dataclasses import replace

import numpy as np

from vxa.app.editing.invert_job import InvertJob
from vxa.app.editing.invert_result import error_of
from vxa.app.editing.studio import Studio


def test_an_inversion_says_how_good_it_is(studio: Studio, picture: np.ndarray) -> None:
    found = studio.invert(InvertJob(prompt="a red circle", steps=2), picture)
    assert [name for name, _ in found.iter_pictures()] == ["reconstruction", "sheet"]
    assert found.figures["reconstruction"]["psnr"] == found.inversion.error and "direct" in found.status
    exact = replace(found.inversion, reconstruction=picture)
    assert error_of(exact)["psnr"] is None, "JSON knows no infinity"
