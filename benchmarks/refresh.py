"""Make anew whatever depends on the embedded model's weights, in order, after shipping those of a training run.

    python -m benchmarks.refresh --run runs/tiny --trained-by "python -m vxa.tiny.train --out runs/tiny"

Without `--run` the weights are those that are there. Every step is a command of its own, printed before it runs.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
TINY = ROOT / "vxa" / "tiny"
PARTS = ("unet", "vae", "text_encoder")
DOCS = ROOT / "docs"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Refresh:
    """One refreshing.

    Args:
        out: Folder of what is measured on the way; finished cases of benchmarks there are not measured again.
        run: Folder of the training run to ship, or None.
        trained_by: The commands that trained it, for the model card.
        scenes: Scenes behind each figure of the model card.
    """

    out: Path
    run: Path | None
    trained_by: str
    scenes: int

    @property
    def steps(self) -> dict[str, Callable[[], None]]:
        """What is done, by name, in order."""
        shipping = {"weights": self.ship_weights, "card": self.write_card} if self.run else {}
        return {
            **shipping,
            "vectors": self.make_vectors,
            "golden": self.write_golden,
            "pictures": self.draw_pictures,
            "editing": self.measure_editing,
            "heads": self.measure_heads,
            "trials": self.repeat_trials,
        }

    def ship_weights(self) -> None:
        """Export the run's model and take its weights over."""
        assert self.run is not None
        exported = self.out / "exported"
        call("vxa.tiny.train", "--out", self.run, "--begin-with", TINY / "weights", "--stages", "export",
             "--export", exported)  # fmt: skip
        for part in PARTS:
            for weights in (exported / part).glob("*.safetensors"):
                shutil.copyfile(weights, TINY / "weights" / part / weights.name)

    def write_card(self) -> None:
        """Measure the model and write its card, with the history of the model that the run began with."""
        assert self.run is not None
        before = self.out / "card-before"
        if not before.exists():
            shutil.copytree(TINY / "card", before)
        call("vxa.tiny.evaluate", "--scenes", self.scenes, "--out", self.out)
        call("vxa.tiny.card", "--run", self.run, "--evaluation", self.out / "evaluation.json", "--begun-with", before,
             "--trained-by", self.trained_by)  # fmt: skip
        call("vxa.tiny.card_sheets")

    def make_vectors(self) -> None:
        """Count which heads carry which concept."""
        call("vxa", "tiny", "vectors", "--counts", self.out / "head-counts")

    def write_golden(self) -> None:
        """Write down the maps that every host has to give."""
        call("tests.golden")

    def draw_pictures(self) -> None:
        """Draw the pictures of the README and the docs."""
        for script in sorted((ROOT / "examples").glob("*_pictures.py")):
            call(script)

    def measure_editing(self) -> None:
        """Measure what editing achieves."""
        self._measure("editing", "shape", "color", "paint")

    def measure_heads(self) -> None:
        """Measure what the heads of concepts are good for."""
        self._measure("heads", "adjusting", exciting="exciting-phrases", weakening="weakening-color-heads-color")

    def repeat_trials(self) -> None:
        """Try again the settings that were chosen on dev."""
        found = self.out / "trials"
        call("benchmarks.heads.trials", "--cases", 24, "--out", found)
        shutil.copyfile(found / "report.md", DOCS / "figures" / "trials.md")

    def _measure(self, what: str, *pictures: str, **renamed: str) -> None:
        found, figures = self.out / what, DOCS / "figures"
        call(f"benchmarks.{what}", "--split", "test", "--out", found)
        figures.mkdir(exist_ok=True)
        shutil.copyfile(found / "report.md", figures / f"{what}.md")
        for name, file in {**{name: name for name in pictures}, **renamed}.items():
            # each version of a sheet stays in the repository's history
            Image.open(found / f"{file}.png").save(figures / f"{name}.webp", quality=80)


def call(what: str | Path, *arguments: object) -> None:
    """Run a module or a script of the repository.

    Raises:
        CalledProcessError: If it fails.
    """
    module = ["-m", what] if isinstance(what, str) else [str(what.relative_to(ROOT))]
    command = [sys.executable, *module, *map(str, arguments)]
    _log.info("%s", " ".join(["python", *command[1:]]))
    subprocess.run(command, cwd=ROOT, check=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the steps."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    parser = argparse.ArgumentParser(prog="python -m benchmarks.refresh", description=__doc__)
    parser.add_argument("--run", type=lambda text: Path(text).resolve(), help="folder of a training run to ship")
    parser.add_argument("--trained-by", default="python -m vxa.tiny.train", help="the commands that trained it")
    parser.add_argument("--scenes", type=int, default=40, help="scenes behind each figure of the model card")
    parser.add_argument("--out", type=lambda text: Path(text).resolve(), required=True, help="a new folder for weights")
    parser.add_argument("--only", nargs="+", help="steps to do, such as: golden pictures")
    options = parser.parse_args(arguments)
    refresh = Refresh(options.out, options.run, options.trained_by, options.scenes)
    if options.run is not None and not list(options.run.glob("*.state.pt")):
        parser.error(f"--run: nothing was trained in {options.run}")
    chosen = options.only or list(refresh.steps)
    if unknown := set(chosen) - set(refresh.steps):
        parser.error(f"there is no step {sorted(unknown)}; steps are: {', '.join(refresh.steps)}")
    for name, step in refresh.steps.items():
        if name in chosen:
            step()


if __name__ == "__main__":
    main()
