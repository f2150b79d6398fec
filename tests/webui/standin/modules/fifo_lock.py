"""A lock that serves in the order of asking, and that one thread cannot take twice."""

import collections
import threading


class FIFOLock:
    def __init__(self):
        self._guard = threading.Lock()
        self._is_taken = False
        self._waiting = collections.deque()

    def acquire(self, blocking=True):
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return True
            if not blocking:
                return False
            turn = threading.Event()
            self._waiting.append(turn)
        turn.wait()
        return True

    def release(self):
        with self._guard:
            if not self._is_taken:
                raise RuntimeError("release unlocked lock")
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_taken = False

    __enter__ = acquire

    def __exit__(self, *_):
        self.release()
