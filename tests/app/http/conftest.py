"""What tests of the API share: an application with its routes on a small random model, and a client."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from tests.made_vectors import make_vectors
from vxa.app.heads.files import save_vectors
from vxa.app.http.routes import mount
from vxa.app.session import Session
from vxa.app.shelves import Shelves
from vxa.engine.host import Host

PROMPT = "a red circle left of a blue square"


def png_bytes(picture: np.ndarray | Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    buffer = io.BytesIO()
    image.save(buffer, format=kind, **options)
    return buffer.getvalue()


def as_text(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.fixture
def serve(session: Session) -> Callable[..., TestClient]:
    """Put the API on a new application; arguments as of `mount`."""

    def serving(session: Callable[[], Session] = lambda: session, **options: Any) -> TestClient:
        app = FastAPI()
        mount(app, session, **options)
        return TestClient(app)

    return serving


@pytest.fixture
def client(serve: Callable[..., TestClient]) -> TestClient:
    return serve()


@pytest.fixture
def with_vectors(
    serve: Callable[..., TestClient], host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> TestClient:
    """A client of a server that has head vectors, `made.npz`, and a file beside their folder, `secret.npz`."""
    # the checker knows pictures of the embedded model alone
    monkeypatch.setattr("vxa.app.heads.weaken.is_checked", lambda *_: True)
    vectors = make_vectors(host.sites.head_layers)
    (tmp_path / "head-vectors").mkdir()
    for name in ("head-vectors/made.npz", "secret.npz"):
        save_vectors(vectors, tmp_path / name)
    return serve(shelves=Shelves(tmp_path))


@pytest.fixture
def question(picture: np.ndarray) -> dict[str, Any]:
    """A visualize request that runs the model once."""
    return {
        "picture": as_text(png_bytes(picture)),
        "prompt": PROMPT,
        "tokens": "circle, blue square",
        "timesteps": [200],
        "draws": 1,
    }
