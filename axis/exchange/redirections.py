"""Deliveries given to another agency: one is withdrawn and one made, in one transaction, each naming the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from axis.clock import Clock
from axis.exchange.happenings import delivery_event, owed_for
from axis.exchange.notices import notices_of
from envelopes.codes import BusinessDocType
from envelopes.identifiers import DeliveryId, EnvelopeId, OrganId
from routing.agencies import Agency
from routing.audience import Audience
from routing.calendar import WorkingCalendar
from routing.delivery import Delivery
from routing.directory import Directory
from routing.events import EventTag
from routing.lifecycle import DeliveryState, deadline_of
from routing.patience import alarm_at
from routing.redirection import Circumstances, Obstacle, find_obstacle, has_it
from storage.database.deliveries import (
    deliveries_to,
    insert_deliveries,
    lock_records,
    withdraw_deliveries,
)
from storage.database.demands import demands_of, lock_documents
from storage.database.envelopes import find_envelopes
from storage.database.events import append_events
from storage.database.owed import owe
from storage.database.transactions import ReadSession, Transactions, WriteSession
from storage.database.webhooks import insert_notices
from storage.records import DeliveryRecord, EnvelopeRecord, EventRecord, JsonObject, Notice, OwedEvidence


@dataclass(frozen=True, slots=True)
class Redirect:
    """What is to be done: which agency gets the deliveries, by which event, and on whose word (for the event)."""

    target: Agency
    event: EventTag
    word: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A delivery that stays where it is, as it was found, and why."""

    delivery: Delivery
    obstacle: Obstacle


@dataclass(frozen=True, slots=True)
class Redirected:
    """What came of it: what was taken from its recipient, what was made instead, and what stayed.

    Less may be made than was taken: who has a delivery of the message already gets no second one.
    """

    taken: tuple[Delivery, ...] = ()
    made: tuple[DeliveryRecord, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()

    def __add__(self, other: Redirected) -> Redirected:
        """Return both together."""
        return Redirected(self.taken + other.taken, self.made + other.made, self.passed_over + other.passed_over)


@dataclass(slots=True)
class _Rows:
    """What one transaction writes."""

    taken: list[Delivery] = field(default_factory=list)
    made: list[DeliveryRecord] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    events: list[EventRecord] = field(default_factory=list)
    owed: list[OwedEvidence] = field(default_factory=list)
    passed_over: list[PassedOver] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Redirections:
    """Gives deliveries to other agencies, in transactions that the caller cuts small; harmless to repeat."""

    transactions: Transactions
    clock: Clock
    calendar: WorkingCalendar

    def give(self, chosen: Sequence[Delivery], redirect: Redirect, *, directory: Directory) -> Redirected:
        """Return what became of deliveries, all of them in one transaction.

        1. Their documents are locked, as a recall locks them, then the deliveries: a recall, a fetch and another
           redirect come before or find what was done here.
        2. What was fetched, is over, or would come back to its recipient or sender stays; so does what was asked back
           from the agency that it would go to.
        3. The rest is withdrawn. The agency gets a delivery of each message, unless it has one: with a deadline and an
           alarm of its own, counted from now, for it had no chance before.
        """
        if not chosen:
            return Redirected()
        return self.transactions.run(partial(self._give, chosen=chosen, redirect=redirect, directory=directory))

    def hindered(self, chosen: Sequence[Delivery], redirect: Redirect) -> tuple[PassedOver, ...]:
        """Return which of the deliveries would stay as things stand now, and why; changes nothing."""
        with self.transactions.read() as session:
            envelopes = find_envelopes(session, {one.envelope_id for one in chosen})
            stay = find_hindered(session, chosen, redirect=redirect, envelopes=envelopes)
        return tuple(PassedOver(one, stay[one.delivery_id]) for one in chosen if one.delivery_id in stay)

    def _give(
        self, session: WriteSession, *, chosen: Sequence[Delivery], redirect: Redirect, directory: Directory
    ) -> Redirected:
        envelopes = find_envelopes(session, {one.envelope_id for one in chosen})
        lock_documents(session, _documents(envelopes))
        found = lock_records(session, [one.delivery_id for one in chosen])
        target, rows = redirect.target.organ_id, _Rows()
        stay = find_hindered(session, [one.delivery for one in found], redirect=redirect, envelopes=envelopes)
        there = deliveries_to(session, target, envelopes=tuple(envelopes))
        having = {one.envelope_id: one for one in there if has_it(one)}
        for record in found:
            obstacle = stay.get(record.delivery.delivery_id)
            if obstacle is not None:
                rows.passed_over.append(PassedOver(record.delivery, obstacle))
                continue
            envelope = envelopes[record.delivery.envelope_id]
            self._take(record, envelope, redirect=redirect, having=having, rows=rows)
        self._tell(rows, directory, redirect=redirect, envelopes=envelopes)
        _write(session, rows, clock=self.clock)
        return Redirected(tuple(rows.taken), tuple(rows.made), tuple(rows.passed_over))

    def _take(
        self,
        record: DeliveryRecord,
        envelope: EnvelopeRecord,
        *,
        redirect: Redirect,
        having: dict[EnvelopeId, Delivery],
        rows: _Rows,
    ) -> None:
        """Take one delivery from its recipient, and make the one that stands in its place, or name the one there is."""
        former = record.delivery
        there = having.get(former.envelope_id)
        made = None if there is not None else self._make(record, redirect.target.organ_id, is_status=envelope.is_status)
        if made is not None:
            having[former.envelope_id] = made.delivery
            rows.made.append(made)
        latter = having[former.envelope_id]
        taken = delivery_event(self.clock, redirect.event, delivery=former, system=None)
        told = {"to": str(latter.recipient), "delivery": str(latter.delivery_id), **redirect.word}
        happened = [replace(taken, details=told)]
        if made is not None:
            consigned = delivery_event(self.clock, EventTag.DELIVERY_CONSIGNED, delivery=made.delivery, system=None)
            origin = {"from": str(former.recipient), "delivery": str(former.delivery_id), "by": redirect.event.value}
            happened.append(replace(consigned, at=made.delivery.accepted_at, details={**origin, **redirect.word}))
        rows.taken.append(former)
        rows.events += happened
        rows.owed += owed_for(happened, is_status=envelope.is_status, priority_rank=former.priority_rank)

    def _make(self, record: DeliveryRecord, target: OrganId, *, is_status: bool) -> DeliveryRecord:
        former, now = record.delivery, self.clock.now()
        alarm = None if is_status else alarm_at(former.priority_rank, now, calendar=self.calendar)
        delivery = Delivery(
            delivery_id=DeliveryId(self.clock.mint(now)),
            envelope_id=former.envelope_id,
            recipient=target,
            state=DeliveryState.CONSIGNED,
            priority_rank=former.priority_rank,
            accepted_at=now,
            due_at=deadline_of(DeliveryState.CONSIGNED, accepted_at=now, entered_at=now),
            alarm_at=alarm,
        )
        return DeliveryRecord(delivery, record.asked_as, former.delivery_id)

    def _tell(
        self, rows: _Rows, directory: Directory, *, redirect: Redirect, envelopes: Mapping[EnvelopeId, EnvelopeRecord]
    ) -> None:
        """Add who is told of the new deliveries."""
        told = Audience(directory).of(redirect.target)
        for one in rows.made:
            is_status = envelopes[one.delivery.envelope_id].is_status
            rows.notices += notices_of(told, one.delivery, is_status=is_status, clock=self.clock)


def _documents(envelopes: Mapping[EnvelopeId, EnvelopeRecord]) -> tuple[EnvelopeId, ...]:
    """Return the messages, and the documents that they speak of: what a recall of either locks."""
    originals = (one.original_id for one in envelopes.values() if one.original_id is not None)
    return tuple(dict.fromkeys((*envelopes, *originals)))


def find_hindered(
    session: ReadSession,
    deliveries: Sequence[Delivery],
    *,
    redirect: Redirect,
    envelopes: Mapping[EnvelopeId, EnvelopeRecord],
) -> Mapping[DeliveryId, Obstacle]:
    """Return which deliveries stay where they are, and why.

    What was asked back is the document, and the updates that carry it: a recall, or a status, still goes there.
    """
    target = redirect.target.organ_id
    asked = demands_of(session, _documents(envelopes), recipients=(target,))
    barred = {one.demand.original_id for one in asked if one.demand.is_barring}
    found: dict[DeliveryId, Obstacle] = {}
    for delivery in deliveries:
        envelope = envelopes.get(delivery.envelope_id)
        if envelope is None:
            found[delivery.delivery_id] = Obstacle.NOT_AT_DISPOSAL
            continue
        is_update = envelope.business_type is BusinessDocType.UPDATE
        is_barred = (envelope.original_id if is_update else envelope.envelope_id) in barred
        given = Circumstances(target, envelope.sender, is_barred=is_barred)
        obstacle = find_obstacle(delivery, redirect.event, given=given)
        if obstacle is not None:
            found[delivery.delivery_id] = obstacle
    return found


def _write(session: WriteSession, rows: _Rows, *, clock: Clock) -> None:
    withdraw_deliveries(session, rows.taken, at=clock.now())
    insert_deliveries(session, rows.made)
    insert_notices(session, rows.notices)
    append_events(session, rows.events)
    owe(session, rows.owed)


def in_batches(chosen: Iterable[Delivery], size: int) -> Iterator[tuple[Delivery, ...]]:
    """Yield the deliveries in parts of at most `size`."""
    waiting = tuple(chosen)
    for start in range(0, len(waiting), size):
        yield waiting[start : start + size]
