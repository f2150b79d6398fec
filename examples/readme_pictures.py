"""Make the pictures of the README: `python examples/readme_pictures.py`, from the repository's root."""

from __future__ import annotations

from pathlib import Path

import vxa
from vxa.app.example import find_example

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"


def main() -> None:
    """Show the bundled example word by word, layer by layer, and a picture as it is drawn."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    host = vxa.load_host()
    example = find_example()
    words = vxa.visualize(example.picture, example.prompt, "blue, circle, green, square", host=host)
    words.word_sheet().save(PICTURES / "words.png", optimize=True)
    layers = vxa.visualize(example.picture, example.prompt, "blue", host=host, layer_sheet=True)
    layers.layer_sheet().save(PICTURES / "layers.png", optimize=True)
    drawn = vxa.generate("a green star above a purple heart", "green, star, purple, heart", host=host, seed=3)
    drawn.word_sheet().save(PICTURES / "drawn.png", optimize=True)


if __name__ == "__main__":
    main()
