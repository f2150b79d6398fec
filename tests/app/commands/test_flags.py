from __future__ import annotations

import argparse

import pytest

from vxa.app.commands.flags import add_loading_flags, add_output_flags, add_saving_flags, loader_from
from vxa.core.errors import ConfigError


def parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_output_flags(parser)
    add_loading_flags(parser)
    add_saving_flags(parser, "here")
    return parser.parse_args(words)


def test_flags_have_quiet_defaults() -> None:
    assert vars(parse()) == {
        "json": False, "quiet": False, "model": "", "device": "auto", "dtype": "auto", "allow_pickle": False,
        "out": None, "no_maps": False,
    }  # fmt: skip


def test_how_to_load_reaches_the_loader() -> None:
    with pytest.raises(ConfigError, match="float61"):
        loader_from(parse("--dtype", "float61"))("")
    with pytest.raises(ConfigError, match="abacus"):
        loader_from(parse("--device", "abacus"))("")
