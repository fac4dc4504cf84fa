"""A guarded way out over HTTP: to addresses that were checked, in a bounded time, without redirects or proxies."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol

import httpcore

from axis.channels.look_ups import LookUps, Resolver, TooManyLookUps, resolve
from axis.settings.hosts import Place

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_TRANSLATED: Final = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")))
"""Addresses that lead to the IPv4 address inside them (RFC 6052, RFC 8215, RFC 3056), which may be one inside."""


class Unreachable(StrEnum):
    """Why nothing came from somebody who was asked."""

    NOT_ALLOWED = "not-allowed"
    """The host is not on the list of those that may be asked, or not with this port."""
    PRIVATE = "private-address"
    """The host's name leads to an address inside, which nobody allowed."""
    UNRESOLVED = "unresolved"
    NOT_LOOKED_UP = "not-looked-up"
    """So many look-ups did not end that there was no place for this one; the host has no part in it."""
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    """It answered with something else than 200; redirects are not followed."""
    TOO_LARGE = "too-large"
    TOO_SLOW = "too-slow"
    RESTING = "resting"
    """It failed several times in a row a moment ago and is left alone."""


class Stopwatch(Protocol):
    """A monotonic count of seconds."""

    def __call__(self) -> float:
        """Return seconds since some fixed moment; never goes back."""
        ...


class NothingCame(Exception):
    """Nothing usable came; `cause` says why, `host` from whom."""

    def __init__(self, cause: Unreachable, host: str) -> None:
        super().__init__(f"{host}: {cause}")
        self.cause = cause
        self.host = host


@dataclass(frozen=True, slots=True)
class Question:
    """A request: its content whole, or piece by piece with its length among the headers."""

    method: str
    address: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | Iterator[bytes] | None = None


@dataclass(slots=True)
class Guard:
    """Exchanges that cannot be led astray; safe to use from several threads, never called inside a transaction.

    `networks` are the private ones that may be reached, `seconds` is how long one exchange may take in all, however
    slowly the octets come. Whom one may ask at all is the caller's to say.
    """

    networks: tuple[Network, ...]
    seconds: float
    stopwatch: Stopwatch
    resolver: Resolver = resolve
    _look_ups: LookUps = field(init=False)

    def __post_init__(self) -> None:
        self._look_ups = LookUps(self.resolver)

    @contextmanager
    def exchange(self, question: Question, *, seconds: float | None = None) -> Iterator[httpcore.Response]:
        """Yield the head of an answer, its body still unread; raises `NothingCame`, inside the block too.

        With `seconds` the whole may take so long, as long as no single wait takes longer than usual. The host's name is
        resolved once and the connection goes to the very address that was checked; redirects are not followed, proxies
        of the environment not used.
        """
        place = Place.of(question.address)
        if place is None:
            raise NothingCame(Unreachable.NOT_ALLOWED, "")
        way = _CheckedWay(self, _Deadline(self.stopwatch, self.stopwatch() + (seconds or self.seconds), self.seconds))
        headers = [*question.headers.items()]
        try:
            with (
                httpcore.ConnectionPool(ssl_context=ssl.create_default_context(), network_backend=way) as pool,
                pool.stream(question.method, question.address, headers=headers, content=question.content) as response,
            ):
                yield response
        except httpcore.TimeoutException as error:
            raise NothingCame(Unreachable.TOO_SLOW, place.host) from error
        except _UNUSABLE as error:
            raise NothingCame(Unreachable.UNREACHABLE, place.host) from error

    def look_up(self, host: str, port: int, *, seconds: float) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
        """Return the first address of a host, all of whose addresses may be reached; raises `NothingCame`."""
        try:
            found = [ipaddress.ip_address(one) for one in self._look_ups.addresses(host, port, seconds=seconds)]
        except TimeoutError as error:
            raise NothingCame(Unreachable.TOO_SLOW, host) from error
        except TooManyLookUps as error:
            raise NothingCame(Unreachable.NOT_LOOKED_UP, host) from error
        except (OSError, ValueError) as error:
            raise NothingCame(Unreachable.UNRESOLVED, host) from error
        if not found:
            raise NothingCame(Unreachable.UNRESOLVED, host)
        if not all(map(self._is_allowed, found)):
            raise NothingCame(Unreachable.PRIVATE, host)
        return found[0]

    def _is_allowed(self, address: _IpAddress) -> bool:
        """Return whether one may connect there: a public address of one host, or one of a listed network."""
        address = getattr(address, "ipv4_mapped", None) or address
        if any(address in network for network in self.networks):
            return True
        is_special = address.is_multicast or address.is_reserved or address.is_unspecified
        is_special = is_special or getattr(address, "is_site_local", False)  # fec0::/10, to Python 3.11 a global one
        return address.is_global and not is_special and not any(address in one for one in _TRANSLATED)


def read_within(response: httpcore.Response, limit: int, *, host: str) -> bytes:
    """Return the body of an answer, read piece by piece: what it says of its size is not believed.

    Raises `NothingCame` where it is larger than `limit`.
    """
    received = bytearray()
    for piece in response.iter_stream():
        received += piece
        if len(received) > limit:
            raise NothingCame(Unreachable.TOO_LARGE, host)
    return bytes(received)


_UNUSABLE: Final = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
    ValueError,
    UnicodeError,
)
"""What the library raises for a host that does not answer, or not in HTTP, and for addresses that are none."""


@dataclass(frozen=True, slots=True)
class _Deadline:
    """The end of an exchange: every single read and write gets what is left until then, `longest` at most."""

    stopwatch: Stopwatch
    ends: float
    longest: float

    def left(self) -> float:
        """Return the seconds left; raises `httpcore.ReadTimeout` where there are none."""
        left = self.ends - self.stopwatch()
        if left <= 0:
            raise httpcore.ReadTimeout("the exchange took too long")
        return min(left, self.longest)


class _CheckedWay(httpcore.SyncBackend):
    """Connects to addresses that were checked, and to no others: the name is resolved once."""

    def __init__(self, guard: Guard, deadline: _Deadline) -> None:
        self._guard = guard
        self._deadline = deadline

    def connect_tcp(self, host: str, port: int, *_: Any, **_options: Any) -> httpcore.NetworkStream:
        """Return a stream to the address that was checked, within the one deadline."""
        address = self._guard.look_up(host, port, seconds=self._deadline.left())
        stream = super().connect_tcp(str(address), port, self._deadline.left())
        return _HurriedStream(stream, self._deadline)


class _HurriedStream(httpcore.NetworkStream):
    """A stream on which nothing waits past the deadline, however steadily single octets trickle in."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - see the class
        """Return what has come."""
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - likewise
        """Send."""
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        """Close."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, *_: Any, **_options: Any
    ) -> httpcore.NetworkStream:
        """Return the stream inside TLS, in the same hurry."""
        return _HurriedStream(
            self._stream.start_tls(ssl_context, server_hostname, self._deadline.left()), self._deadline
        )

    def get_extra_info(self, info: str) -> Any:
        """Return what the stream knows of itself."""
        return self._stream.get_extra_info(info)
