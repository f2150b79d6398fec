from __future__ import annotations

import multiprocessing
import os
import threading

import pytest
import torch
from torch import nn

from vxa.tiny.peers import Peers, run_with_peers


def in_two_threads(gradients: list[list[float]], stops: list[bool]) -> list[tuple[list[float], bool]]:
    """Let two members of a group average their gradients."""
    shared = torch.zeros(2, len(gradients[0]) + 1)
    barrier = multiprocessing.get_context("spawn").Barrier(2)
    results: dict[int, tuple[list[float], bool]] = {}

    def member(rank: int) -> None:
        parameters = [nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(1))]
        values = torch.tensor(gradients[rank], dtype=torch.float32)
        parameters[0].grad, parameters[1].grad = values[:2].clone(), values[2:].clone()
        stopped = Peers(rank, 2, shared, barrier).average(parameters, stops[rank])
        means = [value for parameter in parameters for value in parameter.grad.tolist()]
        results[rank] = (means, stopped)

    threads = [threading.Thread(target=member, args=(rank,)) for rank in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [results[0], results[1]]


def test_everybody_gets_the_mean() -> None:
    one, other = in_two_threads([[1, 2, 3], [3, 6, 5]], [False, False])
    assert one == other == ([2.0, 4.0, 4.0], False)


def test_one_request_stops_all() -> None:
    assert [stopped for _, stopped in in_two_threads([[0, 0, 0], [0, 0, 0]], [False, True])] == [True, True]


def test_a_group_of_processes_does_the_work_of_one(capfd: pytest.CaptureFixture[str]) -> None:
    threads = torch.get_num_threads()
    with open(os.devnull, "w") as not_to_be_pickled:
        run_with_peers(2, 4, print, ("working",), not_to_be_pickled)
    assert torch.get_num_threads() == threads
    told = capfd.readouterr().out
    assert told.count("working") == 2 and told.count("working None") == 1 and told.count("working <_io") == 1
