"""The answers described as OpenAPI wants them."""

from __future__ import annotations

from typing import Any

from vxa.app.http.schema import FLAG, WHOLE, Schema, by_name, nullable, number, series, text, thing

_BASE64 = "PNG in base64 that carries its job, as saved files do."
_NPZ = "the .npz of saved results in base64; `vxa.AttentionMaps.load_npz` reads it."
_COLUMNS = series(WHOLE, "Token columns; 0 is BOS.")
_MODEL = thing(name=text(), hash=text("Short hash of the weights."), family=text())
_PICTURE = thing(file=text(), hash=text("Hash of the pixels."), height=WHOLE, width=WHOLE)
_WORD = thing(
    text=text(),
    tokens=_COLUMNS,
    peak=number("Largest value before the map was brought to [0, 1]; with a preset of means, a probability."),
    threshold=number("Value of the map above which a pixel belongs to the word: the request's, or Otsu's choice."),
    spread=number("Mean standard deviation between noise draws, in the units of the map."),
    pictures=by_name(text(_BASE64), "By mode."),
    map=series(series({"type": "number"}), "Rows of numbers in [0, 1], of the picture's size; if `word_maps`."),
)
_RUN = {
    "status": text("One line: what was done, and how long it took."),
    "seconds": number("Time the model ran; 0 when what it gave was kept from before."),
    "format": WHOLE,
    "vxa": text("Version."),
    "job": {"type": "object", "description": "What was asked, defaults filled in; may be sent again as it is."},
    "picture": _PICTURE,
    "model": _MODEL,
    "recording": thing(keeps_heads=FLAG, device=text()),
}
VISUALIZE = thing(
    **_RUN,
    words=series(_WORD),
    layers=series(text(), "Layers the maps are made of."),
    sheet=text(f"If `sheet`: the picture and all words, a {_BASE64}"),
    layer_sheet=text(f"If `layer_sheet`: the first word in every layer, a {_BASE64}"),
    raw_maps=text(f"If `raw_maps`: {_NPZ}"),
)
"""What a visualize request is answered with."""

GENERATE: Schema = thing(**VISUALIZE["properties"], drawn=text(f"The picture, a {_BASE64}"))
"""What a generate request is answered with."""

_OUTCOME = {
    **_RUN,
    "given": series(thing(file=text(), hash=text()), "Pictures and masks that came with the request."),
    "pictures": by_name(text(_BASE64), "What was drawn, by name; sheets among it if `sheet`."),
}
_LOOKS = {
    "maps": series(thing(picture=text("Name of the picture."), words=series(_WORD)), "Where words look."),
    "raw_maps": by_name(text(), f"If `raw_maps`, by the name of the picture: {_NPZ}"),
}
_TOKEN = thing(
    index=WHOLE, text=text(), start=WHOLE, end=WHOLE, state=text("kept, swapped, new or dropped; characters as typed.")
)
_PAIRS = {
    "kind": text("replace, refine, reweight, or cac."),
    "source": series(_TOKEN),
    "target": series(_TOKEN),
    "links": series(series({"type": "number"}), "Column in the source, column in the edit, share taken over."),
}
_RECONSTRUCTION = thing(
    psnr=nullable(number("How alike the picture and the one drawn again are, dB; null where they are equal.")),
    psnr_encoder=nullable(number("What encoder and decoder alone leave, dB.")),
)
EDIT = thing(
    **_OUTCOME,
    **_LOOKS,
    alignments=series(thing(**_PAIRS), "How each edited prompt is aligned with the source."),
    change=series(number(""), "Mean absolute difference of each edit from the source, in [0, 1]."),
    reconstruction=_RECONSTRUCTION,
)
"""What an edit request is answered with."""

INVERT = thing(**_OUTCOME, reconstruction=_RECONSTRUCTION)
"""What an invert request is answered with."""

PAINT = thing(
    **_OUTCOME,
    **_LOOKS,
    inside=by_name(number(""), "Share of each word's attention where it was painted, in [0, 1]."),
    levels=series(WHOLE, "Levels that received masks."),
)
"""What a paint request is answered with."""

EXCITE = thing(
    **_OUTCOME,
    **_LOOKS,
    excited=by_name(number(""), "How strongly each word was expressed at the last look, in [0, 1]."),
    looks=series(
        thing(step=WHOLE, moves=WHOLE, loss=number(""), peaks=series(number(""), "Of each word.")),
        "Every look: UNet call that was to come, moves of the latents made in it before, loss and peaks.",
    ),
)
"""What an excite request is answered with."""

ADJUST = thing(**_OUTCOME, change=series(number(""), "Mean absolute difference from the picture without, in [0, 1]."))
"""What an adjust request is answered with."""

_BY_SCORE = "By score, such as color: "
WEAKEN = thing(
    **_OUTCOME,
    counts=series(WHOLE, "Numbers of weakened heads."),
    curves=by_name(by_name(series(number("")), "By order."), f"{_BY_SCORE}the mean for each number of heads."),
    area=by_name(number(""), f"{_BY_SCORE}area between the curves of both orders, where both were drawn."),
    area_interval=by_name(series(number("")), f"{_BY_SCORE}its 95 % interval."),
)
"""What a weaken request is answered with."""

ALIGN = thing(model=_MODEL, alignments=series(thing(prompt=text(), **_PAIRS), "One an edited prompt."))
"""What an align request is answered with."""

TOKENS = thing(
    model=_MODEL,
    encoders=series({"type": "object"}, "Token table of each text encoder, padding left out."),
    words=series(thing(text=text(), tokens=_COLUMNS), "What `tokens` names, one map each."),
)
"""What a tokens request is answered with."""

LAYERS = thing(
    model=_MODEL,
    height={**WHOLE, "description": "Of the picture, padded for the model."},
    width=WHOLE,
    groups=series(text(), "Names for several layers."),
    layers=series({"type": "object"}, "Cross-attention layers with address, place, heads, map size and other names."),
)
"""What a layers request is answered with."""

HEALTH = thing(vxa=text("Version."), limits={"type": "object", "description": "How much one request may ask for."})
"""What a health request is answered with."""

_ERROR = thing(
    error=thing(
        type=text("Class of the error, such as SelectionError."),
        expected=text(),
        got=nullable(text()),
        remedy=text("What to do."),
        message=text("All of it, as the tab shows it."),
    )
)
_ERROR_EXAMPLE = {
    "error": {
        "type": "SelectionError",
        "expected": "a word of the prompt",
        "got": "'circel'",
        "remedy": "Did you mean circle? The prompt's tokens are: a = 1, red = 2, circle = 3; 0 is BOS.",
        "message": "Expected a word of the prompt; got 'circel'. Did you mean circle? "
        "The prompt's tokens are: a = 1, red = 2, circle = 3; 0 is BOS.",
    }
}


def describe(schema: Schema) -> dict[int | str, dict[str, Any]]:
    """Describe what comes back: the answer, or an error."""
    error = {"content": {"application/json": {"schema": _ERROR, "example": _ERROR_EXAMPLE}}}
    return {
        200: {"description": "Done", "content": {"application/json": {"schema": schema}}},
        "4XX": {"description": "Something asked for is wrong, or was interrupted", **error},
        503: {"description": "No model is loaded, or too many jobs wait", **error},
    }
