"""Editing jobs on the webui's model, which is real ldm code: what diffusers gives, and nothing left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
import torch

from tests.real_ldm import in_float64
from tests.webui.checkpoint import load_into
from tests.webui.standin.replay import Webui
from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.excite_job import ExciteJob
from vxa.app.editing.invert_job import INVERSIONS, InvertJob
from vxa.app.editing.outcome import Outcome
from vxa.app.editing.paint_job import PaintJob
from vxa.app.editing.studio import Studio
from vxa.app.heads.adjust_job import AdjustJob
from vxa.app.session import Session
from vxa.core.errors import HostError, InterruptedRunError, PictureError
from vxa.engine.seam import count_hooks
from vxa.hosts.load import load_host

PROMPT, EDITED = "a red circle left of a blue square", "a green circle left of a blue square"
PICTURE = np.random.RandomState(0).randint(0, 255, (64, 96, 3), dtype=np.uint8)
MASK = np.zeros((64, 64), np.uint8)
MASK[10:40, 8:36] = 255
DRAWN = {"prompt": PROMPT, "steps": 3, "height": 64, "width": 64, "seed": 5}
JOBS: dict[str, Callable[[Studio], Outcome]] = {
    "replace": lambda studio: studio.edit(EditJob(edit=EDITED, blend="circle", **DRAWN)),
    "reweight": lambda studio: studio.edit(EditJob(weights="circle=2", **DRAWN)),
    "control": lambda studio: studio.edit(EditJob(edit=EDITED, method="cac", **DRAWN)),
    "of a picture": lambda studio: studio.edit(EditJob(prompt=PROMPT, edit=EDITED, steps=3), PICTURE),
    "paint": lambda studio: studio.paint(PaintJob(words="circle", **DRAWN), {"circle": MASK}),
    "excite": lambda studio: studio.excite(ExciteJob(words="circle, square", refinements=2, compare=True, **DRAWN)),
    "adjust": lambda studio: studio.adjust(AdjustJob(adjust="circle=shape not color", **DRAWN)),
    "inject": lambda studio: studio.paint(PaintJob(words="circle", method="inject1", **DRAWN), {"circle": MASK}),
}


@pytest.fixture
def studio(webui: Webui, model: Any) -> Studio:
    from vxa.webui.session import WebuiSession
    from vxa.webui.studio import WebuiStudio

    return WebuiStudio(WebuiSession())


@pytest.fixture(scope="module")
def diffusers() -> dict[str, Studio]:
    hosts = {precision: load_host(device="cpu", dtype=precision) for precision in ("float32", "float64")}
    return {precision: Studio(Session(lambda _, host=host: host)) for precision, host in hosts.items()}


@pytest.fixture
def twins(webui: Webui, studio: Studio, ldm_model: Any, diffusers: dict[str, Studio], precision: str) -> list[Studio]:
    """The webui's studio and that of diffusers."""
    if precision == "float64":
        load_into(webui, in_float64(ldm_model))
    return [studio, diffusers[precision]]


def in_both(names: Iterable[str], steep: str) -> pytest.MarkDecorator:
    """Compare in float64, and in float32 all but the one where diffusers is as far from itself in float64."""
    names = list(names)
    cases = [("float64", name) for name in names] + [("float32", name) for name in names if name != steep]
    return pytest.mark.parametrize(("precision", "name"), cases)


def pictures(outcome: Outcome) -> dict[str, np.ndarray]:
    """What was drawn; heat and sheets are maps in colours, which part where numbers hardly do."""
    drawn = ("source", "edit", "reconstruction", "picture", "plain")
    return {name: np.asarray(image, np.int16) for name, image in outcome.iter_pictures() if name in drawn}


@in_both(JOBS, steep="excite")
def test_pictures_are_those_of_diffusers(twins: list[Studio], name: str) -> None:
    ours, theirs = (pictures(JOBS[name](each)) for each in twins)
    assert ours.keys() == theirs.keys()
    for name, picture in theirs.items():
        # rounded to one of 256 levels, either way
        assert np.abs(ours[name] - picture).max() <= 1, name


@in_both(INVERSIONS, steep="refined")
def test_inversions_are_those_of_diffusers(twins: list[Studio], precision: str, name: str) -> None:
    tolerance = {"float64": 1e-8, "float32": 1e-4}[precision]
    job = InvertJob(prompt=PROMPT, inversion=name, steps=3, null_steps=2)
    ours, theirs = (each.invert(job, PICTURE).inversion for each in twins)
    for found, expected in zip(ours.latents, theirs.latents, strict=True):
        torch.testing.assert_close(found, expected, rtol=0, atol=tolerance)
    assert len(ours.unconds) == len(theirs.unconds) == (3 if name == "null-text" else 0)
    for found, expected in zip(ours.unconds, theirs.unconds, strict=True):
        assert float((found - expected).abs().mean()) < tolerance


# ldm's code asks torch as was usual then
@pytest.mark.filterwarnings("ignore:torch.*autocast:DeprecationWarning", "ignore:.*autocast.*:FutureWarning")
@pytest.mark.filterwarnings("ignore:User provided device_type of 'cuda':UserWarning")
def test_gradients_pass_through_the_checkpointing_that_real_configurations_ask_for(studio: Studio, model: Any) -> None:
    job = InvertJob(prompt=PROMPT, inversion="null-text", steps=2, null_steps=3)
    plain = studio.invert(job, PICTURE).inversion
    parts = [
        part for part in model.model.diffusion_model.modules() for name in vars(part) if name.endswith("checkpoint")
    ]
    assert len(parts) > 9
    for part in parts:
        for name in ("checkpoint", "use_checkpoint"):
            if name in vars(part):
                setattr(part, name, True)
    # looks at attention within blocks that ldm's checkpointing computes without gradients
    excited = studio.excite(ExciteJob(words="circle", compare=True, **DRAWN))
    assert excited.drawn.looks and not np.array_equal(excited.main[1], pictures(excited)["plain"])
    assert all(getattr(part, name, True) for part in parts for name in ("checkpoint", "use_checkpoint"))
    anew = type(studio)(studio._session)
    checkpointed = anew.invert(job, PICTURE).inversion
    for found, expected in zip(checkpointed.unconds, plain.unconds, strict=True):
        assert float((found - expected).abs().mean()) < 1e-5
    assert not torch.equal(plain.unconds[0], plain.unconds[1]), "something was optimised"


@pytest.mark.parametrize("name", ["replace", "control", "paint", "excite", "null-text"])
def test_nothing_stays_behind(webui: Webui, studio: Studio, model: Any, name: str) -> None:
    unet = model.model.diffusion_model
    weights = {key: value.clone() for key, value in unet.state_dict().items()}
    training = [part.training for part in model.modules()]
    needs = [parameter.requires_grad for parameter in model.parameters()]
    if name == "null-text":
        studio.invert(InvertJob(prompt=PROMPT, inversion=name, steps=2, null_steps=2), PICTURE)
    else:
        JOBS[name](studio)
    assert count_hooks(unet) == 0
    assert [part.training for part in model.modules()] == training
    assert [parameter.requires_grad for parameter in model.parameters()] == needs
    assert all(parameter.grad is None for parameter in model.parameters())
    assert all(torch.equal(value, weights[key]) for key, value in unet.state_dict().items())
    assert torch.is_grad_enabled() and webui.shared.state.job == ""
    assert webui.call_queue.queue_lock.acquire(blocking=False)


def test_a_run_is_told_to_the_webui_and_its_interrupt_stops_it(webui: Webui, studio: Studio, model: Any) -> None:
    state, seen = webui.shared.state, []

    def report(done: int, total: int, what: str) -> None:
        seen.append((state.sampling_step, state.sampling_steps, state.textinfo))
        state.interrupt()

    with pytest.raises(InterruptedRunError):
        studio.edit(EditJob(edit=EDITED, **DRAWN), None, report)
    assert seen == [(1, 3, seen[0][2])]
    assert count_hooks(model.model.diffusion_model) == 0 and not state.interrupted
    assert webui.call_queue.queue_lock.acquire(blocking=False)


def test_an_optimisation_is_interrupted_between_two_of_its_steps(webui: Webui, studio: Studio, model: Any) -> None:
    job = InvertJob(prompt=PROMPT, inversion="null-text", steps=2, null_steps=500)
    calls: list[int] = []

    def count(*_: Any) -> None:
        calls.append(1)
        if len(calls) == 12:
            webui.shared.state.interrupt()

    handle = model.model.diffusion_model.register_forward_pre_hook(count)
    try:
        with pytest.raises(InterruptedRunError):
            studio.invert(job, PICTURE)
    finally:
        handle.remove()
    assert len(calls) == 12


def test_gradients_are_refused_where_the_unet_comes_in_pieces(
    webui: Webui, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vxa.webui import running

    webui.shared.cmd_opts.lowvram = True
    job = InvertJob(prompt=PROMPT, inversion="null-text", steps=1, null_steps=1)
    studio.invert(job, PICTURE)
    # on the CPU nothing is moved
    monkeypatch.setattr(running.devices, "cpu", torch.device("meta"))
    with pytest.raises(HostError, match="without --lowvram; to edit, choose the inversion direct"):
        type(studio)(studio._session).invert(job, PICTURE)
    with pytest.raises(HostError, match="the whole UNet on the device, for gradients"):
        studio.excite(ExciteJob(words="circle", **DRAWN))
    studio.edit(EditJob(edit=EDITED, **DRAWN))


def test_a_picture_beyond_the_settings_is_refused(webui: Webui, studio: Studio) -> None:
    webui.shared.opts.data["vxa_megapixels"] = 1
    huge = np.zeros((1025, 1024, 3), np.uint8)
    for ask in (
        lambda: studio.edit(EditJob(prompt="a", edit="b"), huge),
        lambda: studio.invert(InvertJob(prompt="a"), huge),
        lambda: studio.paint(PaintJob(prompt="a", words="a"), {"a": huge[..., 0]}, huge),
    ):
        with pytest.raises(PictureError, match=r"at most 1 megapixels; got 1025×1024"):
            ask()


def test_words_of_prompts_with_emphasis_and_networks_are_found_where_they_were_typed(studio: Studio) -> None:
    job = EditJob(
        **{**DRAWN, "prompt": "a (red:1.3) circle <lora:none:0.5>"}, edit="a [green] (circle:1.2)", weights="green=2"
    )
    result = studio.edit(job)
    (pairs,) = result.pairs
    assert pairs.kind == "replace"
    assert [(token.text, job.edits[0][token.start : token.end], state) for token, state in pairs.target] == [
        ("a", "a", "kept"),
        ("green", "green", "swapped"),
        ("circle", "circle", "kept"),
    ]
    assert [job.prompt[token.start : token.end] for token, _ in pairs.source] == ["a", "red", "circle"]
    assert [token.weight for token, _ in pairs.source] == [1.0, 1.3, 1.0]
