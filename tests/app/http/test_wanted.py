from __future__ import annotations

import pytest

from vxa.app.http.wanted import Wanted, WantedSheets
from vxa.core.errors import ConfigError


def test_what_is_wanted_is_a_yes_or_a_no() -> None:
    assert Wanted() == Wanted(sheet=True, word_maps=False, raw_maps=False)
    for kind in (Wanted, WantedSheets):
        with pytest.raises(ConfigError, match="sheet as yes or no; got 1"):
            kind(sheet=1)  # type: ignore[arg-type]
