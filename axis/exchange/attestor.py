"""Seals the evidence that events owe: afterwards, in batches, never inside a transaction."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from axis.clock import moment_of
from axis.exchange.attestations import Happening, Stamp, about_delivery, about_signature
from axis.exchange.completions import with_completion, with_documents
from axis.exchange.notary import Notary, SealBroken
from axis.exchange.premises import Premises
from axis.exchange.settlement import evidence_record
from axis.logs import LogEvent, logger
from envelopes.errors import InvalidModel, UnreadableMessage
from envelopes.evidence import Evidence, EvidenceType
from envelopes.evidence_facts import (
    Digest,
    DigestMethod,
    Party,
    PreviousEvidence,
    Reason,
    carriable,
)
from envelopes.evidence_reader import read_evidence
from envelopes.identifiers import DeliveryId, EnvelopeId, EvidenceId
from routing.agencies import Agency
from routing.backoff import doubled
from routing.events import EVENTS, EventTag
from storage.database.agencies import find_agencies
from storage.database.deliveries import find_records
from storage.database.events import find_events
from storage.database.evidences import acceptance_of, latest_evidences
from storage.database.owed import discharge, due_owed, first_owed, give_back, next_due, turn_of
from storage.database.transactions import ReadSession
from storage.records import DeliveryRecord, EventRecord, EvidenceRecord, OwedEvidence

BATCH: Final = 200
"""Evidence sealed between two looks at the database: about half a second of work, so that stopping is prompt."""

BATCHES: Final = (BATCH, 25, 3)
"""How many are taken together that were taken before so often. What is taken again may be what its worker died of:
after three deaths it is alone, and whatever shared a batch with it is sealed without it."""

RETRY_AFTER: Final = timedelta(minutes=1)
"""How long one worker has for a batch before another may take it; a batch takes seconds."""

WAIT_AFTER: Final = timedelta(seconds=5)
"""How long evidence waits for an earlier one of its delivery: another worker usually has that in hand and is done in
seconds. One that cannot be made costs a look each time."""

RETRY_MAX: Final = timedelta(hours=6)
"""The longest pause before what could not be sealed is tried again: a mended program finds it within a shift."""

_MILLISECOND: Final = timedelta(milliseconds=1)
"""What an identifier can tell apart, whoever minted it."""

_EXPLAINED: Final = frozenset({EventTag.DELIVERY_REFUSED, EventTag.RECALL_DECLINED})
"""Events for which a recipient's own words are the reason."""

_NAMING: Final = frozenset({EvidenceType.CONTENT_WITHDRAWAL, EvidenceType.RECALL_AGREEMENT})
"""Evidence of what a message brought about: it is named by its envelope."""

_POISON: Final = (InvalidModel, UnreadableMessage, LookupError, ValueError)
"""What one evidence can fail with by itself."""

ACCEPTANCES_KEPT: Final = 8
"""Parsed acceptances kept in memory: one of 20,000 recipients takes a second to read and serves a hundred batches."""


@dataclass(frozen=True, slots=True)
class _Accepted:
    """A sealed acceptance as it is quoted: what it says, who each delivery is for, and how it is referred to."""

    evidence: Evidence
    recipients: Mapping[DeliveryId, Party]
    reference: PreviousEvidence


@dataclass(frozen=True, slots=True)
class _Material:
    """What one owed evidence is made of, as it was read; `previous` is None where only the acceptance went before.

    `recipient` is whose the delivery is, where it was made after the acceptance; of all others the acceptance says it.
    """

    owed: OwedEvidence
    event: EventRecord | None
    previous: PreviousEvidence | None = None
    recipient: Party | None = None


class Attestor:
    """Works through owed evidence. Any number may run at once: each batch is one worker's for a minute."""

    def __init__(self, premises: Premises, notary: Notary) -> None:
        self._transactions = premises.transactions
        self._clock = premises.clock
        self._metrics = premises.metrics
        self._notary = notary
        self._acceptances: OrderedDict[EnvelopeId, _Accepted] = OrderedDict()
        self._lock = threading.Lock()

    def attest_due(self) -> int | None:
        """Return how many evidences were sealed and stored; None when none was due.

        1. A batch is taken, urgent first, then longest due: for a minute, and for longer each time it is taken again,
           in smaller company. So what kills its worker every time is soon alone, and kills seldom.
        2. In passes with at most one evidence per delivery, so that each names the one before it: gather, seal, store.
        3. Storing removes what was owed in the same transaction; a seal that came too late, or that names an evidence
           which is not the last one any more, is thrown away.
        4. What cannot be made stays taken and hinders no other. What only waits for an earlier one is given back for
           some seconds, as if it had not been taken. A seal that is broken hinders all: `SealBroken` ends the batch,
           which is given back likewise, for a minute.
        """
        taken = self._take()
        if not taken:
            return None
        try:
            return self._attest(taken)
        except SealBroken:
            self._give_back(taken, pause=RETRY_AFTER)
            raise

    def _attest(self, taken: Sequence[OwedEvidence]) -> int:
        sealed, waiting, held_up = 0, list(taken), list[OwedEvidence]()
        while waiting:
            turn, waiting = _one_per_delivery(waiting)
            gathered = self._gather(turn)
            held_up += _held_up(turn, gathered)
            records = [record for material in gathered if (record := self._seal(material)) is not None]
            with self._transactions.begin() as session:
                stored = discharge(session, records, after=_ends(gathered))
            self._count(records, stored)
            sealed += len(stored)
            held_up += _overtaken(turn, records, stored=stored)
        self._give_back(held_up, pause=WAIT_AFTER)
        return sealed

    def _give_back(self, taken: Sequence[OwedEvidence], *, pause: timedelta) -> None:
        if taken:
            with self._transactions.begin() as session:
                give_back(session, taken, until=self._clock.now() + pause)

    def _take(self) -> Sequence[OwedEvidence]:
        """Return the next batch; each row counts it before it is worked at, so that a death counts too."""
        now = self._clock.now()
        with self._transactions.begin() as session:
            first = next_due(session, now)
            if first is None:
                return ()
            until, limit = now + pause_after(first.attempts), batch_of(first.attempts)
            taken = due_owed(session, now, attempts=first.attempts, until=until, limit=limit)
        if limit == 1:
            for owed in taken:
                logger.warning(LogEvent.EVIDENCE_DELAYED, owed=owed.event_id, envelope=owed.envelope_id)
        return taken

    def _gather(self, turn: Sequence[OwedEvidence]) -> list[_Material]:
        """Return what can be sealed now: an evidence waits for the earlier ones of its delivery."""
        deliveries = [owed.delivery_id for owed in turn if owed.delivery_id is not None]
        previous: dict[DeliveryId, PreviousEvidence] = {}
        with self._transactions.read() as session:
            events = find_events(session, [owed.event_id for owed in turn])
            first = first_owed(session, deliveries)
            later = _later_recipients(session, deliveries)
            for envelope_id in {owed.envelope_id for owed in turn}:
                lines = latest_evidences(session, envelope_id, deliveries=deliveries)
                previous |= {
                    delivery_id: _reference(line.evidence_id, line.digest) for delivery_id, line in lines.items()
                }
        return [
            _Material(owed, events.get(owed.event_id))
            if owed.delivery_id is None
            else _Material(owed, events.get(owed.event_id), previous.get(owed.delivery_id), later.get(owed.delivery_id))
            for owed in turn
            if owed.delivery_id is None or first.get(owed.delivery_id) == owed.event_id
        ]

    def _seal(self, material: _Material) -> EvidenceRecord | None:
        """Return the sealed evidence, or None where it cannot be made: that is told in the log, and it stays taken."""
        owed = material.owed
        try:
            accepted = self._acceptance(owed.envelope_id)
            stamp = self._stamp(owed, previous=material.previous or accepted.reference)
            evidence = self._evidence(material, accepted, stamp=stamp)
        except _POISON as error:
            logger.error(LogEvent.WORK_FAILED, work="attest", owed=owed.event_id, exc_info=error)
            return None
        return evidence_record(evidence, self._notary.seal(evidence), event_id=owed.event_id)

    def _evidence(self, material: _Material, accepted: _Accepted, *, stamp: Stamp) -> Evidence:
        letterhead, event = self._notary.letterhead, material.event
        if material.owed.type is not EvidenceType.SIGNATURE_VALIDATION:
            happening = _happening(material, accepted)
            return about_delivery(letterhead, stamp, acceptance=accepted.evidence, happening=happening)
        if event is None:
            raise LookupError("a completed verdict is told by its event")
        if event.tag is EventTag.DOCUMENT_JUDGED:
            completed = with_documents(accepted.evidence, event.details, previous=accepted.reference)
        else:
            completed = with_completion(accepted.evidence, event.details, at=event.at, previous=accepted.reference)
        return about_signature(letterhead, stamp, completed=completed)

    def _acceptance(self, envelope_id: EnvelopeId) -> _Accepted:
        """Return a parsed acceptance; the most recently used ones are kept for the batches that follow."""
        with self._lock:
            if known := self._acceptances.get(envelope_id):
                self._acceptances.move_to_end(envelope_id)
                return known
        with self._transactions.read() as session:
            record = acceptance_of(session, envelope_id)
        if record is None:
            raise LookupError(f"envelope {envelope_id} has no acceptance")
        evidence = read_evidence(record.octets)
        accepted = _Accepted(evidence, dict(_deliveries(evidence)), _reference(record.evidence_id, record.digest))
        with self._lock:
            self._acceptances[envelope_id] = accepted
            while len(self._acceptances) > ACCEPTANCES_KEPT:
                self._acceptances.popitem(last=False)
        return accepted

    def _stamp(self, owed: OwedEvidence, *, previous: PreviousEvidence) -> Stamp:
        """Return what an evidence begins with. Its id sorts after that of the one before it, sealed by whatever clock.

        The last evidence of a delivery is told by its id; the times that are attested are this clock's own.
        """
        now = self._clock.now()
        identifier = self._clock.mint(max(now, moment_of(previous.identifier) + _MILLISECOND))
        return Stamp(EvidenceId(identifier), owed.event_at, now)

    def _count(self, records: Sequence[EvidenceRecord], stored: Iterable[EvidenceId]) -> None:
        kept = set(stored)
        for record in records:
            if record.evidence_id in kept:
                self._metrics.count_sealed(record.type)
                logger.info(LogEvent.EVIDENCE_SEALED, evidence=record.evidence_id, type=record.type)


def batch_of(attempts: int) -> int:
    """Return how many are taken together that were taken before so often."""
    return BATCHES[attempts] if attempts < len(BATCHES) else 1


def pause_after(attempts: int) -> timedelta:
    """Return how long what was taken before so often is not taken again: doubled each time, up to `RETRY_MAX`."""
    return doubled(RETRY_AFTER, attempts, longest=RETRY_MAX)


def _held_up(turn: Iterable[OwedEvidence], gathered: Iterable[_Material]) -> Iterator[OwedEvidence]:
    """Yield what waits for an earlier evidence of its delivery; what belongs to no delivery waits for none."""
    ready = {material.owed.event_id for material in gathered}
    return (owed for owed in turn if owed.delivery_id is not None and owed.event_id not in ready)


def _ends(gathered: Iterable[_Material]) -> Mapping[DeliveryId, EvidenceId | None]:
    """Return the evidence that each delivery's next one was made to follow, None for the acceptance."""
    return {
        one.owed.delivery_id: None if one.previous is None else EvidenceId(one.previous.identifier)
        for one in gathered
        if one.owed.delivery_id is not None
    }


def _overtaken(
    turn: Iterable[OwedEvidence], records: Iterable[EvidenceRecord], *, stored: Iterable[EvidenceId]
) -> Iterator[OwedEvidence]:
    """Yield what was sealed and not stored; where somebody else had sealed the same, nothing is owed any more."""
    kept = set(stored)
    lost = {record.event_id for record in records if record.evidence_id not in kept}
    return (owed for owed in turn if owed.event_id in lost)


def _happening(material: _Material, accepted: _Accepted) -> Happening:
    owed, event = material.owed, material.event
    if owed.delivery_id is None or event is None:
        raise LookupError("evidence is owed for events of deliveries, and this is none")
    jws = event.details.get("jws")
    return Happening(
        kind=owed.type,
        delivery_id=owed.delivery_id,
        recipient=material.recipient or accepted.recipients[owed.delivery_id],
        previous=material.previous or accepted.reference,
        reasons=_reasons(owed.type, event),
        jws=jws if isinstance(jws, str) else None,
    )


def _reasons(kind: EvidenceType, event: EventRecord) -> tuple[Reason, ...]:
    """Return why something did not happen: the event's own words, and the recipient's or operator's where given.

    What was taken back names the message that asked for it; what was given to another agency, and what that one got,
    name each other.
    """
    rule = EVENTS[event.tag]
    if {"to", "delivery"} <= event.details.keys() or {"from", "delivery"} <= event.details.keys():
        return (_redirect_told(event),)
    if not kind.is_negative:
        by = event.details.get("by") if kind in _NAMING else None
        return (Reason(event.tag.value, f"{rule.vi} ({by})", f"{rule.en} ({by})"),) if by else ()
    said = event.details.get("reason")
    words = carriable(said) if isinstance(said, str) else None
    if event.tag in _EXPLAINED and words:
        return (Reason(event.tag.value, words, words),)
    if event.tag in {EventTag.DELIVERY_ENDED, EventTag.CARRIAGE_ENDED} and words:
        return (Reason(event.tag.value, f"{rule.vi}: {words}", f"{rule.en}: {words}"),)
    return (Reason(event.tag.value, rule.vi, rule.en),)


def _redirect_told(event: EventRecord) -> Reason:
    """Return that a delivery was given to another agency, or came from one: which, by which delivery, and why."""
    details = event.details
    tag = event.tag if "to" in details else EventTag(str(details["by"]))
    rule, other = EVENTS[tag], f"{details.get('to') or details.get('from')}, {details['delivery']}"
    said = details.get("reason")
    words = carriable(said) if isinstance(said, str) else None
    why = f": {words}" if words else ""
    vi, en = ("chuyển đến", "to") if "to" in details else ("chuyển từ", "from")
    return Reason(tag.value, f"{rule.vi} ({vi} {other}){why}", f"{rule.en} ({en} {other}){why}")


def _later_recipients(session: ReadSession, deliveries: Sequence[DeliveryId]) -> Mapping[DeliveryId, Party]:
    """Return whose each delivery is that was made after the acceptance, with the id that the message has for it."""
    later = [one for one in find_records(session, deliveries) if one.redirected_from is not None]
    agencies = find_agencies(session, {one.delivery.recipient for one in later}) if later else {}
    return {one.delivery.delivery_id: _party(one, agencies.get(one.delivery.recipient)) for one in later}


def _party(record: DeliveryRecord, agency: Agency | None) -> Party:
    recipient = record.delivery.recipient
    return Party(
        recipient,
        named_as=None if record.asked_as == recipient else record.asked_as,
        name=None if agency is None else agency.name_vi,
    )


def _one_per_delivery(waiting: Iterable[OwedEvidence]) -> tuple[list[OwedEvidence], list[OwedEvidence]]:
    """Return the first of each delivery, in the order of `turn_of`, and all the rest."""
    first: dict[object, OwedEvidence] = {}
    rest: list[OwedEvidence] = []
    for owed in sorted(waiting, key=turn_of):
        subject = owed.delivery_id or owed.event_id  # what belongs to no delivery waits for none
        if subject in first:
            rest.append(owed)
        else:
            first[subject] = owed
    return list(first.values()), rest


def _deliveries(acceptance: Evidence) -> Iterator[tuple[DeliveryId, Party]]:
    for recipient in acceptance.recipients:
        if recipient.decision is not None and recipient.decision.delivery_id is not None:
            yield recipient.decision.delivery_id, recipient.party


def _reference(evidence_id: EvidenceId, digest: bytes) -> PreviousEvidence:
    return PreviousEvidence(evidence_id, Digest(DigestMethod.SHA256, digest))
