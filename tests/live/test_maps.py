"""The webui's maps are those of diffusers for the same weights, picture, noise and timestep.

The checkpoint that the webui runs on must be an export of the embedded model as it is now.
"""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from PIL import Image

from tests import golden
from tests.live.server import Server
from vxa.app.example import find_example
from vxa.core.maps import AttentionMaps

pytestmark = pytest.mark.live


def test_maps_are_those_of_diffusers(server: Server, tmp_path: Path) -> None:
    example = find_example()
    with Image.open(example.picture) as picture:
        picture.load()
    settings = {**golden.SETTINGS, "prompt": example.prompt, "tokens": example.tokens, "raw_maps": True}
    answer = server.look_at(picture, **settings)
    assert answer.status == 200, answer.body.decode()
    (tmp_path / "maps.npz").write_bytes(base64.b64decode(answer.json["raw_maps"]))
    found = golden.quarters(AttentionMaps.load_npz(tmp_path / "maps.npz"))
    assert golden.largest_difference(found) < golden.TOLERANCE
