"""What the Heads tab reads without running a job: head relevance vectors, by name or from a file; knows no layout."""

from __future__ import annotations

import json
from typing import Any

from vxa.app.heads.find import AUTO, find_vectors, read_vectors
from vxa.core.errors import VxaError
from vxa.engine.host import Host
from vxa.ui.heads_view import vectors_view
from vxa.ui.messages import say, say_error
from vxa.ui.place import Place


class HeadsReading:
    """Handlers of the Heads tab that run no job.

    Args:
        place: Where the tab is shown.
    """

    def __init__(self, place: Place) -> None:
        self._place = place

    def wake(self, vectors: str) -> tuple[str, str]:
        """Show the vectors once the tab is seen: (vectors, status)."""
        try:
            name = self._host().info.name
        except VxaError as error:
            return "", say_error(error)
        return self.read_vectors(vectors), say(f"{name} is ready. Write a prompt, and see which words it expresses.")

    def read_vectors(self, name: str) -> str:
        """Describe the vectors of that name for the browser, or say why there are none, as JSON."""
        try:
            layers, name = self._host().sites.head_layers, self._place.admit("vectors", name).strip()
            found = find_vectors(name, layers) if name in ("", AUTO) else read_vectors(name)
            return json.dumps(vectors_view(found, layers))
        except VxaError as error:
            return json.dumps({"error": str(error)})

    def take_file(self, file: Any) -> str:
        """Name vectors that were uploaded: (vectors)."""
        return self._place.take_file(str(getattr(file, "name", file)))

    def _host(self) -> Host:
        return self._place.session().host(self._place.model)
