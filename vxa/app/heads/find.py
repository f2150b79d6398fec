"""Head relevance vectors, however the user names them."""

from __future__ import annotations

from pathlib import Path

from vxa.app.heads.files import load_vectors
from vxa.app.heads.published import load_published
from vxa.core.errors import ConfigError
from vxa.core.head_layers import HeadLayers
from vxa.core.head_vectors import HeadVectors
from vxa.tiny import weights_path

EMBEDDED = "embedded"
"""The vectors that ship with the embedded model."""
AUTO = "auto"
"""Those that fit the model, where there are any: the embedded model's. Blank means the same."""

_EMBEDDED_FILE = "head_vectors.npz"


def read_vectors(name: str | Path) -> HeadVectors:
    """Read vectors by name, whatever model they are of.

    Args:
        name: "embedded"; an .npz file made by `vxa heads build`; or a .npy file, or a folder, in the published layout.

    Raises:
        ConfigError: If there are none of that name.
    """
    if name in (EMBEDDED, AUTO, ""):
        return load_vectors(embedded_path())
    path = Path(name).expanduser()
    if not path.exists():
        raise ConfigError(
            "a file of head vectors", got=repr(str(name)),
            remedy=f"Name an .npz of `vxa heads build`, a published .npy, or {EMBEDDED!r}.",
        )  # fmt: skip
    return load_published(path) if path.is_dir() or path.suffix.lower() == ".npy" else load_vectors(path)


def find_vectors(name: str, layers: HeadLayers) -> HeadVectors:
    """Read the vectors to use with a model.

    Args:
        name: See `read_vectors`; "auto" or blank takes those that fit.
        layers: Cross-attention layers of the model.

    Raises:
        ConfigError: If there are none of that name, or they are of a model with other heads.
    """
    vectors = read_vectors(name)
    if name in (AUTO, "") and not vectors.fits(layers):
        raise ConfigError(
            f"head vectors of a model with {layers.total} heads, which this one has", got="none",
            remedy="Make them with `vxa heads compute` and `vxa heads build`, or get published ones; then name the "
            "file.",
        )  # fmt: skip
    vectors.check_fits(layers)
    return vectors


def embedded_path() -> Path:
    """Give the file of the vectors that ship with the embedded model."""
    return weights_path() / _EMBEDDED_FILE
