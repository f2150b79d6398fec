from __future__ import annotations

from typing import Any

import pytest

from vxa.app.editing.edit_job import EditJob
from vxa.core.errors import ConfigError


def test_windows_default_to_those_of_the_method() -> None:
    p2p, cac = (EditJob(prompt="a cat", edit="a dog", method=method) for method in ("p2p", "cac"))
    assert (p2p.cross_window, p2p.self_window) == ((0, 0.8), (0, 0.4))
    assert (cac.cross_window, cac.self_window) == ((0, 1), (0, 1))
    assert EditJob(prompt="a", edit="b", cross_start=0.1, cross_end=0.1).cross_window == (0.1, 0.1)


def test_a_picture_is_inverted_as_suits_the_method() -> None:
    job = EditJob(prompt="a cat", edit="a dog", guidance=0.5, steps=7, negative="blur")
    assert job.invert_job is not None
    assert job.invert_job.to_json() == {
        "job": "invert", "prompt": "a cat", "model": "", "inversion": "direct", "negative": "blur", "steps": 7,
        "guidance": 1, "null_steps": 10,
    }  # fmt: skip
    control = EditJob(prompt="a cat", edit="a dog", method="cac").invert_job
    assert control is not None and control.inversion == "refined"
    assert EditJob(prompt="a cat", edit="a dog", inversion="none").invert_job is None


def test_weights_alone_edit_the_source_prompt() -> None:
    assert EditJob(prompt="a cat", weights="cat=2").drawn == ("a cat",)
    assert EditJob(prompt="a cat", concepts="cat=Animals").drawn == ("a cat",)
    assert EditJob(prompt="a cat", edit="a dog || a fox").drawn == ("a dog", "a fox")


@pytest.mark.parametrize(("settings", "message"), [
    ({}, "an edited prompt or weights"),
    ({"edit": " \n||"}, "an edited prompt or weights"),
    ({"edit": "a", "cross_start": 0.9, "cross_end": 0.2}, r"Write \(0\.2, 0\.9\)"),
    ({"edit": "a", "self_start": 0.5}, r"Write \(0\.4, 0\.5\)"),
    ({"edit": "a", "word_windows": "a=1-0"}, r"Write \(0, 1\)"),
    ({"edit": "a", "weights": "a:2"}, "word=2"),
    ({"edit": "a", "concepts": "a"}, "word=name"),
    ({"edit": "a", "method": "cac", "concepts": "a=Color"}, "concepts with the method p2p"),
    ({"edit": "a", "subtract": "x"}, "words to blend"),
    ({"edit": "a", "method": "cac", "blend": "x"}, "blend with the method p2p"),
    ({"edit": "a", "method": "cac", "edit_kind": "refine"}, "Choose auto"),
    ({"edit": "a", "method": "cac", "cross_layers": 0.5}, "cross layers with the method p2p"),
    ({"edit": "a", "method": "cac", "inversion": "direct"}, "refined, null-text or ddim"),
    ({"edit": "a", "cross_end": 1.1}, "cross_end from 0 to 1"),
])  # fmt: skip
def test_what_cannot_be_done_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        EditJob(prompt="x", **settings)
