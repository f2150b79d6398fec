"""What everything in the webui shares; `sd_model` loads the checkpoint when it is first asked for."""

import sys
from types import ModuleType

import torch

from modules import options, shared_options, shared_state, styles
from modules.shared_cmd_options import cmd_opts

OptionInfo = options.OptionInfo
OptionHTML = options.OptionHTML
options_section = options.options_section
restricted_opts = shared_options.restricted_opts
opts = options.Options(shared_options.options_templates, restricted_opts)
state = shared_state.State()
prompt_styles = styles.StyleDatabase()
hide_dirs = {"visible": not cmd_opts.hide_ui_dir_config}
device = torch.device("cpu")
demo = None
tab_names = []
parallel_processing_allowed = True
hypernetworks = {}
loaded_hypernetworks = []


class TotalTQDM:
    def clear(self):
        pass


total_tqdm = TotalTQDM()


class Shared(ModuleType):
    @property
    def sd_model(self):
        from modules import sd_models

        return sd_models.model_data.get_sd_model()

    @sd_model.setter
    def sd_model(self, value):
        from modules import sd_models

        sd_models.model_data.set_sd_model(value)


sys.modules[__name__].__class__ = Shared
