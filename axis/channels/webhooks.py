"""The way out to connected systems' webhooks: signed events over HTTP, of whose answers only the status is believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from axis.channels.guarded import Guard, NothingCame, Question, Unreachable
from axis.settings.hosts import Place
from routing.webhooks import CallOutcome, WebhookAddress, judge_status

AGENT: Final = "axis-exchange"
"""What the axis calls itself in a receiver's log; without a version, which would tell whom to attack."""

_OUTCOMES: Final[Mapping[Unreachable, CallOutcome]] = MappingProxyType(
    {
        Unreachable.NOT_ALLOWED: CallOutcome.NOT_ALLOWED,
        Unreachable.PRIVATE: CallOutcome.PRIVATE,
        Unreachable.UNRESOLVED: CallOutcome.UNRESOLVED,
        Unreachable.TOO_SLOW: CallOutcome.TOO_SLOW,
    }
)
"""What else can come in between is all the same to who waits: nobody answered in HTTP."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a call; `status` is None where nobody answered."""

    outcome: CallOutcome
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Calls webhooks; safe to use from several threads. Never called inside a transaction.

    `own` are the axis's own doors, which nobody may have it call. `is_plain_allowed` is for development: http, which
    only goes to the machine itself.
    """

    guard: Guard
    own: frozenset[Place] = frozenset()
    is_plain_allowed: bool = False

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

    def _place(self, address: WebhookAddress) -> Place | None:
        """Return where an address leads, None for one that may not be called whatever its host's name leads to."""
        place = Place.of(str(address))
        if place is None or place in self.own or (address.is_plain and not self.is_plain_allowed):
            return None
        return place


def _outcome_of(cause: Unreachable) -> CallOutcome:
    return _OUTCOMES.get(cause, CallOutcome.UNREACHABLE)
