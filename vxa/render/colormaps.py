"""Colour maps as tables of 256 colours, the same bytes on every machine.

Holds the tables and the look-up. Does not use matplotlib even where it is installed: a saved picture must be
reproduced byte for byte anywhere.

Sources: turbo by A. Mikhailov (2019); viridis, magma and inferno by N. Smith and S. van der Walt (2015, CC0);
blues after C. Brewer's scheme; jet is MATLAB's piecewise linear ramp. The first five are kept as 33 evenly spaced
colours with straight lines between, which is within 2/255 of the published tables.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from vxa.core.errors import ConfigError, did_you_mean
from vxa.render.validation import checked_map

_KNOTS = {
    "turbo": """
        30123b 392972 4040a1 4456c7 466be3 467ff6 4193fe 36a7f9 28baec 1cccd8 17dbc3 1ee8b0 31f198 4cf97e 6bfd63 89fe4c
        a2fc3c b7f635 cbec33 dedf36 ecd039 f7bf39 fcad34 fe972c fb7f22 f56717 ec520e e04008 d23005 c02302 ac1601 940c01
        7a0402""",
    "viridis": """
        440154 460c5f 47186a 482273 472c7b 453681 424085 3e4989 3a528b 365a8c 32628d 2f6a8d 2c728e 287a8e 26818e 23898d
        20908c 1e978a 1e9e88 21a685 27ad80 31b47a 3dbb74 4cc26c 5cc862 6ece58 81d34c 95d73f aadb32 bfdf24 d4e11a e9e419
        fde724""",
    "magma": """
        000003 030311 0a0722 120d33 1c1046 281159 350f6a 430f75 50127b 5c177e 691c80 752181 822581 8e2a80 9b2e7f a8327c
        b63679 c23a75 cf4070 db4769 e55063 ee5c5e f4695b f8785c fb8660 fd9567 fda470 feb37b fec286 fdd193 fddfa1 fceeb0
        fbfcbf""",
    "inferno": """
        000003 030212 0a0723 140b36 200c4a 2e0a5a 3c0965 4a0b6a 560f6d 63146e 6f196e 7c1d6c 892269 962666 a22b61 af315b
        ba3654 c63d4d d04544 da4e3b e35932 ea6428 f0711e f57f13 f98c09 fb9b06 fbaa0e fbb91e f8c931 f5d948 f1e864 f2f485
        fcfea4""",
    "blues": """
        f7fbff f0f6fc eaf2fa e4eef8 ddeaf6 d7e6f4 d1e2f2 cbdef0 c5daee bbd6eb b1d2e7 a7cee4 9dc9e0 91c2de 84bbdb 77b4d8
        6aaed6 61a7d2 56a0ce 4c99ca 4292c6 3a8ac1 3181bd 2979b9 2171b5 1a69ae 1461a8 0e59a2 08519c 08488f 084083 083877
        08306b""",
    "grey": "000000 ffffff",
}

COLORMAPS = ("turbo", "viridis", "magma", "inferno", "jet", "blues", "grey")
"""Every colour map there is, the default first."""


@cache
def color_table(name: str = "turbo") -> NDArray[np.uint8]:
    """Give the 256 colours of a map, lowest value first.

    Args:
        name: One of `COLORMAPS`.

    Returns:
        Shape (256, 3), uint8, read-only.

    Raises:
        ConfigError: If the name is unknown; the message names the nearest ones.
    """
    if name not in COLORMAPS:
        raise ConfigError("a known colour map", got=repr(name), remedy=did_you_mean(str(name), COLORMAPS))
    table = _jet() if name == "jet" else _interpolated(_KNOTS[name])
    table.flags.writeable = False
    return table


def colorize(map_yx: NDArray[np.floating], name: str = "turbo") -> NDArray[np.uint8]:
    """Colour a map: value v takes colour number round(255 v).

    Args:
        map_yx: Shape (y, x), float, in [0, 1]. Not modified.
        name: One of `COLORMAPS`.

    Returns:
        Shape (y, x, 3), uint8.

    Raises:
        ShapeError: If the map does not have two axes.
        ConfigError: If the name is unknown or a value is not in [0, 1].

    Example:
        >>> colorize(np.float32([[0.0, 1.0]]), "grey").tolist()
        [[[0, 0, 0], [255, 255, 255]]]
    """
    table = color_table(name)
    indices_yx = np.rint(checked_map(map_yx) * np.float32(255)).astype(np.uint8)
    return table.take(indices_yx, axis=0)


def _interpolated(knots: str) -> NDArray[np.uint8]:
    colors = np.array([list(bytes.fromhex(knot)) for knot in knots.split()], dtype=np.float64)
    positions = np.linspace(0, 255, len(colors))
    channels = [np.interp(np.arange(256), positions, colors[:, channel]) for channel in range(3)]
    return np.rint(np.stack(channels, axis=1)).astype(np.uint8)


def _jet() -> NDArray[np.uint8]:
    """Red, green and blue are one trapezium, centred at 3/4, 1/2 and 1/4."""
    values = np.arange(256)[:, None] / 255
    ramps = np.clip(1.5 - np.abs(4 * values - np.array([3, 2, 1])), 0, 1)
    return np.rint(255 * ramps).astype(np.uint8)
