"""What operators ask about a webhook, and have done: how it stands, its latest calls, and notices told once more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from axis.clock import Clock
from axis.exchange.notices import notices_of
from axis.timekeeper import Timekeeper
from envelopes.identifiers import EventId, OrganId, SystemId
from routing.directory import Directory
from routing.events import EventTag
from routing.webhooks import TOLD_WITHIN, NoticeState
from storage.database.directory import load_directory
from storage.database.envelopes import find_envelopes
from storage.database.events import append_events
from storage.database.transactions import Transactions, WriteSession
from storage.database.untold import untold_deliveries
from storage.database.webhooks import (
    calls_to,
    count_notices,
    get_receiver,
    insert_notices,
    open_receiver,
    repeat_notices,
)
from storage.records import EventRecord, Receiver, WebhookCall

BATCH: Final = 2_000
"""Deliveries that are put into words at a time; a span of months may have a hundred thousand."""


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
        """Return how many notices are due again, each under the id it had, or now for the first time.

        That is of what waits for the system's agencies and came before it had a webhook. Those of deliveries that have
        ended are not. A receiver that rests after failures is called again at once. It is recorded as an event.
        Raises `ClockAstray`.
        """
        self._timekeeper.require()
        now = self._clock.now()
        start, end = wanted.span
        with self._transactions.read() as session:
            directory = load_directory(session)
        with self._transactions.begin() as session:
            open_receiver(session, wanted.system_id, now=now)  # two at once add nothing twice: this row is one's
            count = repeat_notices(session, wanted.system_id, span=wanted.span, now=now, expires_at=now + TOLD_WITHIN)
            count += self._add(session, wanted, directory=directory, now=now)
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

    def _add(self, session: WriteSession, wanted: Repetition, *, directory: Directory, now: datetime) -> int:
        """Return how many notices were made of what waits for the system's agencies and it has none of."""
        system = directory.system(wanted.system_id)
        if system is None or system.webhook is None:
            return 0
        recipients = [one.organ_id for one in directory.agencies_in_scope(system)]
        count = 0
        while found := untold_deliveries(
            session, system.system_id, recipients=recipients, span=wanted.span, limit=BATCH
        ):
            envelopes = find_envelopes(session, {one.envelope_id for one in found})
            made = (
                notice
                for one in found
                for notice in notices_of(
                    (system,), one, is_status=envelopes[one.envelope_id].is_status, clock=self._clock
                )
            )
            insert_notices(session, (replace(one, due_at=now, expires_at=now + TOLD_WITHIN) for one in made))
            count += len(found)
        return count
