"""Colours and distances shared by sheets, bars and plots, so that they look like one product."""

from __future__ import annotations

BACKGROUND = (247, 247, 245)
SURFACE = (255, 255, 255)
INK = (33, 37, 41)
MUTED = (98, 104, 112)
OUTLINE = (205, 207, 210)
GRID = (230, 231, 233)

# Okabe and Ito (2008): told apart with any kind of colour vision; yellow is left out, it fades on white.
SERIES = (
    (0, 114, 178),
    (213, 94, 0),
    (0, 158, 115),
    (204, 121, 167),
    (230, 159, 0),
    (86, 180, 233),
    (70, 70, 70),
)

TITLE_SIZE = 20
LABEL_SIZE = 15
SMALL_SIZE = 13

MARGIN = 20
GAP = 14
