"""Carry out an ordered weakening: everything that can be wrong is found before the model runs."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from vxa.app.editing.drawing import Phases, Run, Tell, draw
from vxa.app.editing.sharing import share_out_to_all
from vxa.app.editing.typed import read_words
from vxa.app.heads.adjust import plan_drawing
from vxa.app.heads.find import find_vectors
from vxa.app.heads.scoring import CheckerScorer, ClipScorer, Scorer, is_checked
from vxa.app.heads.weaken_job import WeakenJob
from vxa.app.pixels import Picture, drawn_size
from vxa.app.progress import Progress, no_progress
from vxa.core.errors import ConfigError
from vxa.core.head_vectors import HeadVectors
from vxa.core.tokens import parse_selection
from vxa.engine.host import Host
from vxa.engine.sampling import SamplingPlan
from vxa.methods.head_weights import HeadWeights, weigh_heads
from vxa.methods.ordered_weakening import Order, order_heads, spread_counts, weaken_heads
from vxa.methods.prompt_tables import read_tables

_PICTURES_AT_ONCE = 4
_DRAWING = "drawing with weakened heads"
_Groups = Mapping[frozenset[int], tuple[tuple[str, int], ...]]


@dataclass(frozen=True)
class Weakened:
    """One picture of a weakening."""

    prompt: int
    """Number of its prompt."""
    seed: int
    """Of its noise."""
    order: str
    """Order of the heads."""
    count: int
    """How many were weakened."""
    scores: Mapping[str, float]
    """What is left of the prompt, by name of the score."""


@dataclass(frozen=True, eq=False)
class _Subject:
    """One prompt."""

    plans: tuple[SamplingPlan, ...]
    """Of all its seeds, a few at once."""
    columns: tuple[int, ...]
    """Tokens that are weakened."""
    num_columns: int
    """Context length."""
    groups: _Groups
    """Heads that are weakened together, with the orders and counts in which they are: those without any first."""


@dataclass(frozen=True, eq=False)
class WeakenPlan:
    """A weakening, checked and ready to run."""

    job: WeakenJob
    """What was asked."""
    counts: tuple[int, ...]
    """Numbers of weakened heads, ascending."""
    scorer: Scorer
    """Scores the pictures."""
    subjects: tuple[_Subject, ...]
    """What is drawn, prompt by prompt."""


@dataclass(frozen=True, eq=False)
class WeakenDrawn:
    """What a weakening gave."""

    rows: tuple[Weakened, ...]
    """Every picture's scores."""
    shown: Mapping[tuple[str, int], Picture]
    """By order and count, the pictures of the first prompt and seed."""


def plan_weaken(job: WeakenJob, host: Host) -> WeakenPlan:
    """Check a weakening and make it ready, without running the model.

    Raises:
        SelectionError: If a prompt has none of the words.
        ConfigError: If there is no such concept, the vectors are those of another model, there are not so many heads,
            or nothing can score the pictures.
    """
    vectors = find_vectors(job.vectors, host.sites.head_layers)
    num_heads = vectors.layers.total
    counts = tuple(sorted({0, *(job.counts or spread_counts(num_heads))}))
    if counts[-1] > num_heads:
        raise ConfigError(f"numbers of heads from 0 to {num_heads}, which the model has", got=counts[-1])
    subjects = tuple(
        _subject(job, number, words, host, _group(job, number, vectors, counts))
        for number, words in enumerate(_words(job, host))
    )
    return WeakenPlan(job, counts, _scorer(job, host), subjects)


def run_weaken(plan: WeakenPlan, host: Host, progress: Progress = no_progress) -> WeakenDrawn:
    """Draw and score every picture; those in which the same heads are weakened only once.

    Args:
        plan: From `plan_weaken`.
        host: The model.
        progress: Told after every step.
    """
    job, layers = plan.job, host.sites.head_layers
    names = [f"{_DRAWING}, prompt {number + 1} of {len(plan.subjects)}" for number in range(len(plan.subjects))]
    sizes = [len(subject.plans) * len(subject.groups) for subject in plan.subjects]
    phases = Phases(progress, {name: size * job.steps for name, size in zip(names, sizes, strict=True)})
    rows: list[Weakened] = []
    shown: dict[tuple[str, int], Picture] = {}
    with host.running():
        for number, subject in enumerate(plan.subjects):
            tell, runs = phases.of(names[number]), itertools.product(subject.plans, subject.groups.items())
            for done, (drawing, (heads, members)) in enumerate(runs):
                weights_h = weaken_heads(heads, layers.total, job.factor)
                method = HeadWeights(layers, weigh_heads(subject.num_columns, [(subject.columns, weights_h)]))
                pictures = draw(host, Run(drawing, (method,)), _part(tell, done, sizes[number])).pictures
                for seed, picture in zip(drawing.seeds, pictures, strict=True):
                    scores = plan.scorer.score(picture, number)
                    rows += [Weakened(number, seed, order, count, scores) for order, count in members]
                if drawing is plan.subjects[0].plans[0]:
                    shown |= dict.fromkeys(members, pictures[0])
    return WeakenDrawn(tuple(rows), shown)


def _subject(job: WeakenJob, number: int, words: str, host: Host, groups: _Groups) -> _Subject:
    prompt, at_once = job.prompts[number], range(0, job.num_seeds, _PICTURES_AT_ONCE)
    plans = tuple(plan_drawing(job, host, prompt, job.seeds[first : first + _PICTURES_AT_ONCE]) for first in at_once)
    table = read_tables(host.tokenize, plans[0])[prompt]
    content = tuple(token.index for token in table.content)
    return _Subject(plans, parse_selection(table, words).indices if words else content, len(table.tokens), groups)


def _words(job: WeakenJob, host: Host) -> Sequence[str]:
    """Give each prompt the words that are weakened in it; blank for all."""
    if not (words := read_words(job.words)):
        return [""] * len(job.prompts)
    return share_out_to_all(words, [host.tokenize(prompt)[0] for prompt in job.prompts], "words to weaken")


def _group(job: WeakenJob, number: int, vectors: HeadVectors, counts: Sequence[int]) -> _Groups:
    """Find which heads are weakened for each order and count of a prompt."""
    groups: dict[frozenset[int], tuple[tuple[str, int], ...]] = {}
    seed = job.seed + number
    in_order = {order: order_heads(vectors, job.concept, cast(Order, order), seed) for order in job.orders}
    for count, (order, order_h) in itertools.product(counts, in_order.items()):
        heads = frozenset(order_h[:count].tolist())
        groups[heads] = (*groups.get(heads, ()), (order, count))
    return groups


def _scorer(job: WeakenJob, host: Host) -> Scorer:
    if job.clip.strip():
        return ClipScorer(job.clip, job.scored_texts, host.device)
    size = drawn_size(job.height, job.width, host)
    if not is_checked((size.height, size.width), host.info.family):
        raise ConfigError(
            "a CLIP model to score the pictures with", got="none", remedy="Name its folder or hub id: the checker "
            "knows pictures of the embedded model alone, in its own size.",
        )  # fmt: skip
    return CheckerScorer(job.prompts)


def _part(tell: Tell, number: int, count: int) -> Tell:
    """Give what to tell within one of equally long parts."""
    return lambda done, total: tell(number * total + done, count * total)
