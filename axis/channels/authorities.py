"""The one way out to certification authorities: CRLs and OCSP answers over HTTP, within tight bounds."""

from __future__ import annotations

import ipaddress
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final, Protocol

import httpcore

from axis.channels.look_ups import LookUps, Resolver, resolve
from axis.settings.hosts import AllowedHost, Place
from signing.revocation.judge import CRL_BYTES_MAX, OCSP_BYTES_MAX
from signing.revocation.requests import Sources

FAILURES_MAX: Final = 3
"""Failures in a row after which a host is left alone for a while: a dead one costs the whole timeout each time."""

REST_SECONDS: Final = 60.0
"""How long it is left alone: all its certificates are asked about again within the hour."""

HOSTS_MAX: Final = 1_000
"""Hosts remembered as failing; the allow-list is far shorter."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_TRANSLATED: Final = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")))
"""Addresses that lead to the IPv4 address inside them (RFC 6052, RFC 8215, RFC 3056), which may be one inside."""


class Unreachable(StrEnum):
    """Why nothing came from an authority."""

    NOT_ALLOWED = "not-allowed"
    """The host is not on the list of those that may be asked, or not with this port."""
    PRIVATE = "private-address"
    """The host's name leads to an address inside, which nobody allowed."""
    UNRESOLVED = "unresolved"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    """It answered with something else than 200; redirects are not followed."""
    TOO_LARGE = "too-large"
    TOO_SLOW = "too-slow"
    RESTING = "resting"
    """It failed several times in a row a moment ago and is left alone."""


_SILENT: Final = frozenset({Unreachable.UNREACHABLE, Unreachable.TOO_SLOW})
"""What speaks against a host: the next exchange would cost the whole timeout again."""

_ANSWERED: Final = frozenset({Unreachable.REFUSED, Unreachable.TOO_LARGE})


class AuthorityUnreachable(Exception):
    """Nothing usable came from an authority; `cause` says why, `host` which one it was."""

    def __init__(self, cause: Unreachable, host: str) -> None:
        super().__init__(f"{host}: {cause}")
        self.cause = cause
        self.host = host


class Stopwatch(Protocol):
    """A monotonic count of seconds."""

    def __call__(self) -> float:
        """Return seconds since some fixed moment; never goes back."""
        ...


@dataclass(frozen=True, slots=True)
class Reach:
    """Who may be asked, each at its own ports. `networks` are those private ones that may be reached.

    `seconds` is how long one exchange may take in all, however slowly the octets come.
    """

    hosts: frozenset[AllowedHost]
    networks: tuple[Network, ...] = ()
    seconds: float = 10.0

    def admits(self, place: Place | None) -> bool:
        """Return whether somebody may be asked there; nowhere, nobody is."""
        return place is not None and any(one.admits(place) for one in self.hosts)


@dataclass(slots=True)
class _Failing:
    times: int = 0
    rests_until: float = 0.0


@dataclass(slots=True)
class Authorities:
    """Fetches from certification authorities; safe to use from several threads. Never called inside a transaction.

    A host must be on the list with the port; its name is resolved once and the connection goes to the very address that
    was checked; redirects are not followed, proxies of the environment not used; size and time are bounded.
    """

    reach: Reach
    stopwatch: Stopwatch
    resolver: Resolver = resolve
    _failing: dict[Place, _Failing] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _look_ups: LookUps = field(init=False)

    def __post_init__(self) -> None:
        self._look_ups = LookUps(self.resolver)

    def may_ask(self, sources: Sources) -> bool:
        """Return whether one of these addresses may be asked: what nobody asks is not waited for."""
        return any(map(self.reach.admits, map(Place.of, (*sources.ocsp, *sources.crl))))

    def ask_ocsp(self, address: str, request: bytes) -> bytes:
        """Return a responder's answer, DER (RFC 6960 appendix A); raises `AuthorityUnreachable`."""
        headers = {"Content-Type": "application/ocsp-request", "Accept": "application/ocsp-response"}
        return self._exchange("POST", address, headers=headers, content=request, limit=OCSP_BYTES_MAX)

    def get_crl(self, address: str) -> bytes:
        """Return a revocation list, DER (RFC 5280 §4.2.1.13); raises `AuthorityUnreachable`."""
        return self._exchange("GET", address, headers={}, content=None, limit=CRL_BYTES_MAX)

    def _exchange(
        self, method: str, address: str, *, headers: Mapping[str, str], content: bytes | None, limit: int
    ) -> bytes:
        place = Place.of(address)
        if place is None or not self.reach.admits(place):
            raise AuthorityUnreachable(Unreachable.NOT_ALLOWED, "" if place is None else place.host)
        host = place.host
        deadline = _Deadline(self.stopwatch, self.stopwatch() + self.reach.seconds)
        way = _CheckedWay(self.reach, self._look_ups, deadline=deadline)
        with self._watched(place):
            try:
                with (
                    httpcore.ConnectionPool(ssl_context=ssl.create_default_context(), network_backend=way) as pool,
                    pool.stream(method, address, headers=[*headers.items()], content=content) as response,
                ):
                    return _received(response, host=host, limit=limit)
            except httpcore.TimeoutException as error:
                raise AuthorityUnreachable(Unreachable.TOO_SLOW, host) from error
            except _UNUSABLE as error:
                raise AuthorityUnreachable(Unreachable.UNREACHABLE, host) from error

    @contextmanager
    def _watched(self, place: Place) -> Iterator[None]:
        """Leave a host's port alone for a while that was silent several times in a row, and forget it once it answers.

        An answer that is of no use is one: a wrong address on a host does not keep anybody from the right ones.
        """
        with self._lock:
            failing = self._failing.get(place)
            if failing is not None and self.stopwatch() < failing.rests_until:
                raise AuthorityUnreachable(Unreachable.RESTING, place.host)
        try:
            yield
        except AuthorityUnreachable as error:
            if error.cause in _SILENT:
                self._note_silence(place)
            elif error.cause in _ANSWERED:
                self._note_answer(place)
            raise
        self._note_answer(place)

    def _note_silence(self, place: Place) -> None:
        with self._lock:
            if len(self._failing) < HOSTS_MAX or place in self._failing:
                failing = self._failing.setdefault(place, _Failing())
                failing.times += 1
                if failing.times >= FAILURES_MAX:
                    failing.rests_until = self.stopwatch() + REST_SECONDS

    def _note_answer(self, place: Place) -> None:
        with self._lock:
            self._failing.pop(place, None)


_UNUSABLE: Final = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
    ValueError,
    UnicodeError,
)
"""What the library raises for a host that does not answer, or not in HTTP, and for addresses that are none."""


def _received(response: httpcore.Response, *, host: str, limit: int) -> bytes:
    """Return the body of a 200, read piece by piece: what it says of its size is not believed."""
    if response.status != HTTPStatus.OK:
        raise AuthorityUnreachable(Unreachable.REFUSED, host)
    received = bytearray()
    for piece in response.iter_stream():
        received += piece
        if len(received) > limit:
            raise AuthorityUnreachable(Unreachable.TOO_LARGE, host)
    return bytes(received)


@dataclass(frozen=True, slots=True)
class _Deadline:
    """The end of an exchange: every single read and write gets what is left until then."""

    stopwatch: Stopwatch
    ends: float

    def left(self) -> float:
        """Return the seconds left; raises `httpcore.ReadTimeout` where there are none."""
        left = self.ends - self.stopwatch()
        if left <= 0:
            raise httpcore.ReadTimeout("the exchange took too long")
        return left


class _CheckedWay(httpcore.SyncBackend):
    """Connects to addresses that were checked, and to no others: the name is resolved once."""

    def __init__(self, reach: Reach, look_ups: LookUps, *, deadline: _Deadline) -> None:
        self._reach = reach
        self._look_ups = look_ups
        self._deadline = deadline

    def connect_tcp(self, host: str, port: int, *_: Any, **_options: Any) -> httpcore.NetworkStream:
        """Return a stream to the first address of the host, all of which are allowed, within the one deadline."""
        try:
            texts = self._look_ups.addresses(host, port, seconds=self._deadline.left())
            found = [ipaddress.ip_address(one) for one in texts]
        except TimeoutError as error:
            raise httpcore.ConnectTimeout("the name was not looked up in time") from error
        except (OSError, ValueError) as error:
            raise AuthorityUnreachable(Unreachable.UNRESOLVED, host) from error
        if not found:
            raise AuthorityUnreachable(Unreachable.UNRESOLVED, host)
        if not all(self._is_allowed(one) for one in found):
            raise AuthorityUnreachable(Unreachable.PRIVATE, host)
        stream = super().connect_tcp(str(found[0]), port, self._deadline.left())
        return _HurriedStream(stream, self._deadline)

    def _is_allowed(self, address: _IpAddress) -> bool:
        """Return whether one may connect there: a public address of one host, or one of a listed network."""
        address = getattr(address, "ipv4_mapped", None) or address
        if any(address in network for network in self._reach.networks):
            return True
        is_special = address.is_multicast or address.is_reserved or address.is_unspecified
        return address.is_global and not is_special and not any(address in one for one in _TRANSLATED)


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
