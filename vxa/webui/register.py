"""What VXA does when the webui loads it, builds its page, starts its server and lets go of it.

Parts are imported when they are needed: one that is broken costs the user that part, and a word why, not the tab.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

from modules import script_callbacks

from vxa.webui.notice import build_notice
from vxa.webui.noticing import NAME, TITLE, Noticed

if TYPE_CHECKING:
    from vxa.app.editing.studio import Studio
    from vxa.app.session import Session

_log = logging.getLogger(__name__)


def register() -> None:
    """Put VXA into the webui; called at start and at each Reload UI, when callbacks of before are gone already."""
    extension = Extension()
    script_callbacks.on_ui_settings(extension.add_settings, name=NAME)
    script_callbacks.on_after_component(extension.notice, name=NAME)
    script_callbacks.on_ui_tabs(extension.build_tabs, name=NAME)
    script_callbacks.on_app_started(extension.start, name=NAME)
    script_callbacks.on_script_unloaded(extension.unload, name=NAME)


class Extension:
    """VXA from one load to the next unload."""

    def __init__(self) -> None:
        self._noticed = Noticed()
        self._session: Session | None = None
        self._studio: Studio | None = None
        self._making = threading.Lock()

    def add_settings(self) -> None:
        """Add our page to the settings."""
        from vxa.webui.settings import add_settings

        self._noticed.forget()  # a page is being built: the components of the one before are gone
        add_settings()

    def notice(self, component: Any, **arguments: Any) -> None:
        """Look at a component that the webui just made."""
        self._noticed.notice(component, **arguments)

    def build_tabs(self) -> list[tuple[Any, str, str]]:
        """Build our tab; if that fails, one that says so, since the webui would show none."""
        try:
            from vxa.webui.tab import build_tab

            blocks = build_tab(self.session, self.studio, self._noticed)
        except Exception as error:  # noqa: BLE001 (the webui would leave the tab out without a word)
            _log.exception("The VXA tab could not be built.")
            self._noticed.hide_buttons()
            blocks = build_notice(error)
        return [(blocks, TITLE, NAME)]

    def start(self, demo: Any, app: Any) -> None:
        """Add the HTTP API to the server that just started, if it is wanted."""
        from vxa.webui.abandoned import end_abandoned
        from vxa.webui.api import mount_api

        end_abandoned(demo)
        mount_api(app, self.session, self.studio)

    def session(self) -> Session:
        """Give the session that tabs and API share; nothing asks before somebody uses one of them."""
        from vxa.webui.session import WebuiSession

        with self._making:
            if self._session is None:
                self._session = WebuiSession()
            return self._session

    def studio(self) -> Studio:
        """Give the studio that tabs and API share."""
        from vxa.webui.studio import WebuiStudio

        session = self.session()
        with self._making:
            if self._studio is None:
                self._studio = WebuiStudio(session)
            return self._studio

    def unload(self) -> None:
        """Let go of recordings, inversions and the page; hooks there are none between runs."""
        self._session = self._studio = None
        self._noticed.forget()
