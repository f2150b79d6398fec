"""Where the tab is shown: what differs between a page of its own and a program that it is part of."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from PIL import Image

from vxa.app.editing.outcome import Outcome
from vxa.app.editing.studio import Studio
from vxa.app.editing.studios import Studios
from vxa.app.example import Example
from vxa.app.hand_over import HandOver
from vxa.app.recording import picture_hash
from vxa.app.result import Result, file_stems
from vxa.app.saving import SavedFiles, save_result
from vxa.app.session import Session
from vxa.app.shelves import Shelves
from vxa.ui.compat import listen
from vxa.ui.picture_prompt import FoundPrompt, find_prompt

if TYPE_CHECKING:
    from vxa.ui.outgoing import Outgoing
    from vxa.ui.outgoing_picture import OutgoingPicture

SessionProvider = Callable[[], Session]
"""Gives the session at the first event, never while the page is built."""
_MOST_UPLOADS = 64
"""Uploaded files that may still be named."""


class Place(ABC):
    """Where the tab is shown, and what it may ask there.

    Args:
        session: Gives the session at the first event.
        studio: Gives the studio that all tabs share, likewise; None makes one of the session.
        model: The `model` of every job.
        example: What the Example button fills in; without one there is no button.
        defaults: Start values of widgets by the name of the setting, as values or as typed on the command line; one
            that is wrong is passed over with a warning.
        shelves: Files of this machine that the page may name, besides those uploaded; None lets it name any by its
            path, which is for a page that this machine alone can open.
    """

    def __init__(
        self,
        session: SessionProvider,
        *,
        studio: Callable[[], Studio] | None = None,
        model: str = "",
        example: Example | None = None,
        defaults: Mapping[str, Any] | None = None,
        shelves: Shelves | None = None,
    ) -> None:
        self.session = session
        self.model = model
        self.example = example
        self.defaults = dict(defaults or {})
        self.studio = studio or Studios(session, keeps_everything=True)
        self._shelves = shelves
        self._uploaded: deque[str] = deque(maxlen=_MOST_UPLOADS)

    def take_file(self, path: str) -> str:
        """Let the page name a file that was uploaded: its path."""
        self._uploaded.append(path)
        return path

    def admit(self, setting: str, value: str) -> str:
        """Give the value of a setting, the path of a file that it names.

        Raises:
            ConfigError: If it names a file that the page may not; see `Shelves.admit`.
        """
        if self._shelves is None or value.strip() in self._uploaded:
            return value
        return self._shelves.admit(setting, value)

    @abstractmethod
    def save(self, result: Result, handed: HandOver) -> SavedFiles:
        """Write what the page shows.

        Args:
            result: What is shown.
            handed: The word looked at, and how its mask is cut.

        Raises:
            VxaError: If it cannot be written.
        """

    @abstractmethod
    def save_outcome(self, outcome: Outcome) -> SavedFiles:
        """Write what an editing job gave, each picture with the job in its metadata.

        Raises:
            VxaError: If it cannot be written.
        """

    def read_prompt(self, picture: Image.Image) -> FoundPrompt | None:
        """Read the prompt that a dropped picture was made from, or None."""
        return find_prompt(picture)

    def lay_out_prompt_buttons(self, prompt: gr.Textbox) -> None:  # noqa: B027  a place without any is whole
        """Add buttons under the prompt; none by default."""

    def lay_out_sending(self, outgoing: Outgoing) -> None:
        """Add buttons under the viewer that hand things on; downloads by default."""
        for what, label in (("overlay", "Download view"), ("mask", "Download mask")):
            button = gr.Button(label, elem_id=f"vxa_download_{what}", min_width=120)
            prepared = outgoing.prepare(button)
            picture = getattr(outgoing, what)
            script = f"(picture, name) => window.vxa.download(picture, name, '{what}')"
            listen(prepared.success, None, [picture, outgoing.name], js=script)

    def lay_out_picture_sending(self, outgoing: OutgoingPicture) -> None:  # noqa: B027  a place may have nowhere to
        """Add buttons that hand on what the Edit or the Paint tab drew; none by default."""


class StandalonePlace(Place):
    """A page of its own.

    Args:
        session: See `Place`.
        output_folder: Where results are saved, each in a folder of its own.
        **more: See `Place`.
    """

    def __init__(self, session: SessionProvider, output_folder: Path, **more: Any) -> None:
        super().__init__(session, **more)
        self._output_folder = output_folder

    def save(self, result: Result, handed: HandOver) -> SavedFiles:
        """Write the pictures, the raw maps, the job and the word's mask into a new folder."""
        word = handed.word_of(result).word
        name = f"{file_stems([word.text])[0]}-inpaint"
        folder = self._new_folder(result.recording.facts.picture_hash)
        return save_result(result, folder, also={name: handed.mask(result)})

    def save_outcome(self, outcome: Outcome) -> SavedFiles:
        """Write the pictures and the job into a new folder."""
        return outcome.save(self._new_folder(picture_hash(outcome.main[1])))

    def _new_folder(self, found: str) -> Path:
        return self._output_folder / f"{time.strftime('%Y-%m-%d_%H-%M-%S')}_{found[:6]}"
