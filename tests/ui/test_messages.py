from __future__ import annotations

import pytest

from vxa.core.errors import ConfigError
from vxa.ui.messages import say, say_done, say_error, say_progress


@pytest.mark.parametrize("say_it", [say, say_done, say_error, lambda text: say_progress(text, 1, 2)])
def test_what_users_typed_cannot_become_markup(say_it) -> None:
    line = say_it('<img src=x onerror="a()"> ${a}')
    assert "<img" not in line
    assert "${" not in line


def test_an_error_says_what_was_expected_and_is_announced() -> None:
    line = say_error(ConfigError("a prompt", got="none", remedy="Type one."))
    assert "Expected a prompt; got none. Type one." in line
    assert 'role="alert"' in line


def test_progress_has_a_bar_and_a_count() -> None:
    assert "3 of 8" in say_progress("looking", 3, 8)
    assert '<progress max="8" value="3">' in say_progress("looking", 3, 8)
    assert " of " not in say_progress("loading", 0, 0)
