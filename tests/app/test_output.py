from __future__ import annotations

import io
import json

import pytest

from vxa.app import output as output_module
from vxa.app.output import Output, format_table


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def make_output(**settings: bool) -> tuple[Output, io.StringIO, io.StringIO]:
    out, err = io.StringIO(), io.StringIO()
    return Output(out=out, err=err, **settings), out, err


def test_lines_go_to_a_person_and_json_to_a_program() -> None:
    for settings, expected in (({}, "one\n"), ({"is_quiet": True}, ""), ({"is_json": True}, '{\n  "a": "ä"\n}\n')):
        output, out, err = make_output(**settings)
        output.line("one")
        output.summary({"a": "ä"})
        assert (out.getvalue(), err.getvalue()) == (expected, "")


def test_quiet_json_is_still_json() -> None:
    output, out, _ = make_output(is_quiet=True, is_json=True)
    output.summary({"a": 1})
    assert json.loads(out.getvalue()) == {"a": 1}


def test_errors_are_never_quiet_and_go_to_standard_error() -> None:
    output, out, err = make_output(is_quiet=True, is_json=True)
    output.error("Expected x.")
    assert (out.getvalue(), err.getvalue()) == ("", "vxa: Expected x.\n")


def test_a_terminal_shows_a_bar_and_clears_it() -> None:
    err = Terminal()
    output = Output(out=io.StringIO(), err=err)
    with output.progress() as progress:
        for done in (1, 2):
            progress(done, 2, "drawing")
    assert "drawing" in err.getvalue() and "/2 [" in err.getvalue()
    assert err.getvalue().split("\r")[-2].strip() == "", "the bar is wiped out at the end"


def test_elsewhere_a_short_run_writes_nothing_and_a_long_one_a_line_now_and_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    monkeypatch.setattr(output_module.time, "monotonic", lambda: now)
    output, _, err = make_output()
    with output.progress() as progress:
        for done in range(1, 26):
            now += 1
            progress(done, 25, "drawing")
    assert err.getvalue() == "drawing: 11 of 25, 14 s left\ndrawing: 21 of 25, 4 s left\n"


def test_quiet_has_no_progress() -> None:
    err = Terminal()
    with Output(is_quiet=True, out=io.StringIO(), err=err).progress() as progress:
        progress(1, 2, "drawing")
    assert err.getvalue() == ""


def test_columns_are_aligned_numbers_to_the_right() -> None:
    rows = [["a", 5, "x"], ["bcd", 10, ""]]
    assert format_table(["name", "n", "rest"], rows) == ["name   n  rest", "a      5  x", "bcd   10"]
    assert format_table(["only", "heads"], []) == ["only  heads"]


def test_what_the_terminal_cannot_show_is_escaped() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    Output(out=stream, err=stream).line("“ä”")
    assert stream.buffer.getvalue() == b"\\u201c\\xe4\\u201d\n"  # type: ignore[attr-defined]
