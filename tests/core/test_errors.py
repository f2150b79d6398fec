"""The error tree: messages, builtins, nearest names."""

from __future__ import annotations

import pickle

import pytest

from vxa.core import errors
from vxa.core.errors import ConfigError, InterruptedRunError, VxaError, did_you_mean, nearest_names

BUILTINS = {
    "HostError": (RuntimeError,),
    "UnsupportedModelError": (errors.HostError, RuntimeError),
    "StaleHostError": (errors.HostError, RuntimeError),
    "LayerNotFoundError": (errors.HostError, LookupError),
    "CaptureError": (RuntimeError,),
    "NoMapsError": (errors.CaptureError,),
    "ShapeError": (ValueError,),
    "AlignmentError": (ValueError,),
    "ConfigError": (ValueError,),
    "SelectionError": (errors.ConfigError, LookupError),
    "PictureError": (ValueError,),
    "OutputError": (OSError,),
}
EVERY = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, VxaError)]


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_every_error_is_a_vxa_error_and_the_fitting_builtin(kind: type[VxaError]) -> None:
    for parent in BUILTINS.get(kind.__name__, ()):
        assert issubclass(kind, parent)
    assert kind.__name__ in {*BUILTINS, "VxaError", "InterruptedRunError"}, "name its builtin in this table"


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_an_error_comes_back_whole_from_a_worker_process(kind: type[VxaError]) -> None:
    error = kind() if kind is InterruptedRunError else kind("a number", got=7, remedy="Type one.")
    back = pickle.loads(pickle.dumps(error))
    assert (type(back), str(back), back.expected, back.got) == (kind, str(error), error.expected, error.got)


@pytest.mark.parametrize("kind", [kind for kind in EVERY if kind is not InterruptedRunError], ids=lambda k: k.__name__)
def test_the_message_says_expected_got_and_remedy(kind: type[VxaError]) -> None:
    error = kind("a whole number", got="'x'", remedy="Type one.")
    assert str(error) == "Expected a whole number; got 'x'. Type one."
    assert (error.expected, error.got, error.remedy) == ("a whole number", "'x'", "Type one.")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "Expected a prompt."),
        ({"got": 0}, "Expected a prompt; got 0."),
        ({"got": []}, "Expected a prompt; got []."),
        ({"remedy": "Type one."}, "Expected a prompt. Type one."),
    ],
)
def test_parts_that_are_missing_leave_no_gap(fields: dict[str, object], message: str) -> None:
    assert str(ConfigError("a prompt", **fields)) == message


def test_an_interrupt_says_that_nothing_was_saved() -> None:
    assert "Nothing was saved" in str(InterruptedRunError())


@pytest.mark.parametrize(
    ("name", "best"), [("midle", "middle"), ("mid", "middle"), ("dwon", "down"), ("", None), ("xyzzy", None)]
)
def test_nearest_names(name: str, best: str | None) -> None:
    assert (nearest_names(name, ["middle", "down", "up"]) or [None])[0] == best


def test_nearest_names_are_at_most_as_many_as_asked_for() -> None:
    assert nearest_names("cat1", (f"cat{n}" for n in range(9)), count=2) == ["cat1", "cat8"]


def test_a_name_far_from_all_lists_them() -> None:
    assert did_you_mean("xyzzy", ["middle", "down"]) == "There are: middle, down."
    assert did_you_mean("midle", iter(["middle", "down"])) == "Did you mean middle?"
