"""From a result to plain data: what saved files hold, as one JSON object."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.token_pairs import pair_tokens
from vxa.app.http.asking import PictureSize
from vxa.app.http.wanted import Wanted
from vxa.app.jobs import MapJob
from vxa.app.layers import GROUPS, list_layers
from vxa.app.provenance import picture_name, shown_word
from vxa.app.result import Result
from vxa.app.saving import png_text, summarize
from vxa.app.word_maps import WordMap
from vxa.core.errors import ConfigError
from vxa.core.grid import Grid
from vxa.core.tokens import parse_selection
from vxa.engine.host import Host, HostInfo


def answer_visualize(result: Result, wanted: Wanted) -> dict[str, Any]:
    """Describe a result, its pictures as base64 of the very PNGs that saving would write."""
    answer = {"status": result.status, "seconds": result.seconds, **summarize(result)}
    answer["words"] = [
        {**facts, **_show(result, word, wanted)} for facts, word in zip(answer["words"], result.words, strict=True)
    ]
    if wanted.sheet:
        answer["sheet"] = _png(result, result.word_sheet(), "sheet")
    if result.job.layer_sheet:
        answer["layer_sheet"] = _png(result, result.layer_sheet(), "layers", result.words[0])
    if wanted.raw_maps:
        answer["raw_maps"] = write_maps(result)
    return answer


def answer_generate(result: Result, wanted: Wanted) -> dict[str, Any]:
    """Describe a result as `answer_visualize` does, with the picture that was drawn."""
    drawn = _png(result, Image.fromarray(result.picture), Path(picture_name(result.job)).stem)
    return {**answer_visualize(result, wanted), "drawn": drawn}


def answer_align(job: EditJob, host: Host) -> dict[str, Any]:
    """Describe how the edited prompts of a job are aligned with its source prompt; the model does not run.

    Raises:
        AlignmentError: If words shall be replaced by more or fewer words.
    """
    kind = "cac" if job.method == "cac" else job.edit_kind
    source = host.tokenize(job.prompt)[0]
    return {
        "model": describe_model(host.info),
        "alignments": [
            {"prompt": edit, **pair_tokens(source, host.tokenize(edit)[0], kind).to_json()} for edit in job.edits
        ],
    }


def answer_tokens(job: MapJob, host: Host) -> dict[str, Any]:
    """Describe the tokens of a job's prompt for each text encoder, and which of them its words are."""
    tables = host.tokenize(job.prompt)
    words = parse_selection(tables[0], job.tokens).words
    return {
        "model": describe_model(host.info),
        "encoders": [table.to_json() for table in tables],
        "words": [{"text": word.text, "tokens": list(word.indices)} for word in words],
    }


def answer_layers(size: PictureSize, host: Host) -> dict[str, Any]:
    """Describe the layers that a job may name, and the groups of them, at a picture size."""
    asked = Grid(size.height or host.info.sample.height, size.width or host.info.sample.width)
    padded = asked.padded(host.info.size_multiple)
    layers = list_layers(host.sites.cross, padded.divided(host.info.downscale))
    sizes = dict.fromkeys(layer["map"].replace("×", "x") for layer in layers)
    return {
        "model": describe_model(host.info),
        "height": padded.height,
        "width": padded.width,
        "groups": [*GROUPS, *sizes],
        "layers": layers,
    }


def describe_model(info: HostInfo) -> dict[str, Any]:
    """Say which model it is."""
    return {"name": info.name, "hash": info.hash, "family": info.family}


def check_size(job: MapJob, wanted: Wanted, host: Host, *, pixels: int, most_pixels: int) -> None:
    """Refuse an answer whose pictures would be too much, before anything is run or drawn.

    Args:
        job: Words and modes make pictures, and so do the layers of a layer sheet.
        wanted: Maps count as pictures.
        host: Knows the words and the layers.
        pixels: Height × width of the picture.
        most_pixels: Allowed in all.

    Raises:
        SelectionError: If a word is not in the prompt.
        ConfigError: If it is more than that.
    """
    words = parse_selection(host.tokenize(job.prompt)[0], job.tokens).words
    num_pictures = (1 if job.combine else len(words)) * (len(set(job.modes)) + wanted.word_maps)
    num_pictures += len(host.sites.cross) if job.layer_sheet else 0
    if num_pictures * pixels > most_pixels:
        raise ConfigError(
            f"an answer of at most {most_pixels:,} pixels",
            got=f"{num_pictures * pixels:,} in {num_pictures} pictures",
            remedy="Ask for fewer tokens or modes, or send a smaller picture.",
        )


def write_rows(word: WordMap) -> list[list[float]]:
    """Write a word's map as rows of numbers."""
    # as float64, rounded, a number is short
    return word.map_yx.astype(np.float64).round(6).tolist()


def write_maps(result: Result) -> str:
    """Write what was recorded as base64 of an .npz."""
    buffer = io.BytesIO()
    result.maps.write_npz(buffer)
    return as_base64(buffer.getvalue())


def write_png(image: Image.Image, text: PngInfo) -> str:
    """Write a picture as base64 of a PNG with metadata."""
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", pnginfo=text)
    return as_base64(buffer.getvalue())


def as_base64(data: bytes) -> str:
    """Write bytes as text."""
    return base64.b64encode(data).decode("ascii")


def _show(result: Result, word: WordMap, wanted: Wanted) -> dict[str, Any]:
    modes = dict.fromkeys(result.job.modes)
    shown: dict[str, Any] = {"pictures": {mode: _png(result, result.draw(word, mode), mode, word) for mode in modes}}
    if wanted.word_maps:
        shown["map"] = write_rows(word)
    return shown


def _png(result: Result, image: Image.Image, mode: str, word: WordMap | None = None) -> str:
    return write_png(image, png_text(result, shown_word(word, mode)))
