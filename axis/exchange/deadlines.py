"""What ends by itself: deliveries nobody came for, leases nobody gave back, and the time to answer a recall."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from axis.exchange.happenings import delivery_event, owed_for
from axis.exchange.premises import Premises
from axis.logs import LogEvent, logger
from axis.metrics import DeliveryOutcome, LeaseOutcome, PriorityLabel
from routing.delivery import Delivery, next_state, stepped
from routing.demands import unanswered_event
from routing.errors import RoutingError
from routing.events import EventTag
from routing.lifecycle import DEADLINES
from storage.database.deliveries import (
    due_deliveries,
    expire_leases,
    get_delivery,
    overdue_deliveries,
    settle_delivery,
)
from storage.database.demands import due_demands, settle_demand
from storage.database.envelopes import find_envelopes
from storage.database.events import append_events
from storage.database.owed import owe
from storage.database.transactions import WriteSession
from storage.records import EventRecord, OwedEvidence

BATCH: Final = 500
"""Rows ended in one transaction: short enough that nobody waits behind it."""

PUT_OFF: Final = timedelta(hours=1)
"""When a delivery that cannot be ended is looked at again. Deadlines are days, so nobody misses the hour."""

_POISON: Final = (RoutingError, LookupError, ValueError)
"""What one delivery can fail with by itself."""


@dataclass(frozen=True, slots=True)
class _Ending:
    """A delivery after its deadline, the event that says so, and the evidence that is owed for it."""

    delivery: Delivery
    event: EventRecord
    owed: tuple[OwedEvidence, ...] = ()


class Deadlines:
    """Ends states that have lasted too long, by the table of routing and by nothing else."""

    def __init__(self, premises: Premises) -> None:
        self._transactions = premises.transactions
        self._clock = premises.clock
        self._metrics = premises.metrics
        self._bell = premises.bell

    def end_due(self) -> int:
        """Return how many deliveries went over their deadline; each gets its event, and its evidence is owed.

        One that cannot be ended is put off and told in the log, and hinders no other.
        """
        with self._transactions.begin() as session:
            due = due_deliveries(session, self._clock.now(), limit=BATCH)
            endings = list(self._endings(session, due))
            for ending in endings:
                settle_delivery(session, ending.delivery)
            append_events(session, [ending.event for ending in endings])
            owe(session, [owed for ending in endings for owed in ending.owed])
        expired = [one for one in endings if one.event.tag is EventTag.DELIVERY_EXPIRED]
        self._metrics.count_delivery(DeliveryOutcome.EXPIRED, len(expired))
        for envelope_id in {one.delivery.envelope_id for one in endings}:
            self._bell.ring(envelope_id, ())
        return len(endings)

    def return_leases(self) -> int:
        """Return how many deliveries came back because a lease ran out."""
        with self._transactions.begin() as session:
            lapsed = expire_leases(session, self._clock.now(), limit=BATCH)
            events = [
                delivery_event(self._clock, EventTag.DELIVERY_LEASE_EXPIRED, delivery=one, system=None)
                for one in lapsed
            ]
            append_events(session, events)
        for delivery in lapsed:
            self._metrics.count_lease(LeaseOutcome.RETURNED)
            self._bell.ring(delivery.envelope_id, (delivery.recipient,))
        return len(lapsed)

    def raise_alarms(self) -> int:
        """Return for how many deliveries an alarm was raised, once each: nobody has taken them over in time.

        The sender sees it in the trace, the operator in the log and in the count of the delivery's urgency.
        """
        with self._transactions.begin() as session:
            overdue = overdue_deliveries(session, self._clock.now(), limit=BATCH)
            for delivery in overdue:
                settle_delivery(session, replace(delivery, alarm_at=None))
            append_events(
                session,
                [delivery_event(self._clock, EventTag.DELIVERY_DELAYED, delivery=one, system=None) for one in overdue],
            )
        for delivery in overdue:
            self._metrics.count_overdue(PriorityLabel.of(delivery.priority_rank))
            logger.warning(LogEvent.DELIVERY_DELAYED, delivery=delivery.delivery_id, envelope=delivery.envelope_id)
        return len(overdue)

    def tell_unanswered(self) -> int:
        """Return how many recipients have not answered a recall or an update in time: an alarm is raised, once each."""
        with self._transactions.begin() as session:
            overdue = due_demands(session, self._clock.now(), limit=BATCH)
            events = []
            for record in overdue:
                delivery = get_delivery(session, record.delivery_id)
                if delivery is not None:
                    tag, by = unanswered_event(record.demand.kind), {"by": str(record.demand.envelope_id)}
                    event = delivery_event(self._clock, tag, delivery=delivery, system=None)
                    events.append(replace(event, details=by))
                settle_demand(session, replace(record, due_at=None, alarmed_at=self._clock.now()))
            append_events(session, events)
        self._metrics.count_unanswered(len(overdue))
        for record in overdue:
            logger.warning(LogEvent.DEMAND_UNANSWERED, envelope=record.demand.original_id, delivery=record.delivery_id)
        return len(overdue)

    def _endings(self, session: WriteSession, due: Iterable[Delivery]) -> Iterator[_Ending]:
        """Yield how each delivery ends; what cannot be ended is put off here."""
        due = tuple(due)
        envelopes = find_envelopes(session, {one.envelope_id for one in due})
        for delivery in due:
            envelope = envelopes.get(delivery.envelope_id)
            try:
                yield self._ending(delivery, is_status=envelope is not None and envelope.is_status)
            except _POISON as error:
                logger.error(LogEvent.WORK_FAILED, work="end_due", delivery=delivery.delivery_id, exc_info=error)
                settle_delivery(session, replace(delivery, due_at=self._clock.now() + PUT_OFF))

    def _ending(self, delivery: Delivery, *, is_status: bool) -> _Ending:
        event = delivery_event(self._clock, DEADLINES[delivery.state].event, delivery=delivery, system=None)
        state = next_state(delivery, event.tag)
        return _Ending(
            stepped(delivery, state, at=event.at),
            event,
            tuple(owed_for((event,), is_status=is_status, priority_rank=delivery.priority_rank)),
        )
