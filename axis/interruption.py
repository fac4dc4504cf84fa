"""Waiting to be told to stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def until_interrupted() -> Iterator[threading.Event]:
    """Yield an event that SIGINT and SIGTERM set; former handlers come back afterwards. For the main thread."""
    told = threading.Event()
    former = {one: signal.signal(one, lambda *_: told.set()) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told
    finally:
        for one, handler in former.items():
            signal.signal(one, handler)
