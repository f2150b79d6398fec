"""Command line flags with their defaults; a Namespace raises on any other."""

import argparse

cmd_opts = argparse.Namespace(
    api=False,
    api_auth=None,
    api_log=False,
    nowebui=False,
    subpath=None,
    share=False,
    listen=False,
    gradio_auth=None,
    gradio_auth_path=None,
    gradio_allowed_path=[],
    no_gradio_queue=False,
    hide_ui_dir_config=False,
    freeze_settings=False,
    freeze_settings_in_sections=None,
    freeze_specific_settings=None,
    no_prompt_history=False,
    ui_config_file="ui-config.json",
    ui_settings_file="config.json",
    ckpt_dir=None,
    lowvram=False,
    medvram=False,
    medvram_sdxl=False,
    use_cpu=["all"],
    no_half=True,
    no_half_vae=False,
    precision="full",
    disable_nan_check=False,
    skip_install=False,
)
