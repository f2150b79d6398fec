from __future__ import annotations

from pathlib import Path

import pytest

from vxa.app.heads.prompt_files import load_prompts
from vxa.core.errors import ConfigError


def test_a_prompt_a_line(tmp_path: Path) -> None:
    path = tmp_path / "prompts.txt"
    path.write_bytes("\ufeffa röd rose \r\n\r\n  two\n".encode())
    assert load_prompts(path) == ("a röd rose", "two")


@pytest.mark.parametrize("content", [None, b"\n \n", b"\xff\xfe\x00a"])
def test_files_without_prompts_are_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "prompts.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match="prompt"):
        load_prompts(path)
