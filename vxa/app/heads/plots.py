"""Pictures of head relevance vectors: the heads of each concept, and how alike concepts and UNet calls are."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PIL import Image

from vxa.core.head_vectors import HeadVectors
from vxa.render.heat_table import find_span, heat_cells, heat_table
from vxa.render.sheet import labelled_sheet

_CELLS_PX = 208
"""Largest side of one concept's cells in a sheet, pixels."""
_NAMES_OF_STEPS = 12


def heads_sheet(vectors: HeadVectors, concepts: Sequence[str] = (), *, one_scale: bool = False) -> Image.Image:
    """Show the heads of concepts side by side, a row a layer and a column a head.

    Args:
        vectors: What to show.
        concepts: Names; none for all.
        one_scale: Give all one scale of colours, up to the largest entry of all; else each its own.
    """
    names = concepts or vectors.concepts
    span = find_span(vectors.vectors_nh) if one_scale else None
    cell = (max(1, _CELLS_PX // len(vectors.layers)), max(1, _CELLS_PX // max(vectors.layers.heads)))
    pictures = [heat_cells(vectors.grid(name), cell, span) for name in names]
    labels = [f"{name} {vectors.of(name).max():.3g}" for name in names]
    scale = f"{span[1]:.3g}" if span else "its largest entry, beside the name"
    title = f"Head relevance: layers (down, mid, up) by heads, white is 0, dark is {scale}"
    cells = list(zip(labels, pictures, strict=True))
    return labelled_sheet(cells, title=title, cell_px=max(pictures[0].size))


def heads_table(vectors: HeadVectors, concept: str) -> Image.Image:
    """Show the heads of one concept, with the names of layers."""
    columns = [str(head) for head in range(max(vectors.layers.heads))]
    name = vectors.concepts[vectors.row_of(concept)]
    return heat_table(vectors.grid(concept), vectors.layers.addresses, columns, f"Head relevance of {name}")


def concepts_table(vectors: HeadVectors) -> Image.Image:
    """Show how alike the vectors of the concepts are."""
    title = "Cosine of head relevance vectors"
    return heat_table(vectors.concept_cosines(), vectors.concepts, vectors.concepts, title, span=(0, 1))


def steps_table(vectors: HeadVectors) -> Image.Image:
    """Show how alike the UNet calls are, by their vectors averaged over concepts.

    Raises:
        ConfigError: If calls were not kept apart.
    """
    cosines_ss = vectors.step_cosines()
    every = -(-len(cosines_ss) // _NAMES_OF_STEPS)
    names = [str(step) if step % every == 0 else "" for step in range(len(cosines_ss))]
    cell = max(4, round(480 / len(names)))
    # calls are much alike: a scale from 0 would show one colour
    low = min(0.9, math.floor(10 * float(cosines_ss.min())) / 10)
    title = "Cosine of UNet calls, from noise to picture"
    return heat_table(cosines_ss, names, names, title, cell=(cell, cell), span=(low, 1))
