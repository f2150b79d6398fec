"""`vxa tokens "prompt"`: the token table of a prompt."""

from __future__ import annotations

import argparse
from typing import Any

from vxa.app.commands.flags import add_loading_flags, add_output_flags, loader_from
from vxa.app.output import Output
from vxa.core.errors import ConfigError
from vxa.core.tokens import Token, TokenTable


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("prompt", metavar="PROMPT", help="text to split into tokens")
    add_loading_flags(parser)
    add_output_flags(parser)


def run(arguments: argparse.Namespace, output: Output) -> None:
    """Run the command.

    Raises:
        ConfigError: If the prompt is empty.
    """
    if not arguments.prompt.strip():
        raise ConfigError("a prompt", got="an empty one", remedy="Write the words to split.")
    host = loader_from(arguments)(arguments.model)
    tables = host.tokenize(arguments.prompt)
    names = ["id"] if len(tables) == 1 else [f"id ({table.encoder})" for table in tables]
    output.table(["index", "token", "characters", *names, "weight"], _rows(tables))
    if num_pads := sum(token.special == "pad" for token in tables[0].tokens):
        output.line(f"and {num_pads} columns of padding, {len(tables[0].tokens)} columns in all")
    output.summary(_as_json(tables, host.info.name, host.info.hash))


def _rows(tables: tuple[TokenTable, ...]) -> list[list[Any]]:
    return [
        [token.index, token.text, _characters(token), *(table.tokens[token.index].id for table in tables), token.weight]
        for token in tables[0].tokens
        if token.special != "pad"
    ]


def _characters(token: Token) -> str:
    return f"{token.start}-{token.end - 1}" if token.end > token.start else ""


def _as_json(tables: tuple[TokenTable, ...], name: str, model_hash: str) -> dict[str, Any]:
    return {"model": {"name": name, "hash": model_hash}, "encoders": [table.to_json() for table in tables]}
