"""What an ldm model needs from the program that loaded it: text, precision, and its turn on the device.

The model's own code has no say in these, and every program does them in its own way.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import torch
from torch import Tensor

from vxa.core.errors import HostError
from vxa.core.grid import Grid
from vxa.core.tokens import TokenTable
from vxa.engine.host import Conditioning

LdmPart = Literal["UNet", "VAE"]


class LdmProgram(ABC):
    """The program that holds an ldm or sgm model. All but `tokenize` and `state_key` is asked inside `running`."""

    @property
    @abstractmethod
    def device(self) -> torch.device:
        """Where the model computes. Its weights may lie elsewhere until they are needed."""

    @property
    def state_key(self) -> Hashable:
        """Settings of the program that change maps."""
        return ()

    @property
    def has_zero_terminal_snr(self) -> bool:
        """Whether the noise schedule is to be rescaled so that its last timestep is pure noise."""
        return False

    @abstractmethod
    def tokenize(self, prompt: str) -> tuple[TokenTable, ...]:
        """Make the token table of each text encoder. All share their columns; the model does not run."""

    @abstractmethod
    def encode_prompts(self, prompts: Sequence[str], size: Grid) -> Conditioning:
        """Encode prompts, padded to the same number of chunks; models of sgm add "vector", shape (b, c)."""

    def running(self) -> AbstractContextManager[None]:
        """Everything around a job but evaluation mode and gradients, which the host sees to."""
        return nullcontext()

    def computing(self, part: LdmPart) -> AbstractContextManager[object]:
        """Precision of one call of a part.

        Raises:
            InterruptedRunError: If the user stopped the run.
        """
        return nullcontext()

    def check(self, part: LdmPart, values: Tensor) -> None:
        """Check what a part computed.

        Raises:
            HostError: If it is not finite.
        """
        if not bool(values.isfinite().all()):
            raise HostError(f"finite numbers from the {part}", got="NaN", remedy="Load the model in float32.")
