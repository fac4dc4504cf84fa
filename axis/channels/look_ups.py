"""Names of hosts looked up within a bounded time: the system's own resolver knows none."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from typing import Final

LOOK_UPS_MAX: Final = 8
"""Look-ups at once. One thread asks authorities; what is beyond it are look-ups that were given up and did not end."""

Resolver = Callable[[str, int], Sequence[str]]
"""The addresses of a host, as texts; raises `OSError` where there are none."""


class TooManyLookUps(OSError):
    """As many look-ups as may be are stuck: the system's resolver answers nobody."""


def resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses the system knows for a host."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class LookUps:
    """Has names looked up in threads that nobody waits for longer than it wants.

    A call of `getaddrinfo` cannot be ended: one that is given up goes on in its thread, and holds one of
    `LOOK_UPS_MAX` places until it returns. The threads end with the process.
    """

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._places = threading.BoundedSemaphore(LOOK_UPS_MAX)

    def addresses(self, host: str, port: int, *, seconds: float) -> Sequence[str]:
        """Return the addresses of a host, as texts.

        Raises `TimeoutError` where they are not there in time, `TooManyLookUps` where all places are taken, and
        `OSError` or `ValueError` as the resolver does.
        """
        if not self._places.acquire(blocking=False):
            raise TooManyLookUps(f"{LOOK_UPS_MAX} look-ups do not end")
        look_up = _LookUp(self._resolver, self._places)
        threading.Thread(target=look_up.run, args=(host, port), name="look-up", daemon=True).start()
        return look_up.result(seconds)


class _LookUp:
    """One name that is being looked up."""

    def __init__(self, resolver: Resolver, places: threading.BoundedSemaphore) -> None:
        self._resolver = resolver
        self._places = places
        self._ended = threading.Event()
        self._found: Sequence[str] = ()
        self._error: OSError | ValueError | None = None

    def run(self, host: str, port: int) -> None:
        """Look the name up, and give the place back."""
        try:
            self._found = self._resolver(host, port)
        except (OSError, ValueError) as error:
            self._error = error
        finally:
            self._places.release()
            self._ended.set()

    def result(self, seconds: float) -> Sequence[str]:
        """Return what was found; raises what the resolver raised, and `TimeoutError` where it did not end."""
        if not self._ended.wait(seconds):
            raise TimeoutError("the name was not looked up in time")
        if self._error is not None:
            raise self._error
        return self._found
