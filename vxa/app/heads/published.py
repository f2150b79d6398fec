"""Head relevance vectors in the layout their authors publish: plain .npy arrays, side by side in a folder.

    head_relevance_NAME.npy                  (concept, head)        float32, mean 1
    ranking_list_NAME.npy                    (concept, head)        float64, shares of votes
    head_index_NAME.npy                      (head,)                text, "down, layer: 0, head: 0"
    head_relevance_NAME_per_timesteps.npy    (call, concept, head)  float32
    concepts_NAME.txt                        names of the concepts, one a line: ours; else the published 34

All but the first may be absent. Nothing in these files says which model they are of.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vxa.app.atomic import writing_folder
from vxa.core.concepts import VISUAL_CONCEPTS
from vxa.core.errors import ConfigError
from vxa.core.head_layers import SD1_LAYERS, SDXL_LAYERS, HeadLayers
from vxa.core.head_vectors import HeadVectors

_VECTORS = "head_relevance"


def load_published(path: Path | str) -> HeadVectors:
    """Read the published layout.

    Args:
        path: The file of the vectors, or a folder with one such file.

    Raises:
        ConfigError: If something is missing or does not fit together.
    """
    path = _vectors_file(Path(path))
    vectors_nh = _read(path, 2)
    shares = _beside(path, "ranking_list", ".npy")
    steps = path.with_name(f"{path.stem}_per_timesteps.npy")
    return HeadVectors(
        concepts=_concepts(path, len(vectors_nh)),
        layers=_layers(path, vectors_nh.shape[1]),
        vectors_nh=vectors_nh.astype(np.float32),
        shares_nh=(_read(shares, 2) if shares.is_file() else _shares_of(vectors_nh)).astype(np.float32),
        steps_snh=_read(steps, 3).astype(np.float32) if steps.is_file() else None,
        provenance={"file": path.name},
    )


def save_published(vectors: HeadVectors, folder: Path | str, name: str) -> Path:
    """Write the published layout, all files or none.

    Args:
        vectors: What to write.
        folder: Where to; made if absent.
        name: Part of the file names, such as "sd_v1_5".

    Returns:
        The file of the vectors: what `load_published` reads.

    Raises:
        OutputError: If something cannot be written.
    """
    main = Path(folder) / f"{_VECTORS}_{name}.npy"
    with writing_folder(folder) as draft:
        np.save(draft / main.name, vectors.vectors_nh)
        np.save(draft / f"ranking_list_{name}.npy", vectors.shares_nh.astype(np.float64))
        np.save(draft / f"head_index_{name}.npy", np.array(vectors.layers.names))
        if vectors.steps_snh is not None:
            np.save(draft / f"{main.stem}_per_timesteps.npy", vectors.steps_snh)
        (draft / f"concepts_{name}.txt").write_text("\n".join(vectors.concepts) + "\n", encoding="utf-8")
    return main


def _vectors_file(path: Path) -> Path:
    if not path.is_dir():
        return path
    found = [file for file in sorted(path.glob(f"{_VECTORS}_*.npy")) if not file.stem.endswith("_per_timesteps")]
    if len(found) != 1:
        got = ", ".join(file.name for file in found) or "none"
        raise ConfigError(f"one file {_VECTORS}_*.npy in {path}", got=got, remedy="Name the file.")
    return found[0]


def _beside(path: Path, part: str, ending: str) -> Path:
    return path.with_name(path.stem.replace(_VECTORS, part, 1) + ending)


def _read(path: Path, num_axes: int) -> NDArray[Any]:
    try:
        array = np.load(path, allow_pickle=False)
    except (OSError, EOFError, ValueError) as error:
        raise ConfigError("a .npy file of head relevance", got=f"{path} ({error})", remedy="Check the path.") from error
    if not isinstance(array, np.ndarray) or array.ndim != num_axes or 0 in array.shape:
        raise ConfigError(f"an array with {num_axes} axes in {path}", got=getattr(array, "shape", "several arrays"))
    return array


def _concepts(path: Path, count: int) -> tuple[str, ...]:
    listed = _beside(path, "concepts", ".txt")
    if listed.is_file() and listed != path:
        return tuple(listed.read_text(encoding="utf-8").split("\n")[:-1])
    if count == len(VISUAL_CONCEPTS):
        return VISUAL_CONCEPTS
    raise ConfigError(
        f"the names of the {count} concepts in {listed}", got="no such file",
        remedy=f"Only the published {len(VISUAL_CONCEPTS)} are known by heart; write one name a line.",
    )  # fmt: skip


def _layers(path: Path, num_heads: int) -> HeadLayers:
    index = _beside(path, "head_index", ".npy")
    names = tuple(str(name) for name in _read(index, 1)) if index.is_file() and index != path else None
    known = next((layers for layers in (SD1_LAYERS, SDXL_LAYERS) if layers.total == num_heads), None)
    layers = known if names is None else _layers_of(names, known)
    if layers is None or layers.total != num_heads:
        raise ConfigError(
            f"the names of the {num_heads} heads in {index}", got="no such file" if names is None else len(names),
            remedy="Only the heads of SD 1.x (128) and SDXL (1300) are known by heart.",
        )  # fmt: skip
    return layers


def _layers_of(names: tuple[str, ...], known: HeadLayers | None) -> HeadLayers | None:
    """Find the layers that heads are named after; where they are no known model's, each is a block of its own."""
    if known is not None and known.names == names:
        return known
    heads: dict[str, int] = {}
    for name in names:
        place, layer, _ = (part.split(":")[-1].strip() for part in f"{name},,".split(",")[:3])
        heads[f"{place}.{layer}.0.cross"] = heads.get(f"{place}.{layer}.0.cross", 0) + 1
    found = HeadLayers(tuple(heads), tuple(heads.values()))
    return found if found.names == names else None


def _shares_of(vectors_nh: NDArray[Any]) -> NDArray[np.float64]:
    """Undo what brought each row to a mean of 1: the factors for which the shares of each head sum to 1."""
    factors_n = np.linalg.lstsq(vectors_nh.T.astype(np.float64), np.ones(vectors_nh.shape[1]), rcond=None)[0]
    return vectors_nh * factors_n.clip(min=0)[:, None]
