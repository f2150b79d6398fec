from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vxa.core.errors import ConfigError
from vxa.tiny.latents import LatentPool, encode_scenes

pytest.importorskip("diffusers")


@pytest.fixture(scope="module")
def vae(thumbnail_vae):
    return thumbnail_vae


def test_a_pool_grows_and_keeps_what_it_has(vae, tmp_path: Path) -> None:
    lines: list[str] = []
    LatentPool(tmp_path, 16).extend(vae, 32, lines.append)
    first = np.array(LatentPool(tmp_path, 16).values())
    LatentPool(tmp_path, 16).extend(vae, 64, lines.append)
    LatentPool(tmp_path, 16).extend(vae, 64, lines.append)
    pool = LatentPool(tmp_path, 16)
    assert (
        pool.num_scenes == 64
        and pool.values().shape == (64, 4, 16, 16)
        and len(lines) == 3
        and "encoded before" in lines[2]
    )
    assert np.array_equal(pool.values()[:32], first)
    assert np.array_equal(pool.values()[32:], encode_scenes(vae, range(32, 64), "train"))
    assert pool.scale == pytest.approx(1 / pool.values().astype(np.float32).std(), rel=1e-3)


def test_the_unet_learns_from_latents_of_unit_variance(vae, tmp_path: Path) -> None:
    pool = LatentPool(tmp_path, 16)
    pool.extend(vae, 64)
    scaled, values = pool.scaled().astype(np.float32), pool.values().astype(np.float32)
    assert scaled.std() == pytest.approx(1, abs=1e-3)
    assert abs(values.std() - 1) > 0.02


def test_latents_of_another_size_are_refused_and_kept(vae, tmp_path: Path) -> None:
    LatentPool(tmp_path, 16).extend(vae, 32)
    before = (tmp_path / "latents.f16").read_bytes()
    with pytest.raises(ConfigError, match="latents of 32 cells"):
        LatentPool(tmp_path, 32)
    assert (tmp_path / "latents.f16").read_bytes() == before and LatentPool(tmp_path, 16).num_scenes == 32


def test_a_tail_that_was_cut_off_is_written_again(vae, tmp_path: Path) -> None:
    LatentPool(tmp_path, 16).extend(vae, 32)
    with (tmp_path / "latents.f16").open("ab") as file:
        file.write(b"interrupted")
    LatentPool(tmp_path, 16).extend(vae, 64)
    values = LatentPool(tmp_path, 16).values()
    assert np.array_equal(values[32:], encode_scenes(vae, range(32, 64), "train"))
