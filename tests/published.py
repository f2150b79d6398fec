"""The data published with HRV, where they are at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def published(name: str) -> Path:
    """Give one of the published files; skip the test where they are absent."""
    root = Path(__file__).resolve().parents[1]
    folder = Path(os.environ.get("VXA_SHARED_DATA", root.parent / "shared" / "data")) / "hrv-published"
    if not (folder / name).is_file():
        pytest.skip("the published data are not here; set VXA_SHARED_DATA to the folder with hrv-published/")
    return folder / name
