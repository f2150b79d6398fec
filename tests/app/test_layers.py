from __future__ import annotations

import pytest

from vxa.app.jobs import VisualizeJob
from vxa.app.layers import choose_sites, list_layers
from vxa.core.errors import LayerNotFoundError
from vxa.core.grid import Grid
from vxa.engine.host import Host

LATENT = Grid(6, 8)


def chosen(host: Host, layers: str, preset: str = "daam") -> list[str]:
    job = VisualizeJob(prompt="x", layers=layers, preset=preset)
    return [site.address for site in choose_sites(job, host.sites, LATENT)]


def test_blank_takes_the_layers_of_the_preset(host: Host) -> None:
    assert chosen(host, "", "vxa") == ["mid.0.0.cross"]
    assert "mid.0.0.cross" not in chosen(host, "", "daam")


def test_groups_name_places_and_sizes(host: Host) -> None:
    everything = [site.address for site in host.sites.cross]
    assert chosen(host, "all") == everything
    assert chosen(host, "middle") == chosen(host, "mid") == ["mid.0.0.cross"]
    assert chosen(host, "down, up") == [address for address in everything if not address.startswith("mid")]
    coarse = [site.address for site in host.sites.cross if site.level == 1]
    assert chosen(host, "3x4") == chosen(host, " 3 × 4 ") == coarse
    assert set(chosen(host, "6x8")) == set(everything) - set(coarse)


def test_names_of_any_spelling_mix_with_groups_in_model_order(host: Host) -> None:
    last = host.sites.cross[-1]
    for name in (last.address, last.ldm_name, last.diffusers_name, f"model.diffusion_model.{last.ldm_name}"):
        assert chosen(host, f"{name}, middle, {name}") == ["mid.0.0.cross", last.address]


@pytest.mark.parametrize("name", ["midle", "down.9.0.cross", "mid.0.0.self", "5x5", "8x6"])
def test_an_unknown_name_is_refused_with_near_ones(host: Host, name: str) -> None:
    with pytest.raises(LayerNotFoundError) as caught:
        chosen(host, f"middle, {name}")
    message = str(caught.value)
    assert repr(name) in message
    assert "Groups are all, middle, down, up, 3x4, 6x8; `vxa layers` lists every name." in message


def test_a_slip_of_the_pen_is_put_right(host: Host) -> None:
    with pytest.raises(LayerNotFoundError, match="Did you mean middle"):
        chosen(host, "midle")
    with pytest.raises(LayerNotFoundError, match=r"Did you mean .*down\.1\.0\.cross"):
        chosen(host, "down.1.0.crss")


def test_every_layer_is_listed_with_its_names_and_map_size(host: Host) -> None:
    rows = list_layers(host.sites, Grid(5, 7))
    assert [row["address"] for row in rows] == [site.address for site in host.sites]
    middle = next(row for row in rows if row["address"] == "mid.0.0.cross")
    assert middle == {
        "address": "mid.0.0.cross", "kind": "cross", "place": "mid", "heads": 4, "head_dim": 16, "level": 1,
        "map": "3×4", "ldm_name": "middle_block.1.transformer_blocks.0.attn2",
        "diffusers_name": "mid_block.attentions.0.transformer_blocks.0.attn2",
    }  # fmt: skip
