"""`vxa heads compute PROMPTS`: draw pictures and count which concept each head votes for.

`accelerate launch -m vxa heads compute …` shares the work among processes, on one machine or several; where there are
only CPUs, `torchrun -m` does.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from vxa.app.commands.flags import add_loading_flags, add_output_flags, loader_from
from vxa.app.commands.heads_report import report_counts
from vxa.app.flags import add_job_flags, job_from_flags
from vxa.app.heads.compute import plan_compute
from vxa.app.heads.compute_job import ComputeJob
from vxa.app.heads.concept_files import load_concepts
from vxa.app.heads.prompt_files import load_prompts
from vxa.app.heads.run import run_part, run_shared
from vxa.app.heads.team import join_team
from vxa.app.output import Output
from vxa.core.errors import ConfigError

_DEFAULT_FOLDER = "vxa-heads"


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("prompts", metavar="PROMPTS", help="text file, a prompt a line; each is drawn once")
    add_job_flags(parser, ComputeJob)
    parser.add_argument(
        "--out", default=_DEFAULT_FOLDER, metavar="DIR",
        help=f"folder of the counts, where a run that was broken off goes on; {_DEFAULT_FOLDER}",
    )  # fmt: skip
    parser.add_argument(
        "--part", default="1/1", metavar="I/N", help="count only this part of the work, for `vxa heads merge`"
    )
    add_loading_flags(parser, with_model=False)
    add_output_flags(parser)


def run(arguments: argparse.Namespace, output: Output) -> None:
    """Run the command.

    Raises:
        VxaError: If anything typed is wrong, or something cannot be written.
    """
    job, part = job_from_flags(ComputeJob, arguments), read_part(arguments.part)
    prompts, concepts = load_prompts(arguments.prompts), load_concepts(job.concepts)
    team = join_team(arguments.device)
    if team.size > 1 and part[1] > 1:
        raise ConfigError("either --part or several processes", got="both", remedy="Leave out --part.")
    arguments.device = team.device or arguments.device
    host = loader_from(arguments)(job.model)
    plan = plan_compute(job, prompts, concepts, host)
    if not team.is_first:
        output = Output(is_quiet=True)
    folder = Path(arguments.out).expanduser().absolute()
    with output.progress() as progress:
        if team.size > 1:
            counts, path = run_shared(plan, host, folder, team, progress)
        else:
            counts, path = run_part(plan, host, folder, part, progress)
    following = "vxa heads merge" if part[1] > 1 else "vxa heads build"
    report_counts(counts, path, output, following=following)


def read_part(text: str) -> tuple[int, int]:
    """Read a part typed as I/N, I from 1 to N: its number from 0, and N.

    Raises:
        ConfigError: If it is not of that form.
    """
    match = re.fullmatch(r"(\d+)/(\d+)", text.strip())
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise ConfigError("a part as I/N, such as 2/4", got=repr(text))
    return int(match[1]) - 1, int(match[2])
