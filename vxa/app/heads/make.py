"""Head relevance vectors of a model in one call, for Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vxa.app.heads.compute import count_votes, plan_compute
from vxa.app.heads.compute_job import ComputeJob
from vxa.app.heads.concept_files import load_concepts
from vxa.app.progress import Progress, no_progress
from vxa.app.session import make_loader
from vxa.app.settings import from_json
from vxa.core.head_counts import build_vectors
from vxa.core.head_vectors import HeadVectors
from vxa.engine.host import Host


def compute_vectors(
    prompts: Sequence[str], *, host: Host | None = None, progress: Progress = no_progress, **settings: Any
) -> HeadVectors:
    """Draw pictures, let every head vote, and build the vectors; `vxa heads compute` can be resumed and shared.

    Args:
        prompts: One a picture; the authors advise a thousand.
        host: A loaded model; None loads `settings["model"]`, the embedded model by default.
        progress: Told (pictures, of how many, what) after every step.
        **settings: Fields of `ComputeJob`.

    Raises:
        VxaError: If a prompt, a concept or a setting is wrong.

    Example:
        vectors = vxa.compute_vectors(prompts, concepts="visual", model="model.safetensors")
        vectors.order("color")[:3]
    """
    job = from_json(ComputeJob, settings)
    host = host or make_loader()(job.model)
    plan = plan_compute(job, prompts, load_concepts(job.concepts), host)
    return build_vectors(count_votes(plan, host, progress=progress))
