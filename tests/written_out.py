"""A whole UNet whose attention is written out in full, for methods to be compared with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor

from vxa.engine.clock import Cue
from vxa.engine.host import Host
from vxa.engine.sites import Site

MatrixEdit = Callable[[Site, Cue, Tensor], Tensor]
"""Takes a layer, the cue, and scores or probabilities of all rows, shape (rows, heads, q, t); returns edited ones."""


def unchanged(site: Site, cue: Cue, probs_bhqt: Tensor) -> Tensor:
    return probs_bhqt


@contextmanager
def written_out(host: Host, edit: MatrixEdit = unchanged, edit_scores: MatrixEdit = unchanged) -> Iterator[None]:
    """Compute every attention layer with einsum, its scores and probabilities edited as matrices."""
    with pytest.MonkeyPatch.context() as patch:
        for site in host.sites:
            patch.setattr(site.module, "forward", _forward(host, site, edit, edit_scores))
        yield


def _forward(host: Host, site: Site, edit: MatrixEdit, edit_scores: MatrixEdit) -> Callable[..., Tensor]:
    def forward(hidden: Tensor, encoder_hidden_states: Tensor | None = None, *_: Any, **options: Any) -> Tensor:
        given = encoder_hidden_states if encoder_hidden_states is not None else options.get("context")  # ldm's name
        context = hidden if given is None else given
        module, cue = site.module, host.conductor.cue
        query, key, value = (
            part.unflatten(-1, (site.heads, -1))
            for part in (module.to_q(hidden), module.to_k(context), module.to_v(context))
        )
        scores = torch.einsum("bqhd,bthd->bhqt", query, key) * site.head_dim**-0.5
        probs = edit(site, cue, torch.softmax(edit_scores(site, cue, scores), -1))
        return module.to_out[0](torch.einsum("bhqt,bthd->bqhd", probs, value).flatten(2))

    return forward
