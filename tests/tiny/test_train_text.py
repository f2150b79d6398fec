from __future__ import annotations

import pytest
import torch

from vxa.tiny.caption_tokens import CaptionTokenizer
from vxa.tiny.loop import LoopConfig, Trainer
from vxa.tiny.model import ModelConfig, build_text_encoder
from vxa.tiny.scenes import describe_scene
from vxa.tiny.train_text import ATTRIBUTES, TextConfig, TextStage, _answers

pytest.importorskip("transformers")


def test_words_are_asked_only_what_has_been_said() -> None:
    tokenizer = CaptionTokenizer()
    for seed in range(100):
        layout, caption = describe_scene(seed, "train")
        for name, position, answer in _answers(layout, tokenizer.encode(caption)):
            assert answer in ATTRIBUTES[name] and position > 0
            if name in ("color", "size", "pattern", "noun", "background"):
                assert answer in caption.text


def test_a_few_steps_teach_it_something(tmp_path) -> None:
    torch.manual_seed(0)
    encoder = build_text_encoder(ModelConfig(text_layers=1), CaptionTokenizer().num_tokens)
    loop = LoopConfig(num_steps=12, batch_size=8, learning_rate=5e-3, warmup_steps=2, log_steps=1)
    stage = TextStage(encoder, TextConfig(loop=loop))
    lines: list[str] = []
    Trainer(stage, loop, tmp_path).run(lines.append)
    losses = [float(line.split("loss ")[1].split()[0]) for line in lines]
    assert losses[-1] < 0.85 * losses[0]


def test_every_word_of_the_second_thing_is_asked_how_the_first_stands_to_it() -> None:
    tokenizer = CaptionTokenizer()
    scenes = [describe_scene(seed, "train") for seed in range(60)]
    for layout, caption in (scene for scene in scenes if scene[0].relation is not None):
        encoded = tokenizer.encode(caption)
        asked = {position for name, position, _ in _answers(layout, encoded) if name == "relation"}
        own = {p for span, positions in encoded.word_tokens if span.object_index == 1 for p in positions}
        said = {p for span, positions in encoded.word_tokens if span.kind == "relation" for p in positions}
        assert asked == own | said
