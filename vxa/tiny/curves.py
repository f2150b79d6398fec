"""Learning curves of a run: read from the CSV files that training writes, drawn as pictures."""

from __future__ import annotations

import csv
from pathlib import Path

from PIL import Image

from vxa.render.plots import curve_plot

Curve = tuple[list[float], list[float]]

LOSSES = ("loss", "plain", "pixel", "edge", "word", "attribute")
"""Curves that fall; drawn on a logarithmic axis. All others are figures of quality."""


def read_curves(text: str) -> dict[str, Curve]:
    """Return each curve's steps and values by name.

    Args:
        text: CSV of long form: step, seconds, name, value.
    """
    curves: dict[str, Curve] = {}
    for row in csv.DictReader(text.splitlines()):
        steps, values = curves.setdefault(row["name"], ([], []))
        steps.append(float(row["step"]))
        values.append(float(row["value"]))
    return curves


def plot_run(folder: Path) -> list[Path]:
    """Draw the curves of every stage of a run beside its CSV files.

    Returns:
        The pictures written: `STAGE.loss.png`, and `STAGE.quality.png` where quality was measured.
    """
    written = []
    for path in sorted(folder.glob("*.csv")):
        curves = read_curves(path.read_text(encoding="utf-8"))
        for kind, is_wanted in (("loss", LOSSES.__contains__), ("quality", lambda name: name not in LOSSES)):
            chosen = {name: curve for name, curve in curves.items() if is_wanted(name)}
            if chosen:
                picture = path.with_suffix(f".{kind}.png")
                _plot(chosen, f"{path.stem}: {kind}", kind == "loss").save(picture)
                written.append(picture)
    return written


def _plot(curves: dict[str, Curve], title: str, is_loss: bool) -> Image.Image:
    is_positive = all(value > 0 for _, values in curves.values() for value in values)
    return curve_plot(curves, title, "step", "loss" if is_loss else "", log_y=is_loss and is_positive)
