"""Maps of the bundled example by the embedded model, written down: what every host has to give for the same weights.

`python -m tests.golden` writes them anew, which is due after each change of the weights.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

import vxa
from vxa.app.example import find_example
from vxa.core.maps import AttentionMaps

FILE = Path(__file__).with_name("golden_maps.json")
SETTINGS = {"timesteps": (100,), "draws": 1, "seed": 0, "preset": "daam", "layers": "all"}
"""Of the job; one UNet call."""
TOLERANCE = 1e-4


def quarters(maps: AttentionMaps) -> dict[str, list[list[float]]]:
    """Reduce every layer's maps, heads averaged, to a value for each of the example's words and quarter of the picture.

    Returns:
        By layer: for each token from 1 to 9 the means of the upper left, upper right, lower left and lower right.
    """
    found: dict[str, list[list[float]]] = {}
    for address, sums_htyx in maps.sums.items():
        mean_tyx = sums_htyx.double().mean(0).numpy() / maps.num_calls
        halves = [
            part for half in np.array_split(mean_tyx[1:10], 2, axis=1) for part in np.array_split(half, 2, axis=2)
        ]
        found[address] = np.stack([part.mean((1, 2)) for part in halves], axis=1).tolist()
    return found


def largest_difference(found: dict[str, list[list[float]]]) -> float:
    """Compare with what is written down.

    Raises:
        KeyError: If a layer is missing.
    """
    golden = json.loads(FILE.read_text(encoding="utf-8"))
    return max(float(np.abs(np.subtract(found[address], values)).max()) for address, values in golden.items())


def measure() -> dict[str, list[list[float]]]:
    """Look at the example through the diffusers host."""
    example = find_example()
    return quarters(vxa.visualize(example.picture, example.prompt, **SETTINGS).maps)


def main() -> None:
    """Write the file."""
    rounded = {address: np.round(values, 6).tolist() for address, values in measure().items()}
    lines = [f"  {json.dumps(address)}: {json.dumps(values)}" for address, values in rounded.items()]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
