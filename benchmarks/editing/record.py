"""Finished cases in a folder: one JSON line and one strip of pictures each, so that a run can be taken up again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.editing.pictures import Picture
from vxa.core.errors import ConfigError
from vxa.render.sheet import labelled_sheet

Row = dict[str, Any]
_SHOWN = 12
"""Most cases on a contact sheet."""


@dataclass(frozen=True)
class Measured:
    """What one case gave."""

    row: Row
    """Numbers, booleans, texts and None."""
    pictures: Mapping[str, Picture]
    """By label, all of one size."""


class Record:
    """Rows by case.

    Args:
        folder: Where everything is written; made if absent.
        name: Of the question.
        about: What the rows depend on, as JSON.

    Raises:
        ConfigError: If the folder holds rows that depend on something else.
    """

    def __init__(self, folder: Path, name: str, about: Row) -> None:
        self._folder, self._name, self._path = folder, name, folder / f"{name}.jsonl"
        (folder / name).mkdir(parents=True, exist_ok=True)
        self.rows: dict[str, Row] = {}
        if not self._path.exists():
            self._write(about)
            return
        first, *rows = self._path.read_text(encoding="utf-8").splitlines()
        if json.loads(first) != about:
            raise ConfigError(f"rows of {about}", got=f"{self._path} of {first}", remedy="Name another folder.")
        self.rows = {row.pop("case"): row for row in map(json.loads, rows)}

    def add(self, case: str, measured: Measured) -> None:
        """Keep a finished case."""
        row = {**measured.row, "labels": list(measured.pictures)}
        strip = np.concatenate(list(measured.pictures.values()), axis=1)
        Image.fromarray(strip).save(self._folder / self._name / f"{case}.png")
        self.rows[case] = row
        self._write({"case": case, **row})

    def draw_sheet(self) -> None:
        """Draw the contact sheet of the cases with the most pictures, the first ones first."""
        most = max(len(row["labels"]) for row in self.rows.values())
        cells = []
        for case in [case for case, row in self.rows.items() if len(row["labels"]) == most][:_SHOWN]:
            strip = Image.open(self._folder / self._name / f"{case}.png")
            side = strip.width // most
            parts = [strip.crop((number * side, 0, (number + 1) * side, strip.height)) for number in range(most)]
            cells += list(zip(self.rows[case]["labels"], parts, strict=True))
        labelled_sheet(cells, columns=most, title=self._name).save(self._folder / f"{self._name}.png")

    def _write(self, row: Row) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
