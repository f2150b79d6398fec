"""Small random models to observe, and calls to make on them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from vxa.core.grid import Grid
from vxa.engine.clock import Clock, Cue, Row
from vxa.engine.host import Conditioning, Host
from vxa.hosts.memory import RandomHost

LATENT = Grid(8, 6)
Call = Callable[..., tuple[torch.Tensor, Conditioning, Cue]]


@pytest.fixture(scope="session")
def shared_host() -> RandomHost:
    """A random model that tests only read: all its attention processors and weights stay as they are."""
    return RandomHost()


@pytest.fixture(scope="session")
def shared_sdxl() -> RandomHost:
    """The same with SDXL's layout: no attention at the first level, blocks two deep."""
    return RandomHost(layout="sdxl", widths=(32, 32, 32))


@pytest.fixture
def host(shared_host: RandomHost) -> RandomHost:
    """The shared random model, which must come back without hooks."""
    return shared_host


@pytest.fixture(scope="session")
def make_call() -> Call:
    """Make the arguments of one UNet call: latents, conditioning, cue."""

    def make(
        host: Host,
        prompts: tuple[str, ...] = ("a red car",),
        roles: str = "c",
        latent: Grid = LATENT,
        step: int = 0,
        timestep: float = 300.0,
    ) -> tuple[torch.Tensor, Conditioning, Cue]:
        """Make a call with one row a letter of `roles`, c or u; the n-th c is of picture n, so is the n-th u."""
        pictures = {"c": 0, "u": 0}
        rows = []
        for letter in roles:
            rows.append(Row("cond" if letter == "c" else "uncond", pictures[letter]))
            pictures[letter] += 1
        encoded = host.encode_prompts(["", *prompts], latent.times(8))
        places = [0 if row.role == "uncond" else 1 + row.picture % len(prompts) for row in rows]
        generator = torch.Generator().manual_seed(7)
        latents_bcyx = torch.randn(len(rows), 4, latent.height, latent.width, generator=generator)
        return latents_bcyx, encoded.rows(places), Cue(Clock(step, 10, timestep), tuple(rows), latent)

    return make
