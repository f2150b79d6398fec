"""Training on several processes of one machine, each with one thread, that average their gradients.

On a CPU shared with other work this beats several threads in one process, which wait for each other within every
operation. Knows nothing of models; the gradients pass through shared memory.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from typing import Any

import torch
from torch import Tensor, nn

PATIENCE_SECONDS = 900.0
"""How long to wait for the others; compiling, probing and saving happen on the way."""


@dataclass
class Peers:
    """One process's view of the group."""

    rank: int
    """0 for the process that saves, probes and reports."""
    count: int
    """Number of processes."""
    shared_pn: Tensor
    """Gradients of each process, one row each, and in the last column whether it was asked to stop; shared memory."""
    barrier: Barrier

    def average(self, parameters: Iterable[nn.Parameter], wants_stop: bool) -> bool:
        """Replace all gradients by their mean over the group.

        Returns:
            Whether any process was asked to stop; the same answer everywhere.
        """
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        row = self.shared_pn[self.rank]
        total = sum(gradient.numel() for gradient in gradients)
        torch.cat([gradient.flatten() for gradient in gradients], out=row[:total])
        row[-1] = float(wants_stop)
        self.barrier.wait(PATIENCE_SECONDS)
        mean_n = self.shared_pn[:, :total].mean(dim=0)
        is_stopped = bool(self.shared_pn[:, -1].any())
        self.barrier.wait(PATIENCE_SECONDS)
        for gradient, values in zip(gradients, mean_n.split([gradient.numel() for gradient in gradients]), strict=True):
            gradient.copy_(values.view_as(gradient))
        return is_stopped


def run_with_peers(
    count: int, num_values: int, work: Callable[..., None], arguments: tuple[Any, ...], progress: Any = None
) -> None:
    """Call `work(*arguments, progress, peers)` in `count` processes, this one being the first.

    Args:
        count: At least 2.
        num_values: Number of trainable values.
        work: A function of a module, so that a fresh process can import it; must do the same steps everywhere.
        arguments: What it gets first; picklable.
        progress: What the first process gets; the others get None.
    """
    context = multiprocessing.get_context("spawn")
    shared_pn = torch.zeros(count, num_values + 1).share_memory_()
    barrier = context.Barrier(count)
    others = [
        context.Process(
            target=_work_alone, args=(work, (*arguments, None), Peers(rank, count, shared_pn, barrier)), daemon=True
        )
        for rank in range(1, count)
    ]
    for process in others:
        process.start()
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        work(*arguments, progress, Peers(0, count, shared_pn, barrier))
    finally:
        torch.set_num_threads(threads)
        for process in others:
            process.join(timeout=60)
            if process.is_alive():
                process.terminate()


def _work_alone(work: Callable[..., None], arguments: tuple[Any, ...], peers: Peers) -> None:
    torch.set_num_threads(1)
    try:
        work(*arguments, peers)
    except KeyboardInterrupt:
        return  # the first process tells the user
