"""Which layers a job reads: the preset's own, names, or groups such as `middle`, `up`, `all` or `16x16`."""

from __future__ import annotations

import re
from typing import Any

from vxa.app.jobs import MapJob
from vxa.app.lens import preset_of
from vxa.core.errors import LayerNotFoundError, nearest_names
from vxa.core.grid import Grid
from vxa.engine.sites import Site, SiteTable

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
    return named_sites(job.layers, sites, latent) or preset_of(job, sites).choose(sites, latent)


def named_sites(names: str, sites: SiteTable, latent: Grid) -> tuple[Site, ...]:
    """Resolve names and groups of cross-attention layers, separated by commas, in the order down, mid, up.

    Args:
        names: As typed; none if blank.
        sites: All sites of the model.
        latent: Latent grid of the (padded) picture.

    Raises:
        LayerNotFoundError: If a name fits no layer; the message names the nearest.
    """
    listed = [name.strip() for name in names.split(",") if name.strip()]
    chosen = {site.address for name in listed for site in _named(name, sites.cross, latent)}
    return tuple(site for site in sites.cross if site.address in chosen)


def list_layers(sites: SiteTable, latent: Grid) -> list[dict[str, Any]]:
    """Describe each layer as plain data.

    Args:
        sites: In the order down, mid, up.
        latent: Latent grid; map sizes are height × width at it.
    """
    return [
        {
            "address": site.address,
            "kind": site.kind,
            "place": site.place,
            "heads": site.heads,
            "head_dim": site.head_dim,
            "level": site.level,
            "map": str(latent.level(site.level)),
            "ldm_name": site.ldm_name,
            "diffusers_name": site.diffusers_name,
        }
        for site in sites
    ]


def _named(name: str, sites: SiteTable, latent: Grid) -> list[Site]:
    if name == "all":
        return list(sites)
    if name in _PLACES:
        found = [site for site in sites if site.place == _PLACES[name]]
    elif size := _SIZE.fullmatch(name):
        found = [site for site in sites if latent.level(site.level) == Grid(int(size[1]), int(size[2]))]
    else:
        return [_find(name, sites, latent)]
    if not found:
        raise _unknown("a group with layers in it", name, sites, latent)
    return found


def _find(name: str, sites: SiteTable, latent: Grid) -> Site:
    try:
        return sites.find(name)
    except LayerNotFoundError as error:
        raise _unknown("the name of a cross-attention layer, or a group", name, sites, latent) from error


def _unknown(expected: str, name: str, sites: SiteTable, latent: Grid) -> LayerNotFoundError:
    sizes = sorted({str(latent.level(site.level)).replace("×", "x") for site in sites})
    groups = [*GROUPS, *sizes]
    names = [name for site in sites for name in (site.address, site.ldm_name, site.diffusers_name)]
    near = nearest_names(name, [*groups, *names])
    hint = f"Did you mean {' or '.join(near)}? " if near else ""
    remedy = f"{hint}Groups are {', '.join(groups)}; `vxa layers` lists every name."
    return LayerNotFoundError(expected, got=repr(name), remedy=remedy)
