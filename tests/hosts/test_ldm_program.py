from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch

from vxa.core.errors import HostError
from vxa.core.grid import Grid
from vxa.core.tokens import TokenTable
from vxa.engine.host import Conditioning
from vxa.hosts.ldm_program import LdmProgram


class Bare(LdmProgram):
    @property
    def device(self) -> torch.device:
        return torch.device("cpu")

    def tokenize(self, prompt: str) -> tuple[TokenTable, ...]:
        return (TokenTable(prompt, ()),)

    def encode_prompts(self, prompts: Sequence[str], size: Grid) -> Conditioning:
        return Conditioning(torch.zeros(len(prompts), 0, 1))


def test_a_program_that_adds_nothing_says_no_more_than_where_and_how_text_goes_in() -> None:
    program = Bare()
    with program.running(), program.computing("UNet"):
        program.check("UNet", torch.zeros(2))
    assert program.state_key == () and not program.has_zero_terminal_snr


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_not_finite_is_an_error_that_names_the_part(value: float) -> None:
    with pytest.raises(HostError, match="finite numbers from the VAE"):
        Bare().check("VAE", torch.tensor([0.0, value]))
