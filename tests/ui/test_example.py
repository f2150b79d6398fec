from __future__ import annotations

from PIL import Image

from vxa.core.tokens import parse_selection
from vxa.engine.host import Host
from vxa.ui.example import find_example


def test_the_example_is_whole(host: Host) -> None:
    example = find_example()
    assert example is not None, "the repository ships examples/circle_square.png"
    with Image.open(example.picture) as image:
        image.load()
    assert len(parse_selection(host.tokenize(example.prompt)[0], example.tokens).words) == 2
