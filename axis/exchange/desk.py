"""What operators ask about a webhook, and have done: how it stands, its latest calls, and notices told once more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from axis.clock import Clock
from axis.timekeeper import Timekeeper
from envelopes.identifiers import EventId, OrganId, SystemId
from routing.events import EventTag
from routing.webhooks import TOLD_WITHIN, NoticeState
from storage.database.events import append_events
from storage.database.transactions import Transactions
from storage.database.webhooks import calls_to, count_notices, get_receiver, open_receiver, repeat_notices
from storage.records import EventRecord, Receiver, WebhookCall


@dataclass(frozen=True, slots=True)
class WebhookStanding:
    """How a webhook stands; `receiver` is None where the system never had one. `calls` are the latest, newest first."""

    receiver: Receiver | None
    notices: Mapping[NoticeState, int]
    calls: tuple[WebhookCall, ...]


@dataclass(frozen=True, slots=True)
class Repetition:
    """Whose notices of which span of time (its end excluded) are told again, on whose word and why."""

    system_id: SystemId
    organ_id: OrganId
    span: tuple[datetime, datetime]
    actor: str
    reason: str


class WebhookDesk:
    """Answers operators, in the database alone: nothing is called from here."""

    def __init__(self, transactions: Transactions, clock: Clock, *, timekeeper: Timekeeper) -> None:
        self._transactions = transactions
        self._clock = clock
        self._timekeeper = timekeeper

    def standing(self, system_id: SystemId, *, calls: int) -> WebhookStanding:
        """Return how a system's webhook stands, with so many of its latest calls."""
        with self._transactions.read() as session:
            return WebhookStanding(
                get_receiver(session, system_id),
                count_notices(session, system_id),
                calls_to(session, system_id, limit=calls),
            )

    def repeat(self, wanted: Repetition) -> int:
        """Return how many notices are due again, each under the id it had; recorded as an event.

        Those of deliveries that have ended are not. A receiver that rests after failures is called again at once.
        Raises `ClockAstray`.
        """
        self._timekeeper.require()
        now = self._clock.now()
        start, end = wanted.span
        with self._transactions.begin() as session:
            open_receiver(session, wanted.system_id, now=now)
            count = repeat_notices(session, wanted.system_id, span=wanted.span, now=now, expires_at=now + TOLD_WITHIN)
            details = {
                "actor": wanted.actor,
                "reason": wanted.reason,
                "from": start.isoformat(),
                "to": end.isoformat(),
                "count": count,
            }
            event = EventRecord(
                EventId(self._clock.mint(now)),
                EventTag.SYSTEM_NOTIFICATIONS_REPEATED,
                now,
                system_id=wanted.system_id,
                organ_id=wanted.organ_id,
                details=details,
            )
            append_events(session, (event,))
        return count
