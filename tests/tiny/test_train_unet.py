from __future__ import annotations

import numpy as np
import pytest
import torch

from vxa.tiny.loop import LoopConfig, step_generator
from vxa.tiny.model import ModelConfig, ModelParts, build_model
from vxa.tiny.scenes import describe_scene
from vxa.tiny.train_unet import ContextSource, UnetConfig, UnetStage, still_residuals

pytest.importorskip("diffusers")


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> ModelParts:
    return build_model(ModelConfig(unet_widths=(32, 32, 32), text_layers=1), tmp_path_factory.mktemp("model"))


def make_stage(parts: ModelParts, batch_size: int = 6, **settings: float) -> UnetStage:
    latents = torch.randn(16, 4, 16, 16, generator=torch.Generator().manual_seed(0)).numpy().astype(np.float16)
    config = UnetConfig(loop=LoopConfig(num_steps=4, batch_size=batch_size, learning_rate=1e-3), **settings)
    return UnetStage(parts.unet, ContextSource(parts.text_encoder), latents, config, parts.scheduler)


def test_the_text_encoder_is_frozen_and_the_unet_learns(parts: ModelParts) -> None:
    stage = make_stage(parts)
    stage.compute_loss(0)["loss"].backward()
    assert all(parameter.grad is None for parameter in parts.text_encoder.parameters())
    assert all(parameter.grad is not None for parameter in parts.unet.parameters())
    parts.unet.zero_grad()


def test_no_layer_stays_still(parts: ModelParts) -> None:
    """A compiler that lost the gradients behind every upsampling once left all coarse layers as they began."""
    still_residuals(parts.unet)
    stage, optimizer = make_stage(parts), torch.optim.AdamW(parts.unet.parameters(), 1e-3)
    for step in range(4):  # the output first, then the last layers of the branches, then what stands before them
        optimizer.zero_grad()
        stage.compute_loss(step)["loss"].backward()
        optimizer.step()
    assert not [name for name, parameter in parts.unet.named_parameters() if not parameter.grad.any()]


def test_a_still_unet_predicts_nothing_at_first(parts: ModelParts) -> None:
    still_residuals(parts.unet)
    losses = make_stage(parts).compute_loss(0)
    assert float(losses["loss"].detach()) == pytest.approx(1, abs=0.1)


def test_a_step_is_the_same_again_and_another_step_is_not(parts: ModelParts) -> None:
    stage = make_stage(parts)
    first, again, other = (float(stage.compute_loss(step)["loss"].detach()) for step in (0, 0, 1))
    assert first == again != other


def test_noisy_timesteps_are_drawn_by_their_weight(parts: ModelParts, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = make_stage(parts, batch_size=2000)
    seen: list[torch.Tensor] = []

    def predict(latents_bcyx: torch.Tensor, timesteps: torch.Tensor, *_: object, **__: object) -> tuple[torch.Tensor]:
        seen.append(timesteps)
        return (latents_bcyx,)

    monkeypatch.setattr(stage, "_unet", predict)
    stage.compute_loss(0)
    snr = parts.scheduler.alphas_cumprod / (1 - parts.scheduler.alphas_cumprod)
    for first in range(0, 1000, 250):
        power = stage.config.snr_power
        share = (snr[first : first + 250] ** -power).sum() / (snr**-power).sum()
        drawn = ((seen[0] >= first) & (seen[0] < first + 250)).float().mean()
        assert drawn == pytest.approx(float(share), abs=2e-3)
    assert seen[0].min() >= 0 and seen[0].max() <= 999


def test_some_samples_are_of_two_things_that_stand_to_each_other(parts: ModelParts) -> None:
    layouts = [describe_scene(seed, "train")[0] for seed in range(16)]
    related = {seed for seed, layout in enumerate(layouts) if len(layout.objects) == 2 and layout.relation}
    assert 0 < len(related) < 16
    shares = {}
    for asked in (0.0, 0.5, 1.0):
        stage = make_stage(parts, batch_size=2000, related_share=asked)
        chosen = stage._choose_scenes(step_generator(0, 0)).tolist()
        shares[asked] = np.mean([seed in related for seed in chosen])
    chance = len(related) / 16
    assert shares[0.0] == pytest.approx(chance, abs=0.05)
    assert shares[0.5] == pytest.approx(0.5 + 0.5 * chance, abs=0.05)
    assert shares[1.0] == 1


def test_ranks_share_a_batch_without_overlap(parts: ModelParts) -> None:
    still_residuals(parts.unet)  # then the loss is that of the noise alone, whatever the context
    stage = make_stage(parts)
    whole = float(stage.compute_loss(0)["loss"].detach())
    stage.num_ranks, shares = 2, []
    for stage.rank in range(2):
        shares.append(float(stage.compute_loss(0)["loss"].detach()))
    assert shares[0] != shares[1] and np.mean(shares) == pytest.approx(whole, rel=1e-4)


def test_disturbed_contexts_hide_words_padding_and_captions(parts: ModelParts) -> None:
    source = ContextSource(parts.text_encoder)
    ids_bt = torch.from_numpy(source.ids_of(range(200), "train").astype(np.int64))
    true_btc = source.states(ids_bt)
    config = UnetConfig(caption_dropout=0.2, word_dropout=0.3, quiet_padding=0.5)
    is_empty = (source.disturbed(ids_bt, config, step_generator(0, 0)) == source.empty_tc).all(-1)
    is_word = ids_bt < source.tokenizer.bos
    assert is_empty.all(1).float().mean() == pytest.approx(0.2, abs=0.08)
    assert is_empty[is_word].float().mean() == pytest.approx(1 - 0.8 * 0.7, abs=0.08)
    untouched = source.disturbed(
        ids_bt, UnetConfig(caption_dropout=0, word_dropout=0, quiet_padding=0), step_generator(0, 0)
    )
    assert torch.equal(untouched, true_btc)
