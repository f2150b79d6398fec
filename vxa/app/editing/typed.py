"""Lists that are typed as one line of text: prompts, weights of words, windows of words. Knows no model."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vxa.core.errors import ConfigError
from vxa.methods.windows import Window, check_window

_SPAN = re.compile(r"(\d*\.?\d+)(?:\s*[-–]\s*(\d*\.?\d+))?")


@dataclass(frozen=True)
class Adjustment:
    """A word that can be read two ways, and how it is meant."""

    words: str
    """Word or phrase of a prompt."""
    desired: str
    """Concept that it shall be read as."""
    undesired: str
    """Concept that it shall not be read as."""


def read_prompts(text: str) -> tuple[str, ...]:
    """Split edited prompts: one a line, or with || between them; blank ones are left out.

    Example:
        >>> read_prompts("a red rose || a blue rose")
        ('a red rose', 'a blue rose')
    """
    return tuple(part.strip() for part in re.split(r"\n|\|\|", text) if part.strip())


def read_words(text: str) -> tuple[str, ...]:
    """Split words and phrases at commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def read_numbers(text: str, what: str, most: float = 1e4) -> tuple[tuple[str, float], ...]:
    """Read numbers of words.

    Args:
        text: Such as "smiling=2, pink=-1"; blank gives none.
        what: They are, for the message.
        most: Largest absolute value.

    Raises:
        ConfigError: If a part is not of that form, or a number is too large.

    Example:
        >>> read_numbers("red car=0.5", "weights")
        (('red car', 0.5),)
    """
    pairs = []
    for word, value in _read_pairs(text, what, "word=2"):
        try:
            number = float(value)
        except ValueError as error:
            raise _malformed(what, f"{word}={value}", "word=2") from error
        # written so that NaN fails too
        if not abs(number) <= most:
            raise ConfigError(f"{what} from {-most:.0f} to {most:.0f}", got=f"{word}={value}")
        pairs.append((word, number))
    return tuple(pairs)


def read_windows(text: str, what: str) -> tuple[tuple[str, Window], ...]:
    """Read windows of words, as shares of the run.

    Args:
        text: Such as "lion=0-0.4, car=0.2-1"; one number is the end of a window from 0.
        what: They are, for the message.

    Raises:
        ConfigError: If a part is not of that form, reversed or beyond [0, 1].

    Example:
        >>> read_windows("lion=0.4", "windows")
        (('lion', (0.0, 0.4)),)
    """
    windows = []
    for word, value in _read_pairs(text, what, "word=0-0.4"):
        span = _SPAN.fullmatch(value)
        if span is None:
            raise _malformed(what, f"{word}={value}", "word=0-0.4")
        window = (float(span[1]), float(span[2])) if span[2] else (0.0, float(span[1]))
        check_window(window, f"{what} ({word})")
        windows.append((word, window))
    return tuple(windows)


def read_names(text: str, what: str) -> tuple[tuple[str, str], ...]:
    """Read names of words.

    Args:
        text: Such as "red=Color, striped=Geometric Patterns"; blank gives none.
        what: They are, for the message.

    Raises:
        ConfigError: If a part is not of that form.

    Example:
        >>> read_names("red car=Color", "concepts")
        (('red car', 'Color'),)
    """
    pairs = tuple(_read_pairs(text, what, "word=name"))
    for word, name in pairs:
        if not name:
            raise _malformed(what, f"{word}=", "word=name")
    return pairs


def read_adjustments(text: str) -> tuple[Adjustment, ...]:
    """Read how words are meant.

    Args:
        text: Such as "rose=Color not Plants"; blank gives none.

    Raises:
        ConfigError: If a part is not of that form.

    Example:
        >>> read_adjustments("rose=Color not Plants")
        (Adjustment(words='rose', desired='Color', undesired='Plants'),)
    """
    form = "word=concept not concept"
    found = []
    for word, value in _read_pairs(text, "adjustments", form):
        desired, *rest = re.split(r"\s+not\s+", value)
        if len(rest) != 1 or not desired or not rest[0]:
            raise _malformed("adjustments", f"{word}={value}", form)
        found.append(Adjustment(word, desired, rest[0]))
    return tuple(found)


def _read_pairs(text: str, what: str, form: str) -> list[tuple[str, str]]:
    pairs = []
    for part in read_words(text.replace("\n", ",")):
        word, equals, value = (side.strip() for side in part.rpartition("="))
        if not equals or not word:
            raise _malformed(what, part, form)
        pairs.append((word, value))
    return pairs


def _malformed(what: str, part: str, form: str) -> ConfigError:
    return ConfigError(f"{what} as “{form}”, separated by commas", got=repr(part))
