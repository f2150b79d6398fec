"""The text encoder's stage: it learns the language of the captions from captions alone, and is frozen afterwards.

Each word's final state learns to tell the next word and what the caption says of the thing it names, as CLIP's states
do. Two things are held back, so that the UNet must look at the words themselves: states of end and padding are drawn
to those of the empty caption, and a word that is no colour may change only a little when the colours are others. No
picture is seen here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import CLIPTextModel

from vxa.core.errors import ConfigError
from vxa.tiny.caption_tokens import CaptionTokenizer, EncodedCaption
from vxa.tiny.captions import Caption, WordSpan
from vxa.tiny.layout import Layout
from vxa.tiny.loop import LoopConfig
from vxa.tiny.scenes import describe_scene
from vxa.tiny.vocabulary import BACKGROUNDS, COLORS, PATTERNS, RELATIONS, SHAPES, SIZES

Described = tuple[Layout, Caption]
"""A scene without its pixels."""

IGNORED = -100

ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "noun": SHAPES,
    "color": tuple(COLORS),
    "size": tuple(SIZES),
    "pattern": PATTERNS,
    "background": BACKGROUNDS,
    "relation": RELATIONS,
    "place": ("first", "second", "third"),
}
"""What words are asked to tell, and the possible answers."""


@dataclass(frozen=True)
class TextConfig:
    """How the text encoder is trained."""

    loop: LoopConfig = field(
        default_factory=lambda: LoopConfig(
            num_steps=700, batch_size=64, learning_rate=2e-3, ema_decay=0.99, probe_steps=200, decay_share=0.6
        )
    )
    """The schedule; the batch counts captions."""
    length: int = 40
    """Positions computed per caption; at least the longest caption and some padding."""
    quiet_weight: float = 1.0
    """Weight of drawing end and padding towards the empty caption's states."""
    echo: float = 0.3
    """How much other words may carry of a colour, as a share of what its own word carries. A noun that tells all of it
    leaves the colour's word nothing to say, and attention to that word then means little; one that tells nothing of
    it leaves the inside of its thing to the colour's word, and its own map is poorer."""
    echo_weight: float = 10.0
    """Weight of keeping to that share."""
    first_scene: int = 2_000_000_000
    """First seed of the train captions used here."""

    def __post_init__(self) -> None:
        if not 0 <= self.echo <= 1:
            raise ConfigError("an echo from 0 to 1", got=self.echo)


class TextLearner(nn.Module):
    """The encoder and the heads that are thrown away after training."""

    def __init__(self, encoder: CLIPTextModel, num_tokens: int) -> None:
        super().__init__()
        width = encoder.config.hidden_size
        self.encoder = encoder
        self.next_token = nn.Linear(width, num_tokens)
        self.attributes = nn.ModuleDict({name: nn.Linear(width, len(values)) for name, values in ATTRIBUTES.items()})

    def forward(self, ids_bt: Tensor) -> Tensor:
        """Return final states, shape (b, t, c), float32."""
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return self.encoder(input_ids=ids_bt).last_hidden_state.float()


class TextStage:
    """Computes the text encoder's losses."""

    name = "text"

    def __init__(self, encoder: CLIPTextModel, config: TextConfig) -> None:
        self.tokenizer = CaptionTokenizer()
        self.learner = TextLearner(encoder, self.tokenizer.num_tokens)
        self.module: nn.Module = self.learner
        self.config = config
        self.other_colors = _other_colors(self.tokenizer)

    def compute_loss(self, step: int) -> dict[str, Tensor]:
        """Return total, next-token, attribute and quietness losses of one batch of train captions."""
        batch = self.config.loop.batch_size
        first = self.config.first_scene + step * batch
        return self._losses([describe_scene(seed, "train") for seed in range(first, first + batch)])

    def _losses(self, scenes: list[Described]) -> dict[str, Tensor]:
        encoded = [self.tokenizer.encode(caption) for _, caption in scenes]
        ids_bt = torch.tensor([self.tokenizer.pad([item], self.config.length)[0] for item in encoded])
        recolored_bt, is_color = self._recolor(ids_bt, encoded)
        empty_t = torch.tensor([self.tokenizer.bos] + [self.tokenizer.eos] * (self.config.length - 1))
        states = self.learner(torch.cat([ids_bt, recolored_bt, empty_t[None]]))
        states_btc, recolored_btc = states[:-1].chunk(2)
        empty_tc = states[-1].detach()
        is_content = torch.tensor([[0 < t < len(item.ids) - 1 for t in range(self.config.length)] for item in encoded])
        is_silent = ~is_content
        is_silent[:, 0] = False
        logits = self.learner.next_token(states_btc[:, :-1][is_content[:, :-1]])
        word_loss = functional.cross_entropy(logits, ids_bt[:, 1:][is_content[:, :-1]])
        quiet_loss = ((states_btc - empty_tc) ** 2)[is_silent].mean()
        echo_loss = self._echo_loss((states_btc - recolored_btc).square().mean(-1), is_content, is_color)
        attribute_loss, hits = self._attribute_loss(states_btc, scenes, encoded)
        drawn = self.config.quiet_weight * quiet_loss + self.config.echo_weight * echo_loss
        return {
            "loss": 0.3 * word_loss + attribute_loss + drawn,
            "word": word_loss,
            "attribute": attribute_loss,
            "quiet": quiet_loss,
            "echo": echo_loss,
            "right": hits,
        }

    def _echo_loss(self, change_bt: Tensor, is_content: Tensor, is_color: Tensor) -> Tensor:
        """Return how far, squared, other words' states go with the colours beyond their share."""
        of_colors = change_bt[is_color].detach().sum() / is_color.sum().clamp(min=1)
        return functional.relu(change_bt[is_content & ~is_color] - self.config.echo**2 * of_colors).mean()

    def _recolor(self, ids_bt: Tensor, encoded: list[EncodedCaption]) -> tuple[Tensor, Tensor]:
        """Return the captions with every colour's word exchanged for another, and where those words stand, (b, t)."""
        recolored_bt, is_color = ids_bt.clone(), torch.zeros_like(ids_bt, dtype=torch.bool)
        for row, item in enumerate(encoded):
            for span, positions in item.word_tokens:
                if span.kind == "color":
                    recolored_bt[row, list(positions)] = self.other_colors[span.text]
                    is_color[row, list(positions)] = True
        return recolored_bt, is_color

    def _attribute_loss(
        self, states_btc: Tensor, scenes: list[Described], encoded: list[EncodedCaption]
    ) -> tuple[Tensor, Tensor]:
        """Return the mean cross-entropy over attributes and the share of right answers."""
        losses, hits = [], []
        targets = {name: torch.full(states_btc.shape[:2], IGNORED) for name in ATTRIBUTES}
        for row, ((layout, _), item) in enumerate(zip(scenes, encoded, strict=True)):
            for name, position, answer in _answers(layout, item):
                targets[name][row, position] = ATTRIBUTES[name].index(answer)
        for name, head in self.learner.attributes.items():
            is_asked = targets[name] != IGNORED
            if is_asked.any():
                logits = head(states_btc[is_asked])
                losses.append(functional.cross_entropy(logits, targets[name][is_asked]))
                hits.append((logits.argmax(-1) == targets[name][is_asked]).float().mean())
        return torch.stack(losses).mean(), torch.stack(hits).mean()

    @torch.no_grad()
    def probe(self) -> dict[str, float]:
        """Return the share of right answers about 200 dev captions."""
        losses = self._losses([describe_scene(seed, "dev") for seed in range(200)])
        return {"dev_right": float(losses["right"])}


def _other_colors(tokenizer: CaptionTokenizer) -> dict[str, Tensor]:
    """Return ids of another colour for each one, of as many tokens: the next in the list of those."""
    ids = {color: torch.tensor(tokenizer.encode(Caption(color, (), False)).ids[1:-1]) for color in COLORS}
    others: dict[str, Tensor] = {}
    for color, own in ids.items():
        alike = [name for name, its in ids.items() if len(its) == len(own)]
        others[color] = ids[alike[(alike.index(color) + 1) % len(alike)]]
    return others


def _answers(layout: Layout, encoded: EncodedCaption) -> list[tuple[str, int, str]]:
    """List (attribute, token position, answer) for all that the words up to a position have said."""
    answers: list[tuple[str, int, str]] = []
    said: dict[tuple[str, int], str] = {}
    for span, positions in encoded.word_tokens:
        said[span.kind, span.object_index] = span.text
        meanings = list(_meanings(layout, span, said))
        answers += [(name, position, answer) for position in positions for name, answer in meanings]
    return [(name, p, answer) for name, p, answer in answers if answer in ATTRIBUTES[name]]


def _meanings(layout: Layout, span: WordSpan, said: dict[tuple[str, int], str]) -> Iterator[tuple[str, str]]:
    """Yield (attribute, answer) for one word, given the last word said of each kind and object.

    Every word of an object knows which object it speaks of, and those of the second how the first stands to it: the
    UNet can place a colour only if the word for it says where.
    """
    index = span.object_index
    if index < 0:
        yield span.kind, layout.background if span.kind == "background" else span.text
        return
    yield "place", ATTRIBUTES["place"][index]
    if index == 1 and layout.relation is not None:
        yield "relation", layout.relation
    kinds = ("noun", "color", "size", "pattern") if span.kind == "noun" else (span.kind,)
    yield from ((kind, said[kind, index]) for kind in kinds if (kind, index) in said)
