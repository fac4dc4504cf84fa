"""Time stamps for what is signed (RFC 3161 over HTTP, clause 3.4): from one of several authorities, verified."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Final, Self

import httpx

from axis.clock import Clock, SystemClock
from signing.timestamping import ANSWER_TYPE, TimestampClient, TransportFailed, TransportFault
from signing.timestamps import ANSWER_BYTES_MAX
from signing.trust import TrustStore

ANSWER_SECONDS: Final = 10.0
"""For one whole answer: an authority signs a few hundred octets, and there are others to ask."""

PAUSE_SECONDS: Final = 1.0
"""Before an authority that gave no answer is asked again; twice as long before the third time."""


@dataclass(slots=True)
class HttpTransport:
    """Carries requests by HTTP: follows no redirect, decompresses nothing, reads no more than an answer may have.

    Whoever asks waits `seconds` at the most, however slowly the answer comes: the library bounds each read, and an
    answer may trickle in octet by octet. So a thread of its own reads it, which ends with its connection.
    """

    http: httpx.Client
    seconds: float = ANSWER_SECONDS

    def __call__(self, address: str, request: bytes, *, content_type: str) -> bytes:
        """Return the octets answered with status 200; raises `TransportFailed`."""
        headers = {"Content-Type": content_type, "Accept": ANSWER_TYPE, "Accept-Encoding": "identity"}
        told: SimpleQueue[bytes | TransportFailed] = SimpleQueue()
        threading.Thread(
            target=lambda: told.put(self._outcome(address, request, headers=headers)),
            name="axis-timestamp",
            daemon=True,
        ).start()
        try:
            outcome = told.get(timeout=self.seconds)
        except Empty:
            raise TransportFailed(f"{self.seconds:g} s", TransportFault.TOO_LONG) from None
        if isinstance(outcome, TransportFailed):
            raise outcome
        return outcome

    def _outcome(self, address: str, request: bytes, *, headers: Mapping[str, str]) -> bytes | TransportFailed:
        octets = bytearray()
        try:
            asked = self.http.build_request("POST", address, content=request, headers=headers, timeout=self.seconds)
            answer = self.http.send(asked, stream=True, follow_redirects=False)
            with closing(answer):
                if answer.status_code != httpx.codes.OK:
                    return _of_status(answer.status_code)
                for chunk in answer.iter_raw():
                    octets += chunk
                    if len(octets) > ANSWER_BYTES_MAX:
                        return TransportFailed("too large", TransportFault.NO_AUTHORITY)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            return _of_error(error, seconds=self.seconds)
        return bytes(octets)


def _of_status(status: int) -> TransportFailed:
    is_busy = status >= httpx.codes.INTERNAL_SERVER_ERROR
    return TransportFailed(f"HTTP {status}", TransportFault.BUSY if is_busy else TransportFault.NO_AUTHORITY)


def _of_error(error: Exception, *, seconds: float) -> TransportFailed:
    """Return what an error of the library stands for, by the error of the system that it comes from."""
    cause: BaseException | None = error
    while cause is not None:
        match cause:
            case httpx.TimeoutException():
                return TransportFailed(f"{seconds:g} s", TransportFault.TOO_LONG)
            case socket.gaierror():
                return TransportFailed("no such host", TransportFault.NO_HOST)
            case ConnectionRefusedError():
                return TransportFailed("connection refused", TransportFault.REFUSED)
        cause = cause.__cause__ or cause.__context__
    return TransportFailed(type(error).__name__)


def _client() -> httpx.Client:
    return httpx.Client(timeout=ANSWER_SECONDS)


@dataclass(slots=True)
class Timestamper:
    """Stamps octets at the first of the authorities at these addresses that gives what passes; a `Stamper`.

    `trust` holds the anchors of the authorities: a stamp is verified before it is kept. Raises `NoTimestamp` when
    called, with what each authority said. Between attempts it waits by `sleep`.
    """

    addresses: tuple[str, ...]
    trust: TrustStore
    clock: Clock = field(default_factory=SystemClock)
    http: httpx.Client = field(default_factory=_client)
    sleep: Callable[[float], None] = time.sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connections."""
        self.http.close()

    def __call__(self, octets: bytes) -> bytes:
        """Return a verified time-stamp token over these octets; raises `NoTimestamp`."""
        client = TimestampClient(self.addresses, HttpTransport(self.http), self.trust, self._pause)
        return client.obtain(octets, at=self.clock.now()).token

    def _pause(self, attempt: int) -> None:
        self.sleep(PAUSE_SECONDS * attempt)
