"""Runs the files in an extension's `scripts` folder."""

import importlib.util
import os
import sys

from modules import errors, script_callbacks

AlwaysVisible = object()
scripts_txt2img = None
scripts_img2img = None
_basedir = ""


class Script:
    name = None
    alwayson = False
    is_txt2img = False
    is_img2img = False


def basedir():
    return _basedir


def load_scripts(extension):
    """Run an extension's scripts (the webui asks its list of extensions instead of being told)."""
    global _basedir  # noqa: PLW0603 (as in the webui)
    script_callbacks.clear_callbacks()
    before = sys.path
    folder = os.path.join(extension, "scripts")
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".py"):
            continue
        try:
            # only while the file runs is its extension on the path, and the file is never in sys.modules
            sys.path = [str(extension), *sys.path]
            _basedir = str(extension)
            spec = importlib.util.spec_from_file_location(name, os.path.join(folder, name))
            spec.loader.exec_module(importlib.util.module_from_spec(spec))
        except Exception:  # noqa: BLE001 (as in the webui)
            errors.report(f"Error loading script: {name}", exc_info=True)
        finally:
            sys.path = before
            _basedir = ""
