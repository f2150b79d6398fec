from __future__ import annotations

import pytest
import torch

from vxa.tiny.caption_tokens import CaptionTokenizer
from vxa.tiny.loop import LoopConfig, Trainer
from vxa.tiny.model import ModelConfig, build_text_encoder
from vxa.tiny.scenes import describe_scene
from vxa.tiny.train_text import ATTRIBUTES, TextConfig, TextStage, _answers
from vxa.tiny.vocabulary import COLORS, MULTI_TOKEN_WORDS

pytest.importorskip("transformers")


def test_words_are_asked_only_what_has_been_said() -> None:
    tokenizer = CaptionTokenizer()
    for seed in range(100):
        layout, caption = describe_scene(seed, "train")
        for name, position, answer in _answers(layout, tokenizer.encode(caption)):
            assert answer in ATTRIBUTES[name] and position > 0
            if name in ("color", "size", "pattern", "noun", "background"):
                assert answer in caption.text


@pytest.fixture
def stage() -> TextStage:
    torch.manual_seed(0)
    encoder = build_text_encoder(ModelConfig(text_layers=1), CaptionTokenizer().num_tokens)
    return TextStage(encoder, TextConfig())


def test_colors_are_exchanged_in_their_own_places(stage: TextStage) -> None:
    assert {name: len(ids) for name, ids in stage.other_colors.items()} == {
        name: 2 if name in MULTI_TOKEN_WORDS else 1 for name in COLORS
    }
    encoded = [stage.tokenizer.encode(describe_scene(seed, "train")[1]) for seed in range(8)]
    ids_bt = torch.tensor([stage.tokenizer.pad([item], 40)[0] for item in encoded])
    recolored_bt, is_color = stage._recolor(ids_bt, encoded)
    assert torch.equal(recolored_bt != ids_bt, is_color) and is_color.any(1).sum() >= 6


def test_other_words_may_carry_a_share_of_a_color_and_no_more(stage: TextStage) -> None:
    share = stage.config.echo**2
    is_color = torch.tensor([[False, True, False, False]])
    is_content = torch.tensor([[False, True, True, False]])
    for change, expected in ((0.5 * share, 0), (share, 0), (share + 0.25, 0.25)):
        change_bt = torch.tensor([[9.0, 1.0, change, 9.0]])
        assert float(stage._echo_loss(change_bt, is_content, is_color)) == pytest.approx(expected, abs=1e-6)
    assert float(stage._echo_loss(torch.zeros(1, 4), is_content, torch.zeros_like(is_color))) == 0


def test_a_noun_is_taught_to_let_go_of_its_color(stage: TextStage) -> None:
    losses = stage._losses([describe_scene(seed, "train") for seed in range(8)])
    losses["echo"].backward()
    assert any(p.grad is not None and p.grad.any() for p in stage.learner.encoder.parameters())


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
