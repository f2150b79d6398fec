"""The head lens in jobs: by concept, by numbers of heads, and what is refused before the model runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.made_vectors import make_vectors
from vxa.app.jobs import VisualizeJob
from vxa.app.lens import preset_of
from vxa.app.recording import Scope, record_picture
from vxa.app.replay import replay
from vxa.app.result import Result
from vxa.app.session import Session
from vxa.core.errors import ConfigError, LayerNotFoundError
from vxa.engine.host import Host
from vxa.methods.daam import Daam
from vxa.methods.head_lens import HeadLens


@pytest.fixture
def job(vectors_file: str) -> VisualizeJob:
    return VisualizeJob(
        prompt="a red circle left of a blue square", tokens="circle", preset="head-lens", lens="Shape", draws=1,
        timesteps=(200,), vectors=vectors_file,
    )  # fmt: skip


def test_a_concept_weighs_the_heads_by_its_vector(host: Host, job: VisualizeJob) -> None:
    lens = preset_of(job, host.sites)
    assert isinstance(lens, HeadLens) and lens.weights is not None
    vectors = make_vectors(host.sites.head_layers)
    for address, weights_h in lens.weights.items():
        np.testing.assert_array_equal(weights_h, vectors.at("shape", address))
    assert isinstance(preset_of(replace(job, preset="daam", lens=""), host.sites), Daam)


def test_heads_are_picked_by_number(host: Host, job: VisualizeJob) -> None:
    layers = host.sites.head_layers
    lens = preset_of(replace(job, lens="2, 5-6", vectors="unread"), host.sites)
    assert isinstance(lens, HeadLens) and lens.weights is not None
    weights_h = np.concatenate([lens.weights[address] for address in layers.addresses])
    assert np.flatnonzero(weights_h).tolist() == [2, 5, 6] and set(weights_h) == {0, 1}


def test_the_map_is_the_one_head_s(session: Session, host: Host, job: VisualizeJob, picture: np.ndarray) -> None:
    site = host.sites.cross[2]
    index = host.sites.head_layers.index_of(site.address, 1)
    through = session.visualize(replace(job, lens=str(index)), picture)
    assert through.layers == (site,)
    alone = session.visualize(replace(job, preset="daam", lens="", heads=(1,), layers=site.address), picture)
    np.testing.assert_allclose(through.words[0].map_yx, alone.words[0].map_yx, atol=1e-5)


def test_another_concept_needs_no_model(host: Host, job: VisualizeJob, picture: np.ndarray) -> None:
    recording = record_picture(job, picture, host, Scope(everything=True))
    shape = Result(job, recording, host.sites)
    color = shape.shown_as(replace(job, lens="color"))
    assert color is not None and not np.array_equal(color.words[0].map_yx, shape.words[0].map_yx)
    narrow = record_picture(replace(job, preset="daam", lens=""), picture, host)
    assert Result(job, narrow, host.sites).shown_as(job) is None, "its heads were averaged"


def test_a_saved_picture_replays(
    session: Session, host: Host, job: VisualizeJob, picture: np.ndarray, tmp_path: Path
) -> None:
    saved = session.visualize(replace(job, layer_sheet=True), picture).save(tmp_path)
    done = replay(saved.pictures[0], load=lambda _: host)
    assert not done.changed and len(done.same) == len(saved.pictures) + 1


@pytest.mark.parametrize(("settings", "message"), [
    ({"lens": " "}, "a concept or heads to look through; got neither"),
    ({"preset": "daam"}, "a lens with the preset head-lens alone; got the preset daam"),
    ({"heads": (1,)}, "a lens with the preset head-lens alone; got heads of each layer too"),
])  # fmt: skip
def test_settings_that_do_not_go_together_are_refused(
    job: VisualizeJob, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        replace(job, **settings)


@pytest.mark.parametrize(("settings", "message"), [
    ({"lens": "taste"}, "There are: color, shape, size"),
    ({"lens": "28"}, "heads from 0 to 27, ranges ascending; got '28'"),
    ({"lens": "6-5"}, "heads from 0 to 27, ranges ascending; got '6-5'"),
    ({"vectors": "absent.npz"}, "a file of head vectors; got 'absent.npz'"),
])  # fmt: skip
def test_what_the_model_lacks_is_told_before_it_runs(
    session: Session, job: VisualizeJob, picture: np.ndarray, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises((ConfigError, LayerNotFoundError), match=message):
        session.visualize(replace(job, **settings), picture)
