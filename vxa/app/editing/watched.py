"""Word maps of a picture that an editing job drew, shown as those of any other picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxa.app.jobs import MapJob
from vxa.app.pixels import Picture
from vxa.app.recording import Facts, Recording, picture_hash
from vxa.app.result import Result
from vxa.core.maps import AttentionMaps
from vxa.core.tokens import TokenTable
from vxa.engine.sites import SiteTable
from vxa.render.padding import Padding

if TYPE_CHECKING:
    from vxa.app.editing.outcome import Outcome


def show_maps(
    job: MapJob, picture: Picture, maps: AttentionMaps, *, table: TokenTable, sites: SiteTable, outcome: Outcome
) -> Result:
    """Make what was recorded while a picture was drawn into word maps.

    Args:
        job: Which words, and how they are shown.
        picture: Shape (height, width, 3), uint8.
        maps: What was recorded, perhaps of the padded picture.
        table: Tokens of its prompt.
        sites: Attention layers of the model.
        outcome: Says who drew it.
    """
    padded = maps.latent.times(outcome.model.downscale)
    padding = Padding(picture.shape[0], picture.shape[1], padded.height, padded.width)
    facts = Facts(picture_hash(picture), keeps_heads=False, device=outcome.device)
    return Result(job, Recording(picture, padding, (maps,), (table,), outcome.model, facts), sites)
