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
    "excite": "vxa.app.api",
    "adjust": "vxa.app.api",
    "weaken": "vxa.app.api",
    "compute_vectors": "vxa.app.heads.make",
    "read_vectors": "vxa.app.heads.find",
    "load_host": "vxa.hosts.load",
    "VisualizeJob": "vxa.app.jobs",
    "GenerateJob": "vxa.app.jobs",
    "EditJob": "vxa.app.editing.edit_job",
    "InvertJob": "vxa.app.editing.invert_job",
    "PaintJob": "vxa.app.editing.paint_job",
    "ExciteJob": "vxa.app.editing.excite_job",
    "AdjustJob": "vxa.app.heads.adjust_job",
    "WeakenJob": "vxa.app.heads.weaken_job",
    "ComputeJob": "vxa.app.heads.compute_job",
    "HeadVectors": "vxa.core.head_vectors",
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
