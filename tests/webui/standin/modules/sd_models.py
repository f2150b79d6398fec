"""The loaded checkpoint. Tests set `model_data.sd_model`, or `loader` for one that loads when first asked for."""

import enum
import os
import threading

from modules import devices, errors, lowvram


class ModelType(enum.Enum):
    SD1 = 1
    SD2 = 2
    SDXL = 3
    SSD = 4
    SD3 = 5


class CheckpointInfo:
    def __init__(self, filename):
        self.filename = filename
        self.name = os.path.basename(filename)
        self.name_for_extra = os.path.splitext(self.name)[0]
        self.model_name = self.name_for_extra
        self.hash = "00000000"
        self.sha256 = None
        self.shorthash = None
        self.title = self.name
        self.short_title = self.name_for_extra
        self.metadata = {}


checkpoints_list = {}
loader = None
"""Not in the webui: what `load_model` returns, for tests."""


def load_model(checkpoint_info=None, already_loaded_state_dict=None):
    if loader is None:
        raise FileNotFoundError("No checkpoints found.")
    model_data.set_sd_model(loader())
    model_data.was_loaded_at_least_once = True
    return model_data.sd_model


class SdModelData:
    def __init__(self):
        self.sd_model = None
        self.loaded_sd_models = []
        self.was_loaded_at_least_once = False
        self.lock = threading.Lock()

    def get_sd_model(self):
        if self.was_loaded_at_least_once or self.sd_model is not None:
            return self.sd_model
        with self.lock:
            if self.sd_model is None:
                try:
                    load_model()
                except Exception as error:  # noqa: BLE001 (as in the webui)
                    errors.display(error, "loading stable diffusion model")
                    self.sd_model = None
        return self.sd_model

    def set_sd_model(self, v, already_loaded=False):
        self.sd_model = v
        if v in self.loaded_sd_models:
            self.loaded_sd_models.remove(v)
        if v is not None:
            self.loaded_sd_models.insert(0, v)


model_data = SdModelData()


def send_model_to_cpu(m):
    if m is not None:
        lowvram.send_everything_to_cpu() if m.lowvram else m.to(devices.cpu)


def send_model_to_device(m):
    lowvram.apply(m)
    if not m.lowvram:
        m.to(devices.device)


def model_target_device(m):
    return devices.cpu if lowvram.is_needed(m) else devices.device


def apply_token_merging(sd_model, token_merging_ratio):
    pass
