"""Curves, areas, the table and the saved files of a weakening."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vxa.app.editing.studio import Studio
from vxa.app.heads.weaken import WeakenDrawn, Weakened
from vxa.app.heads.weaken_job import WeakenJob
from vxa.app.heads.weaken_result import WeakenResult, trapezoid_weights
from vxa.app.replay import replay
from vxa.app.session import Session
from vxa.engine.host import Host


@pytest.fixture(scope="module")
def result(host: Host, vectors_file: str, clip_folder: str) -> WeakenResult:
    job = WeakenJob(
        prompt="a red circle", concept="color", vectors=vectors_file, clip=clip_folder, counts=(14, 28), num_seeds=2,
        steps=1, height=32, width=32,
    )  # fmt: skip
    return Studio(Session(lambda _: host)).weaken(job)


def with_scores(result: WeakenResult, most: list[float], least: list[float]) -> WeakenResult:
    scores = {"most": dict(zip((0, 14, 28), most, strict=True)), "least": dict(zip((0, 14, 28), least, strict=True))}
    rows = [
        Weakened(row.prompt, row.seed, row.order, row.count, {"color": scores[row.order][row.count]})
        for row in result.drawn.rows
        if row.order in scores
    ]
    job = replace(result.plan.job, orders=("most", "least"))
    return replace(result, plan=replace(result.plan, job=job), drawn=WeakenDrawn(tuple(rows), result.drawn.shown))


def test_the_area_lies_between_least_and_most(result: WeakenResult) -> None:
    scored = with_scores(result, [1, 0, 0], [1, 1, 0])
    assert scored.areas["color"].mean == pytest.approx(0.5) and scored.areas["color"].count == 2
    assert [figure.mean for figure in scored.curve("color", "least")] == [1, 1, 0]
    assert with_scores(result, [1, 0.5, 0], [1, 0.5, 0]).areas["color"].mean == 0


def test_trapezoids_of_uneven_steps() -> None:
    xs = np.array([0, 0.1, 0.5, 1.0])
    ys = np.array([3.0, 1.0, 4.0, 1.5])
    assert ys @ trapezoid_weights(xs) == pytest.approx(0.1 * 2 + 0.4 * 2.5 + 0.5 * 2.75)


def test_one_order_alone_has_no_area(result: WeakenResult) -> None:
    job = replace(result.plan.job, orders=("most",))
    assert replace(result, plan=replace(result.plan, job=job)).areas == {}


def test_everything_is_saved_and_comes_out_again(result: WeakenResult, host: Host, tmp_path: Path) -> None:
    saved = result.save(tmp_path)
    names = ["curves-similarity.png", "job.json", "plain.png", "sheet.png", "weaken.csv"]
    assert sorted(path.name for path in saved.all) == names
    with (tmp_path / "weaken.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert len(table) == 3 * 3 * 2 and table[0]["prompt"] == "a red circle" and -1 <= float(table[0]["similarity"]) <= 1
    before = {path: path.read_bytes() for path in saved.all}
    done = replay(tmp_path / "sheet.png", load=lambda _: host)
    assert len(done.same) == 3 and {path: path.read_bytes() for path in saved.all} == before


def test_the_figures_say_what_the_curves_show(result: WeakenResult) -> None:
    figures = result.figures
    assert figures["counts"] == [0, 14, 28]
    assert set(figures["curves"]["similarity"]) == {"most", "least", "random"}
    low, high = figures["area_interval"]["similarity"]
    assert low <= figures["area"]["similarity"] <= high
    assert "18 pictures with up to 28 heads of color · area of similarity" in result.status
