"""A job as the webui's infotext, and back: what the PNG Info tab shows and paste buttons read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import vxa
from vxa.app.job import Job
from vxa.app.jobs import job_from_json, job_text
from vxa.core.errors import ConfigError

KEY = "VXA"
"""Holds the whole job, as JSON."""


def write_infotext(job: Job, prompt: str, size: tuple[int, int], model: str) -> str:
    """Write what a picture was made from.

    Nothing that another tab would take for its own is said, but for the prompts and the size: our seed, for one, is
    that of other noise.

    Args:
        job: What was asked.
        prompt: What the picture shows.
        size: Height and width.
        model: Name of the checkpoint.
    """
    # the webui takes a last line for settings from three on
    facts = {
        "Size": f"{size[1]}x{size[0]}",
        "Model": json.dumps(model, ensure_ascii=False),
        f"{KEY} version": vxa.__version__,
        KEY: json.dumps(job_text(job), ensure_ascii=False),
    }
    negative = getattr(job, "negative", "")
    lines = [prompt, *([f"Negative prompt: {negative}"] if negative else [])]
    return "\n".join([*lines, ", ".join(f"{name}: {value}" for name, value in facts.items())])


def read_job(settings: Mapping[str, Any]) -> Job | None:
    """Find a job among the settings that the webui read from an infotext; a damaged one counts as none."""
    text = settings.get(KEY)
    if not isinstance(text, str):
        return None
    try:
        return job_from_json(json.loads(text))
    except (ValueError, RecursionError, ConfigError):
        return None
