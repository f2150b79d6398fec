"""How much one request may ask for."""

from __future__ import annotations

from dataclasses import dataclass

from vxa.render.picture import MAX_PIXELS


@dataclass(frozen=True)
class Limits:
    """Caps of the API; a job's own ranges hold besides."""

    body_bytes: int = 32 << 20
    """Size of a request."""
    picture_pixels: int = MAX_PIXELS
    """Height × width of the picture looked at; read from its header, before it is decoded."""
    drawn_pixels: int = 4 << 20
    """Height × width of a picture drawn or edited, and of its masks."""
    edits: int = 8
    """Edited prompts, or prompts of one weakening."""
    masks: int = 16
    """Painted words."""
    work: int = 4 << 30
    """Latents that go through the UNet, in pixels of their picture: steps × pictures × 2 with guidance × height ×
    width, about; training counts as much as it costs."""
    answer_pixels: int = 16 * MAX_PIXELS
    """Pixels in all pictures of an answer together."""
    text_length: int = 10_000
    """Characters of a prompt, or of any other setting."""
    waiting: int = 32
    """Jobs that run or wait at the same time; each keeps a thread of the server."""
