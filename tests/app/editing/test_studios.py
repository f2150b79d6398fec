from __future__ import annotations

from vxa.app.editing.studios import Studios
from vxa.app.session import Session
from vxa.engine.host import Host


def test_a_studio_lasts_as_long_as_its_session(host: Host) -> None:
    sessions = [Session(lambda _: host), Session(lambda _: host)]
    studios = Studios(lambda: sessions[0])
    first = studios()
    assert studios() is first
    sessions.reverse()
    assert studios() is not first
