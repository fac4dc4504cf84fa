"""What happens to deliveries, as events, and the evidence that is owed for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from axis.clock import Clock
from envelopes.identifiers import EventId, SystemId
from routing.delivery import Delivery
from routing.events import EventTag, evidence_owed
from storage.records import EventRecord, OwedEvidence


def delivery_event(clock: Clock, tag: EventTag, *, delivery: Delivery, system: SystemId | None) -> EventRecord:
    """Return the event of something that happens to a delivery now."""
    now = clock.now()
    return EventRecord(
        event_id=EventId(clock.mint(now)),
        tag=tag,
        at=now,
        envelope_id=delivery.envelope_id,
        delivery_id=delivery.delivery_id,
        system_id=system,
        organ_id=delivery.recipient,
    )


def owed_for(events: Iterable[EventRecord], *, is_status: bool, priority_rank: int = 0) -> Iterator[OwedEvidence]:
    """Yield the evidence that events of deliveries owe; `is_status` tells what kind of message they happened to.

    `priority_rank` is the message's: the most urgent is sealed first.
    """
    for event in events:
        owed = evidence_owed(event.tag, is_status=is_status)
        if owed is not None and event.envelope_id is not None:
            yield OwedEvidence(
                event.event_id,
                owed,
                event.envelope_id,
                event.delivery_id,
                event.at,
                due_at=event.at,
                priority_rank=priority_rank,
            )
