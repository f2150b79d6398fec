"""An extension for tests only: link `tests/live/witness` into the webui's extensions folder.

Writes into the infotext of every picture how many hooks the model carries, counted by itself.
"""

from modules import scripts, shared

NAME = "Hooks on the model"


class Witness(scripts.Script):
    def title(self):
        return NAME

    def show(self, is_img2img):
        return scripts.AlwaysVisible

    def process(self, p, *_):
        hooks = [
            len(module._forward_hooks) + len(module._forward_pre_hooks) + ("forward" in vars(module))
            for module in shared.sd_model.model.diffusion_model.modules()
        ]
        p.extra_generation_params[NAME] = sum(hooks)
