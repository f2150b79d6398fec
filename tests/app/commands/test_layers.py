from __future__ import annotations

import json

import pytest

from vxa.app.cli import main
from vxa.app.commands.layers import list_layers
from vxa.core.grid import Grid
from vxa.engine.host import Host


def test_every_layer_is_listed_with_its_names_and_map_size(host: Host) -> None:
    rows = list_layers(host.sites, Grid(5, 7))
    assert [row["address"] for row in rows] == [site.address for site in host.sites]
    middle = next(row for row in rows if row["address"] == "mid.0.0.cross")
    assert middle == {
        "address": "mid.0.0.cross", "kind": "cross", "place": "mid", "heads": 4, "head_dim": 16, "level": 1,
        "map": "3×4", "ldm_name": "middle_block.1.transformer_blocks.0.attn2",
        "diffusers_name": "mid_block.attentions.0.transformer_blocks.0.attn2",
    }  # fmt: skip


def test_the_table_says_which_model_and_size(embedded_host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["layers", "--height", "97", "--width", "150", "--cross"]) == 0
    lines = capsys.readouterr().out.splitlines()
    cross = embedded_host.sites.cross
    assert lines[0].startswith("vxa-tiny (tiny, ") and "at 97×150 pixels, padded to " in lines[0]
    assert lines[1].split()[:2] == ["address", "kind"]
    assert [line.split()[0] for line in lines[2:-1]] == [site.address for site in cross]
    assert lines[-1] == f"{len(cross)} cross-attention layers with {cross.num_heads} heads"


def test_json_lists_self_attention_too(embedded_host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["layers", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["address"] for row in found["layers"]] == [site.address for site in embedded_host.sites]
    assert found["height"] == embedded_host.info.sample.height


@pytest.mark.parametrize("height", ["-1", "999999"])
def test_an_impossible_size_is_refused(height: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["layers", "--height", height]) == 2
    assert "height from 0 to 16384" in capsys.readouterr().err
