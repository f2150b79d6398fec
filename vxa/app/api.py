"""The two functions most users need."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vxa.app.jobs import GenerateJob, VisualizeJob
from vxa.app.progress import Progress, no_progress
from vxa.app.result import Result
from vxa.app.session import Session, make_loader
from vxa.app.settings import from_json
from vxa.core.errors import PictureError
from vxa.engine.host import Host
from vxa.render.picture import read_picture, rgb_array

Picture = str | Path | Image.Image | NDArray[np.uint8]


def visualize(
    picture: Picture, prompt: str, tokens: str = "", *, host: Host | None = None, progress: Progress = no_progress,
    **settings: Any,
) -> Result:  # fmt: skip
    """Look which pixels of a picture listen to which word.

    Args:
        picture: A file, a PIL picture, or an array (height, width, 3) uint8.
        prompt: Words describing it.
        tokens: Which of them to show, such as "circle, square"; blank shows all together.
        host: A loaded model; None loads `settings["model"]`, the embedded model by default.
        progress: Told (done, total, what) after every UNet call.
        **settings: Further fields of `VisualizeJob`.

    Returns:
        Maps and pictures; `.words[0].map_yx`, `.word_sheet()`, `.save(folder)`.

    Raises:
        VxaError: If the picture, the prompt, a token or a setting is wrong.

    Example:
        result = vxa.visualize("picture.png", "a red circle left of a blue square", "circle, square")
        result.word_sheet().show()
    """
    job = from_json(VisualizeJob, {"prompt": prompt, "tokens": tokens, **settings})
    return _session(host).visualize(job, load_picture(picture), progress)


def generate(prompt: str, tokens: str = "", *, host: Host | None = None, progress: Progress = no_progress,
             **settings: Any) -> Result:  # fmt: skip
    """Draw a picture and see which words each pixel listened to.

    Args:
        prompt: What to draw.
        tokens: Which words to show; blank shows all together.
        host: A loaded model; None loads `settings["model"]`, the embedded model by default.
        progress: Told (done, total, what) after every step.
        **settings: Further fields of `GenerateJob`.

    Raises:
        VxaError: If the prompt, a token or a setting is wrong.
    """
    job = from_json(GenerateJob, {"prompt": prompt, "tokens": tokens, **settings})
    return _session(host).generate(job, progress)


def load_picture(picture: Picture) -> NDArray[np.uint8]:
    """Bring any picture to RGB: shape (height, width, 3), uint8.

    Args:
        picture: A file, a PIL picture of any mode, or an array: (height, width), or (height, width, 3 or 4), uint8.

    Raises:
        PictureError: If it cannot be read or used.
    """
    if isinstance(picture, (str, Path)):
        return read_picture(picture)
    if isinstance(picture, Image.Image):
        return rgb_array(picture)
    array = np.asarray(picture)
    if array.dtype != np.uint8 or not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))):
        raise PictureError(
            "a picture file, a PIL picture, or a uint8 array (height, width, 3)",
            got=f"{type(picture).__name__} of {array.dtype}, shape {array.shape}",
            remedy="Multiply pixels in [0, 1] by 255 and round them; put channels last.",
        )
    return rgb_array(Image.fromarray(array))


def _session(host: Host | None) -> Session:
    return Session(make_loader() if host is None else lambda _: host)
