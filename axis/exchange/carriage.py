"""Whole packages on their way to connected systems' webhooks: taken in hand, posted, and settled by the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from axis.caller import Caller
from axis.channels.webhooks import Answered, Load, Webhooks
from axis.clock import is_due_again
from axis.errors import NotFound
from axis.exchange.acknowledging import Acknowledgements, Heard
from axis.exchange.contents import WHOLE, Content, open_content
from axis.exchange.happenings import delivery_event, owed_for
from axis.exchange.notices import Herald
from axis.exchange.premises import Premises
from axis.logs import LogEvent, logger
from axis.metrics import DeliveryOutcome
from envelopes.errors import Finding, Phrase
from routing.agencies import System
from routing.carriage import Occasion, carriage_event, occasion
from routing.delivery import Delivery, Lease, LeaseId, next_state, stepped
from routing.directory import Directory
from routing.events import EventTag
from routing.leases import LEASE_TIME_DEFAULT, AcknowledgementJudgement, AcknowledgementRefused, Settled
from routing.lifecycle import DeliveryState, deadline_of
from routing.webhooks import CallOutcome, WebhookAddress, WebhookMode
from storage.database.carried import uncarried
from storage.database.deliveries import get_delivery, lock_delivery, settle_delivery
from storage.database.envelopes import find_envelopes, get_envelope
from storage.database.events import append_events
from storage.database.owed import owe
from storage.database.transactions import WriteSession
from storage.database.webhooks import hasten_deliveries
from storage.errors import BlobStoreUnavailable, StorageError, StoreFault
from storage.records import EventRecord, Notice

PIECE_BYTES: Final = 64 * 1024
"""Octets read and sent at a time, as for downloads."""

GLANCE_EVERY: Final = timedelta(seconds=1)
"""Between two looks at a delivery whose octets leave: what was given back goes no further, and eight minutes of a
slow line cost the database five hundred glances at a key."""

TURN_OVER_EVERY: Final = timedelta(seconds=30)
"""Between two looks for what nobody is to push any more: each looks at all that is under way, perhaps thousands."""

BATCH: Final = 500
"""Deliveries put at their recipients' disposal in one transaction: nobody waits behind it."""


class CalledOff(Exception):
    """It is not to be carried on: withdrawn, held, somebody else's turn, or its system is not served any more."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A package in a courier's hands: the notice, the delivery as it was taken, and the system that gets it.

    `is_shared` says that another system of the recipient can take it as well, now or once its suspension is over.
    """

    notice: Notice
    delivery: Delivery
    system: System
    is_shared: bool = False

    def is_held_by(self, delivery: Delivery) -> bool:
        """Return whether a delivery, as it stands now, still is as it was taken."""
        taken = self.delivery
        if delivery.lease is None or taken.lease is None or delivery.state is not taken.state:
            return False
        return delivery.lease.lease_id == taken.lease.lease_id

    def among(self, directory: Directory) -> Carried:
        """Return it with what the directory says of the recipient's other systems."""
        others = (one for one in directory.systems if one.system_id != self.system.system_id)
        recipient = self.delivery.recipient
        return replace(self, is_shared=any(directory.is_in_scope(one, recipient) for one in others))


@dataclass(frozen=True, slots=True)
class Landed:
    """What a call did: `delivery` as it stands now, None where it was not this courier's any more.

    `step` is the event by which it came there, None where it moved nowhere. `remark` is what became of the
    acknowledgement in the answer; `judgement` belongs to one that was `heard`.
    """

    delivery: Delivery | None = None
    step: EventTag | None = None
    remark: str | None = None
    heard: Heard | None = None
    judgement: AcknowledgementJudgement | None = None


class Carriage:
    """Carries one package at a time. No transaction is open while somebody is called.

    `directory` returns the one in effect, which is asked before each piece: who is suspended gets no more of it.
    """

    def __init__(
        self,
        premises: Premises,
        webhooks: Webhooks,
        *,
        herald: Herald,
        acknowledgements: Acknowledgements,
        directory: Callable[[], Directory],
    ) -> None:
        self._transactions = premises.transactions
        self._blobs = premises.blobs
        self._clock = premises.clock
        self._metrics = premises.metrics
        self._bell = premises.bell
        self._webhooks = webhooks
        self._herald = herald
        self._acknowledgements = acknowledgements
        self._directory = directory

    def take(self, session: WriteSession, notice: Notice, *, system: System, until: datetime) -> Carried | None:
        """Return a delivery taken in hand until then, None where its occasion has passed.

        What is at its recipient's disposal already is leased for the system, as if it pulled.
        """
        now = self._clock.now()
        delivery = lock_delivery(session, notice.delivery_id)
        if delivery is None or occasion(WebhookMode.PACKAGE, delivery, moment=now) is not Occasion.NOW:
            return None
        lease = Lease(LeaseId(self._clock.mint(now)), system.system_id, until)
        if delivery.state is DeliveryState.CONSIGNED:
            taken = replace(delivery, lease=lease)
            tags = [EventTag.DELIVERY_LEASE_EXPIRED] if delivery.lease else []
            tags.append(EventTag.DELIVERY_LEASED)
        else:
            state = next_state(delivery, EventTag.CARRIAGE_LEASED)
            due_at = deadline_of(state, accepted_at=delivery.accepted_at, entered_at=now)
            taken = replace(delivery, state=state, lease=lease, due_at=due_at, attempts=delivery.attempts + 1)
            tags = [EventTag.CARRIAGE_LEASED]
        settle_delivery(session, taken)
        append_events(session, [self._event(tag, taken, system=system) for tag in tags])
        return Carried(notice, taken, system)

    def call(self, carried: Carried, address: WebhookAddress) -> Answered:
        """Return what became of the call, signed anew, with the original octets as they are read from the store.

        Before the first of them leaves, that is committed: from then on a recall goes by notice. A receiver that does
        not even answer the telephone has been given nothing.
        """
        try:
            with self._transactions.read() as session:
                envelope = get_envelope(session, carried.delivery.envelope_id)
            if envelope is None:
                raise LookupError("a delivery of no envelope")
            with closing(open_content(self._blobs, envelope, part=WHOLE)) as content:
                self._require_time(carried)
                fields = self._herald.package(
                    carried.notice, envelope, media_type=content.media_type, address=address, at=self._clock.now()
                )
                load = Load(self._pieces(carried, content), envelope.raw_digest)
                return self._webhooks.carry(address, fields, load=load)
        except CalledOff:
            return Answered(CallOutcome.CALLED_OFF)
        except StorageError as error:
            logger.error(LogEvent.STORE_UNAVAILABLE, delivery=carried.delivery.delivery_id, exc_info=error)
            return Answered(CallOutcome.NOT_READ)

    def hear(self, carried: Carried, answered: Answered, *, directory: Directory) -> Heard | Finding | None:
        """Return the acknowledgement in an answer, why it is none, or None where it brought none.

        `directory` is that of now: who was suspended during the call, or may not act for the recipient any more, says
        nothing.
        """
        system = directory.system(carried.system.system_id)
        if not answered.acknowledgement or system is None or not system.is_active:
            return None
        token = answered.acknowledgement.decode("ascii", errors="replace").strip()
        try:
            return self._acknowledgements.hear(carried.delivery.delivery_id, token, caller=Caller(system, directory))
        except NotFound:
            return None

    def settle(
        self, session: WriteSession, carried: Carried, *, answered: Answered, heard: Heard | Finding | None
    ) -> Landed:
        """Return what the call did to the delivery, written in this session; nothing where it is not ours any more.

        A package that was taken is consigned, whatever comes of the acknowledgement beside it; that is judged as if the
        system had brought it itself, in the lease that it gets for that. Both are one commit.
        """
        delivery = lock_delivery(session, carried.delivery.delivery_id)
        if delivery is None or not carried.is_held_by(delivery):
            return Landed()
        after, event = self._after(delivery, carried, answered=answered)
        settle_delivery(session, after)
        if event is not None:
            append_events(session, (event,))
            is_status = carried.notice.is_status
            owe(session, owed_for((event,), is_status=is_status, priority_rank=after.priority_rank))
        landed = Landed(after, None if event is None else event.tag)
        if answered.outcome is not CallOutcome.TAKEN:
            if answered.outcome.is_permanent:
                hasten_deliveries(session, (after.delivery_id,), now=self._clock.now())
            return landed
        landed = self._acknowledge(session, landed, carried=carried, heard=heard)
        if answered.cut_short is not None:
            landed = replace(landed, remark=answered.cut_short.value)
        if not isinstance(landed.judgement, Settled):
            hasten_deliveries(session, (after.delivery_id,), now=self._clock.now())
        return landed

    def tell(self, landed: Landed) -> None:
        """Count, log and ring for what is committed."""
        delivery = landed.delivery
        if delivery is None:
            return
        if landed.step is EventTag.DELIVERY_CONSIGNED:
            self._metrics.count_delivery(DeliveryOutcome.CONSIGNED)
        elif landed.step is EventTag.CARRIAGE_REFUSED:
            self._metrics.count_delivery(DeliveryOutcome.REFUSED)
        if landed.heard is not None and isinstance(landed.judgement, Settled):
            self._acknowledgements.told(delivery, landed.judgement, heard=landed.heard)

    def give_back(self, session: WriteSession, carried: Carried) -> None:
        """Write that a package is carried no further: its process ends."""
        delivery = lock_delivery(session, carried.delivery.delivery_id)
        if delivery is None or not carried.is_held_by(delivery):
            return
        tag = EventTag.CARRIAGE_RELEASED
        if delivery.state is DeliveryState.CONSIGNED:
            tag = EventTag.DELIVERY_RELEASED
        event = self._event(tag, delivery, system=carried.system)
        settle_delivery(session, stepped(delivery, next_state(delivery, tag), at=event.at))
        append_events(session, (event,))

    def set_aside(self, session: WriteSession, notice: Notice) -> bool:
        """Return whether a delivery was held because whoever carries it dies; an operator lets it go on."""
        delivery = lock_delivery(session, notice.delivery_id)
        if delivery is None or delivery.state not in {DeliveryState.READY, DeliveryState.DEFERRED}:
            return False
        event = self._event(EventTag.DELIVERY_HELD, delivery)
        settle_delivery(session, stepped(delivery, next_state(delivery, event.tag), at=event.at))
        append_events(session, (replace(event, details={"actor": BY_AXIS, "reason": CRASHED}),))
        return True

    def turn_over(self) -> int:
        """Return how many deliveries that nobody is to carry any more were put at their recipients' disposal."""
        with self._transactions.begin() as session:
            found = uncarried(session, self._clock.now(), limit=BATCH)
            envelopes = find_envelopes(session, {one.envelope_id for one in found})
            for delivery in found:
                event = self._event(EventTag.DELIVERY_CONSIGNED, delivery)
                settle_delivery(session, stepped(delivery, next_state(delivery, event.tag), at=event.at))
                append_events(session, (event,))
                is_status = envelopes[delivery.envelope_id].is_status
                owe(session, owed_for((event,), is_status=is_status, priority_rank=delivery.priority_rank))
            hasten_deliveries(session, [one.delivery_id for one in found], now=self._clock.now())
        self._metrics.count_delivery(DeliveryOutcome.CONSIGNED, len(found))
        for delivery in found:
            self._bell.ring(delivery.envelope_id, (delivery.recipient,))
        if found:
            logger.info(LogEvent.CARRIAGE_TURNED_OVER, deliveries_count=len(found))
        return len(found)

    def _pieces(self, carried: Carried, content: Content) -> Iterator[bytes]:
        self._require_served(carried)
        self._depart(carried)
        looked_at = self._clock.now()
        while octets := content.read(PIECE_BYTES):
            self._require_served(carried)
            if is_due_again(looked_at, now := self._clock.now(), every=GLANCE_EVERY):
                self._require_ours(carried)
                looked_at = now
            yield octets

    def _require_time(self, carried: Carried) -> None:
        """Raise `BlobStoreUnavailable` where a call could outlast the turn, because reading took so long."""
        lease, longest = carried.delivery.lease, timedelta(seconds=self._webhooks.package_seconds)
        if lease is not None and self._clock.now() + longest > lease.until:
            raise BlobStoreUnavailable(StoreFault.SLOW)

    def _require_served(self, carried: Carried) -> None:
        """Raise `CalledOff` where the system is not given anything any more, or not at this address."""
        system = self._directory().system(carried.system.system_id)
        if system is None or not system.is_active or system.webhook != carried.system.webhook:
            raise CalledOff

    def _require_ours(self, carried: Carried) -> None:
        """Raise `CalledOff` where it was given back, withdrawn or held while its octets leave."""
        with self._transactions.glance() as session:
            delivery = get_delivery(session, carried.delivery.delivery_id)
        _held(delivery, carried)

    def _depart(self, carried: Carried) -> None:
        """Commit that the first octet leaves; raises `CalledOff` where the delivery is not ours any more."""
        with self._transactions.begin() as session:
            delivery = _held(lock_delivery(session, carried.delivery.delivery_id), carried)
            if delivery.fetched_at is None:
                settle_delivery(session, replace(delivery, fetched_at=self._clock.now()))
                append_events(session, [self._event(EventTag.DELIVERY_FETCHED, delivery, system=carried.system)])

    def _after(
        self, delivery: Delivery, carried: Carried, *, answered: Answered
    ) -> tuple[Delivery, EventRecord | None]:
        """Return the delivery after a call, and the event of that; none where it was at disposal and stays so."""
        is_taken = answered.outcome is CallOutcome.TAKEN
        tag = carriage_event(answered.outcome, is_shared=carried.is_shared)
        if delivery.state is DeliveryState.CONSIGNED:
            tag = EventTag.DELIVERY_LEASED if is_taken else EventTag.DELIVERY_RELEASED
        event = self._event(tag, delivery, system=carried.system)
        after = stepped(delivery, next_state(delivery, tag), at=event.at)
        if is_taken and delivery.lease is not None:
            after = replace(after, lease=replace(delivery.lease, until=event.at + LEASE_TIME_DEFAULT))
        if is_taken and delivery.state is DeliveryState.CONSIGNED:
            return after, None
        details = {
            "notice": str(carried.notice.notice_id),
            "attempts": delivery.attempts,
            "outcome": answered.outcome.value,
            "http_status": answered.status,
        }
        return after, replace(event, details=details)

    def _acknowledge(
        self, session: WriteSession, landed: Landed, *, carried: Carried, heard: Heard | Finding | None
    ) -> Landed:
        delivery = landed.delivery
        if heard is None or delivery is None:
            return landed
        findings: tuple[Finding, ...] = (heard,) if isinstance(heard, Finding) else ()
        judgement: AcknowledgementJudgement | None = None
        if isinstance(heard, Heard):
            judgement = self._acknowledgements.settle(session, delivery, heard=heard)
            findings = judgement.findings if isinstance(judgement, AcknowledgementRefused) else ()
        if findings:
            system = carried.system.system_id
            self._acknowledgements.note_refusal(session, delivery, findings=findings, system=system)
            return replace(landed, remark=findings[0].code)
        state = judgement.state if isinstance(judgement, Settled) else delivery.state
        said = heard if isinstance(heard, Heard) else None
        return replace(landed, remark=state.value, heard=said, judgement=judgement)

    def _event(self, tag: EventTag, delivery: Delivery, *, system: System | None = None) -> EventRecord:
        return delivery_event(self._clock, tag, delivery=delivery, system=None if system is None else system.system_id)


BY_AXIS: Final = "axis"
"""Who holds what is set aside, in the event that says so."""

CRASHED: Final = "carriage/crashed"
"""Why."""

SET_ASIDE: Final[Phrase] = (
    "tiến trình chuyển gói tin này liên tiếp bị chấm dứt đột ngột",
    "workers died over it several times in a row",
)
"""The same, for people."""


def _held(delivery: Delivery | None, carried: Carried) -> Delivery:
    """Return a delivery, as it stands now, that is still to be carried; raises `CalledOff`."""
    if delivery is None or not carried.is_held_by(delivery) or delivery.recalled_at is not None:
        raise CalledOff
    return delivery
