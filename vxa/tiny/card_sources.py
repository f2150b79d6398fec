"""The files that the model card is written from: taken from a training run and an evaluation, kept beside the card.

Knows what files there are and how curves go on; what the card says of them is `card`'s business.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vxa.core.errors import ConfigError

CURVE = "unet.csv"
CONFIGURATIONS = ("unet.config.json", "vae.config.json", "text.config.json", "latents.json")
COMMAND = "command.txt"
"""The command that trained the model."""
EVALUATION = "evaluation.json"
NOTES = "notes.md"
"""What no figure says of the weights; written by hand."""
TRIALS = "trials.md"
"""The table that `vxa.tiny.trials` wrote; copied by hand."""

NEEDED = (CURVE, *CONFIGURATIONS, COMMAND, EVALUATION)
"""What no card can be written without."""

Row = list[str]
"""Step, seconds, name, value and number of the run."""


@dataclass(frozen=True)
class Training:
    """A training run whose weights are the model."""

    run: Path
    """Its folder."""
    command: str
    """The command, as typed."""
    begun_with: Path | None = None
    """Copy of the sources of the model that the run began with; None if it began from scratch."""


def gather_sources(folder: Path, training: Training | None, evaluation: Path | None) -> dict[str, str]:
    """Read everything that a card is written from; nothing is written.

    Args:
        folder: Where the sources of the last card lie, if there is one.
        training: The run that the model is from; None if the model is the same.
        evaluation: `evaluation.json` of `vxa tiny evaluate`; None if nothing was measured anew.

    Returns:
        Texts by file name.

    Raises:
        ConfigError: If something is neither new nor there, or figures would be those of another model.
    """
    if training is not None and evaluation is None:
        raise ConfigError("an evaluation of the new weights", got="none", remedy="Run vxa tiny evaluate first.")
    kept = (NOTES, TRIALS) if training is not None else (*NEEDED, NOTES, TRIALS)
    new: dict[str, Path] = {} if evaluation is None else {EVALUATION: evaluation}
    texts = _read({**{name: folder / name for name in kept}, **new})
    if training is not None:
        texts |= _texts_of(training, folder)
    if absent := [name for name in NEEDED if name not in texts]:
        raise ConfigError(
            f"all that a card is written from in {folder}",
            got=f"no {', '.join(absent)}",
            remedy="Name the training run, what it began with, and the evaluation that the card is about.",
        )
    return texts


def read_rows(text: str) -> list[Row]:
    """Read a curve file of long form, of one run or, with their numbers, of several."""
    rows = [line.split(",") for line in text.splitlines()[1:]]
    return [row if len(row) == 5 else [*row, "0"] for row in rows]


def _texts_of(training: Training, folder: Path) -> dict[str, str]:
    """Return a run's sources: the UNet's curve behind that of the model it began with, every stage's configuration."""
    before: dict[str, str] = {}
    if training.begun_with is not None:
        if training.begun_with.resolve() == folder.resolve():
            remedy = "Copy them before the first card of a run is written: a run must not be counted twice."
            raise ConfigError("a copy of the sources of the model before", got=str(folder), remedy=remedy)
        before = _read({name: training.begun_with / name for name in (CURVE, *CONFIGURATIONS)})
    own = _read({name: training.run / name for name in (CURVE, *CONFIGURATIONS)})
    if CURVE not in own:
        raise ConfigError(f"a run that trained the UNet in {training.run}", got=f"no {CURVE}")
    rows = _join(*(read_rows(texts.get(CURVE, "")) for texts in (before, own)))
    curve = "\n".join(["step,seconds,name,value,run", *(",".join(row) for row in rows)]) + "\n"
    return {**before, **own, CURVE: curve, COMMAND: training.command + "\n"}


def _join(before: list[Row], after: list[Row]) -> list[Row]:
    """Put a run's rows behind those of the runs that it goes on with: steps, seconds and runs are counted on."""
    if not before:
        return after
    step, seconds, run = int(before[-1][0]), float(before[-1][1]), int(before[-1][4]) + 1
    counted = [[str(int(row[0]) + step), f"{float(row[1]) + seconds:.1f}", *row[2:4], str(run)] for row in after]
    return [*before, *counted]


def _read(paths: dict[str, Path]) -> dict[str, str]:
    """Read those files that are there."""
    return {name: path.read_text(encoding="utf-8") for name, path in paths.items() if path.is_file()}
