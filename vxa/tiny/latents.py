"""The pool of encoded train scenes that the UNet learns from, made once and memory-mapped afterwards.

Knows scenes and the autoencoder; knows no text and no UNet. A pool that was interrupted or enlarged goes on where it
stopped.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from numpy.typing import NDArray

from vxa.core.errors import ConfigError
from vxa.core.whole_file import write_whole
from vxa.tiny.loop import Progress
from vxa.tiny.near_identity import encode_thumbnails
from vxa.tiny.pixels import pixels_from_pictures
from vxa.tiny.scenes import draw_scene
from vxa.tiny.vocabulary import PICTURE_SIZE

BATCH = 32


class LatentPool:
    """Posterior means of train scenes 0, 1, 2 … in a file that grows.

    Args:
        folder: Of a training run.
        latent_size: Cells along a side of a latent.

    Raises:
        ConfigError: If the folder holds latents of another size.
    """

    def __init__(self, folder: Path, latent_size: int) -> None:
        self.folder = folder
        self._values_path, self._meta_path = folder / "latents.f16", folder / "latents.json"
        self._shape = (4, latent_size, latent_size)
        meta = json.loads(self._meta_path.read_text()) if self._meta_path.exists() else {}
        if (found := meta.get("latent_size", latent_size)) != latent_size:
            raise ConfigError(
                f"latents of {latent_size} cells a side in {folder}",
                got=f"{found}",
                remedy="Choose the recipe that they were made by, or another folder.",
            )
        self.num_scenes: int = meta.get("num_scenes", 0)
        self.scale: float = meta.get("scale", 1.0)

    def extend(self, vae: AutoencoderKL, num_scenes: int, progress: Progress | None = None) -> None:
        """Encode scenes until the pool holds `num_scenes`; the scale is measured on the first few thousand."""
        started, first = time.monotonic(), self.num_scenes
        if first >= num_scenes and progress is not None:
            progress(f"latents: all {num_scenes} scenes were encoded before")
        with self._values_path.open("r+b" if self._values_path.exists() else "w+b") as file:
            file.truncate(self.num_scenes * int(np.prod(self._shape)) * 2)
            file.seek(0, os.SEEK_END)
            while self.num_scenes < num_scenes:
                seeds = range(self.num_scenes, self.num_scenes + BATCH)
                file.write(encode_scenes(vae, seeds, "train", 8 * self._shape[-1]).tobytes())
                self.num_scenes += BATCH
                if self.num_scenes % (32 * BATCH) == 0 or self.num_scenes >= num_scenes:
                    file.flush()
                    self._write_meta()
                    if progress is not None:
                        rate = (self.num_scenes - first) / (time.monotonic() - started)
                        progress(f"latents {min(self.num_scenes, num_scenes)}/{num_scenes} | {rate:.0f} scenes/s")

    def values(self) -> NDArray[np.float16]:
        """Return all unscaled latents, memory-mapped, shape (scene, c, y, x)."""
        shape = (self.num_scenes, *self._shape)
        return np.memmap(self._values_path, dtype=np.float16, mode="r", shape=shape)

    def scaled(self) -> NDArray[np.float16]:
        """Return all latents at unit variance, as the UNet learns from them, shape (scene, c, y, x).

        Raises:
            ConfigError: If there are none.
        """
        if self.num_scenes == 0:
            raise ConfigError(f"encoded scenes in {self.folder}", got="none", remedy="Run the stage latents first.")
        return (self.values().astype(np.float32) * self.scale).astype(np.float16)

    def _write_meta(self) -> None:
        if self.num_scenes <= 4096 or self.scale == 1.0:
            self.scale = 1 / float(self.values()[:4096].astype(np.float32).std())
        meta = {"num_scenes": self.num_scenes, "scale": self.scale, "latent_size": self._shape[-1]}
        write_whole(self._meta_path, json.dumps(meta) + "\n")


@torch.no_grad()
def encode_scenes(vae: AutoencoderKL, seeds: range, split: str, side: int = PICTURE_SIZE) -> NDArray[np.float16]:
    """Return unscaled posterior means of some scenes in pictures of a side in pixels, shape (scene, c, y, x)."""
    pictures = np.stack([draw_scene(seed, split, side).picture for seed in seeds])
    pixels_bcyx = pixels_from_pictures(pictures).to(vae.device)
    return encode_thumbnails(vae, pixels_bcyx).cpu().numpy().astype(np.float16)
