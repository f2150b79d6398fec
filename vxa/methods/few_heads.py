"""Models with few heads, which values published for Stable Diffusion are too much for."""

from __future__ import annotations

FEW = 100
"""A model with fewer cross-attention heads than this has few: SD 1.x has 128, the embedded model 40."""
