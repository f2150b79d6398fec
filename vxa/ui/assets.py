"""Style sheet, scripts and markup of the tab, read from the package."""

from __future__ import annotations

import re
from pathlib import Path

ASSETS = Path(__file__).resolve().parent / "assets"
_INCLUDED = re.compile(r"<!-- (\w+\.html) -->\n")
_BRUSH_SCRIPTS = (
    "brush_cover.js",
    "brush_picture.js",
    "brush_layers.js",
    "brush_zoom.js",
    "brush_stage.js",
    "brush_panel.js",
    "brush.js",
)
_VIEWER_SCRIPTS = ("tokens.js", "paint.js", "zoom.js", "cells.js", "viewer.js")
_EDIT_SCRIPTS = (
    "range.js",
    "edit_lists.js",
    "edit_word.js",
    "edit_pairs.js",
    "edit_windows.js",
    "edit_view.js",
    "edit.js",
)
_HEADS_SCRIPTS = (
    "heads_matrix.js",
    "heads_picks.js",
    "heads_vectors.js",
    "heads_words.js",
    "heads_result.js",
    "heads.js",
)
SCRIPTS = (
    "page.js",
    "view.js",
    *_VIEWER_SCRIPTS,
    "tab.js",
    "wipe.js",
    "compared.js",
    *_EDIT_SCRIPTS,
    *_BRUSH_SCRIPTS,
    "painted.js",
    *_HEADS_SCRIPTS,
)
"""In the order they must be loaded."""
MARKUP = (
    "chips.html",
    "viewer.html",
    "edit_pairs.html",
    "edit_windows.html",
    "compare_tools.html",
    "compared.html",
    "edit_view.html",
    "brush.html",
    "painted.html",
    "heads.html",
    "heads_uses.html",
    "heads_result.html",
)
"""What the scripts fill."""
STYLES = ("vxa.css", "wipe.css", "edit.css", "paint.css", "heads.css")
"""Rules of the tab, scoped to it."""
PAGE_STYLES = ("page.css",)
"""Rules of the standalone page around it."""


def read_assets(names: tuple[str, ...]) -> str:
    """Join asset files into one text; what several tabs have in common stands where a comment names its file."""
    text = "\n".join((ASSETS / name).read_text(encoding="utf-8") for name in names)
    return _INCLUDED.sub(lambda found: read_assets((found[1],)), text)
