from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from vxa.core.errors import ConfigError
from vxa.tiny.alone import alone_in

SECOND = (
    "import sys; from pathlib import Path; from vxa.tiny.alone import alone_in\nwith alone_in(Path(sys.argv[1])): pass"
)


def test_only_one_process_is_in_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with alone_in(folder):
        ended = subprocess.run([sys.executable, "-c", SECOND, str(folder)], capture_output=True, text=True, check=False)
        assert ended.returncode == 1 and "nothing else at work" in ended.stderr
    subprocess.run([sys.executable, "-c", SECOND, str(folder)], check=True)


def test_the_folder_is_free_again_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), alone_in(tmp_path):
        raise RuntimeError
    with alone_in(tmp_path):
        pass
    with pytest.raises(ConfigError, match="an error of the work"), alone_in(tmp_path):
        raise ConfigError("an error of the work", got="it")
