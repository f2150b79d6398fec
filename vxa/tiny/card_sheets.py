"""Pictures of the model card: the data, what the model draws, where it fails, and where words look.

Run as `python -m vxa.tiny.card_sheets --out vxa/tiny/card`. Scenes are the first of their split that fit, never chosen
by how well the model does on them. Knows hosts, scenes and the checker; nothing of training.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vxa.core.errors import ConfigError
from vxa.engine.host import Host
from vxa.hosts.load import load_host
from vxa.render.overlay import heat
from vxa.render.sheet import labelled_sheet
from vxa.tiny import weights_path
from vxa.tiny.checker import Verdict, judge
from vxa.tiny.map_quality import word_maps
from vxa.tiny.obedience import Drawing, Task, draw_tasks, find_tasks, has_two_named
from vxa.tiny.scenes import Scene, describe_scene, draw_scene

SHEETS = ("data", "samples", "failures", "maps")
"""Names of the files, without their ending."""

_SPLIT = "test"
_COLUMNS = 3
_CELL_PX = 352
_MAP_PX = 256
_log = logging.getLogger(__name__)

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class SheetConfig:
    """What is on the sheets."""

    num_pictures: int = 12
    """Scenes, drawings and, at most, failures on a sheet."""
    num_tried: int = 40
    """Captions of two things among which failures are looked for."""
    num_mapped: int = 4
    """Scenes whose words are mapped."""
    drawing: Drawing = field(default_factory=Drawing)
    """How pictures are drawn."""
    timestep: int = 300
    """Noise on the pictures whose words are mapped, in [0, 999]."""

    def __post_init__(self) -> None:
        if min(self.num_pictures, self.num_tried, self.num_mapped) < 1:
            raise ConfigError(
                "at least one picture, one caption tried and one scene mapped",
                got=f"{self.num_pictures}, {self.num_tried} and {self.num_mapped}",
            )


def write_sheets(host: Host, folder: Path, config: SheetConfig | None = None) -> list[Path]:
    """Write all sheets as WebP, and return their paths.

    Args:
        host: The model.
        folder: Made if absent.
        config: What is on them.
    """
    settings = SheetConfig() if config is None else config
    folder.mkdir(parents=True, exist_ok=True)
    pages = {
        "data": data_sheet(settings),
        "samples": samples_sheet(host, settings),
        "failures": failures_sheet(host, settings),
        "maps": maps_sheet(host, settings),
    }
    paths = []
    for name, page in pages.items():
        paths.append(folder / f"{name}.webp")
        page.save(paths[-1], quality=85)
    return paths


def data_sheet(config: SheetConfig) -> Image.Image:
    """Show the first train scenes."""
    scenes = [draw_scene(seed, "train") for seed in range(config.num_pictures)]
    return _page([(scene.caption, scene.picture) for scene in scenes])


def samples_sheet(host: Host, config: SheetConfig) -> Image.Image:
    """Show what the model draws for the first captions, and what the checker says."""
    drawn = _draw(host, find_tasks(_SPLIT, config.num_pictures, lambda _layout: True), config)
    return _page([(f"{_said_of(verdict)}: {task.caption}", picture) for task, picture, verdict in drawn])


def failures_sheet(host: Host, config: SheetConfig) -> Image.Image:
    """Show pictures of two things that are not what was asked for; true ones if there is no failure."""
    drawn = list(_draw(host, find_tasks(_SPLIT, config.num_tried, has_two_named), config))
    failed = [each for each in drawn if not _is_right(each[2])]
    shown = (failed or drawn)[: config.num_pictures]
    return _page([(f"{_said_of(verdict)}: {task.caption}", picture) for task, picture, verdict in shown])


def maps_sheet(host: Host, config: SheetConfig) -> Image.Image:
    """Show where the words of scenes of two things look, a scene a row."""
    cells: list[tuple[str, Image.Image]] = []
    scenes = list(islice(_iter_scenes(host.info.sample.height), config.num_mapped))
    found = list(word_maps(host, scenes, config.timestep))
    for scene in scenes:
        cells.append((scene.caption, Image.fromarray(scene.picture)))
        own = [(span, map_yx) for other, (span, map_yx) in found if other is scene]
        cells += [(span.text, heat(scene.picture, map_yx)) for span, map_yx in own]
    return labelled_sheet(cells, columns=len(cells) // len(scenes), cell_px=_MAP_PX, colormap="turbo", label_lines=2)


def _iter_scenes(side: int) -> Iterator[Scene]:
    for seed in count():
        layout, caption = describe_scene(seed, _SPLIT)
        if has_two_named(layout) and not caption.is_ambiguous:
            yield draw_scene(seed, _SPLIT, side)


def _draw(host: Host, tasks: Sequence[Task], config: SheetConfig) -> Iterator[tuple[Task, Pixels, Verdict]]:
    for task, picture in zip(tasks, draw_tasks(host, tasks, config.drawing), strict=True):
        yield task, picture, judge(picture, task.expected, task.relation)


def _is_right(verdict: Verdict) -> bool:
    return verdict.all_right and verdict.relation_right is not False


def _said_of(verdict: Verdict) -> str:
    if _is_right(verdict):
        return "right"
    wrong = (("colour", all(verdict.color_right)), ("shape", all(verdict.shape_right)), ("binding", verdict.all_right))
    return next((name for name, is_right in wrong if not is_right), "relation") + " wrong"


def _page(cells: Sequence[tuple[str, Pixels]]) -> Image.Image:
    shown = [(label, Image.fromarray(picture)) for label, picture in cells]
    return labelled_sheet(shown, columns=min(_COLUMNS, len(shown)), cell_px=_CELL_PX, label_lines=2)


def main() -> None:
    """Run the command line."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description="Draw the pictures of the embedded model's card.")
    parser.add_argument("--model", type=Path, default=None, help="model folder (default: the embedded model)")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "card", help="folder for the pictures")
    arguments = parser.parse_args()
    host = load_host(arguments.model if arguments.model is not None else weights_path())
    for path in write_sheets(host, arguments.out):
        _log.info("written to %s", path)


if __name__ == "__main__":
    main()
