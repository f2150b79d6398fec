"""Answer questions from the command line: cases that were measured are kept, figures are printed and written."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from benchmarks.editing.intervals import write_lines
from benchmarks.editing.question import Desk, Question
from benchmarks.editing.record import Record
from benchmarks.measure import describe_machine
from vxa.app.editing.studio import Studio
from vxa.app.session import Session
from vxa.hosts.load import load_host

REPORT_NAME = "report.md"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Suite:
    """Questions that are asked by one command."""

    name: str
    """Of the command, after `python -m benchmarks.`, and of the folder."""
    about: str
    """What is measured, in a sentence."""
    questions: Mapping[str, Question]
    """By name."""


def answer(question: Question, desk: Desk, number: int, seed: int, folder: Path) -> str:
    """Measure the cases that the folder lacks; return the figures of all as markdown."""
    about = {
        "model": desk.host.info.hash, "split": desk.split, "seed": seed, "steps": desk.steps,
        "guidance": desk.guidance, **question.depends_on(desk),
    }  # fmt: skip
    record = Record(folder, question.name, about)
    subjects = question.cases(desk.split, number, seed)
    for done, subject in enumerate(subjects):
        if str(subject.seed) not in record.rows:
            record.add(str(subject.seed), question.measure(subject, desk))
            _log.info("%s: %d of %d, %s", question.name, done + 1, len(subjects), subject.caption)
    record.draw_sheet()
    rows = [record.rows[str(subject.seed)] for subject in subjects]
    question.draw(rows, folder)
    text = f"## {question.name}\n\n{write_lines(question.lines(rows))}\n"
    (folder / f"{question.name}.md").write_text(text, encoding="utf-8")
    return text


def read_arguments(suite: Suite, arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    names = list(suite.questions)
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{suite.name}", description=suite.about)
    parser.add_argument("--what", nargs="+", choices=names, default=names, help="questions")
    parser.add_argument("--split", choices=("dev", "test"), default="test", help="captions; tune on dev alone")
    parser.add_argument("--cases", type=int, default=0, help="cases of each question; default: its own number")
    parser.add_argument("--seed", type=int, default=0, help="scene to begin with")
    parser.add_argument("--steps", type=int, default=20, help="sampler steps")
    parser.add_argument("--guidance", type=float, default=4.0, help="classifier-free guidance")
    parser.add_argument("--model", default="", help="model folder; default: the embedded model")
    parser.add_argument("--vectors", default="auto", help="head relevance vectors, where they are used")
    parser.add_argument("--out", type=Path, default=None, help=f"folder, taken up again; default: {suite.name}-SPLIT")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args(arguments)


def answer_all(suite: Suite, arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write the report."""
    options = read_arguments(suite, arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    torch.set_num_threads(options.threads)
    host = load_host(options.model) if options.model else load_host()
    studio = Studio(Session(lambda _: host))
    desk = Desk(host, studio, options.split, options.steps, options.guidance, options.vectors)
    folder = options.out or Path(f"{suite.name}-{options.split}")
    head = (
        f"# {suite.name.capitalize()}, {options.split} split\n\n{host.info.name} (hash {host.info.hash}), "
        f"{options.steps} steps of ddim, guidance {options.guidance:g}, scenes from {options.seed}. "
        f"{describe_machine()}.\n"
    )
    for name in options.what:
        question = suite.questions[name]
        print(answer(question, desk, options.cases or question.num_cases, options.seed, folder))
    answered = [folder / f"{name}.md" for name in suite.questions]
    texts = [path.read_text(encoding="utf-8") for path in answered if path.exists()]
    (folder / REPORT_NAME).write_text("\n".join([head, *texts]), encoding="utf-8")
