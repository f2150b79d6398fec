"""Start an autoencoder whose norms let brightness through.

With ldm's 32 groups and 64 channels a group norm holds two channels, and takes their common mean over the picture away:
a fresh autoencoder cannot tell a dark ground from a light one and learns the mean grey for a long time. Here every
norm starts as nearly the identity: convolutions before it give the two channels of a pair opposite offsets that
dominate its statistics, and its own scale and shift undo that. Knows modules only; nothing of scenes or training.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

OFFSET = 1.0
"""Opposite offsets of the two channels of a pair, in units of a signal of about unit variance."""

_RESIDUAL_SCALE = 0.3


@torch.no_grad()
def start_near_identity(vae: nn.Module, pixels_bcyx: Tensor) -> None:
    """Set the weights of an untrained `AutoencoderKL` so that its norms are nearly the identity on some pictures.

    Args:
        vae: Changed in place; its latents get unit variance on the pictures.
        pixels_bcyx: A batch of pictures in [-1, 1].
    """
    for name, module in vae.named_modules():
        if isinstance(module, nn.Conv2d) and name.endswith("conv2"):
            # residual branches start small and leave the offsets of the main path alone
            module.weight.mul_(_RESIDUAL_SCALE)
            _bias(module).zero_()
        elif isinstance(module, nn.Conv2d) and module.out_channels % 64 == 0 and "shortcut" not in name:
            pairs = torch.tensor([OFFSET, -OFFSET]).repeat(module.out_channels // 2)
            _bias(module).copy_(pairs)
    norms = [module for module in vae.modules() if isinstance(module, nn.GroupNorm)]
    handles = [norm.register_forward_hook(_undo_norm) for norm in norms]
    try:
        mean_bcyx = vae.quant_conv(vae.encoder(pixels_bcyx)).chunk(2, dim=1)[0]
        rows = slice(0, mean_bcyx.shape[1])
        vae.quant_conv.weight[rows] /= mean_bcyx.std()
        _bias(vae.quant_conv)[rows] = 0
        mean_bcyx = vae.quant_conv(vae.encoder(pixels_bcyx)).chunk(2, dim=1)[0]
        vae.decoder(vae.post_quant_conv(mean_bcyx))
    finally:
        for handle in handles:
            handle.remove()


def _undo_norm(norm: nn.Module, inputs: tuple[Tensor], output: Tensor) -> Tensor:
    assert isinstance(norm, nn.GroupNorm)
    values = inputs[0].float()
    grouped_bgn = values.flatten(2).unflatten(1, (norm.num_groups, -1)).flatten(2)
    per_group = norm.num_channels // norm.num_groups
    centred_bc = values.flatten(2).mean(-1) - grouped_bgn.mean(-1).repeat_interleave(per_group, dim=1)
    norm.weight.copy_(grouped_bgn.std(-1).mean(0).repeat_interleave(per_group))
    norm.bias.copy_(-centred_bc.mean(0))
    return nn.functional.group_norm(inputs[0], norm.num_groups, norm.weight, norm.bias, norm.eps)


def _bias(module: nn.Module) -> Tensor:
    bias = module.bias
    assert isinstance(bias, Tensor)
    return bias
