"""`vxa sweep WHAT --over NAME=VALUE,VALUE`: one or two settings of a job over lists, as a sheet and a table."""

from __future__ import annotations

import argparse
from dataclasses import replace

from vxa.app.api import load_picture
from vxa.app.commands.flags import add_loading_flags, add_output_flags, loader_from
from vxa.app.commands.paint import load_masks
from vxa.app.editing.masks import Mask, mask_names
from vxa.app.editing.paint_job import PaintJob
from vxa.app.jobs import JOBS
from vxa.app.output import Output
from vxa.app.pixels import Picture, drawn_size
from vxa.app.provenance import SOURCE_NAME
from vxa.app.session import Session
from vxa.app.sweeps.recipes import RECIPES, Recipe
from vxa.app.sweeps.run import run_sweep
from vxa.app.sweeps.sweep import Axis, Sweep, read_axis, read_setting
from vxa.core.errors import ConfigError, did_you_mean


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    recipes = "; ".join(f"{name}: {recipe.summary}" for name, recipe in RECIPES.items()).replace("%", "%%")
    parser.add_argument("what", metavar="WHAT", help=f"a job ({', '.join(JOBS)}) or a recipe ({recipes})")
    parser.add_argument("picture", nargs="?", metavar="PICTURE", help="the picture that jobs are run on")
    parser.add_argument(
        "--over", action="append", default=[], metavar="NAME=V,V",
        help="a setting and its values (| between values with commas): columns, then rows; replaces a recipe's own",
    )  # fmt: skip
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="another setting of the job")
    parser.add_argument("--mask", action="append", default=[], metavar="WORD=FILE", help="a painted word and its mask")
    parser.add_argument("--out", metavar="DIR", help="folder to write to, or to go on in; WHAT with -sweep by default")
    add_loading_flags(parser, with_model=False)
    add_output_flags(parser)


def run(arguments: argparse.Namespace, output: Output) -> None:
    """Run the command.

    Raises:
        VxaError: If anything typed is wrong, or something cannot be written.
    """
    masks = load_masks(arguments.mask)
    settings = {"words": ", ".join(masks)} if masks else {}
    settings |= dict(read_setting(text) for text in arguments.set)
    axes = tuple(read_axis(text) for text in arguments.over)
    recipe = RECIPES.get(arguments.what)
    sweep = _sweep(arguments.what, recipe, settings, axes)
    session = Session(loader_from(arguments))
    given: dict[str, Picture] = {}
    if arguments.picture is not None:
        given[SOURCE_NAME] = load_picture(arguments.picture)
    job = sweep.cells()[0].job
    if isinstance(job, PaintJob):
        masks = masks or _masks(recipe, job, session, given)
        given |= dict(zip(mask_names(list(masks)), masks.values(), strict=True))
    with output.progress() as progress:
        done = run_sweep(sweep, arguments.out or f"{arguments.what}-sweep", session, given, progress)
    output.line(f"{len(done.cells)} cells, {done.num_run} of them run now.")
    output.line(f"Written to {done.folder}: {done.sheet.name}, {done.table.name}, and a folder a cell.")
    files = {"sheet": done.sheet, "table": done.table}
    output.summary({
        **sweep.to_json(), **{name: str(path) for name, path in files.items()}, "run": done.num_run,
        "cells": [str(path) for path in done.cells],
    })  # fmt: skip


def _sweep(what: str, recipe: Recipe | None, settings: dict[str, str], axes: tuple[Axis, ...]) -> Sweep:
    if recipe is not None:
        return replace(recipe.sweep, settings={**recipe.sweep.settings, **settings}, axes=axes or recipe.sweep.axes)
    if what not in JOBS:
        raise ConfigError("a job or a recipe", got=repr(what), remedy=did_you_mean(what, [*JOBS, *RECIPES]))
    if not axes:
        raise ConfigError("a setting to go through", got="none", remedy="Name it: --over NAME=VALUE,VALUE.")
    return Sweep(JOBS[what], settings, axes)


def _masks(recipe: Recipe | None, job: PaintJob, session: Session, given: dict[str, Picture]) -> dict[str, Mask]:
    if recipe is None or SOURCE_NAME in given:
        raise ConfigError("masks", got="none", remedy="Name them with --mask WORD=FILE.")
    return recipe.masks(drawn_size(job.height, job.width, session.host(job.model)))
