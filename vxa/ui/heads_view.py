"""What the browser needs to show head relevance vectors, and what came of using them: plain data."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image

from vxa.app.diagnosis import Diagnosis
from vxa.app.editing.outcome import Outcome
from vxa.app.result import Result, file_stems
from vxa.core.head_layers import HeadLayers
from vxa.core.head_vectors import HeadVectors
from vxa.ui.viewer import shown

_BESIDE = {"picture": "plain", "edit": "source"}
"""Pictures of an outcome that are shown beside another, where there is one."""
_DONE = {"excite": "excited", "adjust": "adjusted"}
"""What the picture of a kind of job is called."""
_LONGEST_LENS = 20
_FIRST = ("picture", "edit", "sheet")
"""What of an outcome is shown at first, by preference."""


def vectors_view(vectors: HeadVectors, layers: HeadLayers) -> dict[str, Any]:
    """Describe head relevance vectors.

    Args:
        vectors: Of any model.
        layers: Of the model that is loaded.

    Returns:
        `concepts`; `layers`, each with `address` and `heads`; `names`: the published name of each head; `vectors`:
        (concept, head), `cosines`: (concept, concept) and `steps`: (call, call) or "", all float32 in base64; `order`:
        (concept, head), heads by relevance, the most relevant first, uint16 in base64; `note`: what speaks against
        using them with this model, or "".
    """
    note = ""
    if not vectors.fits(layers):
        note = (
            f"These are vectors of a model with {vectors.layers.total} heads, the one that is loaded has "
            f"{layers.total}: they can be looked at, not used with it."
        )
    order_nh = np.stack([vectors.order(name) for name in vectors.concepts])
    return {
        "concepts": list(vectors.concepts),
        "layers": [
            {"address": address, "heads": heads}
            for address, heads in zip(vectors.layers.addresses, vectors.layers.heads, strict=True)
        ],
        "names": list(vectors.layers.names),
        "vectors": _packed(vectors.vectors_nh, "<f4"),
        "order": _packed(order_nh, "<u2"),
        "cosines": _packed(vectors.concept_cosines(), "<f4"),
        "steps": "" if vectors.steps_snh is None else _packed(vectors.step_cosines(), "<f4"),
        "note": note,
        "error": "",
    }  # fmt: skip


def _packed(numbers: np.ndarray, kind: str) -> str:
    return base64.b64encode(numbers.astype(kind).tobytes()).decode("ascii")


def lens_view(result: Result) -> dict[str, Any]:
    """Describe a picture seen through some heads: each word beside what all heads see."""
    lens = result.job.lens.strip()
    if lens[0].isdecimal():
        noun = "head" if lens.isdecimal() else "heads"
        lens = f"{noun} {lens}" if len(lens) <= _LONGEST_LENS else "these heads"
    every = result.shown_as(replace(result.job, lens=f"0-{result.sites.head_layers.total - 1}"))
    pictures = [_picture("picture", "Picture", Image.fromarray(result.picture))]
    for number, (name, word) in enumerate(zip(_names(result), result.words, strict=True)):
        text = word.word.text
        pictures.append(_picture(f"{name}-lens", f"{text}: {lens}", result.draw(word, "heat"),
                                 beside=f"{name}-all"))  # fmt: skip
        if every is not None:
            pictures.append(_picture(f"{name}-all", f"{text}: all heads", every.draw(every.words[number], "heat")))
    return _view(pictures, pictures[1]["name"])


def outcome_view(outcome: Outcome, *, is_mended: bool = False) -> dict[str, Any]:
    """Describe what came of a job that draws: its pictures, sheets and plots, some beside another.

    Args:
        outcome: A finished job.
        is_mended: Whether the words that were diagnosed before stay in view.
    """
    images = dict(outcome.iter_pictures())
    done = _DONE.get(outcome.job.kind, "picture")
    pictures = [
        _picture(name, (done if name == "picture" else name).replace("-", " ").replace("_", " ").capitalize(), image,
                 beside=_BESIDE[name] if _BESIDE.get(name) in images else "")
        for name, image in images.items()
    ]  # fmt: skip
    first = next((name for name in _FIRST if name in images), pictures[0]["name"])
    return {**_view(pictures, first), "isMended": is_mended}


def diagnosis_view(diagnosis: Diagnosis) -> dict[str, Any]:
    """Describe how strongly words are expressed: the picture, each word's map, and numbers for bars.

    `isGiven` says that the picture was not drawn: what mends words draws another.
    """
    result = diagnosis.result
    pictures = [_picture("picture", "Picture", Image.fromarray(result.picture))]
    pictures += [
        _picture(f"{name}-heat", word.word.text, result.draw(word, "heat"))
        for name, word in zip(_names(result), result.words, strict=True)
    ]
    words = [
        {
            "word": each.word, "peak": round(each.peak, 4), "area": round(each.area, 4),
            "overlap": round(each.overlap, 4), "other": each.other, "isWeak": each.is_weak,
        }
        for each in diagnosis.words
    ]  # fmt: skip
    return {
        **_view(pictures, "picture"), "words": words, "weak": ", ".join(diagnosis.weak),
        "isGiven": not result.job.draws_picture,
    }  # fmt: skip


def _names(result: Result) -> list[str]:
    """Name the words apart, also one that stands twice in the prompt."""
    return file_stems([word.word.text for word in result.words])


def _view(pictures: Iterable[dict[str, Any]], first: str) -> dict[str, Any]:
    return {"pictures": list(pictures), "first": first}


def _picture(name: str, title: str, image: Image.Image, *, beside: str = "") -> dict[str, Any]:
    return {"name": name, "title": title, "beside": beside, "url": shown(image.convert("RGB")),
            "width": image.width, "height": image.height}  # fmt: skip
