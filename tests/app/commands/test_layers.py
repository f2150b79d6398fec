from __future__ import annotations

import json

import pytest

from vxa.app.cli import main
from vxa.engine.host import Host


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
