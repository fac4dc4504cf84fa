"""The client of time-stamping authorities (RFC 3161): one after the other, until one answers what passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from signing.errors import SigningError
from signing.timestamps import StampedToken, TimestampRequest, judge_answer
from signing.trust import PathJudge
from signing.verdict import Failure

QUERY_TYPE: Final = "application/timestamp-query"
ANSWER_TYPE: Final = "application/timestamp-reply"
"""The media types of requests and answers over HTTP (RFC 3161 clause 3.4)."""

ATTEMPTS_MAX: Final = 3
"""Times one authority is asked while no answer comes: what three do not bring is out of order, and there are others."""

AUTHORITIES_MAX: Final = 4
"""Authorities asked for one stamp: with three attempts of ten seconds each, two minutes are what a signer waits."""


class TransportFault(StrEnum):
    """Why no answer came from an authority, told apart by what is to be done about it."""

    NO_HOST = "no-host"
    REFUSED = "refused"
    TOO_LONG = "too-long"
    BROKEN = "broken"
    """Any other failure of the connection."""
    BUSY = "busy"
    """It answered that it cannot just now (HTTP 5xx)."""
    NO_AUTHORITY = "no-authority"
    """What answered did not answer as an authority does."""


class TransportFailed(Exception):
    """No answer came from an authority; `reason` says why in a word: seconds, the kind of the error, an HTTP status."""

    def __init__(self, reason: str, fault: TransportFault = TransportFault.BROKEN) -> None:
        super().__init__(reason)
        self.reason = reason
        self.fault = fault


class Transport(Protocol):
    """Carries one request to one authority."""

    def __call__(self, address: str, request: bytes, *, content_type: str) -> bytes:
        """Return the octets answered; raises `TransportFailed`."""
        ...


Stamper = Callable[[bytes], bytes]
"""Octets to a verified time-stamp token over them (DER); raises `NoTimestamp`."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one authority said last."""

    address: str
    answer: Failure | TransportFailed

    def __str__(self) -> str:
        return f"{self.address}: {self.reason}"

    @property
    def reason(self) -> str:
        """A stable code with the offending identifier, or why no answer came."""
        if isinstance(self.answer, TransportFailed):
            return self.answer.reason
        return " ".join(filter(None, (self.answer.code.value, self.answer.detail)))


class NoTimestamp(SigningError):
    """No authority gave a stamp that passes; `attempts` says of each what it said."""

    def __init__(self, attempts: tuple[Attempt, ...]) -> None:
        super().__init__("; ".join(map(str, attempts)))
        self.attempts = attempts


def no_pause(attempt: int) -> None:
    """Ask again at once; `attempt` is the one that failed, from 1."""


@dataclass(frozen=True, slots=True)
class TimestampClient:
    """Asks authorities by their addresses, in order. `pause` is what happens before one is asked again: nothing here.

    Waits for nothing itself: how long an answer may take is the transport's matter.
    """

    addresses: tuple[str, ...]
    transport: Transport
    trust: PathJudge
    pause: Callable[[int], None] = no_pause

    def __post_init__(self) -> None:
        if not 1 <= len(self.addresses) <= AUTHORITIES_MAX:
            raise ValueError(f"one to {AUTHORITIES_MAX} time-stamping authorities are asked")

    def obtain(self, stamped: bytes, *, at: datetime) -> StampedToken:
        """Return the first token over these octets that passes `judge_answer` at the aware moment `at`.

        1. Each authority gets a request of its own, with a nonce of its own each time it is asked.
        2. Where no answer comes it is asked again, three times in all.
        3. An answer that does not pass ends its turn: who refuses or lies does so again.

        Raises `NoTimestamp` with what each of them said.
        """
        attempts = []
        for address in self.addresses:
            answer = self._asked(address, stamped, at=at)
            if isinstance(answer, StampedToken):
                return answer
            attempts.append(Attempt(address, answer))
        raise NoTimestamp(tuple(attempts))

    def _asked(self, address: str, stamped: bytes, *, at: datetime) -> StampedToken | Failure | TransportFailed:
        for attempt in range(1, ATTEMPTS_MAX + 1):
            request = TimestampRequest.over(stamped)
            try:
                answer = self.transport(address, request.der, content_type=QUERY_TYPE)
            except TransportFailed as failed:
                last = failed
            else:
                return judge_answer(answer, request, trust=self.trust, at=at)
            if attempt < ATTEMPTS_MAX:
                self.pause(attempt)
        return last
