from __future__ import annotations

from typing import Any

import pytest

from tests.webui.checkpoint import add_embedding, load_into
from tests.webui.standin.replay import Webui

OPTIONS = {
    "CLIP_stop_at_last_layers": 2,
    "emphasis": "No norm",
    "comma_padding_backtrack": 0,
    "upcast_attn": True,
    "sd_hypernetwork": "x",
    "sd_noise_schedule": "Zero Terminal SNR",
    "sdxl_crop_top": 64,
}


@pytest.mark.parametrize("name", OPTIONS)
def test_settings_that_change_maps_change_the_state(webui: Webui, model: Any, name: str) -> None:
    from vxa.webui.state import state_of

    before = state_of(model)
    assert state_of(model) == before and hash(before) == hash(state_of(model))
    webui.shared.opts.data[name] = OPTIONS[name]
    assert state_of(model) != before


def test_other_settings_do_not(webui: Webui, model: Any) -> None:
    from vxa.webui.state import state_of

    before = state_of(model)
    webui.shared.opts.data["samples_format"] = "jpg"
    assert state_of(model) == before


def test_checkpoint_vae_precision_and_embeddings_change_it(webui: Webui, model: Any) -> None:
    from vxa.webui.state import checkpoint_hash, state_of

    states = [state_of(model)]
    add_embedding(webui, "my-style", 2)
    states.append(state_of(model))
    webui.sd_vae.loaded_vae_file = "other.vae.pt"
    states.append(state_of(model))
    webui.devices.fp8 = True
    states.append(state_of(model))
    states.append(state_of(load_into(webui, model, "another")))
    assert len(set(states)) == 5
    model.sd_checkpoint_info.shorthash = None
    assert checkpoint_hash(model) == model.sd_checkpoint_info.hash, "with --no-hashing"
