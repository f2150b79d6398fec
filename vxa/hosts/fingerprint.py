"""Short hashes that tell models apart: of files where there are files, else of tensors."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import torch
from torch import nn

NUM_DIGITS = 10
"""Hex digits of a short hash, as in the webui."""
_BLOCK_BYTES = 1 << 20


def hash_files(paths: Sequence[Path]) -> str:
    """Hash the contents of files: SHA-256, its first 10 hex digits.

    A file that has not changed since is not read again. For a single-file checkpoint this is the webui's model hash.

    Args:
        paths: At least one file; the order counts, the names do not.
    """
    stamps = tuple((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in paths)
    return _hash_stamped(stamps)


@lru_cache(maxsize=64)
def _hash_stamped(stamps: tuple[tuple[str, int, int], ...]) -> str:
    digest = hashlib.sha256()
    for path, _, _ in stamps:
        with Path(path).open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
    return digest.hexdigest()[:NUM_DIGITS]


def hash_module(module: nn.Module) -> str:
    """Hash the names, shapes and values of a module's tensors: SHA-256, its first 10 hex digits."""
    digest = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()[:NUM_DIGITS]
