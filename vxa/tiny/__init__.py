"""The embedded model: drawn scenes, training, evaluation, and the weights that ship with the package.

Nothing heavy is imported here, so `import vxa.tiny` needs neither torch nor diffusers.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["weights_path"]


def weights_path() -> Path:
    """Return the folder of the embedded model, in diffusers layout (`model_index.json` and one folder per part)."""
    return Path(__file__).resolve().parent / "weights"
