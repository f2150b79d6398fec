"""One studio for each session, for the inversions that it keeps."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from vxa.app.editing.studio import Studio
from vxa.app.session import Session


class Studios:
    """Gives the studio of a session: the same as long as the session is the same; thread-safe.

    Args:
        session: Gives the session.
        **options: Of every studio.
    """

    def __init__(self, session: Callable[[], Session], **options: Any) -> None:
        self._session, self._options = session, options
        self._made: tuple[Session, Studio] | None = None
        self._making = threading.Lock()

    def __call__(self) -> Studio:
        """Give the studio."""
        session = self._session()
        with self._making:
            if self._made is None or self._made[0] is not session:
                self._made = session, Studio(session, **self._options)
            return self._made[1]
