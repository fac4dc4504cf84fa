"""Where is my document: what happened to an envelope, for those it concerns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from axis.caller import Caller
from axis.errors import NotFound
from axis.exchange.contents import WHOLE, Content, Part, open_content
from axis.exchange.links import UNLINKED, Links, links_of
from axis.inquiry.verdicts import judgement_by_now
from axis.inquiry.views import (
    DeliveryTrace,
    DemandView,
    EnvelopePage,
    EnvelopeView,
    EventView,
    EvidenceView,
    StatusView,
    Trace,
)
from envelopes.codes import BusinessDocType, StatusCode
from envelopes.evidence_facts import MessageKind
from envelopes.identifiers import DeliveryId, DocumentId, EnvelopeId, EvidenceId, OrganId
from routing.directory import Directory
from storage import records
from storage.blobs import BlobStore
from storage.database.deliveries import deliveries_of, get_delivery
from storage.database.envelopes import envelopes_sent_by, find_envelopes, get_envelope
from storage.database.events import findings_since, get_event
from storage.database.evidences import acceptance_of, evidences_of, get_evidence
from storage.database.submissions import find_originals
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
            if not caller.may_act_for(envelope.sender):
                _own_deliveries(session, envelope_id, caller=caller)
            links = links_of(session, (envelope_id,), caller=caller)
        return view_of(envelope, links.get(envelope_id))

    def trace(self, envelope_id: EnvelopeId, caller: Caller) -> Trace:
        """Return what happened, one trace for each recipient the caller may see; raises `NotFound`."""
        with self._transactions.read() as session:
            envelope = _find(session, envelope_id)
            is_sender = caller.may_act_for(envelope.sender)
            updated = envelope.original_id if envelope.business_type is BusinessDocType.UPDATE else None
            recipients = None if is_sender else caller.agencies()
            found = trace(session, envelope_id, recipients=recipients, updated=updated)
            links = links_of(session, (envelope_id,), caller=caller)
            acceptance, known = acceptance_of(session, envelope_id), findings_since(session, envelope_id)
        if not is_sender and not found.deliveries:
            raise NotFound
        judgement = None if acceptance is None else judgement_by_now(acceptance, known)
        view = view_of(envelope, links.get(envelope_id))
        return replace(_traced(view, found, caller=caller), judgement=judgement)

    def sent(
        self, caller: Caller, *, document_id: DocumentId | None, after: EnvelopeId | None, limit: int
    ) -> EnvelopePage:
        """Return what the caller's agencies sent, newest first; with `document_id` only the documents of that id."""
        senders = caller.agencies()
        with self._transactions.read() as session:
            if document_id is not None:
                found = _originals(session, senders, document_id=document_id)
                links = links_of(session, [one.envelope_id for one in found], caller=caller)
                return EnvelopePage(tuple(view_of(one, links.get(one.envelope_id)) for one in found), None)
            page = envelopes_sent_by(session, senders, limit=limit + 1, before=after)
            links = links_of(session, [one.envelope_id for one in page], caller=caller)
        shown = page[:limit]
        return EnvelopePage(
            items=tuple(view_of(one, links.get(one.envelope_id)) for one in shown),
            next=shown[-1].envelope_id if len(page) > limit else None,
        )

    def content(self, envelope_id: EnvelopeId, caller: Caller, *, part: Part = WHOLE) -> Content:
        """Return the original octets to their sender; recipients fetch theirs through their delivery.

        Raises `NotFound`, `PartAbsent`.
        """
        with self._transactions.read() as session:
            envelope = _find(session, envelope_id)
        if not caller.may_act_for(envelope.sender):
            raise NotFound
        return open_content(self._blobs, envelope, part=part)

    def evidences(self, envelope_id: EnvelopeId, caller: Caller) -> tuple[EvidenceView, ...]:
        """Return the evidence about an envelope that the caller may see, oldest first; raises `NotFound`."""
        with self._transactions.read() as session:
            envelope = _find(session, envelope_id)
            own = None if caller.may_act_for(envelope.sender) else _own_deliveries(session, envelope_id, caller=caller)
            found = evidences_of(session, envelope_id, deliveries=own)
        return tuple(
            EvidenceView(one.evidence_id, one.type, one.issued_at, one.digest.hex(), one.delivery_id) for one in found
        )

    def evidence(self, evidence_id: EvidenceId, caller: Caller) -> bytes:
        """Return one sealed evidence, octet for octet, to a party of what it is about; raises `NotFound`.

        A rejection has no envelope and no verified sender: its party is the system that was refused, and whoever may
        act for the agency that runs it.
        """
        with self._transactions.read() as session:
            record = get_evidence(session, evidence_id)
            if record is None or not _concerns(session, record, caller=caller):
                raise NotFound
        return record.octets


def view_of(envelope: records.EnvelopeRecord, links: Links | None = None) -> EnvelopeView:
    """Return an accepted message by its metadata, with the links that its reader may see."""
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
        original_id=envelope.original_id,
        links=links or UNLINKED,
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


def _own_deliveries(session: ReadSession, envelope_id: EnvelopeId, *, caller: Caller) -> tuple[DeliveryId, ...]:
    """Return the caller's own deliveries of an envelope; raises `NotFound` where there is none."""
    found = deliveries_of(session, envelope_id, recipients=caller.agencies())
    if not found:
        raise NotFound
    return tuple(one.delivery.delivery_id for one in found)


def _concerns(session: ReadSession, evidence: records.EvidenceRecord, *, caller: Caller) -> bool:
    if evidence.envelope_id is None:
        event = get_event(session, evidence.event_id)
        return event is not None and _was_refused(event, caller)
    if caller.may_act_for(_find(session, evidence.envelope_id).sender):
        return True
    delivery = None if evidence.delivery_id is None else get_delivery(session, evidence.delivery_id)
    return delivery is not None and caller.may_act_for(delivery.recipient)


def _was_refused(event: records.EventRecord, caller: Caller) -> bool:
    """Return whether the caller is the system an event tells of, or may act for the agency that ran it."""
    if event.system_id == caller.system.system_id:
        return True
    return event.organ_id is not None and caller.may_act_for(event.organ_id)


def _originals(
    session: ReadSession, senders: Sequence[OrganId], *, document_id: DocumentId
) -> tuple[records.EnvelopeRecord, ...]:
    ids = find_originals(session, senders, document_id=document_id)
    found = find_envelopes(session, ids)
    return tuple(found[one] for one in ids)


def _traced(envelope: EnvelopeView, found: records.Trace, *, caller: Caller) -> Trace:
    """Return a trace put together: each event and each status is looked at once, whatever the number of recipients."""
    evidence = {one.event_id: one.evidence_id for one in found.evidences}
    events = defaultdict[DeliveryId | None, list[EventView]](list)
    for event in found.events:
        events[event.delivery_id].append(EventView(event.event_id, event.tag, event.at, evidence.get(event.event_id)))
    statuses = defaultdict[OrganId, list[StatusView]](list)
    for status in found.statuses:
        statuses[status.spoken_for or status.sender].append(_status(status))
    demands = defaultdict[OrganId, list[DemandView]](list)
    for record in found.demands:
        demands[record.demand.recipient].append(_demand(record))
    instead = {one.redirected_from: one.delivery.delivery_id for one in found.deliveries}
    return Trace(
        envelope=envelope,
        events=tuple(events[None]),
        deliveries=tuple(
            replace(
                _delivery(
                    one,
                    events[one.delivery.delivery_id],
                    statuses=statuses[one.delivery.recipient],
                    directory=caller.directory,
                ),
                demands=tuple(demands[one.delivery.recipient]),
                redirected_to=instead.get(one.delivery.delivery_id),
            )
            for one in found.deliveries
        ),
    )


def _delivery(
    record: records.DeliveryRecord, events: Iterable[EventView], *, statuses: Iterable[StatusView], directory: Directory
) -> DeliveryTrace:
    delivery, said = record.delivery, tuple(statuses)
    agency = directory.resolve(delivery.recipient)
    return DeliveryTrace(
        delivery_id=delivery.delivery_id,
        recipient=delivery.recipient,
        name=agency.name_vi if agency else str(delivery.recipient),
        asked_as=record.asked_as,
        state=delivery.state,
        events=tuple(events),
        statuses=said,
        current=current_status(said),
        recalled_at=delivery.recalled_at,
        redirected_from=record.redirected_from,
    )


def _demand(record: records.DemandRecord) -> DemandView:
    demand = record.demand
    return DemandView(
        kind=demand.kind,
        state=demand.state,
        envelope_id=demand.envelope_id,
        original_id=demand.original_id,
        asked_at=record.asked_at,
        due_at=record.due_at,
        alarmed_at=record.alarmed_at,
        answered_at=record.answered_at,
        answer_id=record.answer_id,
        reason=record.reason,
    )


def _status(line: records.StatusLine) -> StatusView:
    return StatusView(
        code=str(line.status_code),
        said_at=line.said_at,
        accepted_at=line.accepted_at,
        envelope_id=line.envelope_id,
        sender=line.sender,
        description=line.description,
        spoken_for=line.spoken_for,
    )
