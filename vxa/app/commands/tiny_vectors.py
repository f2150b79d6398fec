"""`vxa tiny vectors`: the head relevance vectors that ship with the embedded model."""

from __future__ import annotations

import argparse
from pathlib import Path

from vxa.app.commands.flags import add_loading_flags, loader_from
from vxa.app.commands.heads_show import report_vectors
from vxa.app.heads.compute import plan_compute
from vxa.app.heads.compute_job import ComputeJob
from vxa.app.heads.concept_files import load_concepts
from vxa.app.heads.files import save_vectors
from vxa.app.heads.find import embedded_path
from vxa.app.heads.run import run_part
from vxa.app.output import Output
from vxa.core.errors import ConfigError
from vxa.core.head_counts import build_vectors
from vxa.tiny.concepts import scene_prompts

_MOST_PROMPTS = 10_000


def add_vectors_flags(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--count", type=int, default=200, metavar="N", help="captions of the train split drawn; 200")
    parser.add_argument("--steps", type=int, default=20, metavar="N", help="sampler steps; 20")
    parser.add_argument(
        "--counts", default="vxa-tiny-heads", metavar="DIR",
        help="folder of the votes, where a run that was broken off goes on; vxa-tiny-heads",
    )  # fmt: skip
    parser.add_argument("--out", metavar="FILE", help="file to write; the one in the package by default")
    add_loading_flags(parser)


def run_vectors(arguments: argparse.Namespace, output: Output) -> None:
    """Count the votes, and write the vectors.

    Raises:
        VxaError: If a number is out of range, or nothing can be written.
    """
    if not 1 <= arguments.count <= _MOST_PROMPTS:
        raise ConfigError(f"from 1 to {_MOST_PROMPTS} captions", got=arguments.count)
    job = ComputeJob(model=arguments.model, concepts="scenes", steps=arguments.steps, scheduler="ddim")
    host = loader_from(arguments)(job.model)
    plan = plan_compute(job, scene_prompts(arguments.count), load_concepts(job.concepts), host)
    with output.progress() as progress:
        counts, _ = run_part(plan, host, Path(arguments.counts).absolute(), progress=progress)
    vectors = build_vectors(counts)
    path = save_vectors(vectors, Path(arguments.out).absolute() if arguments.out else embedded_path())
    report_vectors(vectors, vectors.concepts, output, files={"vectors": path})
