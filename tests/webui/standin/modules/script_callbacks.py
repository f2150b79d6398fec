"""Callbacks of extensions; each is told of by name, and what one raises is reported and swallowed."""

from typing import Any, NamedTuple

from modules import errors

CATEGORIES = (
    "before_ui",
    "ui_settings",
    "ui_tabs",
    "app_started",
    "on_reload",
    "script_unloaded",
    "model_loaded",
    "before_component",
    "after_component",
    "infotext_pasted",
    "before_image_saved",
    "image_saved",
    "cfg_denoiser",
    "cfg_after_cfg",
)
callback_map = {f"callbacks_{name}": [] for name in CATEGORIES}


class ScriptCallback(NamedTuple):
    callback: Any
    name: str


class ImageSaveParams:
    def __init__(self, image, p, filename, pnginfo):
        self.image = image
        self.p = p
        self.filename = filename
        self.pnginfo = pnginfo


class CFGDenoiserParams:
    def __init__(
        self, x, image_cond, sigma, sampling_step, total_sampling_steps, text_cond, text_uncond, denoiser=None
    ):
        self.x = x
        self.image_cond = image_cond
        self.sigma = sigma
        self.sampling_step = sampling_step
        self.total_sampling_steps = total_sampling_steps
        self.text_cond = text_cond
        self.text_uncond = text_uncond
        self.denoiser = denoiser


class AfterCFGCallbackParams:
    def __init__(self, x, sampling_step, total_sampling_steps):
        self.x = x
        self.sampling_step = sampling_step
        self.total_sampling_steps = total_sampling_steps


def _registrar(category):
    def register(callback, *, name=None):
        callback_map[f"callbacks_{category}"].append(ScriptCallback(callback, name or category))

    return register


def _run(category, *arguments, backwards=False, **named):
    answers = []
    callbacks = callback_map[f"callbacks_{category}"]
    for each in reversed(callbacks) if backwards else list(callbacks):
        try:
            answers.append(each.callback(*arguments, **named))
        except Exception:  # noqa: BLE001 (as in the webui)
            errors.report(f"Error executing callback {category}", exc_info=True)
    return answers


on_before_ui = _registrar("before_ui")
on_ui_settings = _registrar("ui_settings")
on_ui_tabs = _registrar("ui_tabs")
on_app_started = _registrar("app_started")
on_before_reload = _registrar("on_reload")
on_script_unloaded = _registrar("script_unloaded")
on_model_loaded = _registrar("model_loaded")
on_before_component = _registrar("before_component")
on_after_component = _registrar("after_component")
on_infotext_pasted = _registrar("infotext_pasted")
on_before_image_saved = _registrar("before_image_saved")
on_image_saved = _registrar("image_saved")
on_cfg_denoiser = _registrar("cfg_denoiser")
on_cfg_after_cfg = _registrar("cfg_after_cfg")


def clear_callbacks():
    for callbacks in callback_map.values():
        callbacks.clear()


def before_ui_callback():
    _run("before_ui")


def ui_settings_callback():
    _run("ui_settings")


def ui_tabs_callback():
    return [tab for tabs in _run("ui_tabs") for tab in tabs or []]


def app_started_callback(demo, app):
    _run("app_started", demo, app)


def app_reload_callback():
    _run("on_reload")


def script_unloaded_callback():
    _run("script_unloaded", backwards=True)


def model_loaded_callback(sd_model):
    _run("model_loaded", sd_model)


def after_component_callback(component, **kwargs):
    _run("after_component", component, **kwargs)


def before_image_saved_callback(params):
    _run("before_image_saved", params)


def image_saved_callback(params):
    _run("image_saved", params)
