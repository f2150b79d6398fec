"""Reading and saving pictures."""

import os
import time

from PIL import Image, PngImagePlugin

from modules import script_callbacks, shared


def read(fp, **kwargs):
    return Image.open(fp, **kwargs)


def read_info_from_image(image):
    items = dict(image.info or {})
    return items.pop("parameters", None), items


def save_image(
    image,
    path,
    basename,
    seed=None,
    prompt=None,
    extension="png",
    info=None,
    short_filename=False,
    no_prompt=False,
    grid=False,
    pnginfo_section_name="parameters",
    p=None,
    existing_info=None,
    forced_filename=None,
    suffix="",
    save_to_dirs=None,
):
    if save_to_dirs is None:
        save_to_dirs = shared.opts.grid_save_to_dirs if grid else shared.opts.save_to_dirs and not no_prompt
    if save_to_dirs:
        path = os.path.join(path, _named(shared.opts.directories_filename_pattern or "[prompt_words]", seed, prompt))
    os.makedirs(path, exist_ok=True)
    if forced_filename is None:
        forced_filename = _next_name(path, basename, seed, prompt, suffix, short_filename)
    existing = existing_info or {}
    if info is not None:
        existing[pnginfo_section_name] = info
    params = script_callbacks.ImageSaveParams(image, p, os.path.join(path, f"{forced_filename}.{extension}"), existing)
    script_callbacks.before_image_saved_callback(params)
    chunks = None
    if shared.opts.enable_pnginfo:
        chunks = PngImagePlugin.PngInfo()
        for key, value in params.pnginfo.items():
            chunks.add_text(key, str(value))
    params.image.save(params.filename, pnginfo=chunks)
    image.already_saved_as = params.filename
    script_callbacks.image_saved_callback(params)
    return params.filename, None


def _next_name(path, basename, seed, prompt, suffix, short_filename):
    decoration = suffix
    if not short_filename and seed is not None:
        pattern = shared.opts.samples_filename_pattern or ("[seed]" if shared.opts.save_to_dirs else "[seed]-[prompt]")
        decoration = _named(pattern, seed, prompt) + suffix
    if decoration and not shared.opts.save_images_add_number:
        return decoration
    taken = [name[len(basename) :].lstrip("-").split("-")[0].split(".")[0] for name in os.listdir(path)]
    number = max([-1, *(int(part) for part in taken if part.isdigit())]) + 1
    counted = f"{number:05}" if basename == "" else f"{basename}-{number:04}"
    return f"{counted}-{decoration}" if decoration and not decoration.startswith("-") else counted + decoration


def _named(pattern, seed, prompt):
    words = {"[date]": time.strftime("%Y-%m-%d"), "[seed]": str(seed), "[prompt]": prompt or "", "[user]": ""}
    for key, value in words.items():
        pattern = pattern.replace(key, value)
    return pattern
