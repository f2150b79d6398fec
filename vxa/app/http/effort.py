"""How much a job takes, found before it runs: nobody may take the machine with one request."""

from __future__ import annotations

from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.excite_job import ExciteJob
from vxa.app.editing.invert_job import InvertJob
from vxa.app.editing.paint_job import PaintJob
from vxa.app.editing.sharing import share_out
from vxa.app.editing.typed import read_words
from vxa.app.heads.adjust_job import AdjustJob
from vxa.app.heads.weaken_job import WeakenJob
from vxa.app.http.limits import Limits
from vxa.app.job import Job
from vxa.app.jobs import GenerateJob
from vxa.app.pixels import Picture
from vxa.core.errors import ConfigError
from vxa.core.grid import Grid
from vxa.core.tokens import parse_selection
from vxa.engine.host import Host
from vxa.methods.ordered_weakening import MOST_COUNTS

_BACKWARDS = 3
"""Runs of the UNet that one with gradients costs."""


def check_effort(job: Job, host: Host, limits: Limits, picture: Picture | None = None) -> None:
    """Refuse a job that is more than one request may ask for.

    Args:
        job: Draws pictures.
        host: Knows the words, and the size of a picture that is not given.
        limits: How much it may be.
        picture: What came with it, if anything; it may have to be inverted.

    Raises:
        SelectionError: If a word is in no prompt.
        ConfigError: If it is more.
    """
    size = _size(job, host) if picture is None else Grid(*picture.shape[:2])
    if isinstance(job, EditJob) and len(job.drawn) > limits.edits:
        raise ConfigError(f"at most {limits.edits} edited prompts", got=len(job.drawn), remedy="Send several requests.")
    if isinstance(job, WeakenJob) and len(job.prompts) > limits.edits:
        raise ConfigError(f"at most {limits.edits} prompts", got=len(job.prompts), remedy="Send several requests.")
    if size.cells > limits.drawn_pixels:
        raise ConfigError(
            f"a picture of at most {limits.drawn_pixels:,} pixels", got=f"{size} = {size.cells:,}",
            remedy="Ask for a smaller one.",
        )  # fmt: skip
    work = count_latents(job, is_given=picture is not None) * size.cells
    if work > limits.work:
        raise ConfigError(
            f"work of at most {limits.work:,} (steps × pictures × pixels)", got=f"{work:,}",
            remedy="Ask for fewer steps or edits, or a smaller picture.",
        )  # fmt: skip
    num_pictures = _count_shown(job, host)
    if num_pictures * size.cells > limits.answer_pixels:
        raise ConfigError(
            f"an answer of at most {limits.answer_pixels:,} pixels",
            got=f"about {num_pictures * size.cells:,} in {num_pictures} pictures",
            remedy="Ask for fewer words or edits, or a smaller picture.",
        )


def count_latents(job: Job, *, is_given: bool = False) -> int:
    """Count the latents that go through the UNet, at most.

    Args:
        job: Draws pictures.
        is_given: Whether a picture came with it.

    Example:
        >>> count_latents(GenerateJob(prompt="a rose", steps=10))
        20
    """
    if isinstance(job, EditJob):
        inverting = count_latents(job.invert_job) if is_given and job.invert_job is not None else 0
        # control runs the source prompt beside each edit
        each = 2 if job.method == "p2p" else 3
        return inverting + job.steps * (2 + each * len(job.drawn))
    if isinstance(job, InvertJob):
        more = {"null-text": 2 + _BACKWARDS * job.null_steps, "refined": 2}.get(job.inversion, 0)
        return job.steps * (4 + more)  # there and back, guided
    if isinstance(job, PaintJob):
        return job.steps * (4 if job.compare else 2)
    if isinstance(job, ExciteJob):
        looks = job.steps * job.end + 1 + (1 + job.refinements) * len(job.moments)
        return job.steps * (4 if job.compare else 2) + int(_BACKWARDS * looks)
    if isinstance(job, AdjustJob):
        return job.steps * 4
    if isinstance(job, WeakenJob):
        return job.steps * 2 * len(job.prompts) * job.num_seeds * _count_weakened(job)
    if isinstance(job, GenerateJob):
        return job.steps * 2
    raise TypeError(type(job))


def _size(job: Job, host: Host) -> Grid:
    sides = (getattr(job, name, 0) or getattr(host.info.sample, name) for name in ("height", "width"))
    return Grid(*sides)


def _count_weakened(job: WeakenJob) -> int:
    """Count the pictures of one prompt and seed, at most."""
    return len(set(job.orders)) * (len({0, *job.counts}) if job.counts else MOST_COUNTS)


def _count_shown(job: Job, host: Host) -> int:
    """Count the pictures of an answer; a sheet counts as the pictures in it, and maps as pictures."""
    if isinstance(job, EditJob):
        tables = [host.tokenize(prompt)[0] for prompt in (job.prompt, *job.drawn)]
        shared = share_out(read_words(job.tokens), tables)
        num_words = sum(
            len(parse_selection(table, ", ".join(words)).words)
            for table, words in zip(tables, shared, strict=True)
            if words
        )
        return 2 * (2 + len(job.drawn)) + 3 * num_words
    if isinstance(job, PaintJob):
        return 4 + 6 * len(job.painted)
    if isinstance(job, ExciteJob):
        return 6 + 5 * len(job.excited)
    if isinstance(job, WeakenJob):
        return 6 + _count_weakened(job)
    return 6
