from __future__ import annotations

import gradio as gr
import pytest

from tests.ui.test_heads_tab import place
from vxa.ui.heads_forms import SHARED, HeadsForms


@pytest.fixture(scope="module")
def forms() -> HeadsForms:
    made = HeadsForms(place(colormap="viridis", preset="daam"))
    with gr.Blocks(analytics_enabled=False):
        for name in SHARED:
            made.draw.add(name)
        made.see.add("lens")
        made.excite.add("steps")
        made.share()
    return made


def test_jobs_have_their_common_settings_from_one_widget(forms: HeadsForms) -> None:
    for form in (forms.see, forms.weaken, forms.adjust, forms.excite):
        for name in set(SHARED) - {"steps"}:
            assert form.components[name] is forms.draw.components[name], name
    assert forms.weaken.components["steps"] is forms.draw.components["steps"]
    assert forms.excite.components["steps"] is not forms.draw.components["steps"], "as published, it takes more"


def test_a_lens_is_a_lens_whatever_the_default(forms: HeadsForms) -> None:
    job = forms.see.read(forms.see.values(prompt="a circle", lens="color"))
    assert (job.preset, job.lens) == ("head-lens", "color")
