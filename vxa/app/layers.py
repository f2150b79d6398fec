"""Which layers a job reads: the preset's own, names, or groups such as `middle`, `up`, `all` or `16x16`."""

from __future__ import annotations

import re

from vxa.app.jobs import MapJob
from vxa.core.errors import LayerNotFoundError, did_you_mean
from vxa.core.grid import Grid
from vxa.engine.sites import Site, SiteTable
from vxa.methods.registry import make_preset

GROUPS = ("all", "middle", "down", "up")

_PLACES = {"middle": "mid", "mid": "mid", "down": "down", "up": "up"}
_SIZE = re.compile(r"(\d+)\s*[x×]\s*(\d+)")


def choose_sites(job: MapJob, sites: SiteTable, latent: Grid) -> tuple[Site, ...]:
    """Resolve a job's layers, in the order down, mid, up.

    Args:
        job: Its `layers` and `preset` decide.
        sites: All sites of the model.
        latent: Latent grid of the (padded) picture; sizes of groups such as 16x16 are height × width at this size.

    Raises:
        LayerNotFoundError: If a name fits no layer; the message names the nearest.
    """
    names = [name.strip() for name in job.layers.split(",") if name.strip()]
    if not names:
        return make_preset(job.preset).choose(sites, latent)
    chosen = {site.address for name in names for site in _named(name, sites.cross, latent)}
    return tuple(site for site in sites.cross if site.address in chosen)


def _named(name: str, sites: SiteTable, latent: Grid) -> list[Site]:
    if name == "all":
        return list(sites)
    if name in _PLACES:
        found = [site for site in sites if site.place == _PLACES[name]]
    elif size := _SIZE.fullmatch(name):
        found = [site for site in sites if latent.level(site.level) == Grid(int(size[1]), int(size[2]))]
    else:
        return [sites.find(name)]
    if not found:
        sizes = sorted({str(latent.level(site.level)).replace("×", "x") for site in sites})
        raise LayerNotFoundError(
            "a group with layers in it", got=repr(name), remedy=did_you_mean(name, [*GROUPS, *sizes])
        )
    return found
