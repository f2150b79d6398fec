"""Arrays in, pictures out: colour maps, overlays, sheets and plots.

Numpy and Pillow only: no torch, no models, no files but the picture that is read. Maps are float arrays (y, x) in
[0, 1]; pictures are uint8 arrays (height, width, 3); sizes are (height, width).
"""

from __future__ import annotations

from vxa.render.colorbar import color_bar
from vxa.render.colormaps import COLORMAPS, color_table, colorize
from vxa.render.overlay import cutout, grey, heat, masked, threshold_mask
from vxa.render.padding import Padding, pad_to_multiple
from vxa.render.picture import MAX_PIXELS, read_picture, rgb_array
from vxa.render.plots import curve_plot
from vxa.render.scale import SCALE_MODES, upscale
from vxa.render.sheet import SHEET_STYLES, labelled_sheet, token_sheet

__all__ = [
    "COLORMAPS",
    "MAX_PIXELS",
    "SCALE_MODES",
    "SHEET_STYLES",
    "Padding",
    "color_bar",
    "color_table",
    "colorize",
    "curve_plot",
    "cutout",
    "grey",
    "heat",
    "labelled_sheet",
    "masked",
    "pad_to_multiple",
    "read_picture",
    "rgb_array",
    "threshold_mask",
    "token_sheet",
    "upscale",
]
