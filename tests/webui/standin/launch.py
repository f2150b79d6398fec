"""What an extension's installer may ask."""

import argparse
import importlib.util

args = argparse.Namespace(skip_install=False)
asked_for = []
"""Not in the webui: what `run_pip` was given."""


def is_installed(package):
    return importlib.util.find_spec(package) is not None


def run_pip(command, desc=None, live=False):
    if not args.skip_install:
        asked_for.append(command)
