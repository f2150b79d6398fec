"""A real Chromium, driven over the Chrome DevTools protocol with the standard library alone."""

from __future__ import annotations

import base64
import json
import os
import re
import socket
import struct
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

_FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # a page left in it with two fingers down once keeps all touch from those that follow
    "--disable-features=BackForwardCache",
    "--remote-debugging-port=0",
)


class WebSocket:
    """Just enough of RFC 6455 to talk to the browser: text frames, client side."""

    def __init__(self, url: str, timeout: float = 30) -> None:
        parts = urlparse(url)
        self._socket = socket.create_connection((parts.hostname or "", parts.port or 80), timeout)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {parts.path} HTTP/1.1", f"Host: {parts.netloc}", "Upgrade: websocket", "Connection: Upgrade"]
        lines += [f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", "", ""]
        self._socket.sendall("\r\n".join(lines).encode())
        self._buffer = b""
        while b"\r\n\r\n" not in self._buffer:
            self._buffer += self._socket.recv(4096)
        head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
        assert b" 101 " in head.split(b"\r\n")[0] + b" ", head

    def send(self, text: str) -> None:
        payload, mask = text.encode(), os.urandom(4)
        size = len(payload)
        if size < 126:
            head = struct.pack("!BB", 0x81, 0x80 | size)
        elif size < 1 << 16:
            head = struct.pack("!BBH", 0x81, 0x80 | 126, size)
        else:
            head = struct.pack("!BBQ", 0x81, 0x80 | 127, size)
        repeated = (mask * (size // 4 + 1))[:size]
        masked = (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(size, "big")
        self._socket.sendall(head + mask + masked)

    def receive(self) -> str:
        parts = []
        while True:
            first, second = self._take(2)
            size = second & 0x7F
            if size >= 126:
                size = int.from_bytes(self._take(2 if size == 126 else 8), "big")
            payload, code = self._take(size), first & 0x0F
            if code == 8:
                raise ConnectionError("the browser closed the connection")
            if code in (0, 1):
                parts.append(payload)
                if first & 0x80:
                    return b"".join(parts).decode()

    def _take(self, count: int) -> bytes:
        while len(self._buffer) < count:
            got = self._socket.recv(1 << 20)
            if not got:
                raise ConnectionError("the browser is gone")
            self._buffer += got
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken

    def close(self) -> None:
        self._socket.close()


class Tab:
    """One page of the browser."""

    def __init__(self, socket_: WebSocket) -> None:
        self._socket = socket_
        self._count = 0
        self.complaints: list[str] = []
        """Errors and warnings of the console, uncaught exceptions, failed requests."""
        self.requests: list[str] = []
        """Addresses asked for."""
        for domain in ("Page", "Runtime", "Network", "Log", "DOM"):
            self.command(f"{domain}.enable")

    def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._count += 1
        self._socket.send(json.dumps({"id": self._count, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.receive())
            if message.get("id") == self._count:
                assert "error" not in message, (method, message["error"])
                return message["result"]
            self._note(message.get("method", ""), message.get("params", {}))

    def _note(self, method: str, facts: dict[str, Any]) -> None:
        if method == "Network.requestWillBeSent":
            self.requests.append(facts["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            details = facts["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Runtime.consoleAPICalled" and facts["type"] in ("error", "assert"):
            self.complaints.append(" ".join(str(one.get("value", one.get("description"))) for one in facts["args"]))
        elif method == "Log.entryAdded" and facts["entry"]["level"] == "error":
            self.complaints.append(f"{facts['entry']['text']} {facts['entry'].get('url', '')}")

    def open(self, url: str) -> None:
        self.command("Page.navigate", url=url)

    def js(self, expression: str) -> Any:
        """Evaluate; promises are waited for, exceptions raised."""
        answer = self.command("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait(self, expression: str, seconds: float = 30) -> Any:
        """Wait until an expression is true, and return its value."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            # an element cannot be handed over by value
            value = self.js(f"((value) => (value instanceof Node ? true : value))({expression})")
            if value:
                return value
            time.sleep(0.05)
        raise AssertionError(f"never became true within {seconds} s: {expression}; complaints: {self.complaints}")

    def element(self, selector: str) -> str:
        return f"document.querySelector({json.dumps(selector)})"

    def text(self, selector: str) -> str:
        return self.js(f"{self.element(selector)}?.innerText ?? ''")

    def click(self, selector: str, *, modifiers: int = 0) -> None:
        """Click with the mouse in the middle of an element, wherever it is. Modifiers: 1 Alt, 2 Ctrl, 8 Shift."""
        self.wait(f"{self.element(selector)} !== null")
        box = self._settled_middle(selector)
        self.mouse("mouseMoved", *box)
        for kind in ("mousePressed", "mouseReleased"):
            self.mouse(kind, *box, button="left", clickCount=1, modifiers=modifiers)

    def _settled_middle(self, selector: str) -> list[float]:
        """Find the middle of an element that has stopped moving: a page that still grows would make a click miss."""
        before: list[float] = []
        while True:
            box = self.js(
                f"(() => {{ const e = {self.element(selector)}; e.scrollIntoView({{block: 'center'}});"
                " const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; })()"
            )
            if box == before:
                return box
            before = box
            time.sleep(0.1)

    def mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        self.command("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def key(self, key: str, *, modifiers: int = 0) -> None:
        codes = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "ArrowLeft": 37, "ArrowRight": 39, "0": 48, "a": 65}
        codes |= {"ArrowUp": 38, "ArrowDown": 40, "b": 66, "z": 90, "+": 187, "-": 189}
        text = {"Enter": "\r", " ": " ", "0": "0", "+": "+", "-": "-"}.get(key)
        common = {"key": key, "windowsVirtualKeyCode": codes[key], "modifiers": modifiers}
        down = {**common, "text": text} if text and not modifiers else common
        self.command("Input.dispatchKeyEvent", type="keyDown", **down)
        self.command("Input.dispatchKeyEvent", type="keyUp", **common)

    def type(self, selector: str, text: str) -> None:
        """Replace what stands in a text box by typing."""
        self.click(selector)
        self.js(f"{self.element(selector)}.select()")
        self.command("Input.insertText", text=text)
        if not text:
            self.command("Input.dispatchKeyEvent", type="keyDown", key="Delete", windowsVirtualKeyCode=46)

    def upload(self, selector: str, file: Path) -> None:
        root = self.command("DOM.getDocument")["root"]["nodeId"]
        node = self.command("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.command("DOM.setFileInputFiles", nodeId=node, files=[str(file)])

    def look(self, width: int, height: int, *, is_dark: bool = False, is_phone: bool = False) -> None:
        self.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=is_phone
        )
        scheme = "dark" if is_dark else "light"
        self.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def screenshot(self, path: Path, *, whole: bool = True) -> None:
        data = self.command("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        path.write_bytes(base64.b64decode(data))


@contextmanager
def open_tab(browser: str, profile: Path) -> Iterator[Tab]:
    """Start a browser with an empty page, headless and keeping to itself, and end it.

    Args:
        browser: Its program.
        profile: An empty folder.
    """
    # Chromium refuses its sandbox to root, which is who runs tests in containers
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    process = subprocess.Popen(
        [browser, *_FLAGS, *(["--no-sandbox"] if is_root else []), f"--user-data-dir={profile}", "about:blank"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    try:
        port = _debugging_port(process)
        pages = _until(lambda: [page for page in _pages(port) if page["type"] == "page"])
        connection = WebSocket(pages[0]["webSocketDebuggerUrl"])
        try:
            yield Tab(connection)
        finally:
            connection.close()
    finally:
        process.terminate()
        process.wait(timeout=20)
        if process.stderr is not None:
            process.stderr.close()


def _debugging_port(process: subprocess.Popen[str]) -> int:
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        found = re.search(r"DevTools listening on ws://[^:]+:(\d+)/", line)
        if found:
            return int(found[1])
    raise AssertionError(f"the browser did not start: {''.join(said)}")


def _pages(port: int) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=10) as answer:
        return json.load(answer)


def _until(action: Callable[[], list[Any]]) -> list[Any]:
    for _ in range(100):
        if found := action():
            return found
        time.sleep(0.1)
    raise AssertionError("the browser showed no page")
