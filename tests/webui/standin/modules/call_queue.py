"""One thing at a time on the device."""

from functools import wraps

from modules import fifo_lock

queue_lock = fifo_lock.FIFOLock()


def wrap_queued_call(func):
    @wraps(func)
    def queued(*args, **kwargs):
        with queue_lock:
            return func(*args, **kwargs)

    return queued
