from __future__ import annotations

import re

import pytest

from vxa.ui.assets import ASSETS, MARKUP, PAGE_STYLES, SCRIPTS, STYLES, read_assets


def test_every_asset_is_listed() -> None:
    assert {path.name for path in ASSETS.iterdir()} == {*SCRIPTS, *MARKUP, *STYLES, *PAGE_STYLES}


@pytest.mark.parametrize("name", [*SCRIPTS, *MARKUP, *STYLES, *PAGE_STYLES])
def test_nothing_is_fetched_from_elsewhere(name: str) -> None:
    assert not re.search(r"https?://|@import|url\(", read_assets((name,)))


def test_rules_of_the_tab_touch_nothing_outside_it() -> None:
    text = re.sub(r"/\*.*?\*/", "", read_assets(STYLES), flags=re.DOTALL)
    selectors = [part.strip() for block in re.findall(r"([^{}]+)\{", text) for part in block.split(",")]
    loose = [each for each in selectors if not re.match(r"(\.dark )?#vxa_tabs\b|@|from$|to$|[\w-]+: |\(", each)]
    assert not loose


def test_scripts_share_one_name_and_leave_nothing_else_behind() -> None:
    for name in SCRIPTS:
        text = read_assets((name,))
        assert re.search(r"^\(function \(\) \{\n  \"use strict\";", text, re.MULTILINE), name
        assert set(re.findall(r"window\.(\w+) =", text)) <= {"vxa"}
        assert "innerHTML" not in text, "prompts are other people's text"


def test_what_several_tabs_have_in_common_stands_in_one_place() -> None:
    for name in ("edit_view.html", "painted.html", "heads_result.html"):
        text, own = read_assets((name,)), (ASSETS / name).read_text(encoding="utf-8")
        assert "<!--" not in text and "vxa-compared" in text and "data-way=" in text
        assert "vxa-compared" not in own and "data-way=" not in own
