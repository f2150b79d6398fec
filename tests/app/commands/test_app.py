from __future__ import annotations

from typing import Any

import pytest

from vxa.app.cli import main


def test_the_user_interface_is_handed_in(capsys: pytest.CaptureFixture[str]) -> None:
    asked: dict[str, Any] = {}

    def serve(**settings: Any) -> None:
        asked.update(settings)
        settings["ready"]("http://127.0.0.1:7861/")

    assert main(["app", "--port", "7861", "--model", "m", "--open"], serve=serve) == 0
    assert capsys.readouterr().out == "The app is at http://127.0.0.1:7861/  (Ctrl-C ends it)\n"
    del asked["ready"]
    assert callable(asked.pop("load"))
    assert asked == {"host": "127.0.0.1", "port": 7861, "model": "m", "open_browser": True}


def test_without_one_it_says_how_to_start_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["app"]) == 2
    assert "Start it as `vxa app`" in capsys.readouterr().err
