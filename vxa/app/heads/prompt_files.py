"""Prompts from a text file."""

from __future__ import annotations

from pathlib import Path

from vxa.core.errors import ConfigError


def load_prompts(path: str | Path) -> tuple[str, ...]:
    """Read a prompt a line; blank lines are left out.

    Raises:
        ConfigError: If the file cannot be read, or holds no prompt.
    """
    path = Path(path).expanduser()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            "prompts in a text file in UTF-8", got=f"{path} ({error})", remedy="Check the path."
        ) from error
    prompts = tuple(line.strip() for line in text.splitlines() if line.strip())
    if not prompts:
        raise ConfigError(f"a prompt a line in {path}", got="none")
    return prompts
