"""What an answer holds besides figures: each flag is a field of the requests it fits."""

from __future__ import annotations

from dataclasses import dataclass

from vxa.app.settings import check, setting


@dataclass(frozen=True, kw_only=True)
class WantedSheets:
    """What an answer of pictures holds besides them."""

    sheet: bool = setting("flag", "Sheet", "Give what belongs together side by side too, with labels.", True)

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, kw_only=True)
class Wanted(WantedSheets):
    """What an answer of words and pictures holds besides them."""

    word_maps: bool = setting(
        "flag", "Word maps", "Give each word's map as rows of numbers from 0 to 1, of the picture's size.", False
    )
    raw_maps: bool = setting(
        "flag", "Raw maps", "Give all that was recorded as base64 of an .npz, which vxa.AttentionMaps reads.", False
    )
