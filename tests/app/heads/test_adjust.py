from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.made_vectors import make_neutral, make_vectors
from vxa.app.heads.adjust import plan_adjust, run_adjust
from vxa.app.heads.adjust_job import AdjustJob
from vxa.app.heads.files import save_vectors
from vxa.app.jobs import GenerateJob
from vxa.app.recording import record_generation
from vxa.core.errors import ConfigError, SelectionError
from vxa.engine.host import Host
from vxa.engine.seam import count_hooks
from vxa.methods.head_weights import HeadWeights


@pytest.fixture
def job(vectors_file: str) -> AdjustJob:
    return AdjustJob(
        prompt="a rose square", adjust="rose=color not shape", vectors=vectors_file, steps=2, height=32, width=48,
        seed=3,
    )  # fmt: skip


def test_the_word_s_columns_alone_are_weighed_by_both_vectors(host: Host, job: AdjustJob) -> None:
    plan = plan_adjust(replace(job, adjust="rose=color not shape, 3=size not color", clamp=0.0, strength=1.0), host)
    (method,) = plan.run.methods
    assert isinstance(method, HeadWeights)
    vectors = make_vectors(host.sites.head_layers)
    expected = torch.ones(vectors.layers.total, 77, dtype=torch.float64)
    expected[:, 2] = torch.from_numpy(2.0 * vectors.of("color") - vectors.of("shape"))
    expected[:, 3] = torch.from_numpy(2.0 * vectors.of("size") - vectors.of("color"))
    torch.testing.assert_close(method.weights_ht, expected, rtol=1e-6, atol=1e-6)


def test_entries_are_clamped_on_request(host: Host, job: AdjustJob) -> None:
    (method,) = plan_adjust(replace(job, clamp=1.0, strength=1.0), host).run.methods
    (unclamped,) = plan_adjust(replace(job, clamp=0.0, strength=1.0), host).run.methods
    assert isinstance(method, HeadWeights) and isinstance(unclamped, HeadWeights)
    assert float(method.weights_ht.max()) <= 2 < float(unclamped.weights_ht.max())


def test_the_plain_picture_is_the_generated_one_and_the_adjusted_another(host: Host, job: AdjustJob) -> None:
    adjusted, plain = run_adjust(plan_adjust(job, host), host)
    shared = {name: getattr(job, name) for name in ("prompt", "steps", "height", "width", "seed")}
    assert np.array_equal(plain, record_generation(GenerateJob(**shared), host).picture)
    assert not np.array_equal(plain, adjusted) and count_hooks(host.unet) == 0


def test_neutral_vectors_change_no_bit(host: Host, job: AdjustJob, tmp_path: Path) -> None:
    neutral = save_vectors(make_neutral(host.sites.head_layers), tmp_path / "neutral.npz")
    adjusted, plain = run_adjust(plan_adjust(replace(job, vectors=str(neutral)), host), host)
    assert np.array_equal(adjusted, plain)


@pytest.mark.parametrize(("change", "error", "message"), [
    ({"adjust": "lily=color not shape"}, SelectionError, "got 'lily'"),
    ({"adjust": "rose=taste not shape"}, ConfigError, "There are: color, shape, size"),
    ({"vectors": "absent.npz"}, ConfigError, "a file of head vectors; got 'absent.npz'"),
    ({"vectors": "auto"}, ConfigError, "head vectors"),
    ({"height": 33}, ConfigError, "multiples of 8"),
])  # fmt: skip
def test_what_does_not_fit_is_found_before_the_model_runs(
    host: Host, job: AdjustJob, change: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        plan_adjust(replace(job, **change), host)
