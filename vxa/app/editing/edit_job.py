"""The job that edits a picture by editing its prompt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from vxa.app.editing.invert_job import INVERSIONS, InvertJob
from vxa.app.editing.typed import read_names, read_numbers, read_prompts, read_windows, read_words
from vxa.app.job import DrawJob, LookJob, VectorsJob
from vxa.app.settings import again, setting
from vxa.core.errors import ConfigError
from vxa.methods.p2p import EDIT_KINDS
from vxa.methods.windows import Window, check_window

METHODS = ("p2p", "cac")
"""Prompt-to-prompt, and cross-attention control."""
_LAST = {"p2p": (0.8, 0.4), "cac": (1.0, 1.0)}
"""Ends of the cross and the self window that the authors use."""


@dataclass(frozen=True, kw_only=True)
class EditJob(DrawJob, LookJob, VectorsJob):
    """Draw a picture and edits of it, or edit a picture that exists."""

    kind: ClassVar[str] = "edit"

    prompt: str = setting("text", "Prompt", "Text that describes the source picture.")
    edit: str = setting(
        "text", "Edited prompt", "What to draw instead; several one a line or with || between; blank: weights only.", ""
    )
    method: str = setting(
        "choice", "Method", "Prompt-to-prompt (p2p) or cross-attention control (cac).", "p2p", names=METHODS
    )
    edit_kind: str = setting(
        "choice", "Kind of edit", "Swap words, add words, or weigh words; auto: as the prompts differ. For p2p.",
        "auto", names=("auto", *EDIT_KINDS),
    )  # fmt: skip
    weights: str = setting(
        "text", "Word weights", "Factors on words of the edited prompt, such as smiling=2, pink=-1.", ""
    )
    concepts: str = setting(
        "text", "Concepts of words", "Words of the edited prompt strengthened in the heads of a concept, such as "
        "red=color, star=shape. For p2p.", "",
    )  # fmt: skip
    cross_start: float = setting(
        "float", "Cross window start", "Part of the run, 0 to 1, from which cross-attention is the source's.", 0.0,
        low=0, high=1,
    )  # fmt: skip
    cross_end: float | None = setting(
        "float", "Cross window end", "Part of the run at which that ends; auto: 0.8 for p2p, 1 for cac.", None,
        low=0, high=1, optional=True,
    )  # fmt: skip
    self_start: float = setting(
        "float", "Self window start", "Part of the run from which self-attention is the source's.", 0.0, low=0, high=1
    )
    self_end: float | None = setting(
        "float", "Self window end", "Part of the run at which that ends; auto: 0.4 for p2p, 1 for cac.", None,
        low=0, high=1, optional=True,
    )  # fmt: skip
    word_windows: str = setting(
        "text", "Windows of words", "Cross windows of words of the edited prompt, such as lion=0-0.4. For p2p.", ""
    )
    self_area: float | None = setting(
        "float", "Self-attention up to", "Largest self-attention maps replaced, as a share of the latent; auto: 1/16, "
        "and maps of 16² in any case. For p2p.", None, low=0, high=1, optional=True,
    )  # fmt: skip
    cross_layers: float = setting(
        "float", "Cross layers", "Share of the layers, in the order they run, whose cross-attention is the source's. "
        "For p2p.", 1.0, low=0, high=1,
    )  # fmt: skip
    blend: str = setting(
        "text", "Local blend", "Words where the picture may change; each prompt needs one of them. For p2p.", ""
    )
    subtract: str = setting("text", "Blend without", "Words where it may not change although it might, likewise.", "")
    blend_threshold: float = setting(
        "float", "Blend threshold", "Share of the largest attention above which a place counts.", 0.3, low=0, high=1
    )
    subtract_threshold: float = setting(
        "float", "Blend-without threshold", "The same for places that may not change.", 0.3, low=0, high=1
    )
    blend_start: float = setting("float", "Blend start", "Part of the run left alone first.", 0.2, low=0, high=1)
    inversion: str = setting(
        "choice", "Inversion", "How a given picture is inverted, none: noised by strength; auto: direct for p2p, "
        "refined for cac.", "auto", names=("auto", *INVERSIONS, "none"),
    )  # fmt: skip
    null_steps: int = setting(
        "int", "Null-text steps", "Most optimisation steps for each sampler step.", 10, low=0, high=500
    )
    strength: float = setting(
        "float", "Strength", "Share of the steps run on a given picture, with inversion none.", 0.8, low=0, high=1
    )
    steps: int = again(DrawJob, "steps", 50)
    tokens: str = setting(
        "text", "Maps of words", "Words whose maps are shown, of whichever prompts have them; blank: none.", ""
    )
    maps_before: bool = setting("flag", "Maps before the edit", "Show attention as it was before it was edited.", False)

    def __post_init__(self) -> None:
        super().__post_init__()
        weights = read_numbers(self.weights, "weights")
        concepts = read_names(self.concepts, "concepts of words")
        if not self.edits and not weights and not concepts:
            raise ConfigError(
                "an edited prompt or weights of words", got="neither", remedy="Write what to draw instead."
            )
        check_window(self.cross_window, "cross-attention replacement")
        check_window(self.self_window, "self-attention replacement")
        read_windows(self.word_windows, "windows of words")
        if self.subtract and not self.blend:
            raise ConfigError("words to blend", got="words to leave out alone", remedy="Say where it may change too.")
        if self.method == "cac":
            self._check_control()

    @property
    def edits(self) -> tuple[str, ...]:
        """Edited prompts, in order; none where only words are weighed."""
        return read_prompts(self.edit)

    @property
    def drawn(self) -> tuple[str, ...]:
        """The prompts whose pictures are edits: the edited ones, or the source's where only words are weighed."""
        return self.edits or (self.prompt,)

    @property
    def cross_window(self) -> Window:
        """Part of the run during which cross-attention is the source's."""
        return self.cross_start, _LAST[self.method][0] if self.cross_end is None else self.cross_end

    @property
    def self_window(self) -> Window:
        """Part of the run during which self-attention is the source's."""
        return self.self_start, _LAST[self.method][1] if self.self_end is None else self.self_end

    @property
    def invert_job(self) -> InvertJob | None:
        """The job that inverts a given picture for this one; None if it is noised instead."""
        inversion = self.inversion
        if inversion == "auto":
            inversion = "direct" if self.method == "p2p" else "refined"
        if inversion == "none":
            return None
        shared = ("prompt", "model", "negative", "steps", "null_steps")
        same = {name: getattr(self, name) for name in shared}
        return InvertJob(inversion=inversion, guidance=max(1, self.guidance), **same)

    def _check_control(self) -> None:
        for name in ("word_windows", "concepts", "blend"):
            if read_words(getattr(self, name)):
                raise ConfigError(f"{name} with the method p2p", got="cac", remedy="Leave it blank, or choose p2p.")
        if self.cross_layers != 1:
            raise ConfigError("fewer cross layers with the method p2p", got="cac", remedy="Choose 1, or p2p.")
        if self.edit_kind != "auto":
            raise ConfigError("a kind of edit with the method p2p", got="cac", remedy="Choose auto, or p2p.")
        if self.inversion == "direct":
            raise ConfigError(
                "another inversion than direct for the method cac, which draws no source picture to hold",
                got="direct",
                remedy="Choose refined, null-text or ddim, or p2p.",
            )
