"""What saved pictures say of themselves: the webui's infotext, and VXA's own metadata with the files as named there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from vxa.app.editing.edit_result import EditResult
from vxa.app.editing.outcome import Outcome
from vxa.app.editing.saving import describe_in_words as describe_outcome_in_words
from vxa.app.job import Job
from vxa.app.provenance import describe, describe_in_words, picture_name
from vxa.app.result import Result, file_stems
from vxa.webui.infotext import write_infotext


@dataclass(frozen=True)
class About:
    """What pictures that are saved together say."""

    job: Job
    """What was asked."""
    model: str
    """Name of the checkpoint."""
    size: tuple[int, int]
    """Height and width of the picture looked at or drawn."""
    facts: Callable[[str], dict[str, Any]]
    """Gives what was asked and how it was answered, given how the names of all files start, or "" before the first is
    named."""
    in_words: Callable[[Mapping[str, Any]], str]
    """Says in a line what a picture shows."""
    prompts: Mapping[str, str] = field(default_factory=dict)
    """Prompts of pictures, by name, where that is not the job's."""

    @property
    def seed(self) -> int | None:
        """Seed of the job, for file names."""
        return getattr(self.job, "seed", None)

    def prompt_of(self, name: str) -> str:
        """Give the prompt that a picture was made from."""
        return self.prompts.get(name, self.job.prompt)

    def infotext(self, name: str) -> str:
        """Write what PNG Info shows of a picture."""
        return write_infotext(self.job, self.prompt_of(name), self.size, self.model)


def about_result(result: Result) -> About:
    """Tell of a result."""
    job, recording = result.job, result.recording

    def facts(start: str) -> dict[str, Any]:
        known = describe(job, recording)
        return {**known, "picture": {**known["picture"], "file": start + picture_name(job)}}

    height, width = result.picture.shape[:2]
    return About(
        job, recording.model.name, (height, width), facts, lambda shows: describe_in_words(job, recording, shows)
    )


def about_outcome(outcome: Outcome) -> About:
    """Tell of what came of an editing job."""

    def facts(start: str) -> dict[str, Any]:
        known = outcome.describe()
        # a replay finds the files by their names here, and knows by the others what each is for
        given = [{**each, "file": start + each["file"], "as": each["file"]} for each in known["given"]]
        return {**known, "picture": {**known["picture"], "file": start + known["picture"]["file"]}, "given": given}

    prompts = {}
    if isinstance(outcome, EditResult):
        prompts = dict(zip(file_stems(["edit"] * len(outcome.edits)), outcome.prompts[1:], strict=True))
    height, width = outcome.main[1].shape[:2]
    return About(
        outcome.job, outcome.model.name, (height, width), facts,
        lambda shows: describe_outcome_in_words(outcome, shows), prompts,
    )  # fmt: skip
