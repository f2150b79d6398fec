"""The left half of the tab: picture, prompt, words, and how the model looks at them."""

from __future__ import annotations

from typing import Any

import gradio as gr
from PIL import Image

from vxa.app.jobs import VisualizeJob
from vxa.ui.assets import read_assets
from vxa.ui.compat import UNCHANGED, picture_input
from vxa.ui.form import JobForm
from vxa.ui.layer_choices import OWN, layer_choice
from vxa.ui.place import Place

_MORE = (("draws", "seed"), ("heads", "noise"), ("combine", "unit_range"), ("lens", "vectors"))


class InputsPanel:
    """Laid out where it is made.

    Args:
        form: Makes the widgets of the job's settings.
        place: May add buttons and bring an example.
    """

    def __init__(self, form: JobForm[VisualizeJob], place: Place) -> None:
        self._form, self._example = form, place.example
        self.picture = picture_input(label="Picture", height=260, elem_id="vxa_picture")
        self.prompt = form.add("prompt", lines=2, max_lines=6, info=None, placeholder=form.help("prompt"))
        place.lay_out_prompt_buttons(self.prompt)
        gr.HTML(read_assets(("chips.html",)), elem_id="vxa_chip_box")
        self.tokens = form.add("tokens", placeholder="circle, square, 1-3")
        with gr.Row():
            form.add("preset", min_width=130, scale=2)
            self.layers = self._lay_out_layers()
        form.add("timesteps")
        with gr.Row(elem_id="vxa_buttons"):
            self.generate = gr.Button(
                "Visualize", variant="primary", elem_id="vxa_generate", elem_classes=["vxa-run"], scale=3, min_width=110
            )
            self.interrupt = gr.Button("Interrupt", elem_id="vxa_interrupt", scale=2, min_width=90)
            has_example = self._example is not None
            self.example = gr.Button("Example", elem_id="vxa_example", scale=2, min_width=90, visible=has_example)
        with gr.Accordion("More: draws, seed, heads, noise", open=False, elem_id="vxa_more"):
            for names in _MORE:
                with gr.Row():
                    for name in names:
                        form.add(name, min_width=140)

    def _lay_out_layers(self) -> Any:
        start = layer_choice(str(self._form.fields["layers"].default))
        layers = gr.Dropdown(
            list(dict.fromkeys([OWN, start])), value=start, allow_custom_value=True, elem_id="vxa_layers",
            min_width=170, scale=3, label=self._form.label("layers"), info=self._form.help("layers"),
        )  # fmt: skip
        return self._form.put("layers", layers)

    def fill_in_example(self) -> tuple[Any, Any, Any]:
        """Give the example: (picture, prompt, tokens)."""
        if self._example is None:
            return UNCHANGED, UNCHANGED, UNCHANGED
        # as a picture: gradio serves files from a few folders only
        with Image.open(self._example.picture) as image:
            image.load()
        return image, self._example.prompt, self._example.tokens
