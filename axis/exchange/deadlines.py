"""What ends by itself: deliveries nobody came for, and leases nobody gave back."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from axis.exchange.handover import delivery_event
from axis.exchange.premises import Premises
from axis.metrics import DeliveryOutcome, LeaseOutcome
from routing.delivery import Delivery, next_state
from routing.events import EventTag, evidence_owed
from routing.lifecycle import DEADLINES, FINAL_STATES, deadline_of
from storage.database.deliveries import due_deliveries, expire_leases, settle_delivery
from storage.database.envelopes import find_envelopes
from storage.database.events import append_events
from storage.database.owed import owe
from storage.database.transactions import WriteSession
from storage.records import OwedEvidence

BATCH: Final = 500
"""Rows ended in one transaction: short enough that nobody waits behind it."""


class Deadlines:
    """Ends states that have lasted too long, by the table of routing and by nothing else."""

    def __init__(self, premises: Premises) -> None:
        self._transactions = premises.transactions
        self._clock = premises.clock
        self._metrics = premises.metrics
        self._bell = premises.bell

    def end_due(self) -> int:
        """Return how many deliveries went over their deadline; each gets its event, and its evidence is owed."""
        with self._transactions.begin() as session:
            due = due_deliveries(session, self._clock.now(), limit=BATCH)
            envelopes = find_envelopes(session, {one.envelope_id for one in due})
            for delivery in due:
                envelope = envelopes.get(delivery.envelope_id)
                self._end(session, delivery, is_status=envelope is not None and envelope.is_status)
        for envelope_id in {one.envelope_id for one in due}:
            self._bell.ring(envelope_id, ())
        return len(due)

    def return_leases(self) -> int:
        """Return how many deliveries came back because a lease ran out."""
        with self._transactions.begin() as session:
            lapsed = expire_leases(session, self._clock.now(), limit=BATCH)
            events = [delivery_event(self._clock, EventTag.DELIVERY_LEASE_EXPIRED, one, system=None) for one in lapsed]
            append_events(session, events)
        for delivery in lapsed:
            self._metrics.count_lease(LeaseOutcome.RETURNED)
            self._bell.ring(delivery.envelope_id, (delivery.recipient,))
        return len(lapsed)

    def _end(self, session: WriteSession, delivery: Delivery, *, is_status: bool) -> None:
        event = delivery_event(self._clock, DEADLINES[delivery.state].event, delivery, system=None)
        state = next_state(delivery, event.tag)
        is_final = state in FINAL_STATES
        due_at = deadline_of(state, accepted_at=delivery.accepted_at, entered_at=event.at)
        settle_delivery(
            session,
            replace(
                delivery,
                state=state,
                due_at=due_at,
                lease=None,
                held_from=None,
                final_at=event.at if is_final else None,
            ),
        )
        append_events(session, [event])
        if event.tag is EventTag.DELIVERY_EXPIRED:
            self._metrics.count_delivery(DeliveryOutcome.EXPIRED)
        owed = evidence_owed(event.tag, is_status=is_status)
        if owed is not None:
            row = OwedEvidence(event.event_id, owed, delivery.envelope_id, delivery.delivery_id, event.at, event.at)
            owe(session, [row])
