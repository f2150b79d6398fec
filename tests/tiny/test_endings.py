from __future__ import annotations

import pytest

from vxa.core.errors import ConfigError
from vxa.tiny.endings import told_in_a_line


@pytest.mark.parametrize("error", [ConfigError("one thing", got="another"), FileNotFoundError("no such file")])
def test_errors_end_in_a_line(error: Exception) -> None:
    with pytest.raises(SystemExit) as ending, told_in_a_line():
        raise error
    assert ending.value.code == f"error: {error}"


def test_an_interrupt_ends_with_its_own_code() -> None:
    with pytest.raises(SystemExit) as ending, told_in_a_line():
        raise KeyboardInterrupt
    assert ending.value.code == 130


def test_what_is_a_fault_of_ours_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError), told_in_a_line():
        raise ZeroDivisionError
