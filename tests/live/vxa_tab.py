"""The VXA tab of a running webui, handled as a user does."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

from tests.ui.chrome import Tab

LONG = 180


class VxaTab:
    """One page of the webui.

    Args:
        tab: Of the browser.
        url: Of the webui.
    """

    def __init__(self, tab: Tab, url: str) -> None:
        self.browser = tab
        self._url = url

    def open(self, *, height: int = 1100) -> None:
        """Load the page anew and go to our tab."""
        self.browser.look(1280, height)
        self.browser.open("about:blank")
        self.browser.wait("location.href === 'about:blank'")
        self.browser.complaints.clear()
        self.browser.requests.clear()
        self.browser.open(self._url)
        self.browser.wait("typeof gradioApp === 'function' && document.querySelector('#vxa_generate') !== null", LONG)
        self.show()
        self.wait_for_status("is ready")

    def show(self) -> None:
        """Click the tab's name."""
        self.browser.js(
            "[...document.querySelectorAll('#tabs > div > button')].find(b => b.innerText.trim() == 'VXA').click()"
        )
        self.browser.wait("document.querySelector('#vxa_tabs').offsetParent !== null", LONG)

    @property
    def complaints(self) -> list[str]:
        """What the console said; the webui itself asks for a script on a page of gradio 3."""
        return [said for said in self.browser.complaints if "iframeResizer" not in said]

    @property
    def foreign_requests(self) -> list[str]:
        """Addresses asked for that are not the webui's."""
        own = (self._url, self._url.replace("http", "ws", 1), "data:", "blob:", "about:")
        return [asked for asked in self.browser.requests if not asked.startswith(own) and "iframeResizer" not in asked]

    @property
    def status(self) -> str:
        return self.browser.text("#vxa_status")

    def wait_for_status(self, text: str) -> None:
        self.browser.wait(f"document.querySelector('#vxa_status').innerText.includes({json.dumps(text)})", LONG)

    def drop(self, picture: Path) -> None:
        """Put a picture into the drop zone, in place of one that is there."""
        self.browser.js("document.querySelector('#vxa_picture button[aria-label=Clear]')?.click()")
        self.browser.wait("document.querySelector('#vxa_picture input[type=file]') !== null", LONG)
        self.browser.upload("#vxa_picture input[type=file]", picture)
        self.browser.wait("document.querySelector('#vxa_picture img') !== null", LONG)

    def value(self, name: str) -> str:
        return self.browser.js(f"document.querySelector('#vxa_{name} textarea, #vxa_{name} input').value")

    def type(self, name: str, text: str) -> None:
        self.browser.type(f"#vxa_{name} textarea, #vxa_{name} input", text)

    def wait_for_chip(self, text: str) -> str:
        """Wait for a token's chip and return how to find it."""
        chips = "[...document.querySelectorAll('#vxa_chips [data-index]')]"
        found = f"{chips}.find(e => e.firstChild.innerText === {json.dumps(text)})"
        index = self.browser.wait(f"{found}?.dataset.index", LONG)
        return f"#vxa_chips [data-index='{index}']"

    def choose(self, *words: str) -> None:
        """Click the chips of words."""
        for word in words:
            self.browser.click(self.wait_for_chip(word))

    def start(self) -> None:
        self.browser.click("#vxa_generate")
        self.browser.wait("document.querySelector('#vxa').classList.contains('vxa-running')", LONG)

    def run(self) -> None:
        """Run and wait for the result."""
        self.start()
        self.wait_until_idle()
        assert self.browser.js("document.querySelector('#vxa_status .vxa-done') !== null"), self.status
        self.browser.wait("document.querySelector('.vxa-filled')", LONG)

    def wait_until_idle(self) -> None:
        self.browser.wait("!document.querySelector('#vxa').classList.contains('vxa-running')", LONG)

    def viewer(self) -> np.ndarray:
        """The viewer's pixels: shape (height, width, 4), uint8."""
        url = self.browser.js("document.querySelector('.vxa-canvas').toDataURL('image/png')")
        return np.asarray(decode(url))

    def picture_in(self, elem_id: str) -> Image.Image:
        """Wait for a picture in one of the webui's boxes, and return it."""
        url = self.browser.wait(f"document.querySelector('#{elem_id} img')?.src", LONG)
        if not url.startswith("data:"):
            url = self.browser.js(
                f"fetch({json.dumps(url)}).then(r => r.blob()).then(b => new Promise(done => {{"
                " const reader = new FileReader(); reader.onload = () => done(reader.result);"
                " reader.readAsDataURL(b); }))"
            )
        return decode(url)

    def picture_of_all(self, path: Path) -> None:
        """Take a screenshot from the top of the page."""
        self.browser.js("window.scrollTo(0, 0)")
        self.browser.wait("new Promise(done => setTimeout(() => done(true), 500))")
        self.browser.screenshot(path, whole=False)

    def is_seen(self, selector: str) -> bool:
        return self.browser.js(f"document.querySelector('{selector}')?.offsetParent != null")

    def fetch(self, path: str) -> bytes:
        """Download something from the webui as the page would."""
        text = self.browser.js(
            f"fetch({json.dumps(path)}).then(r => r.arrayBuffer())"
            ".then(b => btoa(Array.from(new Uint8Array(b), c => String.fromCharCode(c)).join('')))"
        )
        return base64.b64decode(text)


def decode(url: str) -> Image.Image:
    """Read a data URL."""
    image = Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))
    image.load()
    return image
