"""What questions on head relevance vectors share."""

from __future__ import annotations

import hashlib

from benchmarks.editing.question import Desk, Question
from benchmarks.editing.record import Row
from vxa.app.heads.find import find_vectors


class HeadQuestion(Question):
    """A question whose answer depends on the vectors."""

    def depends_on(self, desk: Desk) -> Row:
        """Say which vectors, by a hash of their numbers."""
        vectors = find_vectors(desk.vectors, desk.host.sites.head_layers)
        return {"vectors": hashlib.sha256(vectors.vectors_nh.tobytes()).hexdigest()[:12]}
