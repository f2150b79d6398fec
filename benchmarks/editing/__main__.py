"""Measure what editing and painting achieve on the embedded model; see `python -m benchmarks.editing --help`."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

import torch

from benchmarks.editing.intervals import write_lines
from benchmarks.editing.inversion import Inversion
from benchmarks.editing.paint import Blobs, Paint
from benchmarks.editing.question import Desk, Question
from benchmarks.editing.record import Record
from benchmarks.editing.reweight import Reweight
from benchmarks.editing.swap import SwapColor, SwapShape
from benchmarks.measure import describe_machine
from vxa.app.editing.studio import Studio
from vxa.app.session import Session
from vxa.hosts.load import load_host

QUESTIONS: dict[str, Question] = {
    question.name: question for question in (SwapShape(), SwapColor(), Reweight(), Paint(), Blobs(), Inversion())
}
REPORT_NAME = "report.md"
_log = logging.getLogger(__name__)


def answer(question: Question, desk: Desk, number: int, seed: int, folder: Path) -> str:
    """Measure the cases that the folder lacks; return the figures of all as markdown."""
    about = {
        "model": desk.host.info.hash, "split": desk.split, "seed": seed, "steps": desk.steps,
        "guidance": desk.guidance,
    }  # fmt: skip
    record = Record(folder, question.name, about)
    subjects = question.cases(desk.split, number, seed)
    for done, subject in enumerate(subjects):
        if str(subject.seed) not in record.rows:
            record.add(str(subject.seed), question.measure(subject, desk))
            _log.info("%s: %d of %d, %s", question.name, done + 1, len(subjects), subject.caption)
    record.draw_sheet()
    rows = [record.rows[str(subject.seed)] for subject in subjects]
    text = f"## {question.name}\n\n{write_lines(question.lines(rows))}\n"
    (folder / f"{question.name}.md").write_text(text, encoding="utf-8")
    return text


def read_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.editing", description=__doc__)
    parser.add_argument("--what", nargs="+", choices=list(QUESTIONS), default=list(QUESTIONS), help="questions")
    parser.add_argument("--split", choices=("dev", "test"), default="test", help="captions; tune on dev alone")
    parser.add_argument("--cases", type=int, default=0, help="cases of each question; default: its own number")
    parser.add_argument("--seed", type=int, default=0, help="scene to begin with")
    parser.add_argument("--steps", type=int, default=20, help="sampler steps")
    parser.add_argument("--guidance", type=float, default=4.0, help="classifier-free guidance")
    parser.add_argument("--model", default="", help="model folder; default: the embedded model")
    parser.add_argument("--out", type=Path, default=None, help="folder, taken up again; default: editing-SPLIT")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write the report."""
    options = read_arguments(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    torch.set_num_threads(options.threads)
    host = load_host(options.model) if options.model else load_host()
    desk = Desk(host, Studio(Session(lambda _: host)), options.split, options.steps, options.guidance)
    folder = options.out or Path(f"editing-{options.split}")
    head = (
        f"# Editing, {options.split} split\n\n{host.info.name} (hash {host.info.hash}), {options.steps} steps of ddim, "
        f"guidance {options.guidance:g}, scenes from {options.seed}. {describe_machine()}.\n"
    )
    for name in options.what:
        print(answer(QUESTIONS[name], desk, options.cases or QUESTIONS[name].num_cases, options.seed, folder))
    answered = [path.read_text(encoding="utf-8") for name in QUESTIONS if (path := folder / f"{name}.md").exists()]
    (folder / REPORT_NAME).write_text("\n".join([head, *answered]), encoding="utf-8")


if __name__ == "__main__":
    main()
