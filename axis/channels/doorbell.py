"""The thread that listens for notices of new deliveries and rings those who wait."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Final, Protocol

from axis.logs import LogEvent, logger
from envelopes.identifiers import IdentifierError, OrganId
from storage.errors import StorageError

WAIT_SECONDS: Final = 1.0
"""How long the thread listens before it looks whether it should end."""

RECONNECT_SECONDS: Final = 2.0
"""Pause before a broken connection is made anew; those who wait look for themselves meanwhile."""

Ring = Callable[[OrganId], None]


class _Notice(Protocol):
    @property
    def payload(self) -> str: ...


class _Listener(Protocol):
    def wait(self, timeout: float, /) -> Sequence[_Notice]: ...


class ListeningDoorbell:
    """Rings for each notice, whose payload is a recipient's canonical id. One thread while anybody is subscribed."""

    def __init__(self, listen: Callable[[], AbstractContextManager[_Listener]]) -> None:
        """`listen` opens a listener; it may raise errors of storage."""
        self._listen = listen

    def subscribe(self, ring: Ring) -> Callable[[], None]:
        """Call `ring` for each notice until the function returned is called, which waits for the thread to end."""
        stop = threading.Event()
        thread = threading.Thread(target=self._run, args=(ring, stop), name="axis-doorbell", daemon=True)
        thread.start()

        def unsubscribe() -> None:
            stop.set()
            thread.join()

        return unsubscribe

    def _run(self, ring: Ring, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self._ring_until(ring, stop)
            except StorageError as error:
                logger.warning(LogEvent.DATABASE_UNAVAILABLE, part="doorbell", exc_info=error)
                stop.wait(RECONNECT_SECONDS)

    def _ring_until(self, ring: Ring, stop: threading.Event) -> None:
        with self._listen() as listener:
            while not stop.is_set():
                for notice in listener.wait(WAIT_SECONDS):
                    organ_id = _organ_id(notice.payload)
                    if organ_id is not None:
                        ring(organ_id)


def _organ_id(payload: str) -> OrganId | None:
    try:
        return OrganId(payload)
    except IdentifierError:
        return None
