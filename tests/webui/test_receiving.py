from __future__ import annotations

import dataclasses
from typing import Any

import gradio as gr
import pytest

from tests.webui.standin.replay import Webui
from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.excite_job import ExciteJob
from vxa.app.editing.invert_job import InvertJob
from vxa.app.editing.paint_job import PaintJob
from vxa.app.heads.adjust_job import AdjustJob
from vxa.app.heads.weaken_job import WeakenJob
from vxa.app.job import Job
from vxa.app.jobs import GenerateJob, VisualizeJob
from vxa.app.result import Result


@pytest.fixture
def built(webui: Webui) -> Webui:
    webui.load()
    webui.build()
    return webui


def paste(webui: Webui, infotext: str) -> dict[str, Any]:
    """What the webui's paste would put into our widgets, by element id."""
    settings = webui.infotext_utils.parse_generation_parameters(infotext)
    values = {}
    for component, target in webui.infotext_utils.paste_fields["vxa"]["fields"]:
        value = target(settings) if callable(target) else settings.get(target)
        if value is not None:
            changed = value.get("value", value.get("selected")) if isinstance(value, dict) else value
            values[component.elem_id] = changed
    return values


def test_a_pasted_infotext_restores_the_job(built: Webui, result: Result) -> None:
    from vxa.webui.infotext import write_infotext

    changes: dict[str, Any] = {"timesteps": (10, 500), "threshold": 0.25, "modes": ("grey",), "layers": "middle"}
    job = dataclasses.replace(result.job, heads=(1, 2), **changes)
    values = paste(built, write_infotext(job, job.prompt, (48, 64), "tiny"))
    assert values["vxa_prompt"] == job.prompt and values["vxa_tokens"] == "circle, square"
    assert values["vxa_timesteps"] == "10, 500" and values["vxa_heads"] == "1, 2"
    assert values["vxa_threshold_auto"] is False and values["vxa_threshold"] == 0.25
    assert values["vxa_modes"] == ["grey"] and values["vxa_layers"] == "middle"


def test_anybody_elses_infotext_brings_its_prompt_alone(built: Webui) -> None:
    values = paste(built, "a green star\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1, Size: 64x64")
    assert values == {"vxa_prompt": "a green star", "vxa_tabs": "visualize"}


def test_a_pasted_edit_is_shown_in_the_edit_tab(built: Webui) -> None:
    from vxa.webui.infotext import write_infotext

    job = EditJob(prompt="a cat", edit="a dog", steps=12, cross_end=0.5, blend="cat, dog")
    values = paste(built, write_infotext(job, "a dog", (48, 64), "tiny"))
    assert values["vxa_tabs"] == "edit" and values["vxa_prompt"] == "a dog"
    assert values["vxa_edit_prompt"] == "a cat" and values["vxa_edit_edit"] == "a dog"
    assert values["vxa_edit_steps"] == 12 and values["vxa_edit_blend"] == "cat, dog"
    assert values["vxa_edit_cross_end"] == 0.5 and values["vxa_edit_cross_end_auto"] is False
    assert values["vxa_edit_self_end_auto"] is True
    assert not [name for name in values if name.startswith("vxa_paint")]


def test_a_pasted_inversion_fills_in_what_the_edit_tab_has_of_it(built: Webui) -> None:
    from vxa.webui.infotext import write_infotext

    values = paste(built, write_infotext(InvertJob(prompt="a cat", inversion="ddim"), "a cat", (48, 64), "tiny"))
    assert values["vxa_tabs"] == "edit" and values["vxa_edit_inversion"] == "ddim"
    assert "vxa_edit_edit" not in values and "vxa_edit_self_end_auto" not in values


def test_a_pasted_painting_is_shown_in_the_paint_tab(built: Webui) -> None:
    from vxa.webui.infotext import write_infotext

    job = PaintJob(prompt="a cat", words="cat", method="inject1", levels=(0, 1), end=0.5)
    values = paste(built, write_infotext(job, "a cat", (48, 64), "tiny"))
    assert values["vxa_tabs"] == "paint" and values["vxa_paint_method"] == "inject1"
    assert values["vxa_paint_levels"] == "0, 1" and values["vxa_paint_end"] == 0.5


@pytest.mark.parametrize(
    ("job", "way", "shown"),
    [
        (
            WeakenJob(prompt="a cat", concept="shape", orders=("most",), counts=(1, 5), factor=-1, steps=7),
            "weaken",
            {"concept": "shape", "orders": ["most"], "counts": "1, 5", "factor": -1},
        ),
        (
            AdjustJob(prompt="a cat", adjust="cat=a not b", clamp=2, steps=7),
            "adjust",
            {"adjust": "cat=a not b", "clamp": 2},
        ),
        (ExciteJob(prompt="a cat", words="cat", compare=True, steps=7), "excite", {"words": "cat", "steps": 7}),
        (
            GenerateJob(prompt="a cat", tokens="cat", preset="head-lens", lens="1-3", steps=7),
            "see",
            {"lens": "1-3", "tokens": "cat"},
        ),
        (GenerateJob(prompt="a cat", tokens="cat", preset="daam", steps=7), "words", {}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_picture_of_the_heads_tab_is_shown_there(built: Webui, job: Job, way: str, shown: dict[str, Any]) -> None:
    from vxa.webui.infotext import write_infotext

    values = paste(built, write_infotext(job, "a cat", (48, 64), "tiny"))
    assert values["vxa_tabs"] == "heads" and values["vxa_heads_tab_opened"].split()[0] == way
    found = {name: values[f"vxa_heads_tab_{way}_{name}"] for name in shown if name != "lens"}
    found |= {"lens": values["vxa_heads_tab_see_lens"]} if "lens" in shown else {}
    assert found == shown and values["vxa_heads_tab_prompt"] == "a cat"
    if way != "excite":
        assert values["vxa_heads_tab_steps"] == 7, "widgets that the ways share"
    others = {"weaken", "adjust", "excite"} - {way}
    assert not [name for name in values if name.startswith(tuple(f"vxa_heads_tab_{other}_" for other in others))]
    assert not [name for name in values if name.startswith(("vxa_edit", "vxa_paint"))]


def test_every_setting_of_the_tab_comes_back(built: Webui, result: Result) -> None:
    """Whatever the widgets said at first, reading them after a paste gives the job."""
    from vxa.ui.form import JobForm
    from vxa.webui.receiving import widget_value

    form = JobForm(VisualizeJob, fixed={"model": ""})
    with gr.Blocks():
        for name in form.missing:
            form.add(name)
    values = [widget_value(form, result.job, name) for name in form.names]
    # where there is nothing to show a widget keeps what it has
    values = [0.5 if value is None else value for value in values]
    values = ["" if value == "preset's own" else value for value in values]
    assert form.read(values) == result.job


def test_buttons_stand_in_the_other_tabs_and_lead_to_ours(built: Webui) -> None:
    bindings = {each.paste_button.elem_id: each for each in built.infotext_utils.registered_param_bindings}
    assert set(bindings) == {"vxa_from_txt2img", "vxa_from_img2img", "vxa_from_pnginfo"}
    assert {each.tabname for each in bindings.values()} == {"vxa"}
    assert bindings["vxa_from_pnginfo"].source_text_component.elem_id == "pnginfo_generation_info"
    assert bindings["vxa_from_txt2img"].source_image_component.elem_id == "txt2img_gallery"


def test_a_prompt_is_taken_over_with_its_styles(built: Webui) -> None:
    from vxa.webui.receiving import with_styles

    styles = built.shared.prompt_styles.styles
    styles["oil"] = built.styles.PromptStyle("oil", "painting of {prompt}, oil", "")
    assert with_styles("a cat", ["oil"]) == "painting of a cat, oil"
    assert with_styles("a cat", None) == "a cat"
