"""Where is my document: what happened to an envelope, for those it concerns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from axis.caller import Caller
from axis.errors import NotFound
from axis.exchange.offers import Content
from axis.inquiry.views import (
    DeliveryTrace,
    EnvelopePage,
    EnvelopeView,
    EventView,
    EvidenceView,
    StatusView,
    Trace,
)
from envelopes.codes import StatusCode
from envelopes.evidence_facts import MessageKind
from envelopes.identifiers import DocumentId, EnvelopeId, EventId, EvidenceId, OrganId
from storage import records
from storage.blobs import BlobStore
from storage.database.deliveries import deliveries_of
from storage.database.envelopes import envelopes_sent_by, find_envelopes, get_envelope
from storage.database.evidences import get_evidence
from storage.database.submissions import find_original
from storage.database.traces import trace
from storage.database.transactions import ReadSession, Transactions

_RANKS: Final = {
    StatusCode.ARRIVED: 1,
    StatusCode.REFUSED: 2,
    StatusCode.RECEIVED: 2,
    StatusCode.ASSIGNED: 3,
    StatusCode.IN_PROCESS: 4,
    StatusCode.COMPLETED: 5,
}
"""The order of statuses with one time (domain §1.6); codes about taking back say nothing of progress."""


class Tracer:
    """Answers parties only: the sender sees every recipient, a recipient sees itself, for others there is nothing."""

    def __init__(self, transactions: Transactions, blobs: BlobStore) -> None:
        self._transactions = transactions
        self._blobs = blobs

    def envelope(self, envelope_id: EnvelopeId, caller: Caller) -> EnvelopeView:
        """Return an envelope by its metadata; raises `NotFound` unless the caller is a party."""
        with self._transactions.read() as session:
            envelope = _find(session, envelope_id)
            if not caller.may_act_for(envelope.sender) and not _own_recipients(session, envelope_id, caller):
                raise NotFound
        return view_of(envelope)

    def trace(self, envelope_id: EnvelopeId, caller: Caller) -> Trace:
        """Return what happened, one trace for each recipient the caller may see; raises `NotFound`."""
        with self._transactions.read() as session:
            found = trace(session, envelope_id)
        if found is None:
            raise NotFound
        is_sender = caller.may_act_for(found.envelope.sender)
        visible = [one for one in found.deliveries if is_sender or caller.may_act_for(one.delivery.recipient)]
        if not is_sender and not visible:
            raise NotFound
        evidence = {one.event_id: one.evidence_id for one in found.evidences}
        own = [one for one in found.events if one.delivery_id is None] if is_sender else []
        return Trace(
            envelope=view_of(found.envelope),
            events=_events(own, evidence),
            deliveries=tuple(_delivery(one, found, evidence, caller) for one in visible),
        )

    def sent(
        self, caller: Caller, *, document_id: DocumentId | None, after: EnvelopeId | None, limit: int
    ) -> EnvelopePage:
        """Return what the caller's agencies sent, newest first; with `document_id` only the documents of that id."""
        senders = caller.agencies()
        with self._transactions.read() as session:
            if document_id is not None:
                found = _originals(session, senders, document_id)
                return EnvelopePage(tuple(view_of(one) for one in found), None)
            page = envelopes_sent_by(session, senders, limit=limit + 1, before=after)
        shown = page[:limit]
        return EnvelopePage(
            items=tuple(view_of(one) for one in shown),
            next=shown[-1].envelope_id if len(page) > limit else None,
        )

    def content(self, envelope_id: EnvelopeId, caller: Caller) -> Content:
        """Return the original octets to their sender; recipients fetch theirs through their delivery."""
        with self._transactions.read() as session:
            envelope = _find(session, envelope_id)
        if not caller.may_act_for(envelope.sender):
            raise NotFound
        return Content(envelope_id, envelope.raw_digest.hex(), self._blobs.get(envelope.raw_digest))

    def evidences(self, envelope_id: EnvelopeId, caller: Caller) -> tuple[EvidenceView, ...]:
        """Return the evidence about an envelope that the caller may see, oldest first; raises `NotFound`."""
        with self._transactions.read() as session:
            found = trace(session, envelope_id)
        if found is None:
            raise NotFound
        mine = {one.delivery.delivery_id for one in found.deliveries if caller.may_act_for(one.delivery.recipient)}
        is_sender = caller.may_act_for(found.envelope.sender)
        if not is_sender and not mine:
            raise NotFound
        visible = (one for one in found.evidences if is_sender or one.delivery_id in mine)
        return tuple(
            EvidenceView(one.evidence_id, one.type, one.issued_at, one.digest.hex(), one.delivery_id) for one in visible
        )

    def evidence(self, evidence_id: EvidenceId, caller: Caller) -> bytes:
        """Return one sealed evidence, octet for octet, to a party of what it is about; raises `NotFound`.

        A rejection has no envelope: it was the answer to the caller, and is not asked for again here.
        """
        with self._transactions.read() as session:
            record = get_evidence(session, evidence_id)
            if record is None or record.envelope_id is None:
                raise NotFound
            envelope = _find(session, record.envelope_id)
            if not caller.may_act_for(envelope.sender):
                mine = _own_recipients(session, record.envelope_id, caller)
                if record.delivery_id not in {one.delivery.delivery_id for one in mine}:
                    raise NotFound
        return record.octets


def view_of(envelope: records.EnvelopeRecord) -> EnvelopeView:
    """Return an accepted message by its metadata."""
    return EnvelopeView(
        envelope_id=envelope.envelope_id,
        kind=MessageKind.STATUS if envelope.is_status else MessageKind.DOCUMENT,
        sender=envelope.sender,
        accepted_at=envelope.accepted_at,
        raw_digest=envelope.raw_digest.hex(),
        content_digest=envelope.content_digest.hex(),
        size=envelope.size,
        priority_rank=envelope.priority_rank,
        business_type=None if envelope.business_type is None else envelope.business_type.value,
        status_code=None if envelope.status_code is None else str(envelope.status_code),
        document_id=envelope.document_id,
        number=envelope.number,
        notation=envelope.notation,
        subject=envelope.subject,
    )


def current_status(statuses: Iterable[StatusView]) -> StatusView | None:
    """Return the status that counts: the speaker's latest, then the furthest, then the last to arrive (domain §1.6)."""
    return max(statuses, key=_weight, default=None)


def _weight(status: StatusView) -> tuple[float, int, str]:
    said = status.said_at.timestamp() if status.said_at else 0.0
    code = StatusCode.read(status.code)
    return said, _RANKS.get(code, 0) if isinstance(code, StatusCode) else 0, str(status.envelope_id)


def _find(session: ReadSession, envelope_id: EnvelopeId) -> records.EnvelopeRecord:
    envelope = get_envelope(session, envelope_id)
    if envelope is None:
        raise NotFound
    return envelope


def _own_recipients(
    session: ReadSession, envelope_id: EnvelopeId, caller: Caller
) -> tuple[records.DeliveryRecord, ...]:
    found = deliveries_of(session, envelope_id)
    return tuple(one for one in found if caller.may_act_for(one.delivery.recipient))


def _originals(
    session: ReadSession, senders: Iterable[OrganId], document_id: DocumentId
) -> tuple[records.EnvelopeRecord, ...]:
    ids = [found for sender in senders if (found := find_original(session, sender, document_id)) is not None]
    return tuple(find_envelopes(session, ids).values())


def _events(events: Iterable[records.EventRecord], evidence: Mapping[EventId, EvidenceId]) -> tuple[EventView, ...]:
    return tuple(EventView(one.event_id, one.tag, one.at, evidence.get(one.event_id)) for one in events)


def _delivery(
    record: records.DeliveryRecord, found: records.Trace, evidence: Mapping[EventId, EvidenceId], caller: Caller
) -> DeliveryTrace:
    delivery = record.delivery
    agency = caller.directory.resolve(delivery.recipient)
    statuses = tuple(_status(one) for one in found.answers if one.is_status and one.sender == delivery.recipient)
    return DeliveryTrace(
        delivery_id=delivery.delivery_id,
        recipient=delivery.recipient,
        name=agency.name_vi if agency else str(delivery.recipient),
        asked_as=record.asked_as,
        state=delivery.state,
        events=_events((one for one in found.events if one.delivery_id == delivery.delivery_id), evidence),
        statuses=statuses,
        current=current_status(statuses),
    )


def _status(record: records.EnvelopeRecord) -> StatusView:
    return StatusView(
        code=str(record.status_code),
        said_at=record.said_at,
        accepted_at=record.accepted_at,
        envelope_id=record.envelope_id,
        description=record.description,
    )
