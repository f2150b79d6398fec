"""`vxa tiny train|evaluate|sample|vectors|export-webui`: make, measure, try and export the embedded model."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any

from vxa.app.commands.flags import add_output_flags
from vxa.app.commands.tiny_sample import add_sample_flags, run_sample
from vxa.app.commands.tiny_vectors import add_vectors_flags, run_vectors
from vxa.app.output import Output
from vxa.tiny.endings import RESUMABLE
from vxa.tiny.evaluate import add_arguments as add_evaluate_arguments
from vxa.tiny.evaluate import config_from as evaluate_config_from
from vxa.tiny.evaluate import run as run_evaluation
from vxa.tiny.export import add_export_arguments, run_export_command
from vxa.tiny.train import add_arguments as add_train_arguments
from vxa.tiny.train import config_from as train_config_from
from vxa.tiny.train import run as run_training

Run = Callable[[argparse.Namespace, Output], None]


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare the actions and their flags."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    add_train_arguments(_add(actions, "train", "train the embedded model, or go on training it", _train))
    add_evaluate_arguments(_add(actions, "evaluate", "measure it on scenes that it has never seen", _evaluate))
    add_sample_flags(_add(actions, "sample", "draw scenes, and what the model makes of their captions", run_sample))
    add_vectors_flags(_add(actions, "vectors", "make the head relevance vectors that ship with it", run_vectors))
    add_export_arguments(_add(actions, "export-webui", "write the model as a checkpoint for the webui", _export))


def run(arguments: argparse.Namespace, output: Output) -> None:
    """Run the action that was chosen.

    Raises:
        VxaError: If a setting is wrong, or something cannot be read or written.
    """
    arguments.action(arguments, output)


def _add(actions: Any, name: str, summary: str, action: Run) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(
        name, help=summary, description=f"{summary[0].upper()}{summary[1:]}."
    )
    add_output_flags(parser)
    parser.set_defaults(action=action)
    return parser


def _train(arguments: argparse.Namespace, output: Output) -> None:
    config = train_config_from(arguments)
    try:
        run_training(config, output.line)
    except KeyboardInterrupt:
        output.line(RESUMABLE)
        raise
    output.summary({"out": str(config.out.absolute())})


def _evaluate(arguments: argparse.Namespace, output: Output) -> None:
    evaluation = run_evaluation(evaluate_config_from(arguments), output.line)
    figures = evaluation.figures.items()
    rows = [
        [name, f"{found.mean:.3f}", f"{found.low:.3f} to {found.high:.3f}", found.count]
        for name, found in figures
        if found.count
    ]
    output.line()
    output.table(["figure", "mean", "95 % interval", "values"], rows)
    output.summary(json.loads(evaluation.to_json()))


def _export(arguments: argparse.Namespace, output: Output) -> None:
    exported = run_export_command(arguments)
    paths = {"weights": exported.weights, "config": exported.config, "text_encoder": exported.text_encoder}
    for name, path in paths.items():
        output.line(f"{name.replace('_', ' ')}: {path}")
    output.summary({name: str(path) for name, path in paths.items()})
