"""Style sheet, scripts and markup of the tab, read from the package."""

from __future__ import annotations

from pathlib import Path

ASSETS = Path(__file__).resolve().parent / "assets"
SCRIPTS = ("page.js", "tokens.js", "paint.js", "zoom.js", "cells.js", "viewer.js", "tab.js")
"""In the order they must be loaded."""
MARKUP = ("chips.html", "viewer.html")
"""What the scripts fill."""
STYLES = ("vxa.css",)
"""Rules of the tab, scoped to it."""
PAGE_STYLES = ("page.css",)
"""Rules of the standalone page around it."""


def read_assets(names: tuple[str, ...]) -> str:
    """Join asset files into one text."""
    return "\n".join((ASSETS / name).read_text(encoding="utf-8") for name in names)
