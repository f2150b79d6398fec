"""The model card, written from a run's own files and an evaluation: no figure in it is typed by hand.

Run as `python -m vxa.tiny.card --run runs/tiny --trained-by "…" --evaluation evaluation.json`. All that the card is
written from is kept in a folder beside it, so that it can be written anew, and that a run that begins with the shipped
weights can go on with their history.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from vxa.core.errors import ConfigError
from vxa.core.whole_file import write_whole
from vxa.tiny.card_sources import (
    COMMAND,
    CONFIGURATIONS,
    CURVE,
    EVALUATION,
    NOTES,
    TRIALS,
    Training,
    gather_sources,
    read_rows,
)
from vxa.tiny.curves import plot_run, read_curves
from vxa.tiny.endings import told_in_a_line
from vxa.tiny.map_quality import POINTING_TOLERANCE
from vxa.tiny.vocabulary import (
    BACKGROUNDS,
    COLORS,
    HELD_OUT_PAIRS,
    MULTI_TOKEN_WORDS,
    PATTERNS,
    RELATIONS,
    SHAPES,
    SIZES,
)

NAME = "MODEL_CARD.md"

_log = logging.getLogger(__name__)

# ruff: noqa: E501  (table rows of the card are long lines)
_CARD = Template(
    """# vxa-tiny, the embedded model

A Stable-Diffusion-shaped text-to-image model of $num_parameters million parameters, trained from scratch by `vxa/tiny`
on scenes that it draws itself. It exists so that claims about attention maps can be measured: every scene comes with
the exact mask of every word. Pictures are $picture_side×$picture_side, latents $latent_side×$latent_side, attention maps $map_sides.

## Figures

Measured by `$evaluate_command` on $split scenes that training never saw. A checker that never sees the model
judges generated pictures by colour segmentation and shape overlap; thresholds of maps were tuned on the dev split
($thresholds). Maps are those of the `daam` preset on pictures noised to timestep $timestep. `pointing` asks that a map's
peak lies in its word's mask; the pointing game lets it lie outside by $tolerance pixels of 512, as is common: $tolerance_cells of a cell
of the finest maps.

$figures

The first captions of the test split as the model draws them, and what the checker says; then failures, the first among
40 captions of two things (`python -m vxa.tiny.card_sheets` draws all sheets of this card):

![what the model draws](card/samples.webp)
![failures](card/failures.webp)

Where the words of test scenes look (`daam` preset, timestep 300):

![maps of words](card/maps.webp)

## Data

The first scenes of the train split:

![scenes and their captions](card/data.webp)

Captions and pictures are drawn by a seed: $num_shapes shapes ($shapes), $num_colors colours ($colors), sizes
($sizes), surfaces ($patterns), backgrounds ($backgrounds) and relations ($relations). Most scenes hold two or three
objects that differ. Captions leave out sizes, surfaces, backgrounds and now and then a colour: a scene has more than they
say. The words rose and orange are both a colour and a thing; captions without articles leave it open which. Splits have disjoint seeds by construction, and the pairs $held_out are drawn in the test split only.

## Architecture

- Autoencoder: `AutoencoderKL`, eight pixels a latent cell, 4 channels. The encoder is not learnt: it is set to a linear
  thumbnail (brightness, two colour differences, one vertical detail of each 8×8 block; `near_identity.py`). The
  decoder starts as its inverse and is trained.
- Text encoder: `CLIPTextModel` with a vocabulary of its own; $num_split words are two tokens. Trained on captions
  alone (next word, and what the caption says of each thing), frozen. Padding is drawn to the empty caption's states;
  words that are no colours may go with a colour by $echo of what the colour's own word does.
- UNet: `UNet2DConditionModel`, self- and cross-attention at three resolutions, noise prediction, SD1's schedule.

## Recipe

Commands: `$train_command`. The UNet saw $unet_samples samples (batch $unet_batch, learning rate $unet_rate,
timesteps drawn by snr to the minus $snr_power, $related_share of the samples of two things with a relation besides
those that chance brings, moving average $unet_ema, empty caption $caption_dropout, words hidden
$word_dropout) in $unet_hours hours at $unet_speed samples/s on two CPU cores shared with other work, in runs of
$run_steps steps; each began with the averaged weights that the one before had exported. The pool held
$num_scenes scenes. The decoder had $vae_steps steps ($overlapping_share of its pictures with things that overlap, besides
those that chance brings), the text encoder $text_steps. All seeds are in the run's
configuration files. **Attention was never supervised**: no mask is seen in training.

$notes
Learning curves of the UNet, loss and dev map quality (`iou` at the best threshold, `point` for the peak), and how often
the true caption is told from one with colours exchanged or the relation turned round (`told`; one half is chance):

![loss](card/unet.loss.png)
![map quality](card/unet.quality.png)

| step | $curve_names |
|---|$curve_rule
$curve_rows

## What was tried

| trial | what it showed |
|---|---|
| autoencoder of widths 32/32/64/64, ordinary start | stuck at the mean grey: 32 groups hold one channel each, so the last norm erases every level |
| widths 64/64/64/64, ordinary start, learnt log-variance | posterior collapses to noise before the decoder uses it; with constant noise it learns brightness alone (R² of colour from latents below 0.02 after 1000 steps) |
| encoder set to a thumbnail, offsets of 3 on channel pairs | colour from the first step; mean brightness of a picture still lost (R² 0.23) |
| the same with a border that rules the norms' statistics (shipped) | R² above 0.99; decoder starts at about 21 dB |
| decoder trained on 32-pixel crops | crops fit, whole pictures get worse (16.8 dB): norms see other statistics; whole pictures instead |
| text encoder trained first on captions, then frozen; padding made quiet; thumbnail latents | dev shape words at mIoU 0.51 after 77 000 samples; an earlier model with neither had 0.24 after 180 000 (the changes were not tried apart) |
| two threads in one process against two processes of one thread | on a busy machine 33 against 45–90 samples/s (autoencoder): threads wait for each other in every operation |

$trials
The UNet's first 820 steps or so were on the latents of the third row of the first table here, the rest on those of its fourth; quality at steps
300 and 600 was measured on a raw mean over all layers instead of the preset. Probes look at 32 dev scenes.

## Limits

It knows the words above and nothing else. It draws $picture_side×$picture_side pictures; other sizes work but were never trained. Scenes of
two things fail most. How much of that is the checker's and the autoencoder's, the table says: it judges true pictures
too, as they are and after the autoencoder.
"""
)


def write_card(folder: Path, training: Training | None = None, evaluation: Path | None = None) -> Path:
    """Write the card and its pictures, and keep what it was written from.

    Args:
        folder: Gets the card, and in `card/` its pictures and its sources, which are read where nothing is new.
        training: The run that the model is from; None if the model is the same.
        evaluation: `evaluation.json` of `vxa tiny evaluate`; None if nothing was measured anew.

    Raises:
        ConfigError: If a source is absent or none of ours, or figures would be those of another model; nothing is
            written then.
        OutputError: If something cannot be written.
    """
    sources = folder / "card"
    texts = gather_sources(sources, training, evaluation)
    card = compose_card(texts)
    sources.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        write_whole(sources / name, text)
    plot_run(sources)
    path = folder / NAME
    write_whole(path, card)
    return path


def compose_card(texts: Mapping[str, str]) -> str:
    """Return the card's text.

    Args:
        texts: As `gather_sources` gives them.

    Raises:
        ConfigError: If they are none that a training and an evaluation write.
    """
    try:
        evaluation = json.loads(texts[EVALUATION])
        unet, vae, text, pool = (json.loads(texts[name]) for name in CONFIGURATIONS)
        values = {
            **_words(),
            **_evaluation_values(evaluation),
            **_unet_values(texts[CURVE], unet),
            "vae_steps": vae["loop"]["num_steps"],
            "overlapping_share": vae["overlapping_share"],
            "text_steps": text["loop"]["num_steps"],
            "echo": text["echo"],
            "num_scenes": pool["num_scenes"],
            "train_command": texts[COMMAND].strip(),
            "notes": texts.get(NOTES, ""),
            "trials": _trials_section(texts.get(TRIALS, "")),
            "num_parameters": evaluation["num_parameters_millions"],
        }
    except (ValueError, LookupError, TypeError) as error:
        raise ConfigError("curves, configurations and figures as they were written", got=repr(error)) from error
    return _CARD.substitute(values)


def _trials_section(table: str) -> str:
    """Return what the card says of controlled trials; nothing without any."""
    if not table:
        return ""
    return f"""Controlled trials on dev (`python -m vxa.tiny.trials`): one thing is changed, and all go on from one model, or all begin
from scratch, for as many steps. Losses are of the same scenes, noise and timesteps. Short trainings show what a change
does first, not where it ends.

{table}
"""


def _words() -> dict[str, Any]:
    lists = {"shapes": SHAPES, "colors": COLORS, "sizes": SIZES, "patterns": PATTERNS, "backgrounds": BACKGROUNDS}
    return {
        **{name: ", ".join(words) for name, words in lists.items()},
        "relations": ", ".join(RELATIONS),
        "num_shapes": len(SHAPES),
        "num_colors": len(COLORS),
        "num_split": len(MULTI_TOKEN_WORDS),
        "held_out": ", ".join(" ".join(pair) for pair in sorted(HELD_OUT_PAIRS)),
    }


def _evaluation_values(evaluation: dict[str, Any]) -> dict[str, Any]:
    config = evaluation["config"]
    rows = [
        f"| {name} | {figure['mean']:.3f} | {figure['low']:.3f} – {figure['high']:.3f} | {figure['count']} |"
        for name, figure in evaluation["figures"].items()
    ]
    command = (
        f"python -m vxa.tiny.evaluate --scenes {config['num_scenes']} --steps {config['num_steps']} "
        f"--guidance {config['guidance']} --timestep {config['timestep']}"
    )
    return {
        "figures": "\n".join(["| figure | mean | 95 % interval | n |", "|---|---|---|---|", *rows]),
        "thresholds": ", ".join(f"{kind} {value}" for kind, value in evaluation["thresholds"].items()),
        "split": config["split"],
        "timestep": config["timestep"],
        "evaluate_command": command,
        "picture_side": evaluation["picture_side"],
        "latent_side": evaluation["picture_side"] // 8,
        "tolerance": f"{POINTING_TOLERANCE * 512:g}",
        "tolerance_cells": f"{POINTING_TOLERANCE * max(evaluation['map_sides']):.2f}",
        "map_sides": ", ".join(f"{side}²" for side in evaluation["map_sides"]),
    }


def _unet_values(curve: str, config: dict[str, Any]) -> dict[str, Any]:
    curves, rows = read_curves(curve), read_rows(curve)
    ends = {row[4]: int(row[0]) for row in rows}
    steps_of_runs = [end - start for start, end in zip([0, *ends.values()], ends.values(), strict=False)]
    seconds = float(rows[-1][1])
    samples = int(rows[-1][0]) * config["loop"]["batch_size"]
    names = [name for name in curves if name.endswith(("_iou", "_point", "_told"))]
    quality: dict[float, dict[str, float]] = {}
    for name in names:
        for step, value in zip(*curves[name], strict=True):
            quality.setdefault(step, {})[name] = value
    lines = [
        f"| {step:.0f} | " + " | ".join(f"{found[name]:.3f}" if name in found else "–" for name in names) + " |"
        for step, found in sorted(quality.items())
    ]
    return {
        "run_steps": " and ".join(map(str, steps_of_runs)),
        "unet_samples": f"{samples:,}".replace(",", " "),
        "unet_batch": config["loop"]["batch_size"],
        "unet_rate": config["loop"]["learning_rate"],
        "unet_ema": config["loop"]["ema_decay"],
        "snr_power": config["snr_power"],
        "related_share": config["related_share"],
        "caption_dropout": config["caption_dropout"],
        "word_dropout": config["word_dropout"],
        "unet_hours": f"{seconds / 3600:.2f}",
        "unet_speed": f"{samples / seconds:.0f}",
        "curve_names": " | ".join(names),
        "curve_rule": "---|" * len(names),
        "curve_rows": "\n".join(lines),
    }


def main() -> None:
    """Run the command line."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description="Write the embedded model's card.")
    parser.add_argument("--run", type=Path, help="folder of the training run (default: the model is the same)")
    parser.add_argument("--trained-by", help="the command that trained it, as typed")
    parser.add_argument("--begun-with", type=Path, help="copy of the folder card of the model that the run began with")
    parser.add_argument("--evaluation", type=Path, help="evaluation.json of vxa tiny evaluate (default: as before)")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder of the card")
    given = parser.parse_args()
    if (given.run is None) != (given.trained_by is None) or (given.begun_with is not None and given.run is None):
        parser.error("--run and --trained-by go together, and --begun-with with them")
    training = None if given.run is None else Training(given.run, given.trained_by, given.begun_with)
    with told_in_a_line():
        _log.info("written to %s", write_card(given.out, training, given.evaluation))


if __name__ == "__main__":
    main()
