"""`vxa heads show VECTORS`: the heads of each concept, as a table and as plots."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from vxa.app.atomic import writing_folder
from vxa.app.commands.flags import add_output_flags
from vxa.app.heads.find import EMBEDDED, read_vectors
from vxa.app.heads.plots import concepts_table, heads_sheet, heads_table, steps_table
from vxa.app.output import Output
from vxa.app.result import file_stems
from vxa.core.errors import ConfigError
from vxa.core.head_vectors import HeadVectors

_MOST_HEADS = 32


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument(
        "vectors", nargs="?", default=EMBEDDED, metavar="VECTORS",
        help="file of `vxa heads build`, or .npy arrays as published; the embedded model's by default",
    )  # fmt: skip
    parser.add_argument("--concepts", default="", metavar="NAME,NAME", help="show only these; all by default")
    parser.add_argument("--top", type=int, default=3, metavar="N", help="heads listed for each concept; 3")
    parser.add_argument("--plots", metavar="DIR", help="draw heat maps and similarities into this folder")
    parser.add_argument(
        "--one-scale", action="store_true", help="one scale of colours for all concepts, instead of one each"
    )
    add_output_flags(parser)


def run(arguments: argparse.Namespace, output: Output) -> None:
    """Run the command.

    Raises:
        VxaError: If the vectors cannot be read, there is no such concept, or nothing can be written.
    """
    if not 1 <= arguments.top <= _MOST_HEADS:
        raise ConfigError(f"from 1 to {_MOST_HEADS} heads", got=arguments.top)
    vectors = read_vectors(arguments.vectors)
    typed = [name.strip() for name in arguments.concepts.split(",") if name.strip()]
    concepts = [vectors.concepts[vectors.row_of(name)] for name in typed] or list(vectors.concepts)
    files = {}
    if arguments.plots is not None:
        folder = Path(arguments.plots).expanduser().absolute()
        files = _draw(vectors, concepts if typed else [], folder, one_scale=arguments.one_scale)
    report_vectors(vectors, concepts, output, top=arguments.top, files=files)


def report_vectors(
    vectors: HeadVectors, concepts: Sequence[str], output: Output, *, top: int = 3, files: Mapping[str, Path]
) -> None:
    """List the most relevant heads of each concept, and the files that were written."""
    votes: Mapping[str, int] = vectors.provenance.get("votes", {})
    found = {name: _most_relevant(vectors, name, top) for name in concepts}
    heads = [f"{number + 1}." for number in range(min(top, vectors.layers.total))]
    rows = [
        [name, *([votes[name]] if votes else []), *(f"{address} {head}: {value:.2f}" for address, head, value in best)]
        for name, best in found.items()
    ]
    output.table(["concept", *(["votes"] if votes else []), *heads], rows)
    output.line(f"{len(vectors.layers)} layers, {vectors.layers.total} heads; 1 says nothing for or against a head.")
    for path in files.values():
        output.line(f"Written to {path}")
    output.summary({
        "concepts": {
            name: [{"layer": address, "head": head, "value": round(value, 4)} for address, head, value in best]
            for name, best in found.items()
        },
        "heads": vectors.layers.total, "provenance": dict(vectors.provenance),
        "files": {name: str(path) for name, path in files.items()},
    })  # fmt: skip


def _most_relevant(vectors: HeadVectors, concept: str, count: int) -> list[tuple[str, int, float]]:
    best = vectors.order(concept)[:count].tolist()
    return [(*vectors.layers.locate(index), float(vectors.of(concept)[index])) for index in best]


def _draw(vectors: HeadVectors, concepts: Sequence[str], folder: Path, *, one_scale: bool) -> dict[str, Path]:
    pictures = {"heads": heads_sheet(vectors, concepts, one_scale=one_scale), "concepts": concepts_table(vectors)}
    if vectors.steps_snh is not None:
        pictures["steps"] = steps_table(vectors)
    stems = file_stems([f"heads {name}" for name in concepts])
    pictures |= {stem: heads_table(vectors, name) for stem, name in zip(stems, concepts, strict=True)}
    with writing_folder(folder) as draft:
        for name, picture in pictures.items():
            picture.save(draft / f"{name}.png")
    return {name: folder / f"{name}.png" for name in pictures}
