"""What every job has: a prompt, a model, and settings that are checked when it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from vxa.app.settings import check, setting, to_json
from vxa.core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class Job:
    """Something that can be asked for, as one frozen dataclass of settings."""

    kind: ClassVar[str]
    """Name of the job in JSON, metadata and on the command line."""

    prompt: str = setting("text", "Prompt", "Text that describes the picture.")
    model: str = setting("text", "Model", "Model folder, .safetensors file or hub id; blank: the embedded model.", "")

    def __post_init__(self) -> None:
        check(self)
        if not self.prompt.strip():
            raise ConfigError("a prompt", got="an empty one", remedy="Describe the picture in words.")

    def to_json(self) -> dict[str, Any]:
        """Write the job as plain data."""
        return {"job": self.kind, **to_json(self)}
