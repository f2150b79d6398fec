"""The functions most users need."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.edit_result import EditResult
from vxa.app.editing.inversion import Inversion
from vxa.app.editing.invert_job import InvertJob
from vxa.app.editing.invert_result import InvertResult
from vxa.app.editing.masks import load_mask, read_mask
from vxa.app.editing.paint_job import PaintJob
from vxa.app.editing.paint_result import PaintResult
from vxa.app.editing.studio import Studio
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


def edit(
    prompt: str, edit: str = "", *, picture: Picture | None = None, inversion: Inversion | None = None,
    host: Host | None = None, progress: Progress = no_progress, **settings: Any,
) -> EditResult:  # fmt: skip
    """Edit a picture by editing its prompt.

    Args:
        prompt: Describes the source picture.
        edit: What to draw instead; several one a line. Blank if words are only weighed.
        picture: A picture to edit; None draws the source.
        inversion: Of a picture, from `invert` with the same settings; stands for the picture.
        host: A loaded model; None loads `settings["model"]`, the embedded model by default.
        progress: Told (done, total, what) after every step.
        **settings: Further fields of `EditJob`.

    Returns:
        `.edits`, `.source`, `.reconstruction`, `.pairs`, `.sheet()`, `.looks("word")`, `.save(folder)`.

    Raises:
        VxaError: If a word, the picture or a setting is wrong.

    Example:
        result = vxa.edit("a red circle left of a blue square", "a green circle left of a blue square")
        result.sheet().show()
    """
    job = from_json(EditJob, {"prompt": prompt, "edit": edit, **settings})
    given = None if picture is None else load_picture(picture)
    return _studio(host).edit(job, given, progress, inversion=inversion)


def invert(
    picture: Picture, prompt: str, *, host: Host | None = None, progress: Progress = no_progress, **settings: Any
) -> InvertResult:
    """Make a picture ready to be edited, and see how well the model draws it again.

    Args:
        picture: A file, a PIL picture, or an array (height, width, 3) uint8.
        prompt: Words describing it.
        host: A loaded model; None loads `settings["model"]`, the embedded model by default.
        progress: Told (done, total, what) after every step.
        **settings: Further fields of `InvertJob`.

    Returns:
        `.inversion` for `edit`, `.inversion.error` in dB, `.sheet()`, `.save(folder)`.

    Raises:
        VxaError: If the picture, the prompt or a setting is wrong.
    """
    job = from_json(InvertJob, {"prompt": prompt, **settings})
    return _studio(host).invert(job, load_picture(picture), progress)


def paint(
    prompt: str, masks: Mapping[str, object], *, picture: Picture | None = None, host: Host | None = None,
    progress: Progress = no_progress, **settings: Any,
) -> PaintResult:  # fmt: skip
    """Draw a picture whose words look where masks say.

    Args:
        prompt: What to draw.
        masks: By word or phrase of the prompt: an array (height, width) of booleans, numbers in [0, 1] or uint8, a PIL
            picture, or a file; of the picture's size.
        picture: A picture to begin with; None begins with noise.
        host: A loaded model; None loads `settings["model"]`, the embedded model by default.
        progress: Told (done, total, what) after every step.
        **settings: Further fields of `PaintJob`.

    Returns:
        `.main`, `.inside` (share of each word's attention where it was painted), `.sheet()`, `.save(folder)`.

    Raises:
        VxaError: If a word, a mask, the picture or a setting is wrong.
    """
    job = from_json(PaintJob, {"prompt": prompt, "words": ", ".join(masks), **settings})
    read = {word: load_mask(mask) if isinstance(mask, (str, Path)) else read_mask(mask) for word, mask in masks.items()}
    return _studio(host).paint(job, read, None if picture is None else load_picture(picture), progress)


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


def _studio(host: Host | None) -> Studio:
    return Studio(_session(host))


def _session(host: Host | None) -> Session:
    return Session(make_loader() if host is None else lambda _: host)
