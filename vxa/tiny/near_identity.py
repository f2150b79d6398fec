"""Start an autoencoder as a linear thumbnail and back, from which it learns to see sharply.

A fresh autoencoder of ldm's kind learns the mean grey for long, then brightness alone: with 32 groups and 64 channels
a group norm holds two channels and takes their common level away, and colour, spread over few pixels, comes last.
Here the path through the norms starts as nearly the identity, the latents as the mean brightness, two mean colour
differences and one vertical detail of each 8x8 block, and the decoder as their inverse. Knows modules only; nothing of
scenes or training.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional

from vxa.engine.seam import Seam

Vae: TypeAlias = Any
"""A diffusers `AutoencoderKL`; its parts are typed too loosely to be named."""

CONSTANT = 3.0
"""Value of the two channels, of opposite sign, that carry no picture but a constant."""

BORDER = 20.0
"""What every path holds in its last row and column (of the decoder: in the outermost pixels), large against pixels in
[-1, 1]. It rules the norms' statistics, whatever the picture, and is taken away again behind them."""

FEATURES = torch.tensor([[0.3, 0.6, 0.1], [0.7, -0.6, -0.1], [-0.3, -0.6, 0.9], [0.3, 0.6, 0.1]])
"""What each latent channel sees of red, green and blue: brightness, red against it, blue against it, detail."""

DETAIL = 3
"""The latent channel that holds the difference of the upper and the lower half of a block."""

_NUM_LATENTS = len(FEATURES)
_NUM_PATHS = 2 * _NUM_LATENTS + 2
"""Channels of the stream that carry the latents as pairs of opposite sign, and one such pair for the constant."""

_CONSTANT_PAIR = slice(2 * _NUM_LATENTS, _NUM_PATHS)


@torch.no_grad()
def start_as_thumbnail(vae: Vae, pixels_bcyx: Tensor) -> None:
    """Set the weights of an untrained `AutoencoderKL` of equal widths.

    Args:
        vae: Changed in place; on the pictures each latent channel gets mean 0 and unit variance.
        pixels_bcyx: A batch of pictures in [-1, 1].
    """
    _quiet_branches(vae)
    _lay_encoder_path(vae.encoder)
    _lay_decoder_path(vae.decoder)
    _set_matrix(vae.quant_conv, torch.eye(4))
    _set_matrix(vae.post_quant_conv, torch.eye(4))
    with Seam() as seam:
        for module in vae.modules():
            if isinstance(module, nn.GroupNorm):
                seam.after(module, _undo_norm)
        mean_bcyx = vae.quant_conv(vae.encoder(pixels_bcyx))[:, :4]
        inner_bcyx = mean_bcyx[..., :-1, :-1]
        scale = 1 / inner_bcyx.std(dim=(0, 2, 3))
        _set_matrix(vae.quant_conv, torch.diag(scale), -scale * inner_bcyx.mean(dim=(0, 2, 3)))
        vae.decoder(vae.post_quant_conv(vae.quant_conv(vae.encoder(pixels_bcyx))[:, :4]))
    _fit_output(vae, pixels_bcyx)


@torch.no_grad()
def encode_thumbnails(vae: Vae, pixels_bcyx: Tensor) -> Tensor:
    """Return the posterior mean of an autoencoder whose encoder is still as it started, shape (b, 4, y / 8, x / 8).

    The same as `vae.encode`, fifty times faster: only the channels that carry the latents are computed, since every
    other one ends in a branch of zeros.

    Args:
        vae: As set by `start_as_thumbnail`, with an encoder that has not been trained.
        pixels_bcyx: Pictures in [-1, 1].
    """
    encoder, paths = vae.encoder, slice(0, _NUM_PATHS)
    if any(module.weight.any() for name, module in encoder.named_modules() if name.endswith("conv2")):
        raise ValueError("the encoder has been trained: encode with vae.encode")
    states = functional.conv2d(pixels_bcyx, encoder.conv_in.weight[paths], _bias(encoder.conv_in)[paths], padding=1)
    for block in encoder.down_blocks:
        for halving in block.downsamplers or ():
            weight, bias = halving.conv.weight[paths, paths], _bias(halving.conv)[paths]
            states = functional.conv2d(functional.pad(states, (0, 1, 0, 1)), weight, bias, stride=2)
    norm = encoder.conv_norm_out
    states = functional.group_norm(states, _NUM_PATHS // 2, norm.weight[paths], norm.bias[paths], norm.eps)
    means = functional.conv2d(
        functional.silu(states), encoder.conv_out.weight[:4, paths], _bias(encoder.conv_out)[:4], padding=1
    )
    return functional.conv2d(means, vae.quant_conv.weight[:4, :4], _bias(vae.quant_conv)[:4])


def _quiet_branches(vae: Vae) -> None:
    """Silence every residual branch, and offset what enters their second norms in pairs."""
    for name, module in vae.named_modules():
        if isinstance(module, nn.Conv2d) and name.endswith("conv2"):
            module.weight.zero_()
            _bias(module).zero_()
        elif isinstance(module, nn.Linear) and name.endswith("to_out.0"):
            module.weight.zero_()
            _bias(module).zero_()
        elif isinstance(module, nn.Conv2d) and module.out_channels % 64 == 0:
            _bias(module).copy_(_pairs(module.out_channels // 2))


def _lay_encoder_path(encoder: Any) -> None:
    """Carry brightness and colour down by averaging blocks, and the detail by one difference at the last halving."""
    _lay_entry(encoder.conv_in, FEATURES)
    halvings = [block.downsamplers[0].conv for block in encoder.down_blocks if block.downsamplers]
    for conv in halvings:
        _carry(conv, torch.tensor([[0.25, 0.25, 0.0], [0.25, 0.25, 0.0], [0.0, 0.0, 0.0]]))
    last = halvings[-1]
    for channel in (2 * DETAIL, 2 * DETAIL + 1):
        last.weight[channel, channel, 1, :2] = -0.25
    # diffusers and ldm pad these convolutions with zeros at the right and below: there alone the third row is empty
    corner = torch.zeros(3, 3)
    corner[2, 2] = 1
    _raise_border(last, corner, BORDER)
    encoder.conv_out.weight.zero_()
    _bias(encoder.conv_out).zero_()
    for channel in range(_NUM_LATENTS):  # silu(x) - silu(-x) = x
        encoder.conv_out.weight[channel, 2 * channel : 2 * channel + 2, 1, 1] = _pairs(1)
        encoder.conv_out.weight[channel, _CONSTANT_PAIR, 1, 1] = -_pairs(1)


def _lay_decoder_path(decoder: Any) -> None:
    """Carry the latents up unchanged, as squares."""
    _lay_entry(decoder.conv_in, torch.eye(4))
    doublings = [upsampler.conv for block in decoder.up_blocks for upsampler in block.upsamplers or ()]
    middle = torch.zeros(3, 3)
    middle[1, 1] = 1
    for conv in doublings:
        _carry(conv, middle)
    sides = torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    _raise_border(doublings[-1], sides, 4 * BORDER)  # a side pixel lacks one neighbour of four


def _lay_entry(conv: nn.Conv2d, rows_kc: Tensor) -> None:
    """Bring each row's combination of channels in as a pair of opposite signs, and a pair of constants."""
    conv.weight[:_NUM_PATHS] = 0
    _bias(conv)[:_NUM_PATHS] = 0
    signs = _pairs(len(rows_kc))
    conv.weight[: len(signs), :, 1, 1] = rows_kc.repeat_interleave(2, dim=0) * signs[:, None]
    _bias(conv)[_CONSTANT_PAIR] = _pairs(1) * CONSTANT


def _carry(conv: nn.Conv2d, kernel_yx: Tensor) -> None:
    """Let a convolution apply one kernel to every path, and mix in nothing else."""
    conv.weight[:_NUM_PATHS] = 0
    _bias(conv)[:_NUM_PATHS] = 0
    for channel in range(_NUM_PATHS):
        conv.weight[channel, channel] = kernel_yx


def _raise_border(conv: nn.Conv2d, taps_yx: Tensor, height: float) -> None:
    """Add `height` to every path where a convolution's taps reach beyond the picture, and nothing elsewhere.

    A constant minus its neighbours, which are zero beyond the border. The constant's own pair becomes the border.
    """
    signs = _pairs(_NUM_PATHS // 2)
    conv.weight[_CONSTANT_PAIR, _CONSTANT_PAIR] = 0
    neighbours_yx = taps_yx / taps_yx.sum()
    for channel in range(_NUM_PATHS):
        conv.weight[channel, _CONSTANT_PAIR.start] -= signs[channel] * height / CONSTANT * neighbours_yx
    _bias(conv)[:_NUM_PATHS] = signs * height


def _fit_output(vae: Vae, pixels_bcyx: Tensor) -> None:
    """Read the pixels off the path by least squares."""
    states: list[Tensor] = []
    decoder = vae.decoder
    with Seam() as seam:
        seam.before(decoder.conv_out, lambda _module, inputs: states.append(inputs[0]))
        decoder(vae.post_quant_conv(vae.quant_conv(vae.encoder(pixels_bcyx))[:, :4]))
    path = states[0][:, 0:_NUM_PATHS:2] - states[0][:, 1:_NUM_PATHS:2]
    inputs_nk = path.movedim(1, -1).flatten(0, -2)
    inputs_nk = torch.cat([inputs_nk, torch.ones(len(inputs_nk), 1)], dim=1).double()
    solution_kc = torch.linalg.lstsq(inputs_nk, pixels_bcyx.movedim(1, -1).flatten(0, -2).double()).solution.float()
    decoder.conv_out.weight.mul_(0.1)
    decoder.conv_out.weight[:, :_NUM_PATHS] = 0
    decoder.conv_out.weight[:, 0:_NUM_PATHS:2, 1, 1] = solution_kc[:-1].T
    decoder.conv_out.weight[:, 1:_NUM_PATHS:2, 1, 1] = -solution_kc[:-1].T
    _bias(decoder.conv_out).copy_(solution_kc[-1])


def _undo_norm(norm: nn.Module, inputs: tuple[Tensor], _output: Tensor) -> Tensor:
    """Set a norm's scale and shift so that on these inputs it only centres each channel."""
    assert isinstance(norm, nn.GroupNorm)
    values = inputs[0].float()
    grouped_bgn = values.flatten(2).unflatten(1, (norm.num_groups, -1)).flatten(2)
    per_group = norm.num_channels // norm.num_groups
    centred_bc = values.flatten(2).mean(-1) - grouped_bgn.mean(-1).repeat_interleave(per_group, dim=1)
    norm.weight.copy_(grouped_bgn.std(-1).mean(0).repeat_interleave(per_group))
    norm.bias.copy_(-centred_bc.mean(0))
    return nn.functional.group_norm(inputs[0], norm.num_groups, norm.weight, norm.bias, norm.eps)


def _set_matrix(conv: nn.Conv2d, matrix: Tensor, bias: Tensor | None = None) -> None:
    """Make the first rows and columns of a one-pixel convolution a matrix."""
    size = len(matrix)
    conv.weight[:size] = 0
    conv.weight[:size, :size, 0, 0] = matrix
    _bias(conv)[:size] = 0 if bias is None else bias


def _pairs(count: int) -> Tensor:
    return torch.tensor([1.0, -1.0]).repeat(count)


def _bias(module: nn.Module) -> Tensor:
    bias = module.bias
    assert isinstance(bias, Tensor)
    return bias
