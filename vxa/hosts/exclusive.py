"""One job at a time on a model, and the model afterwards as it was."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def exclusive(lock: threading.RLock, modules: Sequence[nn.Module]) -> Iterator[None]:  # type: ignore[valid-type]
    """Hold a model in evaluation mode, without gradients, for the thread that entered.

    Other threads wait; the same thread may enter again. Whatever happens, each submodule that was in training mode is
    back in it afterwards.

    Args:
        lock: The model's own.
        modules: Networks of the model.
    """
    with lock, torch.no_grad():
        training = [part for module in modules for part in module.modules() if part.training]
        try:
            for part in training:
                part.training = False
            yield
        finally:
            for part in training:
                part.training = True
