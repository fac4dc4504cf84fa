"""The way out to connected systems' webhooks: signed events and packages over HTTP, and what answers are worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

import httpcore

from axis.channels.guarded import Guard, NothingCame, Question, Unreachable, read_within
from axis.settings.hosts import Place
from envelopes.acknowledgement import ACKNOWLEDGEMENT_BODY
from envelopes.limits import ACKNOWLEDGEMENT_BYTES_MAX
from envelopes.notification import RECEIVED_DIGEST
from routing.webhooks import CallOutcome, WebhookAddress, judge_package_answer, judge_status
from signing.http_signatures import read_digest_field

AGENT: Final = "axis-exchange"
"""What the axis calls itself in a receiver's log; without a version, which would tell whom to attack."""

_OUTCOMES: Final[Mapping[Unreachable, CallOutcome]] = MappingProxyType(
    {
        Unreachable.NOT_ALLOWED: CallOutcome.NOT_ALLOWED,
        Unreachable.PRIVATE: CallOutcome.PRIVATE,
        Unreachable.UNRESOLVED: CallOutcome.UNRESOLVED,
        Unreachable.NOT_LOOKED_UP: CallOutcome.NOT_LOOKED_UP,
        Unreachable.TOO_SLOW: CallOutcome.TOO_SLOW,
    }
)
"""What else can come in between is all the same to who waits: nobody answered in HTTP."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a call; `status` is None where nobody answered.

    `acknowledgement` are the octets that the answer to a package brought as one; `cut_short` says why they did not come
    whole, although the package was taken.
    """

    outcome: CallOutcome
    status: int | None = None
    acknowledgement: bytes | None = field(default=None, repr=False)
    cut_short: Unreachable | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """A package on its way out: `pieces` yields its octets, `digest` is their SHA-256."""

    pieces: Iterator[bytes] = field(repr=False)
    digest: bytes


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Calls webhooks; safe to use from several threads. Never called inside a transaction.

    `own` are the axis's own doors, which nobody may have it call. `is_plain_allowed` is for development: http, which
    only goes to the machine itself. `package_seconds` is how long a call that carries a package may take in all.
    """

    guard: Guard
    own: frozenset[Place] = frozenset()
    is_plain_allowed: bool = False
    package_seconds: float = 480.0

    def find_fault(self, address: WebhookAddress) -> CallOutcome | None:
        """Return why this address may not be called, as far as can be told without calling it; None for a good one."""
        place = self._place(address)
        if place is None:
            return CallOutcome.NOT_ALLOWED
        try:
            self.guard.look_up(place.host, place.port, seconds=self.guard.seconds)
        except NothingCame as error:
            return _outcome_of(error.cause)
        return None

    def call(self, address: WebhookAddress, fields: Mapping[str, str], *, body: bytes) -> Answered:
        """Return what became of one POST. Of the answer nothing is read but its status.

        The address is checked again: what its host's name led to when it was saved says nothing about now.
        """
        if self._place(address) is None:
            return Answered(CallOutcome.NOT_ALLOWED)
        headers = {**fields, "User-Agent": AGENT, "Connection": "close"}
        try:
            with self.guard.exchange(Question("POST", str(address), headers, body)) as response:
                return Answered(judge_status(response.status), response.status)
        except NothingCame as error:
            return Answered(_outcome_of(error.cause))

    def carry(self, address: WebhookAddress, fields: Mapping[str, str], *, load: Load) -> Answered:
        """Return what became of one POST of a package, piece by piece; what `load.pieces` raises ends it.

        Of the answer its head is read: the status, and the digest that the receiver says it got. That counts once the
        last octet left: it stands in the head of the call, and who hangs up before can say it all the same. The body
        is read only where it is an acknowledgement by its type, and only as far as one goes; where that fails, the
        package was taken all the same.
        """
        if self._place(address) is None:
            return Answered(CallOutcome.NOT_ALLOWED)
        headers = {**fields, "User-Agent": AGENT, "Connection": "close"}
        sent = _Sent(load.pieces)
        question = Question("POST", str(address), headers, iter(sent))
        answered: Answered | None = None
        try:
            with self.guard.exchange(question, seconds=self.package_seconds) as response:
                told = _fields_of(response)
                echoed = read_digest_field(told.get(RECEIVED_DIGEST, "")) if sent.is_whole else None
                outcome = judge_package_answer(response.status, echoed, digest=load.digest)
                answered = Answered(outcome, response.status)
                if outcome is not CallOutcome.TAKEN or not _is_acknowledgement(told):
                    return answered
                octets = read_within(response, ACKNOWLEDGEMENT_BYTES_MAX, host=str(address))
                return replace(answered, acknowledgement=octets)
        except NothingCame as error:
            if answered is not None and answered.outcome is CallOutcome.TAKEN:
                return replace(answered, cut_short=error.cause)
            return Answered(_outcome_of(error.cause))

    def _place(self, address: WebhookAddress) -> Place | None:
        """Return where an address leads, None for one that may not be called whatever its host's name leads to."""
        place = Place.of(str(address))
        if place is None or place in self.own or (address.is_plain and not self.is_plain_allowed):
            return None
        return place


@dataclass(slots=True)
class _Sent:
    """Pieces on their way out; `is_whole` once somebody asked for one after the last."""

    pieces: Iterator[bytes]
    is_whole: bool = False

    def __iter__(self) -> Iterator[bytes]:
        """Yield them."""
        yield from self.pieces
        self.is_whole = True


def _is_acknowledgement(fields: Mapping[str, str]) -> bool:
    return fields.get("content-type", "").partition(";")[0].strip().lower() == ACKNOWLEDGEMENT_BODY


def _fields_of(response: httpcore.Response) -> dict[str, str]:
    """Return the fields of an answer by name in small letters; one that comes twice is as if both were one."""
    fields: dict[str, str] = {}
    for name, value in response.headers:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        fields[key] = f"{fields[key]}, {text}" if key in fields else text
    return fields


def _outcome_of(cause: Unreachable) -> CallOutcome:
    return _OUTCOMES.get(cause, CallOutcome.UNREACHABLE)
