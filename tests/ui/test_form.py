from __future__ import annotations

import gradio as gr
import pytest

from vxa.app.jobs import VisualizeJob
from vxa.app.settings import Field, iter_fields
from vxa.core.errors import ConfigError
from vxa.ui.compat import UNCHANGED
from vxa.ui.form import AUTO, JobForm, make_widget, read_value

FIELDS = list(iter_fields(VisualizeJob))
each_field = pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)


@pytest.fixture(scope="module")
def form() -> JobForm[VisualizeJob]:
    form = JobForm(VisualizeJob, fixed={"model": ""})
    with gr.Blocks(analytics_enabled=False):
        for name in form.fields:
            if name != "model":
                form.add(name)
    return form


@each_field
def test_label_and_help_are_the_declarations(field: Field) -> None:
    with gr.Blocks(analytics_enabled=False):
        widget = make_widget(field)
    assert widget.label == field.setting.label
    assert widget.info == field.setting.help


@each_field
def test_ranges_and_names_are_the_declarations(field: Field) -> None:
    with gr.Blocks(analytics_enabled=False):
        widget = make_widget(field)
    if isinstance(widget, gr.Slider):
        assert (widget.minimum, widget.maximum) == (field.setting.low, field.setting.high)
    if field.setting.kind in ("choice", "choices"):
        names = [choice[0] if isinstance(choice, tuple) else choice for choice in widget.choices]
        assert tuple(names) == field.setting.names


def test_untouched_widgets_give_the_default_job(form: JobForm[VisualizeJob]) -> None:
    assert not form.missing
    assert form.read(form.values(prompt="a hat")) == VisualizeJob(prompt="a hat")


def test_a_job_is_shown_and_read_back(form: JobForm[VisualizeJob]) -> None:
    for job in (
        VisualizeJob(prompt="a hat", tokens="hat", timesteps=(7, 9), modes=("grey",), threshold=0.25, heads=(1,)),
        VisualizeJob(prompt="a cat"),
    ):
        shown = [
            component.value if value is UNCHANGED else value
            for value, component in zip(form.show(job), form.components.values(), strict=True)
        ]
        assert form.read(shown) == job


def test_what_was_typed_becomes_the_job(form: JobForm[VisualizeJob]) -> None:
    changes = {
        "prompt": "a hat",
        "timesteps": "10, 20.0",
        "heads": "0,2",
        "modes": ["mask"],
        "draws": 3.0,
        "opacity": 0.25,
        "threshold": 0.7,
        "threshold" + AUTO: False,
    }
    wanted = VisualizeJob(
        prompt="a hat", timesteps=(10, 20), heads=(0, 2), modes=("mask",), draws=3, opacity=0.25, threshold=0.7
    )
    assert form.read(form.values(**changes)) == wanted


@pytest.mark.parametrize(
    ("name", "value"),
    [("timesteps", "abc"), ("timesteps", "5000"), ("timesteps", ""), ("heads", "-1"), ("seed", None), ("seed", 1.5),
     ("modes", []), ("prompt", " ")],
)  # fmt: skip
def test_nonsense_is_an_error_that_names_it(form: JobForm[VisualizeJob], name: str, value: object) -> None:
    with pytest.raises(ConfigError) as caught:
        form.read(form.values(**{"prompt": "a hat", name: value}))
    assert {"timesteps": "timestep", "modes": "mode"}.get(name, name) in str(caught.value)


def test_a_setting_without_a_widget_is_noticed() -> None:
    form = JobForm(VisualizeJob)
    assert form.missing == {field.name for field in FIELDS}


def test_an_empty_box_is_an_empty_text() -> None:
    fields = {field.name: field for field in FIELDS}
    assert read_value(fields["tokens"], None) == ""
    assert read_value(fields["heads"], None) == ()
