"""A running webui, spoken to over HTTP with the standard library alone."""

from __future__ import annotations

import base64
import io
import json
import socket
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlparse

from PIL import Image

PROMPT = "a red circle left of a blue square"
PATIENCE = 300


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Server:
    """The webui at an address.

    Args:
        url: Ends with a slash.
        credentials: "user:password" as in `--api-auth`, or "".
    """

    url: str
    credentials: str = ""

    def ask(self, path: str, values: Any = None, *, credentials: str | None = None) -> Answer:
        """GET, or POST values as JSON; an error status is an answer too."""
        headers = {"Content-Type": "application/json"}
        user = self.credentials if credentials is None else credentials
        if user:
            headers["Authorization"] = f"Basic {base64.b64encode(user.encode()).decode()}"
        data = None if values is None else json.dumps(values).encode()
        request = urllib.request.Request(self.url + path, data, headers)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return Answer(answer.status, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.read())

    @property
    def is_listening(self) -> bool:
        """Whether it takes connections; asks it for nothing."""
        parts = urlparse(self.url)
        with socket.socket() as probe:
            return probe.connect_ex((parts.hostname or "", parts.port or 80)) == 0

    def draw(self, prompt: str = PROMPT, **settings: Any) -> Image.Image:
        """Generate a picture of 128×128 pixels; the same settings give the same pixels."""
        asked = {"prompt": prompt, "seed": 1, "steps": 6, "width": 128, "height": 128, "cfg_scale": 4, **settings}
        answer = self.ask("sdapi/v1/txt2img", asked)
        assert answer.status == 200, answer.body
        image = Image.open(io.BytesIO(base64.b64decode(answer.json["images"][0])))
        image.load()
        return image

    def look_at(self, image: Image.Image, **settings: Any) -> Answer:
        """Ask our API what a picture shows."""
        asked = {"picture": encode(image), "prompt": PROMPT, "tokens": "circle", "modes": ["heat"], **settings}
        return self.ask("vxa/v1/visualize", asked)

    def choose(self, checkpoint: str) -> None:
        """Load a checkpoint by its name."""
        self.ask("sdapi/v1/options", {"sd_model_checkpoint": checkpoint})
        assert checkpoint in self.ask("sdapi/v1/options").json["sd_model_checkpoint"]

    def set(self, **options: Any) -> None:
        """Change settings."""
        assert self.ask("sdapi/v1/options", options).status == 200

    @property
    def progress(self) -> dict[str, Any]:
        """What the webui is doing."""
        return self.ask("sdapi/v1/progress?skip_current_image=true").json["state"]

    def wait_for(self, job: str) -> None:
        """Wait until a job of that name runs and has begun to count."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            state = self.progress
            if job in str(state["job"]) and state["sampling_step"] > 0:
                return
            time.sleep(0.05)
        raise AssertionError(f"no job {job!r} within {PATIENCE} s")


def encode(image: Image.Image) -> str:
    """Write a picture as base64 of a PNG."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return encode_file(buffer.getvalue())


def encode_file(data: bytes) -> str:
    """Write a file as base64."""
    return base64.b64encode(data).decode()
