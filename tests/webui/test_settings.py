from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import gradio as gr
import pytest

from tests.webui.standin.replay import Webui
from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.paint_job import PaintJob
from vxa.app.job import Job
from vxa.app.jobs import VisualizeJob
from vxa.ui.form import JobForm


@pytest.fixture
def settings(webui: Webui) -> ModuleType:
    from vxa.webui import settings

    settings.add_settings()
    return settings


def test_they_stand_on_a_page_of_their_own(webui: Webui, settings: ModuleType) -> None:
    ours = {key: info for key, info in webui.shared.opts.data_labels.items() if key.startswith("vxa_")}
    assert {info.section for info in ours.values()} == {("vxa", "VXA")}
    assert {"vxa_folder", "vxa_preset", "vxa_memory", "vxa_megapixels", "vxa_api"} <= set(ours)
    json.dumps({key: info.default for key, info in ours.items()})


def test_their_components_can_be_made_as_the_webui_makes_them(webui: Webui, settings: ModuleType) -> None:
    kinds = {bool: gr.Checkbox, int: gr.Number, str: gr.Textbox}
    with gr.Blocks():
        for key, info in webui.shared.opts.data_labels.items():
            if key.startswith("vxa_"):
                make = info.component or kinds[type(info.default)]
                labelled = {} if info.do_not_save else {"label": info.label}
                component = make(value=info.default, **labelled, **(info.component_args or {}))
                assert component.value == info.default


@pytest.mark.parametrize("job", [VisualizeJob, EditJob, PaintJob])
def test_untouched_each_tab_starts_as_everywhere(settings: ModuleType, job: type[Job]) -> None:
    plain, started = JobForm(job), JobForm(job, defaults=settings.start_values())
    assert {name: field.default for name, field in plain.fields.items()} == {
        name: field.default for name, field in started.fields.items()
    }


def test_the_tab_starts_as_the_settings_say(webui: Webui, settings: ModuleType) -> None:
    webui.shared.opts.vxa_timesteps, webui.shared.opts.vxa_opacity = "10, 20", 0.25
    fields = JobForm(VisualizeJob, defaults=settings.start_values()).fields
    assert fields["timesteps"].default == (10, 20) and fields["opacity"].default == 0.25


def test_edit_and_paint_start_as_the_settings_say(webui: Webui, settings: ModuleType) -> None:
    webui.shared.opts.vxa_guidance, webui.shared.opts.vxa_negative = 4.5, "blurry"
    for job in (EditJob, PaintJob):
        fields = JobForm(job, defaults=settings.start_values()).fields
        assert fields["guidance"].default == 4.5 and fields["negative"].default == "blurry"


def test_settings_that_were_never_added_have_defaults(webui: Webui) -> None:
    from vxa.webui import settings

    assert settings.start_values() == {}
    assert settings.max_kept_bytes() == 1 << 30 and settings.max_pixels() == 16 << 20
    assert settings.is_api_wanted()
    assert settings.output_folder() == Path("outputs", "vxa-images")


@pytest.mark.parametrize("spoilt", [None, "much", 0, -3])
def test_a_spoilt_number_is_passed_over(webui: Webui, settings: ModuleType, spoilt: object) -> None:
    webui.shared.opts.data["vxa_memory"] = spoilt
    assert settings.max_kept_bytes() == 1 << 30


def test_a_folder_common_to_all_tabs_wins(webui: Webui, settings: ModuleType) -> None:
    webui.shared.opts.vxa_folder = "elsewhere"
    assert settings.output_folder() == Path("elsewhere")
    webui.shared.opts.outdir_samples = "everything"
    assert settings.output_folder() == Path("everything")


def test_folders_are_hidden_where_the_webui_hides_its_own(webui: Webui) -> None:
    webui.shared.hide_dirs["visible"] = False
    from vxa.webui import settings

    settings.add_settings()
    assert webui.shared.opts.data_labels["vxa_folder"].component_args == {"visible": False}
