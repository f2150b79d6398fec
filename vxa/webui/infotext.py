"""A job as the webui's infotext, and back: what the PNG Info tab shows and paste buttons read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import vxa
from vxa.app.jobs import MapJob, VisualizeJob, job_from_json, job_text
from vxa.app.result import Result
from vxa.core.errors import ConfigError

KEY = "VXA"
"""Holds the whole job, as JSON."""


def write_infotext(result: Result) -> str:
    """Write what a picture was made from.

    Nothing that another tab would take for its own is said, but for the prompt and the size: our seed, for one, is
    that of the noise draws.
    """
    height, width = result.picture.shape[:2]
    # the webui takes a last line for settings from three on
    facts = {
        "Size": f"{width}x{height}",
        "Model": json.dumps(result.recording.model.name, ensure_ascii=False),
        f"{KEY} version": vxa.__version__,
        KEY: json.dumps(job_text(result.job), ensure_ascii=False),
    }
    return result.job.prompt + "\n" + ", ".join(f"{name}: {value}" for name, value in facts.items())


def read_job(settings: Mapping[str, Any]) -> MapJob | None:
    """Find a job among the settings that the webui read from an infotext; a damaged one counts as none."""
    text = settings.get(KEY)
    if not isinstance(text, str):
        return None
    try:
        job = job_from_json(json.loads(text))
    except (ValueError, RecursionError, ConfigError):
        return None
    return job if isinstance(job, VisualizeJob) else None
