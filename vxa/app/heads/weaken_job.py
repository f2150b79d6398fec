"""The job that weakens the heads of a concept one after another."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

from vxa.app.editing.typed import read_prompts
from vxa.app.job import DrawJob, Job, VectorsJob
from vxa.app.settings import again, setting
from vxa.core.errors import ConfigError
from vxa.methods.ordered_weakening import ORDERS, WEAKENING


@dataclass(frozen=True, kw_only=True)
class WeakenJob(DrawJob, VectorsJob):
    """Draw pictures with more and more heads weakened, in several orders, and score what is left of the prompt."""

    kind: ClassVar[str] = "weaken"

    prompt: str = again(
        Job, "prompt", dataclasses.MISSING,
        help="Text that describes the picture; several one a line or with || between them.",
    )  # fmt: skip
    concept: str = setting("text", "Concept", "Concept whose heads are weakened.")
    orders: tuple[str, ...] = setting(
        "choices", "Orders", "Most relevant heads first, least relevant first, or any order.", ORDERS, names=ORDERS
    )
    factor: float = setting(
        "float", "Factor", "What the attention of weakened heads to the words is multiplied by; 1 changes nothing.",
        WEAKENING, low=-100, high=100,
    )  # fmt: skip
    counts: tuple[int, ...] = setting(
        "ints", "Numbers of heads", "How many heads are weakened; blank: as published, or evenly spread.", (), low=0
    )
    words: str = setting("text", "Words", "Words whose attention is weakened; blank: all of the prompt.", "")
    num_seeds: int = setting("int", "Pictures", "Pictures of each prompt, from seeds in a row.", 1, low=1, high=1000)
    clip: str = setting(
        "text", "CLIP model", "Folder or hub id of a CLIP model that scores the pictures; blank: the checker of the "
        "embedded model.", "",
    )  # fmt: skip
    targets: str = setting(
        "text", "Scored texts", "What CLIP compares pictures with, such as the concept's word alone: one text, or one "
        "for each prompt, with || between them; blank: the prompt.", "",
    )  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.prompts:
            raise ConfigError("a prompt", got=repr(self.prompt), remedy="Describe the picture in words.")
        if not self.orders:
            raise ConfigError("at least one order", got="none", remedy=f"There are: {', '.join(ORDERS)}.")
        if self.targets.strip() and not self.clip.strip():
            raise ConfigError(
                "a CLIP model for scored texts", got="none", remedy="Name it, or leave the texts out: the checker "
                "reads the prompt.",
            )  # fmt: skip
        if len(read_prompts(self.targets)) not in (0, 1, len(self.prompts)):
            raise ConfigError(f"one scored text, or {len(self.prompts)}", got=len(read_prompts(self.targets)))

    @property
    def prompts(self) -> tuple[str, ...]:
        """The prompts, in order."""
        return read_prompts(self.prompt)

    @property
    def scored_texts(self) -> tuple[str, ...]:
        """What the pictures of each prompt are compared with."""
        texts = read_prompts(self.targets) or self.prompts
        return texts * len(self.prompts) if len(texts) == 1 else texts

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seeds of each prompt's pictures."""
        return tuple(range(self.seed, self.seed + self.num_seeds))
