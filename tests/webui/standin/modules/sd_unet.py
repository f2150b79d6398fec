"""Replacement of the UNet, TensorRT for one."""

unet_options = []
current_unet_option = None
current_unet = None


def apply_unet(option=None):
    pass


class SdUnetOption:
    model_name = None
    label = None
