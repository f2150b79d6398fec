"""What the editing jobs give, as far as it is alike: pictures by name, and where they came from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

import vxa
from vxa.app.job import Job
from vxa.app.pixels import Picture
from vxa.app.provenance import FORMAT
from vxa.app.recording import picture_hash
from vxa.core.maps import AttentionMaps
from vxa.engine.host import HostInfo

if TYPE_CHECKING:
    from vxa.app.saving import SavedFiles


@dataclass(frozen=True, kw_only=True)
class Outcome(ABC):
    """A finished editing job."""

    model: HostInfo
    """Who drew it."""
    device: str
    """Where the model ran and in which type of numbers, such as "cpu float32"."""
    seconds: float = 0.0
    """Time the model ran."""

    job: Job
    """What was asked."""

    @property
    @abstractmethod
    def main(self) -> tuple[str, Picture]:
        """File name and pixels of the picture that the job was run for, shape (height, width, 3)."""

    @property
    def given(self) -> Mapping[str, Picture]:
        """By file name, the pictures and masks that the job was run on, as they are saved beside what came of it."""
        return {}

    @abstractmethod
    def iter_pictures(self) -> Iterator[tuple[str, Image.Image]]:
        """Yield (file stem, picture) of everything drawn; given pictures are not among them."""

    @property
    @abstractmethod
    def status(self) -> str:
        """One line for the user."""

    @property
    def figures(self) -> dict[str, Any]:
        """What came of it besides pictures, as plain data."""
        return {}

    @property
    def raw_maps(self) -> Mapping[str, AttentionMaps]:
        """By file name, attention as it was recorded for the maps that are shown; see `AttentionMaps.save_npz`."""
        return {}

    def save(self, folder: Path | str) -> SavedFiles:
        """Write every picture and the job into a folder, all or nothing; see `vxa.app.editing.saving`."""
        from vxa.app.editing.saving import save_outcome

        return save_outcome(self, folder)

    def write_more(self, folder: Path) -> tuple[str, ...]:
        """Write what is not a picture into a folder; give the names of the files."""
        return ()

    def describe(self) -> dict[str, Any]:
        """Say what was asked and how it was answered; the same job gives the same."""
        name, picture = self.main
        return {
            "format": FORMAT,
            "vxa": vxa.__version__,
            "job": self.job.to_json(),
            "picture": {
                "file": name,
                "hash": picture_hash(picture),
                "height": int(picture.shape[0]),
                "width": int(picture.shape[1]),
            },
            "given": [{"file": name, "hash": picture_hash(pixels)} for name, pixels in self.given.items()],
            "model": {"name": self.model.name, "hash": self.model.hash, "family": self.model.family},
            "recording": {"keeps_heads": False, "device": self.device},
        }
