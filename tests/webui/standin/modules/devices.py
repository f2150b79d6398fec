"""Where and in which precision things are computed: here on the CPU in float32."""

import contextlib

import torch

cpu = torch.device("cpu")
device = torch.device("cpu")
dtype = torch.float32
dtype_vae = torch.float32
dtype_unet = torch.float32
dtype_inference = torch.float32
fp8 = False
force_fp16 = False
unet_needs_upcast = False


def torch_gc():
    pass


def autocast(disable=False):
    return contextlib.nullcontext()


def without_autocast(disable=False):
    return contextlib.nullcontext()


def cond_cast_unet(input):
    return input.to(dtype_unet) if unet_needs_upcast else input


class NansException(Exception):
    pass


def test_for_nans(x, where):
    from modules import shared

    # the webui looks at one number only
    if not shared.cmd_opts.disable_nan_check and torch.isnan(x[(0,) * len(x.shape)]):
        raise NansException(f"A tensor with NaNs was produced in {where}.")
