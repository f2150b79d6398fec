"""As `paths_internal`."""

from modules import paths_internal

data_path = paths_internal.data_path
script_path = paths_internal.script_path
models_path = paths_internal.models_path
