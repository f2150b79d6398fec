from __future__ import annotations

import pytest

from vxa.app.cli import main
from vxa.app.commands.heads import ACTIONS


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_explains_itself(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["heads", action, "--help"])
    out = capsys.readouterr().out
    assert caught.value.code == 0 and ACTIONS[action].sentence in " ".join(out.split())


def test_an_action_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["heads"])
    assert caught.value.code == 2 and "ACTION" in capsys.readouterr().err
