"""Make the pictures of the README: `python examples/readme_pictures.py`, from the repository's root."""

from __future__ import annotations

from pathlib import Path

import vxa

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"


def main() -> None:
    """Show the bundled example word by word, layer by layer, and a picture as it is drawn."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    host = vxa.load_host()
    picture, prompt = ROOT / "examples" / "circle_square.png", "a red circle left of a blue square"
    words = vxa.visualize(picture, prompt, "red, circle, blue, square", host=host)
    words.word_sheet().save(PICTURES / "words.png", optimize=True)
    layers = vxa.visualize(picture, prompt, "circle", host=host, layer_sheet=True)
    layers.layer_sheet().save(PICTURES / "layers.png", optimize=True)
    drawn = vxa.generate("a green star above a purple heart", "green, star, purple, heart", host=host, seed=1)
    drawn.word_sheet().save(PICTURES / "drawn.png", optimize=True)


if __name__ == "__main__":
    main()
