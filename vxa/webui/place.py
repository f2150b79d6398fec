"""The webui as the place where the tab is shown."""

from __future__ import annotations

import logging
from collections.abc import Callable

import gradio as gr
from modules import images, infotext_utils
from PIL import Image

from vxa.app.editing.outcome import Outcome
from vxa.app.editing.studio import Studio
from vxa.app.hand_over import HandOver
from vxa.app.provenance import KEY
from vxa.app.result import Result
from vxa.app.saving import SavedFiles
from vxa.ui.outgoing import Outgoing
from vxa.ui.outgoing_picture import OutgoingPicture
from vxa.ui.picture_prompt import FoundPrompt
from vxa.ui.place import Place, SessionProvider
from vxa.webui import receiving, sending, settings
from vxa.webui.noticing import Noticed
from vxa.webui.saving import save_by_settings, save_outcome_by_settings

_log = logging.getLogger(__name__)


class WebuiPlace(Place):
    """Saves, sends and takes as the webui's own tabs do.

    Args:
        session: Gives the session at the first event.
        studio: Gives the studio, likewise; the HTTP API has the same.
        noticed: Components of the other tabs.
    """

    def __init__(self, session: SessionProvider, studio: Callable[[], Studio], noticed: Noticed) -> None:
        # files of any path are nobody's to name: the webui may be shared with others
        super().__init__(session, studio=studio, defaults=settings.start_values(), shelves=settings.shelves())
        self._noticed = noticed

    def save(self, result: Result, handed: HandOver) -> SavedFiles:
        """Write everything into the webui's output folder; see `save_by_settings`."""
        return save_by_settings(result, handed, settings.output_folder())

    def save_outcome(self, outcome: Outcome) -> SavedFiles:
        """Write everything into the webui's output folder; see `save_outcome_by_settings`."""
        return save_outcome_by_settings(outcome, settings.output_folder())

    def read_prompt(self, picture: Image.Image) -> FoundPrompt | None:
        """Read VXA's own metadata, or infotext wherever the webui finds it: also in JPEG and WebP."""
        if KEY in picture.info:
            return super().read_prompt(picture)
        try:
            infotext, _ = images.read_info_from_image(picture)
            found = infotext_utils.parse_generation_parameters(infotext, []) if infotext else {}
        except Exception:  # noqa: BLE001 (anyone may have written it, and the webui's readers do not expect everything)
            _log.exception("The metadata of the picture cannot be read.")
            return None
        prompt = found.get("Prompt", "").strip()
        return FoundPrompt(prompt) if prompt else None

    def lay_out_prompt_buttons(self, prompt: gr.Textbox) -> None:
        """Add buttons that take over the prompts of txt2img and img2img."""
        receiving.lay_out_prompt_buttons(prompt, self._noticed)

    def lay_out_sending(self, outgoing: Outgoing) -> None:
        """Add buttons that send to the other tabs, and the downloads."""
        sending.lay_out_sending(outgoing, self._noticed)
        super().lay_out_sending(outgoing)

    def lay_out_picture_sending(self, outgoing: OutgoingPicture) -> None:
        """Add buttons that send to the other tabs."""
        sending.lay_out_picture_sending(outgoing)
