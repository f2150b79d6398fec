"""Settings: declarations and values."""

import gradio as gr

from modules.shared_cmd_options import cmd_opts

_OWN_FIELDS = {"data_labels", "data", "restricted_opts", "typemap"}


class OptionInfo:
    def __init__(
        self,
        default=None,
        label="",
        component=None,
        component_args=None,
        onchange=None,
        section=None,
        refresh=None,
        comment_before="",
        comment_after="",
        infotext=None,
        restrict_api=False,
        category_id=None,
    ):
        self.default = default
        self.label = label
        self.component = component
        self.component_args = component_args
        self.onchange = onchange
        self.section = section
        self.category_id = category_id
        self.refresh = refresh
        self.do_not_save = False
        self.comment_before = comment_before
        self.comment_after = comment_after
        self.infotext = infotext
        self.restrict_api = restrict_api

    def _after(self, html):
        self.comment_after += html
        return self

    def link(self, label, url):
        self.comment_before += f"[<a href='{url}'>{label}</a>]"
        return self

    def js(self, label, js_func):
        self.comment_before += f"[<a onclick='{js_func}()'>{label}</a>]"
        return self

    def info(self, info):
        return self._after(f"({info})")

    def html(self, html):
        return self._after(html)

    def needs_restart(self):
        return self._after("(requires restart)")

    def needs_reload_ui(self):
        return self._after("(requires Reload UI)")


class OptionHTML(OptionInfo):
    def __init__(self, text):
        super().__init__(str(text).strip(), component=gr.HTML)
        self.do_not_save = True


def options_section(section_identifier, options_dict):
    for info in options_dict.values():
        info.section = section_identifier[:2]
        if len(section_identifier) == 3:
            info.category_id = section_identifier[2]
    return options_dict


class Options:
    typemap = {int: float}  # noqa: RUF012 (as in the webui)

    def __init__(self, data_labels, restricted_opts):
        self.data_labels = data_labels
        self.data = {key: info.default for key, info in data_labels.items() if not info.do_not_save}
        self.restricted_opts = restricted_opts

    def __setattr__(self, key, value):
        is_setting = key not in _OWN_FIELDS and (key in self.data or key in self.data_labels)
        if not is_setting:
            super().__setattr__(key, value)
            return
        assert not cmd_opts.freeze_settings, "changing settings is disabled"
        if not self.data_labels[key].do_not_save:
            self.data[key] = value

    def __getattr__(self, item):
        # asked only for what is no field of its own
        fields = self.__dict__
        if item in fields.get("data", {}):
            return fields["data"][item]
        if item in fields.get("data_labels", {}):
            return fields["data_labels"][item].default
        raise AttributeError(f"no setting {item!r}")

    def add_option(self, key, info):
        self.data_labels[key] = info
        if key not in self.data and not info.do_not_save:
            self.data[key] = info.default

    def set(self, key, value, is_api=False, run_callbacks=True):
        if self.data.get(key) == value:
            return False
        option = self.data_labels[key]
        if option.do_not_save or (is_api and option.restrict_api):
            return False
        setattr(self, key, value)
        if run_callbacks and option.onchange is not None:
            option.onchange()
        return True

    def get_default(self, key):
        info = self.data_labels.get(key)
        return None if info is None else info.default

    def onchange(self, key, func, call=True):
        self.data_labels[key].onchange = func
        if call:
            func()
