"""Widgets of a job's settings, made from their declarations, and the way back from widgets to a job.

A setting is declared once, in `vxa.app.jobs`; labels, help, ranges and names are never written again here.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import gradio as gr

from vxa.app.settings import Field, check_value, iter_fields, parse_text
from vxa.core.errors import ConfigError
from vxa.ui.compat import UNCHANGED

J = TypeVar("J")
_log = logging.getLogger(__name__)

_MOST_SLIDER_STEPS = 200
AUTO = ":auto"
"""Ends the name of the tick box beside an optional number."""


class JobForm(Generic[J]):
    """The widgets of one job class, laid out by the caller in any order.

    Args:
        job: A job class.
        fixed: Values of settings that the form does not show.
        defaults: Start values by name, as values or as typed on the command line; a wrong one is passed over.
        prefix: Starts the element id of every widget.
        admit: Asked, with the name of the setting, for what becomes of a text; see `Place.admit`.
    """

    def __init__(
        self,
        job: type[J],
        *,
        fixed: Mapping[str, Any] | None = None,
        defaults: Mapping[str, Any] | None = None,
        prefix: str = "vxa",
        admit: Callable[[str, str], str] = lambda _, text: text,
    ) -> None:
        self._job = job
        self._admit = admit
        self._fixed = dict(fixed or {})
        self._prefix = prefix
        self.fields = {field.name: _with_default(field, defaults or {}) for field in iter_fields(job)}
        self.components: dict[str, Any] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the widgets in the order of their values."""
        return tuple(self.components)

    @property
    def inputs(self) -> list[Any]:
        """The widgets."""
        return list(self.components.values())

    @property
    def missing(self) -> set[str]:
        """Settings that neither have a widget nor are fixed."""
        return set(self.fields) - set(self.components) - set(self._fixed)

    def add(self, name: str, **looks: Any) -> Any:
        """Make the widget of a setting here; an optional number gets a tick box for "auto" before it.

        Args:
            name: Of the setting.
            **looks: Further arguments of the gradio component.
        """
        field = self.fields[name]
        looks.setdefault("elem_id", f"{self._prefix}_{name}")
        if field.setting.optional:
            auto = gr.Checkbox(
                value=field.default is None,
                label=f"Auto {field.setting.label.lower()}",
                elem_id=f"{looks['elem_id']}_auto",
            )
            self.components[name + AUTO] = auto
        self.components[name] = make_widget(field, **looks)
        return self.components[name]

    def put(self, name: str, component: Any) -> Any:
        """Take a component of the caller's as the widget of a setting."""
        self.components[name] = component
        return component

    def label(self, name: str) -> str:
        """Name a setting to the user."""
        return self.fields[name].setting.label

    def help(self, name: str) -> str:
        """Explain a setting in a sentence."""
        return self.fields[name].setting.help

    def values(self, **changes: Any) -> list[Any]:
        """List the values that the untouched widgets have, with some changed: what a handler gets."""
        start = {name: component.value for name, component in self.components.items()}
        return list({**start, **changes}.values())

    def read(self, values: Sequence[Any]) -> J:
        """Make the job from the widgets' values, in the order of `names`.

        Raises:
            ConfigError: If one is malformed or out of range, or names a file that it may not.
        """
        raw = dict(zip(self.names, values, strict=True))
        settings = dict(self._fixed)
        for name, field in self.fields.items():
            if name in raw:
                value = None if raw.get(name + AUTO) else read_value(field, raw[name])
                settings[name] = self._admit(name, value) if isinstance(value, str) else value
        return self._job(**settings)

    def show(self, job: J) -> list[Any]:
        """List what makes the widgets say what a job says, in the order of `names`."""
        shown = {name: show_value(field, getattr(job, name)) for name, field in self.fields.items()}
        shown |= {name + AUTO: getattr(job, name) is None for name in self.fields}
        return [UNCHANGED if shown[name] is None else shown[name] for name in self.names]


def _with_default(field: Field, defaults: Mapping[str, Any]) -> Field:
    """Take another start value if it is a right one: a settings page must not be able to take the tab away."""
    if field.name not in defaults:
        return field
    try:
        value = defaults[field.name]
        value = parse_text(field, value) if isinstance(value, str) else value
        value = tuple(value) if isinstance(value, list) else value
        check_value(field, value)
    except ConfigError as error:
        _log.warning("The default of %r is passed over. %s", field.name, error)
        return field
    return dataclasses.replace(field, default=value)


def make_widget(field: Field, **looks: Any) -> Any:
    """Make the gradio component of a setting.

    Args:
        field: The setting with its name and default.
        **looks: Arguments of the component; they win over the declaration.

    Returns:
        Text box, tick box, slider, number box, drop-down or tick list, by the kind of the setting.
    """
    declared = field.setting
    default = None if field.default is dataclasses.MISSING else field.default
    common = {"label": declared.label, "info": declared.help, **looks}
    if declared.kind == "flag":
        return gr.Checkbox(value=bool(default), **common)
    if declared.kind == "choice":
        return gr.Dropdown(choices=list(declared.names), value=default, **common)
    if declared.kind == "choices":
        return gr.CheckboxGroup(choices=list(declared.names), value=list(default or ()), **common)
    if declared.kind in ("int", "float"):
        return _number(field, default, common)
    if declared.kind == "ints":
        return gr.Textbox(value=", ".join(map(str, default or ())), max_lines=1, **common)
    return gr.Textbox(value=default or "", **{"max_lines": 1, **common})


def _number(field: Field, default: Any, common: dict[str, Any]) -> Any:
    low, high = field.setting.low, field.setting.high
    if low is None or high is None or high - low > _MOST_SLIDER_STEPS:
        return gr.Number(value=default, precision=0 if field.setting.kind == "int" else None, **common)
    step = 1 if field.setting.kind == "int" else (high - low) / 100
    value = (low + high) / 2 if default is None else default
    return gr.Slider(minimum=low, maximum=high, value=value, step=step, **common)


def show_value(field: Field, value: Any) -> Any:
    """Turn a setting's value into the widget's, the opposite of `read_value`; None shows nothing."""
    if field.setting.kind == "ints":
        return ", ".join(map(str, value))
    return list(value) if isinstance(value, tuple) else value


def read_value(field: Field, value: Any) -> Any:
    """Turn a widget's value into the setting's; ranges are the job's to check.

    Raises:
        ConfigError: If a text is not of the setting's kind, or a number box was left empty.
    """
    kind = field.setting.kind
    if kind in ("text", "choice"):
        return str(value or "")
    if kind == "flag":
        return bool(value)
    if kind == "choices":
        return tuple(value or ())
    if kind == "ints":
        return parse_text(field, str(value or ""))
    if value is None or (kind == "int" and value != int(value)):
        raise ConfigError(f"{field.name} as a {'whole ' if kind == 'int' else ''}number", got=repr(value))
    return int(value) if kind == "int" else float(value)
