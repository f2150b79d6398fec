"""Prompt syntax: emphasis as (text:1.2), (text), [text], and BREAK; editing such as [a:b:0.5]."""

import re
from typing import NamedTuple

import torch

_PIECE = re.compile(r"\\[\\()\[\]]|\(|\[|:\s*([+-]?[.\d]+)\s*\)|\)|\]|[^\\()\[\]:]+|:|\\")
_AND = re.compile(r"\bAND\b")
_WEIGHT = re.compile(r"((?:\s|.)*?)(?:\s*:\s*([-+]?(?:\d+\.?|\d*\.\d+)))?\s*")
_EDIT = re.compile(r"\[([^][:]*):([^][:]*):\s*([\d.]+)\s*\]")
_BREAK = re.compile(r"\s*\bBREAK\b\s*")


class ScheduledPromptConditioning(NamedTuple):
    end_at_step: int
    cond: torch.Tensor


class SdConditioning(list):
    def __init__(self, prompts, is_negative_prompt=False, width=None, height=None, copy_from=None):
        super().__init__(prompts)
        source = prompts if copy_from is None else copy_from
        self.is_negative_prompt = is_negative_prompt or getattr(source, "is_negative_prompt", False)
        self.width = width or getattr(source, "width", None)
        self.height = height or getattr(source, "height", None)


def get_learned_conditioning_prompt_schedules(prompts, base_steps, hires_steps=None, use_old_scheduling=False):
    return [
        [[step, _EDIT.sub(lambda edit, now=step: _at(now, edit), prompt)] for step in _steps(prompt, base_steps)]
        for prompt in prompts
    ]


def _steps(prompt, base_steps):
    return [*sorted({_switch(edit, base_steps) for edit in _EDIT.finditer(prompt)} - {base_steps}), base_steps]


def _switch(edit, base_steps):
    return int(float(edit[3]) * base_steps) if "." in edit[3] else int(edit[3])


def _at(step, edit):
    return edit[1] if step <= int(edit[3] if "." not in edit[3] else 0) else edit[2]


def get_learned_conditioning(model, prompts, steps, hires_steps=None, use_old_scheduling=False):
    conds = model.get_learned_conditioning(SdConditioning(prompts, copy_from=prompts))
    if isinstance(conds, dict):
        rows = [{key: value[i] for key, value in conds.items()} for i in range(len(prompts))]
    else:
        rows = list(conds)
    return [[ScheduledPromptConditioning(steps, row)] for row in rows]


def get_multicond_prompt_list(prompts):
    """Split each prompt at AND: (its parts as (place, weight), all different parts, place by part)."""
    places, lists = {}, []
    for prompt in prompts:
        parts = [_WEIGHT.fullmatch(part).groups() for part in _AND.split(prompt)]
        lists.append([(places.setdefault(text, len(places)), float(weight or 1)) for text, weight in parts])
    return lists, SdConditioning(list(places), copy_from=prompts), places


def parse_prompt_attention(text):
    """Split a prompt into [text, weight]; BREAK becomes ["BREAK", -1]."""
    parts, starts = [], {"(": [], "[": []}

    def close(bracket, factor):
        for part in parts[starts[bracket].pop() :]:
            part[1] *= factor

    for piece in _PIECE.finditer(text):
        word, weight = piece[0], piece[1]
        opener, factor = {")": ("(", 1.1), "]": ("[", 1 / 1.1)}.get(word, ("(", float(weight or 0)))
        if word in starts:
            starts[word].append(len(parts))
        elif (weight or word in ")]") and starts[opener]:
            close(opener, factor)
        else:
            parts.extend(_plain(word))
    for opener, factor in (("(", 1.1), ("[", 1 / 1.1)):
        while starts[opener]:
            close(opener, factor)
    return _joined(parts) or [["", 1.0]]


def _plain(word):
    if word.startswith("\\"):
        return [[word[1:] or "\\", 1.0]]
    texts = [[text, 1.0] for text in _BREAK.split(word)]
    breaks = [["BREAK", -1] for _ in texts]
    return [part for pair in zip(breaks, texts, strict=True) for part in pair][1:]


def _joined(parts):
    joined = []
    for text, weight in parts:
        if joined and joined[-1][1] == weight:
            joined[-1][0] += text
        else:
            joined.append([text, weight])
    return joined
