"""The page "VXA" of the webui's settings: what stands on it, and what it says now."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from modules import paths_internal, shared
from numpy.typing import NDArray

from vxa.app.job import DrawJob, Job
from vxa.app.jobs import VisualizeJob
from vxa.app.settings import Field, iter_fields
from vxa.app.shelves import Shelves
from vxa.core.errors import PictureError

SECTION = ("vxa", "VXA")
PREFIX = "vxa_"
"""Starts the key of every setting of ours, as in `opts.vxa_api`."""
START_VALUES = ("preset", "layers", "timesteps", "draws", "colormap", "opacity")
"""Settings that tabs can start with; those that Edit and Paint have too count there as well."""
DRAWING_START_VALUES = ("guidance", "negative")
"""Settings that Edit and Paint can start with."""
_DEFAULTS = {"memory": 1024, "megapixels": 16, "api": True}


def add_settings() -> None:
    """Put our settings on a page of their own; the webui asks for it each time it builds its page."""
    _add("folder", _default_folder(), "Output folder", None, shared.hide_dirs).info(
        "names, subfolders and a folder common to all tabs follow the webui's own settings; always PNG, so that masks "
        "stay exact and every picture carries its job"
    )
    _add("memory", _DEFAULTS["memory"], "Memory for recorded maps, MB", gr.Slider, _range(64, 16384, 64)).info(
        "recorded maps let words, layers, heads and colours change without running the model again"
    )
    _add("megapixels", _DEFAULTS["megapixels"], "Largest picture, megapixels", gr.Slider, _range(1, 16, 1))
    _add("api", _DEFAULTS["api"], "HTTP API").info("under /vxa/v1, if the webui runs with --api").needs_reload_ui()
    _add_note("start", "<h3>What the tabs start with</h3>")
    _add_start_values(VisualizeJob, START_VALUES)
    _add_note("drawing_start", "<h3>What Edit and Paint start with</h3>")
    _add_start_values(DrawJob, DRAWING_START_VALUES)


def _add_start_values(job: type[Job], names: Sequence[str]) -> None:
    fields = {field.name: field for field in iter_fields(job)}
    for name in names:
        field = fields[name]
        option = _add(name, _as_typed(field.default), field.setting.label, *_widget(field))
        option.info(field.setting.help.rstrip(".")).needs_reload_ui()


def start_values() -> dict[str, Any]:
    """Say what the tab's widgets start with, by the name of the job's setting; whoever reads them checks them."""
    names = (*START_VALUES, *DRAWING_START_VALUES)
    values = {name: getattr(shared.opts, PREFIX + name, None) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def output_folder() -> Path:
    """Say where pictures go: the webui's folder common to all tabs if there is one, else ours."""
    own = getattr(shared.opts, PREFIX + "folder", "")
    return Path(shared.opts.outdir_samples or own or _default_folder())


def shelves() -> Shelves:
    """Give the files that may be named in the tabs and over HTTP: those beside the webui's models."""
    return Shelves(_beside(Path(paths_internal.models_path) / "VXA"))


def max_kept_bytes() -> int:
    """Say how much memory recordings may take."""
    return _number("memory") << 20


def max_pixels() -> int:
    """Say how large a picture may be, height × width."""
    return _number("megapixels") << 20


def check_picture(picture: NDArray[np.uint8] | None) -> None:
    """Refuse a picture that is larger than the settings allow.

    Args:
        picture: Shape (height, width, 3); None is none.

    Raises:
        PictureError: If it is.
    """
    if picture is None or picture.shape[0] * picture.shape[1] <= max_pixels():
        return
    raise PictureError(
        f"a picture of at most {max_pixels() >> 20} megapixels",
        got=f"{picture.shape[0]}×{picture.shape[1]} pixels (height×width)",
        remedy="Make it smaller, or allow more in the webui's settings, page VXA.",
    )


def is_api_wanted() -> bool:
    """Whether the HTTP API is switched on."""
    return bool(getattr(shared.opts, PREFIX + "api", _DEFAULTS["api"]))


def _add(
    name: str, default: Any, label: str, component: Any = None, arguments: dict[str, Any] | None = None
) -> shared.OptionInfo:
    option = shared.OptionInfo(default, label, component, arguments, section=SECTION)
    shared.opts.add_option(PREFIX + name, option)
    return option


def _add_note(name: str, text: str) -> None:
    note = shared.OptionHTML(text)
    note.section = SECTION
    shared.opts.add_option(PREFIX + name, note)


def _widget(field: Field) -> tuple[Any, dict[str, Any] | None]:
    declared = field.setting
    if declared.kind == "choice":
        return gr.Dropdown, {"choices": list(declared.names)}
    if declared.kind in ("int", "float") and declared.low is not None and declared.high is not None:
        return gr.Slider, _range(declared.low, declared.high, 1 if declared.kind == "int" else 0.01)
    return None, None


def _range(low: float, high: float, step: float) -> dict[str, Any]:
    return {"minimum": low, "maximum": high, "step": step}


def _as_typed(value: Any) -> Any:
    """Write a list as in a text box: settings are kept as JSON."""
    return ", ".join(map(str, value)) if isinstance(value, tuple) else value


def _default_folder() -> str:
    """Name a folder beside the webui's own."""
    return str(_beside(Path(paths_internal.default_output_dir) / "vxa-images"))


def _beside(folder: Path) -> Path:
    """Name a folder of the webui's relative to where it runs, as those are, if it lies there."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def _number(name: str) -> int:
    """Read a number that somebody may have spoilt in the settings file."""
    value: Any = getattr(shared.opts, PREFIX + name, None)
    return int(value if isinstance(value, (int, float)) and value > 0 else _DEFAULTS[name])
