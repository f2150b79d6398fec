from __future__ import annotations

from pathlib import Path

import pytest

from tests.webui.standin.replay import Webui


def test_components_are_found_by_their_ids(webui: Webui) -> None:
    from vxa.webui.noticing import Noticed

    noticed = Noticed()
    webui.script_callbacks.on_after_component(noticed.notice)
    webui.build()
    found = noticed.find("img_inpaint_base", "img_inpaint_mask")
    assert found is not None and [each.elem_id for each in found] == ["img_inpaint_base", "img_inpaint_mask"]
    assert noticed.find("img_inpaint_base", "nothing_like_it") is None
    noticed.forget()
    assert noticed.find("img_inpaint_base") is None and not noticed.buttons


def test_components_without_an_id_are_passed_over(webui: Webui) -> None:
    from vxa.webui.noticing import Noticed

    noticed = Noticed()
    noticed.notice(object())
    noticed.notice(object(), elem_id=None)
    assert not noticed.buttons


def test_the_names_that_the_webui_calls_are_defined_in_the_browser(webui: Webui, root: Path) -> None:
    from vxa.webui.noticing import NAME, TITLE

    script = (root / "javascript" / "vxa.js").read_text(encoding="utf-8")
    for name in (f"window.switch_to_{NAME} =", f"window.recalculate_prompts_{NAME} =", f'"{TITLE}"'):
        assert name in script


@pytest.mark.parametrize("hidden", [True, False])
def test_hidden_buttons_are_not_seen(webui: Webui, hidden: bool) -> None:
    from vxa.webui.noticing import Noticed

    noticed = Noticed()
    webui.script_callbacks.on_after_component(noticed.notice)
    webui.build()
    if hidden:
        noticed.hide_buttons()
    assert {button.visible for button in noticed.buttons.values()} == {not hidden}
