"""Keeps all but one part of the model off the device, for --medvram and --lowvram."""

module_in_gpu = None


def send_everything_to_cpu():
    from modules import devices

    global module_in_gpu  # noqa: PLW0603 (as in the webui)
    if module_in_gpu is not None:
        module_in_gpu.to(devices.cpu)
    module_in_gpu = None


def is_needed(sd_model):
    from modules.shared_cmd_options import cmd_opts

    is_sdxl = hasattr(sd_model, "conditioner")
    return cmd_opts.lowvram or cmd_opts.medvram or (cmd_opts.medvram_sdxl and is_sdxl)


def is_enabled(sd_model):
    return sd_model.lowvram


def apply(sd_model):
    sd_model.lowvram = is_needed(sd_model)
