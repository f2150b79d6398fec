from __future__ import annotations

import threading
import time

import pytest

from tests.webui.standin.replay import Webui


def test_a_thread_that_holds_its_turn_may_take_it_again(webui: Webui) -> None:
    from vxa.webui.turn import webui_turn

    lock = webui.call_queue.queue_lock
    with webui_turn().taken() as first, webui_turn().taken() as second:
        assert (first, second) == (True, False)
        assert not lock.acquire(blocking=False), "the webui's own lock is held"
    assert lock.acquire(blocking=False)
    lock.release()


def test_the_turn_is_given_back_after_an_error(webui: Webui) -> None:
    from vxa.webui.turn import webui_turn

    with pytest.raises(RuntimeError, match="stop"), webui_turn().taken(), webui_turn().taken():
        raise RuntimeError("stop")
    with webui_turn().taken() as is_new:
        assert is_new


def test_threads_and_the_webui_take_turns(webui: Webui) -> None:
    from vxa.webui.turn import webui_turn

    inside: list[int] = []
    most: list[int] = []

    def look() -> None:
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.005)
        inside.pop()

    def ours() -> None:
        with webui_turn().taken():
            look()

    theirs = webui.call_queue.wrap_queued_call(look)
    threads = [threading.Thread(target=each) for each in (ours, theirs) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert most == [1] * 6
