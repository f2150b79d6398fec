from __future__ import annotations

import hashlib
import os
from pathlib import Path

import torch
from torch import nn

from vxa.hosts.fingerprint import hash_files, hash_module


def test_file_hash_is_the_start_of_its_sha256(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"abc" * 1_000_000)
    assert hash_files([path]) == hashlib.sha256(b"abc" * 1_000_000).hexdigest()[:10]


def test_changed_files_are_read_again(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"one")
    first = hash_files([path])
    path.write_bytes(b"two")
    os.utime(path, ns=(1, 1))
    assert hash_files([path]) != first


def test_shards_count_in_order(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_bytes(b"one")
    second.write_bytes(b"two")
    assert hash_files([first, second]) == hashlib.sha256(b"onetwo").hexdigest()[:10]


def test_module_hash_follows_values_names_and_types() -> None:
    def build(seed: int) -> nn.Module:
        torch.manual_seed(seed)
        return nn.Linear(3, 4)

    assert hash_module(build(0)) == hash_module(build(0)) != hash_module(build(1))
    assert hash_module(build(0)) != hash_module(nn.Sequential(build(0)))
    assert hash_module(build(0)) != hash_module(build(0).half())
    assert len(hash_module(nn.BatchNorm1d(2).to(torch.bfloat16))) == 10
