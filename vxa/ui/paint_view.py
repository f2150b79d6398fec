"""What the browser needs to paint, and to show what came of it: plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PIL import Image

from vxa.app.editing.paint_result import PaintResult
from vxa.app.pixels import Picture
from vxa.app.result import Result
from vxa.core.errors import SelectionError
from vxa.core.grid import Grid
from vxa.core.tokens import TokenTable, parse_selection
from vxa.render.overlay import grey, heat
from vxa.ui.chips import word_groups
from vxa.ui.viewer import shown


def paint_words(table: TokenTable) -> list[dict[str, str]]:
    """List the words of a prompt that can be painted, in order.

    Returns:
        `name`, as a job calls the word, and `text`, as the prompt writes it. Of a word that stands there twice each is
        called by its column, so that each can have a layer; where it has several columns, both share one.
    """
    names = word_groups(table)
    columns = dict.fromkeys(names[token.index][0] for token in table.content)
    words = []
    for each in columns:
        text = table.searched[table.tokens[each[0]].start : table.tokens[each[-1]].end].strip()
        name = names[each[0]][1]
        # a comma would part it in two
        words.append({"name": text if "," in name else name, "text": text})
    return [word for word in words if any(map(str.isalnum, word["text"]))]


def lost_words(table: TokenTable, layers: Sequence[dict[str, str]]) -> list[str]:
    """Name the layers whose word is not in the prompt any more: `word` is how the job calls it, `text` what it was."""
    return [layer["word"] for layer in layers if not _is_there(table, layer["word"], layer["text"])]


def _is_there(table: TokenTable, word: str, text: str) -> bool:
    try:
        found = parse_selection(table, word).words
    except SelectionError:
        return False
    return not word.isdecimal() or found[0].text.casefold() == text.casefold()


def canvas_data(size: Grid, picture: Image.Image | None) -> dict[str, Any]:
    """Describe what is painted on: `width` and `height` in pixels, and `picture` as a data URL or ""."""
    return {"width": size.width, "height": size.height, "picture": "" if picture is None else shown(picture)}


def map_data(word: str, result: Result, *, with_picture: bool) -> dict[str, Any]:
    """Describe the map of a result's first word, for a layer to begin with: `threshold` is Otsu's."""
    found = result.words[0]
    size = result.picture.shape[0], result.picture.shape[1]
    picture = shown(Image.fromarray(result.picture)) if with_picture else ""
    return {
        "word": word,
        "map": shown(grey(found.map_yx, size)),
        "threshold": round(found.threshold, 4),
        "picture": picture,
    }


def painted_data(result: PaintResult) -> dict[str, Any]:
    """Describe a painted picture: `pictures` by name, and `words` with mask, map, and the share of it inside.

    `area` is the share that would be inside by chance: the mask's share of the picture.
    """
    pictures = {"picture": result.main[1], "plain": result.plain, "begun": result.picture}
    words = zip(result.plan.painted, result.look.words, strict=True)
    looks = {"colormap": result.plan.job.colormap, "opacity": result.plan.job.opacity}
    return {
        "width": result.main[1].shape[1],
        "height": result.main[1].shape[0],
        "pictures": {name: _shown_pixels(pixels) for name, pixels in pictures.items()},
        "words": [
            {
                "word": painted.word,
                "text": word.word.text,
                "inside": round(result.inside[painted.word], 4),
                "area": round(float(painted.soft().mean()), 4),
                "mask": shown(Image.fromarray(painted.mask_yx)),
                "map": shown(heat(result.main[1], word.map_yx, **looks)),
            }
            for painted, word in words
        ],
    }  # fmt: skip


def _shown_pixels(pixels: Picture | None) -> str:
    return "" if pixels is None else shown(Image.fromarray(pixels))
