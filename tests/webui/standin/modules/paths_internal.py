"""Folders; the tests point them into a temporary one."""

import os

data_path = os.getcwd()
script_path = os.getcwd()
models_path = os.path.join(os.getcwd(), "models")
extensions_dir = os.path.join(os.getcwd(), "extensions")
default_output_dir = os.path.join(os.getcwd(), "outputs")
