"""Files of votes and of head relevance vectors: one .npz each, with what the numbers are of as JSON inside."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vxa.core.concepts import Concepts
from vxa.core.errors import ConfigError, VxaError
from vxa.core.head_counts import HeadCounts
from vxa.core.head_layers import HeadLayers
from vxa.core.head_vectors import HeadVectors
from vxa.core.whole_file import writing_file

_META = "__vxa__"
_FORMAT = 1
_VOTES, _VECTORS = "head votes", "head vectors"
# what numpy, zip, zlib and json raise over files that are missing, cut off, or something else altogether
_UNREADABLE = (OSError, EOFError, ValueError, TypeError, AttributeError, LookupError, zipfile.BadZipFile, zlib.error)

Arrays = Mapping[str, NDArray[Any]]


def save_counts(counts: HeadCounts, path: Path | str) -> Path:
    """Write votes, whole or not at all.

    Raises:
        OutputError: If the file cannot be written.
    """
    meta = {
        "concepts": counts.concepts.to_json(),
        "layers": _layers_to_json(counts.layers),
        "pictures": sorted(counts.pictures),
        "run": dict(counts.run),
    }
    return _save(path, _VOTES, {"votes": counts.votes_shn}, meta)


def load_counts(path: Path | str) -> HeadCounts:
    """Read what `save_counts` wrote.

    Raises:
        ConfigError: If the file is missing, or is not such a file.
    """
    arrays, meta = _load(path, _VOTES)
    try:
        return HeadCounts(
            concepts=Concepts.of(meta["concepts"]),
            layers=_layers_from_json(meta["layers"]),
            votes_shn=arrays["votes"],
            pictures=frozenset(meta["pictures"]),
            run=meta["run"],
        )
    except _UNREADABLE as error:
        raise _unreadable(path, _VOTES, error) from error


def save_vectors(vectors: HeadVectors, path: Path | str) -> Path:
    """Write head relevance vectors, whole or not at all.

    Raises:
        OutputError: If the file cannot be written.
    """
    arrays = {"vectors": vectors.vectors_nh, "shares": vectors.shares_nh}
    if vectors.steps_snh is not None:
        arrays["steps"] = vectors.steps_snh
    meta = {
        "concepts": list(vectors.concepts),
        "layers": _layers_to_json(vectors.layers),
        "provenance": dict(vectors.provenance),
    }
    return _save(path, _VECTORS, arrays, meta)


def load_vectors(path: Path | str) -> HeadVectors:
    """Read what `save_vectors` wrote.

    Raises:
        ConfigError: If the file is missing, or is not such a file.
    """
    arrays, meta = _load(path, _VECTORS)
    try:
        return HeadVectors(
            concepts=tuple(meta["concepts"]),
            layers=_layers_from_json(meta["layers"]),
            vectors_nh=arrays["vectors"],
            shares_nh=arrays["shares"],
            steps_snh=arrays.get("steps"),
            provenance=meta["provenance"],
        )
    except _UNREADABLE as error:
        raise _unreadable(path, _VECTORS, error) from error


def _save(path: Path | str, kind: str, arrays: Arrays, meta: Mapping[str, Any]) -> Path:
    path = Path(path)
    text = json.dumps({"kind": kind, "format": _FORMAT, **meta}, ensure_ascii=False)
    everything: dict[str, Any] = {**arrays, _META: np.frombuffer(text.encode(), np.uint8)}
    with writing_file(path) as file:
        np.savez_compressed(file, **everything)
    return path


def _load(path: Path | str, kind: str) -> tuple[Arrays, dict[str, Any]]:
    try:
        # opened here, as numpy leaves a damaged archive open
        with Path(path).open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            meta = json.loads(bytes(file[_META]))
            arrays = {name: file[name] for name in file.files if name != _META}
        found, version = meta["kind"], meta["format"]
    except _UNREADABLE as error:
        raise _unreadable(path, kind, error) from error
    if (found, version) != (kind, _FORMAT):
        remedy = "`vxa heads build` makes vectors of votes." if found == _VOTES else "Is VXA up to date?"
        raise ConfigError(f"{kind} (format {_FORMAT})", got=f"{found} (format {version}): {path}", remedy=remedy)
    return arrays, meta


def _unreadable(path: Path | str, kind: str, error: BaseException) -> ConfigError:
    reason = error if isinstance(error, VxaError) else " ".join(str(error).split())[:200] or type(error).__name__
    return ConfigError(f"a file of {kind} saved by VXA", got=f"{path} ({reason})", remedy="Check the path.")


def _layers_to_json(layers: HeadLayers) -> dict[str, int]:
    return dict(zip(layers.addresses, layers.heads, strict=True))


def _layers_from_json(values: Mapping[str, int]) -> HeadLayers:
    return HeadLayers(tuple(values), tuple(values.values()))
