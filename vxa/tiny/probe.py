"""A quick look at how well words find their pixels, while the UNet is still training.

Reads the probabilities of the cross-attention layers by plain hooks and compares raw means with the drawn masks. The
figures that count are those of `evaluate`, which uses the engine; these only show whether training is on its way.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from vxa.tiny.caption_tokens import CaptionTokenizer
from vxa.tiny.captions import Caption
from vxa.tiny.latents import encode_scenes
from vxa.tiny.scenes import Scene, draw_scene
from vxa.tiny.train_unet import ContextSource

TIMESTEP = 300
"""Noise level of the probe: objects can be made out, but not everything about them."""


class MapProbe:
    """Measures raw mean maps on some dev scenes; made once, as encoding them takes a while."""

    def __init__(self, vae: AutoencoderKL, context: ContextSource, alphas_cumprod: Tensor, num_scenes: int = 48) -> None:
        self.scenes = [draw_scene(seed, "dev") for seed in range(num_scenes)]
        values = encode_scenes(vae, range(num_scenes), "dev").astype(np.float32) * vae.config.scaling_factor
        noise = torch.randn(values.shape, generator=torch.Generator().manual_seed(0))
        alpha = alphas_cumprod[TIMESTEP]
        self.noisy = alpha.sqrt() * torch.from_numpy(values) + (1 - alpha).sqrt() * noise
        tokenizer = context.tokenizer
        self.states = context.states(torch.from_numpy(context.ids_of(range(num_scenes), "dev").astype(np.int64)))
        self.words = [_spoken(scene, tokenizer) for scene in self.scenes]

    @torch.no_grad()
    def __call__(self, unet: UNet2DConditionModel) -> dict[str, float]:
        """Return mean intersection-over-union and pointing accuracy of nouns and of colour words."""
        with recorded_probabilities(unet) as layers:
            unet(self.noisy, TIMESTEP, self.states)
        maps_btyx = _mean_maps(layers, self.noisy.shape[-1])
        scores: dict[str, list[tuple[float, float]]] = {"noun": [], "color": []}
        for maps_tyx, scene, words in zip(maps_btyx, self.scenes, self.words):
            for kind, tokens, object_index in words:
                mask = scene.objects[object_index].mask
                scores[kind].append(score_map(maps_tyx[list(tokens)].mean(axis=0), mask))
        figures = {}
        for kind, values in scores.items():
            overlap, pointing = np.mean(values, axis=0)
            figures |= {f"{kind}_iou": float(overlap), f"{kind}_point": float(pointing)}
        return figures


def score_map(map_yx: NDArray[np.float32], mask: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the overlap of the upper half of a map's range with a mask, and whether its peak lies inside, 0 or 1."""
    height, width = mask.shape
    large = functional.interpolate(
        torch.from_numpy(map_yx)[None, None], (height, width), mode="bilinear", align_corners=False
    )
    values = large[0, 0].numpy()
    above = values > (values.min() + values.max()) / 2
    overlap = (above & mask).sum() / max((above | mask).sum(), 1)
    return float(overlap), float(mask.flat[values.argmax()])


@contextmanager
def recorded_probabilities(unet: nn.Module) -> Iterator[list[Tensor]]:
    """Collect the head-mean probabilities (b, q, t) of every cross-attention layer of the calls made inside."""
    layers: list[Tensor] = []
    handles = []
    for name, module in unet.named_modules():
        if name.endswith("attn2"):
            handles += _record(module, layers)
    try:
        yield layers
    finally:
        for handle in handles:
            handle.remove()


def _record(attention: Any, layers: list[Tensor]) -> list[Any]:
    queries: list[Tensor] = []

    def keep_query(_module: nn.Module, _inputs: Any, query_bqc: Tensor) -> None:
        queries.append(_split(query_bqc.float(), attention.heads))

    def keep_key(_module: nn.Module, _inputs: Any, key_btc: Tensor) -> None:
        key_bhtd = _split(key_btc.float(), attention.heads)
        scores = queries.pop() @ key_bhtd.transpose(-1, -2) * attention.scale
        layers.append(scores.softmax(-1).mean(dim=1))

    return [attention.to_q.register_forward_hook(keep_query), attention.to_k.register_forward_hook(keep_key)]


def _split(values_bqc: Tensor, num_heads: int) -> Tensor:
    batch, length, width = values_bqc.shape
    return values_bqc.reshape(batch, length, num_heads, width // num_heads).transpose(1, 2)


def _mean_maps(layers: list[Tensor], side: int) -> NDArray[np.float32]:
    """Return the mean over layers at the latents' size, shape (b, t, y, x)."""
    total = torch.zeros(())
    for probs_bqt in layers:
        small = round(probs_bqt.shape[1] ** 0.5)  # scenes are square
        maps = probs_bqt.transpose(1, 2).reshape(len(probs_bqt), -1, small, small)
        total = total + functional.interpolate(maps, (side, side), mode="bilinear", align_corners=False)
    return (total / len(layers)).numpy()


def _spoken(scene: Scene, tokenizer: CaptionTokenizer) -> list[tuple[str, tuple[int, ...], int]]:
    """List (kind, token positions, object index) of a scene's nouns and colour words."""
    encoded = tokenizer.encode(Caption(scene.caption, scene.words, scene.is_ambiguous))
    return [(s.kind, tokens, s.object_index) for s, tokens in encoded.word_tokens if s.kind in ("noun", "color")]
