from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from vxa.app.editing.drawing import Run, draw
from vxa.app.editing.inversion import INVERSION_NAME, invert_picture, load_inversion, plan_of, save_inversion
from vxa.app.editing.invert_job import INVERSIONS, InvertJob
from vxa.core.errors import ConfigError, HostError
from vxa.core.grid import Grid
from vxa.engine.host import Host


def make_job(**settings: object) -> InvertJob:
    return InvertJob(**{"prompt": "a red circle", "steps": 3, "guidance": 3, "null_steps": 2, **settings})


@pytest.mark.parametrize("inversion", INVERSIONS)
def test_what_was_kept_in_a_file_draws_the_same_again(
    host: Host, picture: np.ndarray, tmp_path: Path, inversion: str
) -> None:
    told: list[tuple[int, int, str]] = []
    made = invert_picture(make_job(inversion=inversion), picture, host, lambda *report: told.append(report))
    assert told[-1][0] == told[-1][1] and [done for done, *_ in told] == sorted(done for done, *_ in told)
    save_inversion(made, tmp_path / INVERSION_NAME)
    kept = load_inversion(tmp_path, host)
    assert kept.job == made.job and (kept.error, kept.least_error) == (made.error, made.least_error)
    size = Grid(48, 64)
    with host.running():
        pictures = [
            draw(host, Run(plan_of(each.job, size)), lambda *_: None, beginning=each.beginning(host)).pictures[0]
            for each in (made, kept)
        ]
    np.testing.assert_array_equal(*pictures)
    np.testing.assert_array_equal(pictures[0][:41, :58], made.reconstruction)


def test_direct_inversion_loses_nothing_but_what_the_encoder_does(host: Host, picture: np.ndarray) -> None:
    direct, plain = (invert_picture(make_job(inversion=name), picture, host) for name in ("direct", "ddim"))
    assert direct.error == pytest.approx(direct.least_error, abs=0.2) and direct.error > plain.error


def test_null_text_without_guidance_has_nothing_to_optimise(host: Host, picture: np.ndarray) -> None:
    assert invert_picture(make_job(inversion="null-text", guidance=1), picture, host).unconds == ()


def test_a_file_of_another_model_or_a_damaged_one_is_refused(host: Host, picture: np.ndarray, tmp_path: Path) -> None:
    from vxa.hosts.memory import RandomHost

    path = tmp_path / INVERSION_NAME
    save_inversion(invert_picture(make_job(inversion="refined"), picture, host), path)
    with pytest.raises(HostError, match="Name its model"):
        load_inversion(path, RandomHost(1))
    path.write_bytes(path.read_bytes()[:-50])
    for wrong in (path, tmp_path / "absent"):
        with pytest.raises(ConfigError, match="Invert the picture again"):
            load_inversion(wrong, host)
    assert torch.is_grad_enabled()
