"""See which pixels of a picture listen to which word of its prompt.

The public face of the package. Everything is loaded on first use, so that ``import vxa`` costs nothing and needs
neither diffusers, gradio nor the webui to be present.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_PUBLIC = {
    "visualize": "vxa.app.api",
    "generate": "vxa.app.api",
    "edit": "vxa.app.api",
    "invert": "vxa.app.api",
    "paint": "vxa.app.api",
    "load_host": "vxa.hosts.load",
    "VisualizeJob": "vxa.app.jobs",
    "GenerateJob": "vxa.app.jobs",
    "EditJob": "vxa.app.editing.edit_job",
    "InvertJob": "vxa.app.editing.invert_job",
    "PaintJob": "vxa.app.editing.paint_job",
    "Host": "vxa.engine.host",
    "Site": "vxa.engine.sites",
    "find_sites": "vxa.engine.sites",
    "observing": "vxa.engine.observe",
    "Observation": "vxa.engine.observe",
    "AttentionMaps": "vxa.core.maps",
    "TokenTable": "vxa.core.tokens",
    "VxaError": "vxa.core.errors",
}

__all__ = ["__version__", *_PUBLIC]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'vxa' has no attribute {name!r}; it has: {', '.join(__all__)}")
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
