from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

import vxa
from vxa.app.hand_over import HandOver, read_hand_over
from vxa.app.result import Result
from vxa.core.errors import ConfigError
from vxa.engine.host import Host


@pytest.fixture
def result(host: Host) -> Result:
    picture = np.full((41, 50, 3), 128, np.uint8)
    return vxa.visualize(
        picture, "a red circle", "circle, red", host=host, timesteps=(200,), draws=1, threshold=0.9, colormap="magma"
    )


def test_the_mask_is_the_words_at_otsus_choice_or_the_one_asked_for(result: Result) -> None:
    otsu = dataclasses.replace(result, job=dataclasses.replace(result.job, threshold=None))
    for place, word in enumerate(otsu.words):
        mask = np.asarray(HandOver(word=place).mask(result))
        assert mask.shape == (41, 50)
        assert ((mask == 255) == (np.rint(word.map_yx * 255) > word.threshold * 255)).all()
    asked = np.asarray(HandOver(threshold=0.25).mask(result))
    assert ((asked == 255) == (np.rint(otsu.words[0].map_yx * 255) > 0.25 * 255)).all()


@pytest.mark.parametrize("mode", ["heat", "mask", "grey"])
def test_the_overlay_is_what_is_drawn(result: Result, mode: str) -> None:
    overlay = HandOver(word=1, mode=mode).overlay(result)
    assert overlay.tobytes() == result.draw(result.words[1], mode).tobytes()


def test_the_threshold_view_is_the_mask(result: Result) -> None:
    handed = HandOver(mode="threshold", threshold=0.5, feather=2, invert=True)
    assert handed.overlay(result).tobytes() == handed.mask(result).tobytes()


def test_what_the_browser_sends_is_read() -> None:
    sent = {"word": 2, "mode": "grey", "threshold": None, "feather": 3, "invert": True}
    assert read_hand_over(json.dumps(sent)) == HandOver(word=2, mode="grey", feather=3, invert=True)
    assert read_hand_over("") == HandOver()


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "3", "[" * 100_000, '{"word": -1}', '{"word": 1.5}', '{"word": true}', '{"mode": "x"}', '{"mode": []}',
     '{"threshold": NaN}', '{"threshold": 2}', '{"feather": 1000}', '{"invert": 1}', '{"extra": 1}'],
)  # fmt: skip
def test_nonsense_is_an_error(text: str) -> None:
    with pytest.raises(ConfigError):
        read_hand_over(text)


def test_a_word_that_is_not_shown_is_an_error(result: Result) -> None:
    with pytest.raises(ConfigError, match="one of 2 words; got word 3"):
        HandOver(word=2).mask(result)
