from __future__ import annotations

import json

import pytest

from vxa.app.cli import main


def test_the_table_is_aligned_and_complete(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tokens", "A red triangle, left"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["index", "token", "characters", "id", "weight"]
    assert [line.split()[1] for line in lines[1:-1]] == ["BOS", "a", "red", "tri", "angle", ",", "left", "EOS"]
    assert lines[4].split()[:3] == ["3", "tri", "6-8"]
    assert lines[-1] == "and 69 columns of padding, 77 columns in all"
    column = lines[0].index("token")
    assert all(line[column - 2 : column] == "  " and line[column] != " " for line in lines[:-1])


def test_json_holds_every_encoder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tokens", "a star", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["model"]["name"] == "vxa-tiny"
    (table,) = found["encoders"]
    assert table["columns"] == 77
    assert [token["text"] for token in table["tokens"]] == ["BOS", "a", "star", "EOS"]
