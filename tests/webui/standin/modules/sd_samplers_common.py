"""Pictures to latents and back."""

import torch

approximation_indexes = {"Full": 0, "Approx NN": 1, "Approx cheap": 2, "TAESD": 3}


class InterruptedException(BaseException):
    pass


def images_tensor_to_samples(image, approximation=None, model=None):
    from modules import devices, shared

    model = shared.sd_model if model is None else model
    scaled = image.to(shared.device, dtype=devices.dtype_vae) * 2 - 1
    rows = [model.get_first_stage_encoding(model.encode_first_stage(one[None]))[0] for one in scaled]
    return torch.stack(rows)


def decode_first_stage(model, x):
    from modules import devices

    return model.decode_first_stage(x.to(devices.dtype_vae))
