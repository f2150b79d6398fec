"""The errors a user can meet, as one tree.

    VxaError
    ├── HostError(RuntimeError)         the model or the program around it
    │   ├── UnsupportedModelError       no cross-attention, no UNet, pickle checkpoint …
    │   ├── StaleHostError              another model was loaded, or a setting changed, in the meantime
    │   └── LayerNotFoundError(LookupError)
    ├── CaptureError(RuntimeError)      observing went wrong
    │   └── NoMapsError                 nothing fired, or everything was filtered away
    ├── ShapeError(ValueError)
    ├── AlignmentError(ValueError)      two prompts cannot be aligned
    ├── ConfigError(ValueError)         a job field out of range
    │   └── SelectionError(LookupError) a token or word that is not in the prompt
    ├── PictureError(ValueError)        a picture that cannot be used
    ├── OutputError(OSError)            a result that cannot be written
    └── InterruptedRunError             the user stopped a run

Every message says what was expected, what came, and what to do. Knows nothing of the rest of the package.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any


class VxaError(Exception):
    """Base of everything VXA raises on purpose.

    Args:
        expected: What would have been right, as the start of a sentence.
        got: What came instead; None leaves that part out.
        remedy: What the user can do, as a sentence.
    """

    def __init__(self, expected: str, *, got: object = None, remedy: str = "") -> None:
        self.expected = expected
        self.got = got
        self.remedy = remedy
        got_part = "" if got is None else f"; got {got}"
        remedy_part = f" {remedy}" if remedy else ""
        super().__init__(f"Expected {expected}{got_part}.{remedy_part}")

    def __str__(self) -> str:
        return str(self.args[0])

    def __reduce__(self) -> tuple[Any, ...]:
        # the default would hand the finished message over as `expected` when a worker process sends an error back
        return _revive, (type(self), self.expected, self.got, self.remedy)


class HostError(VxaError, RuntimeError):
    """The model, or the program that holds it, cannot do what was asked."""


class UnsupportedModelError(HostError):
    """The model is not one VXA can open."""


class StaleHostError(HostError):
    """The model was exchanged, or a setting of its program changed, between asking for it and running it."""


class LayerNotFoundError(HostError, LookupError):
    """No attention layer has that name."""


class CaptureError(VxaError, RuntimeError):
    """Observing attention went wrong."""


class NoMapsError(CaptureError):
    """No map was recorded although one was asked for."""


class ShapeError(VxaError, ValueError):
    """An array has the wrong shape."""


class AlignmentError(VxaError, ValueError):
    """Two prompts cannot be aligned in the way asked for."""


class ConfigError(VxaError, ValueError):
    """A setting is missing, malformed or out of range."""


class SelectionError(ConfigError, LookupError):
    """A token or word was chosen that the prompt does not have."""


class PictureError(VxaError, ValueError):
    """A picture cannot be read or used."""


class OutputError(VxaError, OSError):
    """A result cannot be written."""


class InterruptedRunError(VxaError):
    """The user stopped the run; nothing was written."""

    def __init__(self) -> None:
        super().__init__("the run to finish", got="an interrupt", remedy="Nothing was saved; run it again.")


def _revive(kind: type[VxaError], expected: str, got: object, remedy: str) -> VxaError:
    error = kind.__new__(kind)
    VxaError.__init__(error, expected, got=got, remedy=remedy)
    return error


def nearest_names(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """Name up to `count` known names closest in spelling to `name`, best first.

    Example:
        >>> nearest_names("midle", ["middle", "down", "up"])
        ['middle']
    """
    return difflib.get_close_matches(name, list(known), n=count, cutoff=0.4)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Write the remedy for an unknown name: the nearest known ones, or all of them.

    Example:
        >>> did_you_mean("midle", ["middle", "down", "up"])
        'Did you mean middle?'
    """
    known = list(known)
    near = nearest_names(name, known)
    if near:
        return f"Did you mean {' or '.join(near)}?"
    return f"There are: {', '.join(known)}."
