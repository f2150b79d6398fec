from __future__ import annotations

import numpy as np
import pytest
import torch

from vxa.app.pixels import decode, device_of, drawn_size, encode
from vxa.core.errors import ConfigError
from vxa.core.grid import Grid
from vxa.core.psnr import psnr
from vxa.engine.host import Host


def test_a_picture_comes_back_in_its_own_size(host: Host) -> None:
    picture = np.full((41, 58, 3), 200, np.uint8)
    latents_bcyx, padding = encode(host, picture)
    assert tuple(latents_bcyx.shape) == (1, 4, 6, 8)
    assert psnr(picture, decode(host, latents_bcyx, padding)[0]) > 45


def test_a_picture_that_may_not_be_written_to_is_read(host: Host) -> None:
    picture = np.full((32, 32, 3), 200, np.uint8)
    expected = encode(host, picture)[0]
    picture.flags.writeable = False
    assert torch.equal(encode(host, picture)[0], expected)


def test_a_size_of_0_is_the_models_own_and_odd_ones_are_refused(host: Host) -> None:
    assert drawn_size(0, 64, host) == Grid(32, 64)
    with pytest.raises(ConfigError, match="Try 40×64"):
        drawn_size(33, 64, host)


def test_where_it_ran_is_said(host: Host) -> None:
    assert device_of(host) == "cpu float32"
