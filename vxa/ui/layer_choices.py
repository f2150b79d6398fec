"""The layers of the loaded model as lines of a drop-down, and the way back to what a job calls them."""

from __future__ import annotations

from collections import Counter

from vxa.app.layers import GROUPS
from vxa.core.grid import Grid
from vxa.engine.host import Host

OWN = "preset's own"
"""The first line: leave the choice to the preset."""
_BREAK = " · "


def layer_choices(host: Host, size: Grid | None = None) -> list[str]:
    """List what can be chosen: the preset's own, groups, sizes, then every layer from the first to the last.

    Args:
        host: The model.
        size: The picture's size in pixels; None takes the model's own.

    Returns:
        Lines such as "middle · 1 layer" and "mid.0.0.cross · 2×2"; `layer_name` takes them back.
    """
    latent = (size or host.info.sample).padded(host.info.size_multiple).divided(host.info.downscale)
    sites = list(host.sites.cross)
    grids = {site.address: str(latent.level(site.level)) for site in sites}
    places = Counter({"mid": "middle"}.get(site.place, site.place) for site in sites)
    counts = {group: len(sites) if group == "all" else places[group] for group in GROUPS}
    counts |= {grid.replace("×", "x"): count for grid, count in Counter(grids.values()).items()}
    groups = [f"{name}{_BREAK}{count} layer{'s' * (count > 1)}" for name, count in counts.items() if count]
    return [OWN, *groups, *(f"{address}{_BREAK}{grid}" for address, grid in grids.items())]


def layer_name(choice: str) -> str:
    """Turn a line of the drop-down, or whatever was typed there, into a job's `layers`.

    Example:
        >>> layer_name("mid.0.0.cross · 2×2"), layer_name("up, middle"), layer_name("preset's own")
        ('mid.0.0.cross', 'up, middle', '')
    """
    name = choice.split(_BREAK)[0].strip()
    return "" if name == OWN else name


def layer_choice(name: str) -> str:
    """Turn a job's `layers` into what stands in the drop-down at first, before the model is known."""
    return name or OWN
