"""The Edit, Paint and Heads tabs of a running webui, handled as a user does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.live.vxa_tab import LONG, VxaTab
from tests.ui.chrome import Tab


class InnerTab:
    """One of our inner tabs, shown.

    Args:
        tab: Our tab.
        name: "edit", "paint" or "heads_tab".
    """

    def __init__(self, tab: VxaTab, name: str) -> None:
        self.tab, self.name = tab, f"vxa_{name}"
        self.show()

    @property
    def browser(self) -> Tab:
        return self.tab.browser

    def show(self) -> None:
        """Click the inner tab's name and wait until it is awake."""
        label = json.dumps(self.name.removeprefix("vxa_").removesuffix("_tab").capitalize())
        buttons = "[...document.querySelectorAll('#vxa_tabs button')]"
        self.browser.js(f"{buttons}.find((one) => one.innerText.trim() === {label}).click()")
        self.wait_for("is ready")

    @property
    def is_shown(self) -> bool:
        return bool(self.browser.js(f"document.querySelector('#{self.name}').offsetParent !== null"))

    @property
    def status(self) -> str:
        return self.browser.text(f"#{self.name}_status")

    def wait_for(self, text: str) -> None:
        found = f"document.querySelector('#{self.name}_status').innerText.includes({json.dumps(text)})"
        self.browser.wait(found, LONG)

    def write(self, **settings: Any) -> None:
        """Type into the widgets of settings."""
        for name, value in settings.items():
            place = f"#{self.name}_{name}"
            self.browser.type(f"{place} textarea, {place} input[type=number], {place} input", str(value))

    def choose(self, name: str, value: str) -> None:
        """Choose from a list."""
        self.browser.click(f"#{self.name}_{name} input")
        option = f"[...document.querySelectorAll('#{self.name}_{name} li')].find(e => e.innerText.includes('{value}'))"
        self.browser.wait(f"{option} !== undefined", LONG)
        self.browser.js(f"{option}.dispatchEvent(new MouseEvent('mousedown', {{bubbles: true}}))")
        self.browser.wait(f"document.querySelector('#{self.name}_{name} input').value === '{value}'", LONG)

    def value(self, name: str) -> str:
        return self.browser.js(
            f"document.querySelector('#{self.name}_{name} textarea, #{self.name}_{name} input').value"
        )

    def take_from_png_info(self, file: Path, settings: dict[str, str], *, shown: str = "") -> None:
        """Load the page anew and send a picture's settings from PNG Info to this tab.

        Args:
            file: The picture.
            settings: What the widgets have to say afterwards.
            shown: The part of the tab that has to be seen; "" for the tab itself.
        """
        self.tab.open()
        self.browser.js("document.querySelectorAll('#tabs > div > button')[3].click()")
        self.browser.upload("#pnginfo_image input[type=file]", file)
        self.browser.wait("document.querySelector('#tab_pnginfo').innerText.includes('VXA version')", LONG)
        self.browser.click("#vxa_from_pnginfo")
        self.browser.wait(f"document.querySelector('#{self.name}{shown}').offsetParent !== null", LONG)
        for name, value in settings.items():
            box = f"document.querySelector('#{self.name}_{name} textarea, #{self.name}_{name} input')"
            self.browser.wait(f"{box}.value === {json.dumps(value)}", LONG)
        self.wait_for("is ready")

    @property
    def run_button(self) -> str:
        """How the button is found that starts what is shown."""
        return f"#{self.name}_generate"

    def start(self) -> None:
        self.browser.click(self.run_button)
        self.browser.wait(f"document.querySelector('#{self.name}').classList.contains('vxa-running')", LONG)

    def wait_until_idle(self) -> None:
        self.browser.wait(f"!document.querySelector('#{self.name}').classList.contains('vxa-running')", LONG)

    def wait_until_done(self) -> None:
        self.wait_until_idle()
        assert self.browser.js(f"document.querySelector('#{self.name}_status .vxa-done') !== null"), self.status

    def run(self) -> None:
        self.start()
        self.wait_until_done()


class HeadsTab(InnerTab):
    """The Heads tab, which has several ways of using heads."""

    def __init__(self, tab: VxaTab) -> None:
        super().__init__(tab, "heads_tab")

    def unfold(self, name: str) -> None:
        """Open an accordion, by the end of its name."""
        heading = f"document.querySelector('#{self.name}_{name} .label-wrap')"
        self.browser.js(f"{heading}.classList.contains('open') || {heading}.click()")

    def go(self, way: str) -> None:
        """Open one of the ways."""
        self.browser.click(f"#vxa_heads_uses [data-use={way}]")
        self.browser.wait(f"document.querySelector('#{self.name}_use_{way}').offsetParent !== null", LONG)

    @property
    def run_button(self) -> str:
        return f"#{self.name} .vxa-use.vxa-open .vxa-run"

    @property
    def pictures(self) -> list[str]:
        """Names of the pictures of the last run."""
        return self.browser.js(
            "[...document.querySelectorAll('#vxa_heads_result [data-picture]')].map(one => one.dataset.picture)"
        )
