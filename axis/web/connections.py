"""What a connection may take before a request is there: time, octets, and a place among the others.

The server itself ends connections that are idle between two requests and leaves bodies to whoever reads them. What is
left is the head of a request: whoever sends none, or an octet a minute, or one without end, would hold a connection as
long as he likes.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Protocol

from axis.metrics import ConnectionEnd, Metrics
from axis.web.headers import UNREAD_MAX
from axis.web.reports import RETRY_SECONDS

HEADER_SECONDS: Final = 10.0
"""From the opening of a connection, or the answer before, to the end of a request's headers: the largest take a fifth
of a second on the slowest line that agencies still have, and a few lost packets some seconds more."""

HEADER_BYTES_MAX: Final = 32 * 1024
"""Request line and headers of one request: an access token of the greatest length and as much again."""

CONNECTIONS_MAX: Final = 800
"""Connections of one process: as many again as may wait for deliveries. A process may usually open 1,024 files, and
bodies, the database and the object store need some of them."""

KEEP_ALIVE_SECONDS: Final = 5
"""Idle connections are closed after this: existing agency software opens one for each call and forgets it."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How long the head of a request may take (seconds), how much it may hold (octets), and how many there may be."""

    header_seconds: float = HEADER_SECONDS
    header_bytes: int = HEADER_BYTES_MAX
    connections: int = CONNECTIONS_MAX


DEFAULT_LIMITS: Final = ConnectionLimits()

_ENDS: Final = b"content-length: 0\r\nconnection: close\r\n\r\n"
_TOO_LARGE: Final = b"HTTP/1.1 431 Request Header Fields Too Large\r\n" + _ENDS
_TOO_MANY: Final = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: %d\r\n" % RETRY_SECONDS + _ENDS


class _Cycle(Protocol):
    """A request and its answer, as both protocols of the server have it."""

    body: bytearray
    more_body: bool
    response_complete: bool


if TYPE_CHECKING:

    class _HttpProtocol(asyncio.Protocol):
        """What is used here of the server's protocols, which have it in common."""

        loop: asyncio.AbstractEventLoop
        transport: asyncio.Transport
        connections: set[object]
        cycle: _Cycle | None

        def on_response_complete(self) -> None:
            """Go on to the next request."""

else:
    _HttpProtocol = asyncio.Protocol


def limited(base: type[asyncio.Protocol], limits: ConnectionLimits, *, metrics: Metrics) -> type[asyncio.Protocol]:
    """Return one of the server's HTTP protocols with limits; connections that they end are counted."""
    return type(f"Limited{base.__name__}", (_Limited, base), {"limits": limits, "metrics": metrics})


class _Limited(_HttpProtocol):
    """Stands between the transport and one of the server's protocols, and knows nothing of how that reads.

    A request is awaited unless one is in hand. Octets that bring no request on, neither a new one nor the body of one,
    belong to a head, or to what may stand around the chunks of a body; those are counted.
    """

    limits: ClassVar[ConnectionLimits]
    metrics: ClassVar[Metrics]
    _deadline: asyncio.TimerHandle | None = None
    _idle_octets = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for a request, or turn the connection away."""
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections:
            self._end(ConnectionEnd.TOO_MANY, _TOO_MANY)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Hand on what came, a head no further than it may go."""
        room = self._room()
        if room > 0:
            self._hand_on(data[:room])
        if self.transport.is_closing():
            return
        if self._room() <= 0:
            self._end(ConnectionEnd.HEADERS_LARGE, _TOO_LARGE)
        elif len(data) > room:
            self._hand_on(data[room:])
        self._watch()

    def on_response_complete(self) -> None:
        """Begin to wait for the next request, unless it is there."""
        before = self.cycle
        super().on_response_complete()
        if self.cycle is not before:
            self._idle_octets = 0
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._disarm()
        super().connection_lost(exc)

    def _hand_on(self, octets: bytes) -> None:
        before = self._state()
        super().data_received(octets)
        self._idle_octets = 0 if self._state() != before else self._idle_octets + len(octets)

    def _state(self) -> tuple[_Cycle | None, int]:
        """Return what changes with each new request and with each octet of a body that somebody will read."""
        return self.cycle, len(self.cycle.body) if self.cycle else 0

    def _room(self) -> int:
        """Return how many octets may come that bring nothing on."""
        is_unread = self.cycle is not None and self.cycle.response_complete and self.cycle.more_body
        return self.limits.header_bytes + UNREAD_MAX * is_unread - self._idle_octets

    def _watch(self) -> None:
        """Have the time run while a request is awaited, and only then."""
        if self.transport.is_closing() or not self._is_waiting():
            self._disarm()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(self.limits.header_seconds, self._expire)

    def _is_waiting(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _expire(self) -> None:
        self._end(ConnectionEnd.HEADERS_SLOW)

    def _end(self, why: ConnectionEnd, answer: bytes = b"") -> None:
        """End the connection; what was answered before still leaves, and an answer under way is cut off."""
        self.metrics.count_connection(why)
        if self._is_waiting():
            self.transport.write(answer)
        self.transport.close()
