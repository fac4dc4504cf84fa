"""The recipient's side: taking turns at what waits, fetching it, and acknowledging it with a signature."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from axis.caller import Caller
from axis.errors import LeasedElsewhere, LeaseLost, NotFound, Recalled, Withdrawn
from axis.exchange.contents import WHOLE, Content, Part, open_content, open_file
from axis.exchange.happenings import delivery_event, owed_for
from axis.exchange.links import links_of
from axis.exchange.offers import DeliveryView, LeaseGrant, offer_of
from axis.exchange.premises import Premises
from axis.logs import LogEvent, logger
from axis.metrics import LeaseOutcome
from envelopes.identifiers import DeliveryId, EnvelopeId, OrganId
from routing.delivery import Delivery, Lease, LeaseId
from routing.events import EventTag
from routing.leases import LeaseTerms, holds, is_live
from routing.lifecycle import DeliveryState
from storage.database.deliveries import (
    get_delivery,
    get_delivery_record,
    lease_deliveries,
    lock_delivery,
    release_lease,
    settle_delivery,
)
from storage.database.envelopes import find_envelopes, get_envelope
from storage.database.events import append_events
from storage.database.owed import owe
from storage.database.transactions import ReadSession, WriteSession
from storage.records import DeliveryRecord, EnvelopeRecord, EventRecord


class Handover:
    """Leases, content and acknowledgements. What does not concern the caller is not found, whatever the reason."""

    def __init__(self, premises: Premises) -> None:
        self._transactions = premises.transactions
        self._blobs = premises.blobs
        self._clock = premises.clock
        self._metrics = premises.metrics

    def lease(self, caller: Caller, *, recipients: tuple[OrganId, ...] | None, terms: LeaseTerms) -> LeaseGrant:
        """Return what waits for the recipients, reserved for the caller; urgent first, then the oldest.

        Without `recipients` all agencies the caller may act for. Raises `NotFound` where one is not the caller's.
        """
        wanted = caller.agencies() if recipients is None else tuple(_own(caller, one) for one in recipients)
        now = self._clock.now()
        lease = Lease(LeaseId(self._clock.mint(now)), caller.system.system_id, now + terms.duration)
        with self._transactions.begin() as session:
            taken = lease_deliveries(session, wanted, lease=lease, limit=terms.count, now=now)
            envelopes = find_envelopes(session, [one.delivery.envelope_id for one in taken])
            lapsed = [one.delivery for one in taken if one.lapsed is not None]
            events = [self._event(EventTag.DELIVERY_LEASE_EXPIRED, one) for one in lapsed]
            for one in taken:
                if one.came_from is not DeliveryState.CONSIGNED:
                    events.append(self._consign(session, one.delivery, envelopes=envelopes))
                events.append(self._event(EventTag.DELIVERY_LEASED, one.delivery, caller=caller))
            append_events(session, events)
            links = links_of(session, envelopes, caller=caller)
        if not taken:
            return LeaseGrant()
        self._metrics.count_lease(LeaseOutcome.TAKEN)
        logger.info(LogEvent.DELIVERY_LEASED, lease=lease.lease_id, deliveries_count=len(taken))
        offers = tuple(
            offer_of(
                one.delivery,
                one.asked_as,
                envelope=envelopes[one.delivery.envelope_id],
                links=links.get(one.delivery.envelope_id),
            )
            for one in taken
        )
        return LeaseGrant(offers, lease.lease_id, lease.until)

    def _consign(
        self, session: WriteSession, delivery: Delivery, *, envelopes: Mapping[EnvelopeId, EnvelopeRecord]
    ) -> EventRecord:
        """Return the event of what was to be pushed and is pulled instead, having written which evidence it owes."""
        event = self._event(EventTag.DELIVERY_CONSIGNED, delivery)
        is_status = envelopes[delivery.envelope_id].is_status
        owe(session, owed_for((event,), is_status=is_status, priority_rank=delivery.priority_rank))
        return event

    def release(self, lease_id: LeaseId, caller: Caller) -> int:
        """Return how many deliveries of the caller's lease went back, for anybody to take at once."""
        with self._transactions.begin() as session:
            released = release_lease(session, lease_id, system_id=caller.system.system_id)
            append_events(session, [self._event(EventTag.DELIVERY_RELEASED, one, caller=caller) for one in released])
        if released:
            self._metrics.count_lease(LeaseOutcome.RELEASED)
            logger.info(LogEvent.DELIVERY_RELEASED, lease=lease_id, deliveries_count=len(released))
        return len(released)

    def delivery(self, delivery_id: DeliveryId, caller: Caller) -> DeliveryView:
        """Return one delivery of the caller's agencies; raises `NotFound`."""
        with self._transactions.read() as session:
            record, envelope = find_own(session, delivery_id, caller=caller)
            links = links_of(session, (envelope.envelope_id,), caller=caller)
        delivery = record.delivery
        return DeliveryView(
            offer=offer_of(delivery, record.asked_as, envelope=envelope, links=links.get(envelope.envelope_id)),
            state=delivery.state,
            leased_until=delivery.lease.until if delivery.lease else None,
            fetched_at=delivery.fetched_at,
            final_at=delivery.final_at,
            recalled_at=delivery.recalled_at,
        )

    def content(self, delivery_id: DeliveryId, caller: Caller, *, part: Part = WHOLE) -> Content:
        """Return the original octets, to whoever holds the lease or has acknowledged the delivery.

        Nothing is opened for whoever has no turn: that reads and hashes the whole object. The fetch is recorded and
        committed before the first octet leaves: from then on a recall goes by notice.
        Raises `NotFound`, `PartAbsent`, `LeasedElsewhere`, `LeaseLost`; `Withdrawn` where its sender took it back
        before, `Recalled` where its recipient agreed to give it back.
        """
        return self._fetched(delivery_id, caller, opened=partial(open_content, self._blobs, part=part))

    def file(self, delivery_id: DeliveryId, number: int, *, caller: Caller, part: Part = WHOLE) -> Content:
        """Return one file, counted from 1, of a package whose files travel beside its message; otherwise as `content`.

        Raises `NotFound` where there is no such file, and where the files stand in the message.
        """
        return self._fetched(delivery_id, caller, opened=partial(open_file, self._blobs, number=number, part=part))

    def _fetched(
        self, delivery_id: DeliveryId, caller: Caller, *, opened: Callable[[EnvelopeRecord], Content]
    ) -> Content:
        with self._transactions.read() as session:
            record, envelope = find_own(session, delivery_id, caller=caller)
        self._require_turn(record.delivery, caller)
        content = opened(envelope)
        try:
            self._record_fetch(delivery_id, caller)
        except BaseException:
            content.close()
            raise
        content.require = partial(self._require_given, delivery_id)
        logger.info(LogEvent.CONTENT_FETCHED, delivery=delivery_id, envelope=envelope.envelope_id)
        return content

    def _require_given(self, delivery_id: DeliveryId) -> None:
        """Raise where the content was taken back, or is held, while its octets leave; a lease may run out meanwhile."""
        with self._transactions.glance() as session:
            delivery = get_delivery(session, delivery_id)
        if delivery is None:
            raise NotFound
        _require_not_taken_back(delivery)
        if delivery.state is DeliveryState.HELD:
            raise LeaseLost

    def _record_fetch(self, delivery_id: DeliveryId, caller: Caller) -> None:
        """Record the first fetch of a delivery; raises where the caller has no turn at it."""
        with self._transactions.begin() as session:
            delivery = lock_delivery(session, delivery_id)
            if delivery is None:
                raise NotFound
            self._require_turn(delivery, caller)
            if delivery.fetched_at is None:
                settle_delivery(session, replace(delivery, fetched_at=self._clock.now()))
                append_events(session, [self._event(EventTag.DELIVERY_FETCHED, delivery, caller=caller)])

    def _require_turn(self, delivery: Delivery, caller: Caller) -> None:
        """Raise unless the caller may have the content: its lease is live, or the handover is done.

        What was taken back comes first: it is given to nobody, whatever turn it has.
        """
        lease, now = delivery.lease, self._clock.now()
        _require_not_taken_back(delivery)
        if delivery.state is DeliveryState.HANDED_OVER:
            return
        if lease is None or not is_live(lease, now):
            raise LeaseLost
        if not holds(caller.system.system_id, lease.lease_id, delivery=delivery, moment=now):
            raise LeasedElsewhere

    def _event(self, tag: EventTag, delivery: Delivery, *, caller: Caller | None = None) -> EventRecord:
        return delivery_event(self._clock, tag, delivery=delivery, system=caller.system.system_id if caller else None)


def _require_not_taken_back(delivery: Delivery) -> None:
    if delivery.state is DeliveryState.WITHDRAWN:
        raise Withdrawn
    if delivery.recalled_at is not None:
        raise Recalled


def find_own(session: ReadSession, delivery_id: DeliveryId, *, caller: Caller) -> tuple[DeliveryRecord, EnvelopeRecord]:
    """Return a delivery of the caller's agencies with its envelope; raises `NotFound` for every other id alike."""
    record = get_delivery_record(session, delivery_id)
    if record is None or not caller.may_act_for(record.delivery.recipient):
        raise NotFound
    envelope = get_envelope(session, record.delivery.envelope_id)
    if envelope is None:
        raise NotFound
    return record, envelope


def _own(caller: Caller, organ_id: OrganId) -> OrganId:
    """Return the canonical id of an agency the caller may act for; any of its ids may be given."""
    agency = caller.directory.resolve(organ_id)
    if agency is None or not caller.may_act_for(agency.organ_id):
        raise NotFound
    return agency.organ_id
