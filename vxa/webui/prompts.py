"""Prompts as typed in the webui, and what of them the text encoder reads.

The webui's own parsers decide, called as black boxes; here what they dropped is only found again in the text as typed,
so that a token can be pointed at there. Where that fails a token has no characters, and nothing else goes wrong.

A prompt that changes while it is drawn (`[cat:dog:0.5]`, `[cat|dog]`) is read as at its last step, which decides what
the finished picture shows; of prompts joined by AND the first is read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any

from modules import extra_networks, prompt_parser, shared

_NUM_STEPS = 151
"""Steps that prompt editing is spread over. More than the page allows, so that `[cat:dog:150]` ends with the dog; odd
and one above a multiple of 6, so that `[cat|dog]` and `[a|b|c]` end with the first of them."""

_NETWORK = re.compile(r"<\w+:[^>]+>")
_OTHER_PARTS = re.compile(r"(:\s*[-+]?(\d+\.?\d*|\.\d+)\s*)?(\bAND\b.*)?\Z", re.DOTALL)
_EMPHASIS = re.compile(r"\\(?P<literal>[\\()\[\]])|:\s*[-+]?[.\d]+\s*(?=\))|[()\[\]]|\bBREAK\b")


@dataclass(frozen=True)
class ReadPrompt:
    """A prompt taken apart."""

    typed: str
    """As typed."""
    text: str
    """What is split into tokens; emphasis and BREAK are still in it."""
    spoken: str
    """As typed, but blanks in place of all that is syntax: the same characters at the same places."""
    networks: Mapping[str, list[Any]]
    """LoRAs and other networks that it names, by kind, as the webui wants them."""


def read_prompt(typed: str) -> ReadPrompt:
    """Take a prompt apart as the webui does before it encodes it."""
    text, networks = extra_networks.parse_prompt(typed)
    first = prompt_parser.get_multicond_prompt_list([text])[1][0]
    last = _at_last_step(first) if "[" in first else first
    spoken = _blank(_OTHER_PARTS, _blank(_NETWORK, typed))
    if last != first:
        spoken = _blank_all_but(spoken, last)
    if shared.opts.emphasis != "None":
        spoken = _blank(_EMPHASIS, spoken)
    return ReadPrompt(typed, last, spoken, networks)


@lru_cache(maxsize=64)
def _at_last_step(text: str) -> str:
    """Follow prompt editing to its end. The webui's parser takes a tenth of a second and more."""
    return prompt_parser.get_learned_conditioning_prompt_schedules([text], _NUM_STEPS)[0][-1][1]


def _blank(pattern: re.Pattern[str], text: str) -> str:
    """Blank what matches, but not what it names as literal."""
    return pattern.sub(lambda match: (match.groupdict().get("literal") or "").rjust(len(match[0])), text)


def _blank_all_but(text: str, kept: str) -> str:
    """Blank the characters of `text` that are not in `kept`, which is what is left of it."""
    blocks = SequenceMatcher(None, text, kept, autojunk=False).get_matching_blocks()
    places = {place for block in blocks for place in range(block.a, block.a + block.size)}
    return "".join(character if place in places else " " for place, character in enumerate(text))
