"""How the commands of this package end where something stops them: in one line, not in a traceback."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from vxa.core.errors import VxaError

RESUMABLE = "stopped; the same command goes on from here"
"""What there is to know after an interrupt of what saves as it goes."""

_log = logging.getLogger(__name__)


@contextmanager
def told_in_a_line(after_interrupt: str = "stopped") -> Iterator[None]:
    """End the program with what is wrong, or with what there is to know after an interrupt.

    Raises:
        SystemExit: With 130 after an interrupt, with a message after an error of ours or of the file system.
    """
    try:
        yield
    except KeyboardInterrupt:
        _log.info(after_interrupt)
        sys.exit(130)
    except (VxaError, OSError) as error:
        sys.exit(f"error: {error}")
