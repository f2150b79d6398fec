"""Processes that share the work of one run: one alone, or those that `accelerate launch` or `torchrun` started."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vxa.core.errors import HostError

_SIZES = ("WORLD_SIZE", "PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MV2_COMM_WORLD_SIZE")
"""Where launchers say how many processes they start: torch's, which accelerate uses for GPUs, and those of MPI."""


class Team(ABC):
    """Processes that run the same program at the same time."""

    rank: int
    """Number of this process, from 0."""
    size: int
    """How many there are."""
    device: str | None = None
    """Device of this process; None where everybody may choose."""

    @property
    def is_first(self) -> bool:
        """Whether this is the process that speaks and writes for all."""
        return self.rank == 0

    @abstractmethod
    def add(self, array: NDArray[np.int32]) -> NDArray[np.int32]:
        """Add up what the processes hand over, arrays of one shape; all get the sum. Waits for all."""

    @abstractmethod
    def leave(self) -> None:
        """Wait for all, once nothing more is asked of the team."""


class Alone(Team):
    """One process."""

    rank, size = 0, 1

    def add(self, array: NDArray[np.int32]) -> NDArray[np.int32]:
        """Give back what was handed over."""
        return array

    def leave(self) -> None:
        """Go at once."""


class Launched(Team):
    """The processes that a launcher started, on one machine or several.

    Args:
        device: What the user asked for; "cpu" keeps a team off the GPUs.

    Raises:
        HostError: If accelerate is not installed.
    """

    def __init__(self, device: str = "auto") -> None:
        try:
            from accelerate import PartialState
        except ImportError as error:
            raise HostError(
                "the package accelerate for several processes", got=error, remedy="Run: pip install accelerate"
            ) from error
        self._state: Any = PartialState(cpu=device == "cpu")
        self.rank, self.size = int(self._state.process_index), int(self._state.num_processes)
        self.device = str(self._state.device)

    def add(self, array: NDArray[np.int32]) -> NDArray[np.int32]:
        """Add up the arrays of all processes."""
        import torch

        total = torch.from_numpy(array).to(self._state.device, copy=True)
        torch.distributed.all_reduce(total)
        return total.cpu().numpy()

    def leave(self) -> None:
        """Wait for all, and close the connections."""
        from torch import distributed

        self._state.wait_for_everyone()
        distributed.destroy_process_group()


def join_team(device: str) -> Team:
    """Find out who works on this run: by what launchers say to the processes that they start.

    Args:
        device: What the user asked for.
    """
    sizes = [int(os.environ[name]) for name in _SIZES if name in os.environ]
    return Launched(device) if max(sizes, default=1) > 1 else Alone()
