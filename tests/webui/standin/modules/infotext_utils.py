"""Sending pictures and settings from tab to tab."""

import json
import re
import sys

import gradio as gr

sys.modules["modules.generation_parameters_copypaste"] = sys.modules[__name__]

paste_fields = {}
registered_param_bindings = []
_PAIR = re.compile(r'\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')


class ParamBinding:
    def __init__(
        self,
        paste_button,
        tabname,
        source_text_component=None,
        source_image_component=None,
        source_tabname=None,
        override_settings_component=None,
        paste_field_names=None,
    ):
        self.paste_button = paste_button
        self.tabname = tabname
        self.source_text_component = source_text_component
        self.source_image_component = source_image_component
        self.source_tabname = source_tabname
        self.override_settings_component = override_settings_component
        self.paste_field_names = paste_field_names or []


def reset():
    paste_fields.clear()
    registered_param_bindings.clear()


def add_paste_fields(tabname, init_img, fields, override_settings_component=None):
    paste_fields[tabname] = {
        "init_img": init_img,
        "fields": fields,
        "override_settings_component": override_settings_component,
    }


def create_buttons(tabs_list):
    return {tab: gr.Button(f"Send to {tab}", elem_id=f"{tab}_tab") for tab in tabs_list}


def register_paste_params_button(binding):
    registered_param_bindings.append(binding)


def connect_paste_params_buttons():
    # an unknown tab is a KeyError, as in the webui
    for binding in registered_param_bindings:
        target = paste_fields[binding.tabname]["init_img"]
        if binding.source_image_component is not None and target is not None:
            binding.paste_button.click(lambda x: x, [binding.source_image_component], [target])


def parse_generation_parameters(x, skip_fields=None):
    *lines, last = x.strip().split("\n")
    pairs = _PAIR.findall(last)
    if len(pairs) < 3:
        lines, pairs = [*lines, last], []
    text = "\n".join(lines)
    prompt, _, negative = text.partition("Negative prompt:")
    named = {key: unquote(value) for key, value in pairs}
    return {"Prompt": prompt.strip(), "Negative prompt": negative.strip(), **named}


def quote(text):
    return text if not set(str(text)) & set(",\n:") else json.dumps(text, ensure_ascii=False)


def unquote(text):
    try:
        return json.loads(text) if text[:1] == text[-1:] == '"' else text
    except ValueError:
        return text
