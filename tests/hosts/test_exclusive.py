from __future__ import annotations

import threading

import pytest
import torch
from torch import nn

from vxa.hosts.exclusive import exclusive


def test_only_what_was_training_trains_again() -> None:
    model = nn.Sequential(nn.Dropout(), nn.Linear(2, 2), nn.Sequential(nn.Dropout()))
    model[1].eval()
    before = [part.training for part in model.modules()]
    with exclusive(threading.RLock(), [model]):
        assert not any(part.training for part in model.modules())
        assert not model(torch.ones(1, 2)).requires_grad
    assert [part.training for part in model.modules()] == before == [True, True, False, True, True]


def test_lock_is_free_after_an_interrupt() -> None:
    lock = threading.RLock()
    with pytest.raises(KeyboardInterrupt), exclusive(lock, []):
        raise KeyboardInterrupt
    taken: list[bool] = []
    thread = threading.Thread(target=lambda: taken.append(lock.acquire(timeout=1)))
    thread.start()
    thread.join()
    assert taken == [True]


def test_gradients_may_be_off_already() -> None:
    with torch.no_grad():
        with exclusive(threading.RLock(), []):
            pass
        assert not torch.is_grad_enabled()
