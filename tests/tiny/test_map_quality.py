from __future__ import annotations

import numpy as np
import pytest

from vxa.engine.host import Host
from vxa.hosts.load import load_host
from vxa.tiny import weights_path
from vxa.tiny.map_quality import THRESHOLDS, best_threshold, columns_of, score_map, score_scenes
from vxa.tiny.scenes import draw_scene

pytest.importorskip("diffusers")


@pytest.fixture(scope="module")
def host() -> Host:
    return load_host(weights_path())


def test_a_perfect_map_scores_one_and_an_inverted_one_nothing() -> None:
    mask = draw_scene(0, "dev").objects[0].mask
    perfect = score_map("noun", mask.astype(np.float32), mask)
    assert perfect.is_pointing and (perfect.overlaps == 1).all()
    wrong = score_map("noun", 1 - mask.astype(np.float32), mask)
    assert not wrong.is_pointing and (wrong.overlaps == 0).all()


@pytest.mark.parametrize(("column", "is_pointing", "wins"), [(31, True, True), (34, False, True), (35, False, False)])
def test_the_pointing_game_lets_a_peak_lie_a_little_outside(column: int, is_pointing: bool, wins: bool) -> None:
    """15 pixels of 512 are 3.75 of 128."""
    mask, map_yx = np.zeros((128, 128), bool), np.zeros((128, 128), np.float32)
    mask[40:60, 20:32] = True
    map_yx[50, column] = 1
    score = score_map("noun", map_yx, mask)
    assert (score.is_pointing, score.wins_pointing_game) == (is_pointing, wins)


def test_the_best_threshold_is_where_the_overlap_is_best() -> None:
    mask = np.zeros((8, 8), bool)
    mask[:4] = True
    map_yx = np.where(mask, 0.62, 0.58).astype(np.float32)
    assert best_threshold([score_map("noun", map_yx, mask)]) == 0.6 in THRESHOLDS


def test_words_find_their_columns(host: Host) -> None:
    for seed in range(10):
        scene = draw_scene(seed, "test")
        table = host.tokenize(scene.caption)[0]
        for span in scene.words:
            texts = "".join(table.tokens[column].text for column in columns_of(table, span))
            assert texts.replace(" ", "") == span.text.replace(" ", "")


def test_scenes_are_scored_word_by_word(host: Host) -> None:
    scenes = [draw_scene(seed, "dev") for seed in range(3)]
    scores = score_scenes(host, scenes, 300)
    expected = [span.kind for scene in scenes for span in scene.words if span.kind in ("noun", "color")]
    assert sorted(score.kind for score in scores) == sorted(expected)
    again = score_scenes(host, scenes[:1], 300)
    assert np.allclose(again[0].overlaps, scores[0].overlaps, atol=0.02)
