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
from vxa.app.editing.excite_job import ExciteJob
from vxa.app.editing.excite_result import ExciteResult
from vxa.app.editing.inversion import Inversion
from vxa.app.editing.invert_job import InvertJob
from vxa.app.editing.invert_result import InvertResult
from vxa.app.editing.masks import load_mask, read_mask
from vxa.app.editing.paint_job import PaintJob
from vxa.app.editing.paint_result import PaintResult
from vxa.app.editing.studio import Studio
from vxa.app.heads.adjust_job import AdjustJob
from vxa.app.heads.adjust_result import AdjustResult
from vxa.app.heads.weaken_job import WeakenJob
from vxa.app.heads.weaken_result import WeakenResult
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


def excite(
    prompt: str, words: str, *, host: Host | None = None, progress: Progress = no_progress, **settings: Any
) -> ExciteResult:
    """Draw a picture in which words are seen that would be left out: Attend-and-Excite.

    Args:
        prompt: What to draw.
        words: Words of it that shall be seen, such as "cat, frog".
        host: A loaded model; None loads `settings["model"]`, the embedded model by default.
        progress: Told (done, total, what) after every step and every look.
        **settings: Further fields of `ExciteJob`, such as `concepts` for A&E-HRV.

    Returns:
        `.main`, `.peaks` (how strongly each word was expressed at first and at last), `.sheet()`, `.save(folder)`.

    Raises:
        VxaError: If a word, a concept or a setting is wrong.

    Example:
        result = vxa.excite("a red circle and a blue square", "circle, square", compare=True)
        result.sheet().show()
    """
    job = from_json(ExciteJob, {"prompt": prompt, "words": words, **settings})
    return _studio(host).excite(job, progress)


def adjust(
    prompt: str, adjust: str, *, host: Host | None = None, progress: Progress = no_progress, **settings: Any
) -> AdjustResult:
    """Draw a picture whose words are read as meant, where they can be read two ways.

    Args:
        prompt: What to draw.
        adjust: Words of it with the concept they shall be read as and the one they shall not, such as
            "rose=color not shape"; several separated by commas.
        host: A loaded model; None loads `settings["model"]`, the embedded model by default.
        progress: Told (done, total, what) after every step.
        **settings: Further fields of `AdjustJob`.

    Returns:
        `.adjusted`, `.plain` (the same without), `.sheet()`, `.save(folder)`.

    Raises:
        VxaError: If a word, a concept or a setting is wrong.

    Example:
        result = vxa.adjust("a rose square", "rose=color not shape", seed=4)
        result.sheet().show()
    """
    job = from_json(AdjustJob, {"prompt": prompt, "adjust": adjust, **settings})
    return _studio(host).adjust(job, progress)


def weaken(
    prompt: str, concept: str, *, host: Host | None = None, progress: Progress = no_progress, **settings: Any
) -> WeakenResult:
    """Weaken the heads of a concept one after another, and see when it is gone from the picture.

    Args:
        prompt: What to draw; several one a line.
        concept: Whose heads.
        host: A loaded model; None loads `settings["model"]`, the embedded model by default.
        progress: Told (done, total, what) after every step.
        **settings: Further fields of `WeakenJob`.

    Returns:
        `.curve("color", "most")`, `.areas`, `.plot("color")`, `.sheet()`, `.save(folder)`.

    Raises:
        VxaError: If a word, a concept or a setting is wrong, or nothing can score the pictures.

    Example:
        result = vxa.weaken("a red circle", "color", num_seeds=4)
        result.plot("color").show()
    """
    job = from_json(WeakenJob, {"prompt": prompt, "concept": concept, **settings})
    return _studio(host).weaken(job, progress)


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
