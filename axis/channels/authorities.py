"""The one way out to certification authorities: CRLs and OCSP answers over HTTP, within tight bounds."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from axis.channels.guarded import Guard, Network, NothingCame, Question, Stopwatch, Unreachable, read_within
from axis.channels.look_ups import Resolver, resolve
from axis.settings.hosts import AllowedHost, Place
from signing.revocation.judge import CRL_BYTES_MAX, OCSP_BYTES_MAX
from signing.revocation.requests import Sources

FAILURES_MAX: Final = 3
"""Failures in a row after which a host is left alone for a while: a dead one costs the whole timeout each time."""

REST_SECONDS: Final = 60.0
"""How long it is left alone: all its certificates are asked about again within the hour."""

HOSTS_MAX: Final = 1_000
"""Hosts remembered as failing; the allow-list is far shorter."""

_SILENT: Final = frozenset({Unreachable.UNREACHABLE, Unreachable.TOO_SLOW})
"""What speaks against a host: the next exchange would cost the whole timeout again."""

_ANSWERED: Final = frozenset({Unreachable.REFUSED, Unreachable.TOO_LARGE})


class AuthorityUnreachable(Exception):
    """Nothing usable came from an authority; `cause` says why, `host` which one it was."""

    def __init__(self, cause: Unreachable, host: str) -> None:
        super().__init__(f"{host}: {cause}")
        self.cause = cause
        self.host = host


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
    _guard: Guard = field(init=False)

    def __post_init__(self) -> None:
        self._guard = Guard(self.reach.networks, self.reach.seconds, self.stopwatch, self.resolver)

    def may_ask(self, sources: Sources) -> bool:
        """Return whether one of these addresses may be asked: what nobody asks is not waited for."""
        return any(map(self.reach.admits, map(Place.of, (*sources.ocsp, *sources.crl))))

    def ask_ocsp(self, address: str, request: bytes) -> bytes:
        """Return a responder's answer, DER (RFC 6960 appendix A); raises `AuthorityUnreachable`."""
        headers = {"Content-Type": "application/ocsp-request", "Accept": "application/ocsp-response"}
        return self._exchange(Question("POST", address, headers, request), OCSP_BYTES_MAX)

    def get_crl(self, address: str) -> bytes:
        """Return a revocation list, DER (RFC 5280 §4.2.1.13); raises `AuthorityUnreachable`."""
        return self._exchange(Question("GET", address), CRL_BYTES_MAX)

    def _exchange(self, question: Question, limit: int) -> bytes:
        place = Place.of(question.address)
        if place is None or not self.reach.admits(place):
            raise AuthorityUnreachable(Unreachable.NOT_ALLOWED, "" if place is None else place.host)
        with self._watched(place):
            try:
                with self._guard.exchange(question) as response:
                    if response.status != HTTPStatus.OK:
                        raise AuthorityUnreachable(Unreachable.REFUSED, place.host)
                    return read_within(response, limit, host=place.host)
            except NothingCame as error:
                raise AuthorityUnreachable(error.cause, error.host) from error

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
