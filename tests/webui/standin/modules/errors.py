"""Reports of what went wrong; the newest is last."""

import sys
import traceback

exception_records = []


def record_exception():
    exception_records.append(traceback.format_exc())


def report(message, *, exc_info=False):
    record_exception()
    sys.stderr.write(f"*** {message}\n")
    if exc_info:
        traceback.print_exc()


def display(e, task, *, full_traceback=False):
    record_exception()
    sys.stderr.write(f"{task}: {type(e).__name__}\n")
