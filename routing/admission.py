"""Whether a verified message is taken on: its sender's right to speak, its recipients, and what went before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Generic, TypeVar

from envelopes import paths
from envelopes.codes import BusinessDocType, Priority, StatusCode, UnknownCode
from envelopes.errors import Finding
from envelopes.identifiers import EnvelopeId
from envelopes.model import Envelope
from envelopes.parser import Tag
from envelopes.status import StatusReport
from routing.agencies import Agency
from routing.business import judge_targets, targets_of
from routing.calendar import WORKING_DAYS, WorkingCalendar
from routing.demands import Demand, EarlierDemand
from routing.directory import Directory
from routing.identity import Repeat, judge_repeat
from routing.originals import Original, Speech, find_original, target_of
from routing.patience import is_sent_late
from routing.precedents import EarlierDocument, Precedents, Redirect
from routing.reasons import Judgement, ReasonCode, found
from routing.recall import OPERATIONS, Spoken, addresses_in, follow, hear, judge_added, speak
from routing.recipients import (
    Address,
    RefusedRecipient,
    Resolution,
    Route,
    find_addressee,
    resolve_recipients,
    route_to,
    warn_of_succession,
)
from routing.senders import Credentials, judge_sender
from routing.statuses import judge_parties
from routing.succession import find_predecessors

DUPLICATES_NAMED: Final = 3
"""Earlier documents a duplicate warning names: one is enough to look into, many would bury the receipt."""

Message = TypeVar("Message", Envelope, StatusReport)

_DOCUMENT_ID_PATH: Final = paths.inside(paths.MESSAGE_HEADER, Tag.DOCUMENT_ID)
_ISSUED_PATH: Final = paths.inside(paths.PROMULGATION, Tag.PROMULGATION_DATE)
_TYPE_PATH: Final = paths.inside(paths.BUSINESS, Tag.BUSINESS_DOC_TYPE)
_FROM_PATH: Final = paths.inside(paths.FROM, Tag.ORGAN_ID)
_ADDRESSEE_PATH: Final = paths.inside(paths.RESPONSE_FOR, Tag.ORGAN_ID)
_TIMESTAMP_PATH: Final = paths.inside(paths.MESSAGE_HEADER, Tag.TIMESTAMP)
_TYPES_WITH_A_NUMBER: Final = frozenset({BusinessDocType.NEW, BusinessDocType.REPLACE})


@dataclass(frozen=True, slots=True)
class Submission(Generic[Message]):
    """A message before the gate: read from the octets its signature covers, with its content digest (SHA-256)."""

    message: Message
    credentials: Credentials
    content_digest: bytes


@dataclass(frozen=True, slots=True)
class Accepted:
    """The message is taken on for these routes; refused recipients and warnings go into the receipt.

    `demands` are what it asks about an earlier document, `answered` the demands that it answers. `original` is the
    earlier document it speaks of, `redirects` what is known of that one's deliveries.
    """

    sender: Agency
    routes: tuple[Route, ...]
    refused: tuple[RefusedRecipient, ...] = ()
    warnings: tuple[Finding, ...] = ()
    demands: tuple[Demand, ...] = ()
    answered: tuple[EarlierDemand, ...] = ()
    original: Original | None = None
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class Repeated:
    """The message was accepted before, as `envelope_id`: its sender gets that receipt, and nothing else happens."""

    sender: Agency
    envelope_id: EnvelopeId


@dataclass(frozen=True, slots=True)
class Rejected:
    """The message is refused, for all these reasons; `alarms` are for the security log and never told to the caller."""

    findings: tuple[Finding, ...]
    alarms: tuple[Finding, ...] = ()


Admission = Accepted | Repeated | Rejected


def admit_document(
    submission: Submission[Envelope],
    directory: Directory,
    *,
    precedents: Precedents,
    moment: datetime,
    calendar: WorkingCalendar = WORKING_DAYS,
) -> Admission:
    """Return what becomes of a document message submitted at `moment`, with every reason at once.

    Earlier messages are consulted only for a sender whose right to speak is proven: nobody learns by writing another's
    id into `From` which documents exist. A repeat is recognised before its recipients are judged: one that closed
    meanwhile does not cost the sender its receipt.
    """
    envelope = submission.message
    sender = judge_sender(directory, envelope.sender.organ_id, credentials=submission.credentials, moment=moment)
    repeat = _judge_repeat(submission.content_digest, sender.proven, precedents=precedents)
    if isinstance(repeat, Repeated):
        return repeat
    resolution = resolve_recipients(directory, addresses_in(envelope), sender=sender.agency, moment=moment)
    concerned = (sender.agency, *(route.agency for route in resolution.routes))
    precedents = _with_succession(precedents, concerned, directory=directory, moment=moment)
    history = _judge_history(envelope, sender.proven, repeat=repeat, precedents=precedents)
    findings = (*sender.findings, *_judge_shape(envelope), *history.findings)
    spoken = Spoken(resolution.routes)
    document = None if sender.proven is None else _operated_on(envelope, sender.proven, precedents=precedents)
    if document is not None:
        resolution = follow(resolution, document, directory=directory, precedents=precedents, moment=moment)
        spoken = speak(envelope, document, to=resolution, directory=directory, precedents=precedents)
    refused = tuple(sorted((*resolution.refused, *spoken.refused), key=lambda recipient: recipient.position))
    if not spoken.routes:
        findings = (*findings, found(ReasonCode.RECIPIENT_NONE_LEFT, paths.TO))
    if sender.proven is None or findings:
        refusals = tuple(recipient.finding for recipient in refused)
        return Rejected(findings + refusals, history.alarms)
    delay = _warn_of_delay(envelope, moment, calendar=calendar)
    original = find_original(target_of(envelope), speech=Speech(sender.proven.organ_id), precedents=precedents)
    part = _warn_of_part(original, sender.proven)
    return Accepted(
        sender=sender.proven,
        routes=spoken.routes,
        refused=refused,
        warnings=(*part, *resolution.warnings, *_warn_of_number(envelope, precedents), *delay),
        demands=spoken.demands,
        original=original,
        redirects=() if document is None else document.redirects,
    )


def admit_status(
    submission: Submission[StatusReport], directory: Directory, *, precedents: Precedents, moment: datetime
) -> Admission:
    """Return what becomes of a status submitted at `moment`, with every reason at once.

    An acceptance has one route; a 13 goes also to who was given the document in the place of its addressee.

    As with documents, earlier messages are consulted only for a sender whose right to speak is proven. A repeat under
    the same key with another wording is a conflict: the first receipt would not be about it.
    """
    report = submission.message
    sender = judge_sender(directory, report.sender.organ_id, credentials=submission.credentials, moment=moment)
    repeat = _judge_repeat(submission.content_digest, sender.proven, precedents=precedents)
    if isinstance(repeat, Repeated):
        return repeat
    address = Address(report.response_for.organ_id, 1, _ADDRESSEE_PATH)
    addressee = find_addressee(directory, address, moment=moment)
    findings = sender.findings
    other = None if isinstance(addressee, RefusedRecipient) else addressee
    precedents = _with_succession(precedents, (sender.agency, other), directory=directory, moment=moment)
    if isinstance(addressee, RefusedRecipient):
        findings = (*findings, addressee.finding)
    elif addressee is sender.agency:
        findings = (*findings, found(ReasonCode.RECIPIENT_IS_SENDER, _ADDRESSEE_PATH, value=address.asked_as))
    if repeat is Repeat.CONFLICT:
        findings = (*findings, found(ReasonCode.STATUS_CONFLICT, _TIMESTAMP_PATH, value=report.status))
    parties = _judge_parties(report, sender.proven, addressee=other, precedents=precedents)
    findings = (*findings, *parties.findings)
    if sender.proven is None or other is None or findings:
        return Rejected(findings, parties.alarms)
    written = Resolution((route_to(directory, address, agency=other),), (), ())
    document = _taken_back(report, sender.proven, precedents=precedents)
    if document is not None:
        written = follow(written, document, directory=directory, precedents=precedents, moment=moment)
    return _heard(report, sender.proven, to=written, precedents=precedents, document=document)


def _heard(
    report: StatusReport,
    sender: Agency,
    *,
    to: Resolution,
    precedents: Precedents,
    document: EarlierDocument | None,
) -> Accepted | Rejected:
    """Return the acceptance of a status between its parties, or why it neither asks nor answers what it says."""
    heard = {
        route: hear(report, sender.organ_id, addressee=route.agency.organ_id, precedents=precedents)
        for route in to.routes
    }
    routes = tuple(route for route, one in heard.items() if not one.findings)
    if not routes:
        return Rejected(heard[to.routes[0]].findings)
    speech = Speech(sender.organ_id, routes[0].agency.organ_id)
    original = find_original(target_of(report), speech=speech, precedents=precedents)
    forwarded = (warning for route in routes for warning in warn_of_succession(route))
    return Accepted(
        sender=sender,
        routes=routes,
        warnings=(*_warn_of_part(original, sender), *forwarded),
        demands=tuple(demand for route in routes for demand in heard[route].demands),
        answered=heard[routes[0]].answered,
        original=original,
        redirects=() if document is None else document.redirects,
    )


def _with_succession(
    precedents: Precedents, agencies: Iterable[Agency | None], *, directory: Directory, moment: datetime
) -> Precedents:
    """Return the precedents with what the directory says of the agencies: whom each took over from."""
    succeeded = {
        agency.organ_id: tuple(one.organ_id for one in predecessors)
        for agency in agencies
        if agency is not None and (predecessors := find_predecessors(directory, agency, moment=moment))
    }
    return replace(precedents, succeeded=succeeded) if succeeded else precedents


def _taken_back(report: StatusReport, sender: Agency, *, precedents: Precedents) -> EarlierDocument | None:
    """Return the sender's document that a status 13 asks back."""
    if report.status is not StatusCode.TAKE_BACK_ASKED:
        return None
    return precedents.document_of(sender.organ_id, target_of(report))


def _warn_of_part(original: Original | None, sender: Agency) -> Iterator[Finding]:
    """Yield that a message is heard in the part of an agency that its sender took over from."""
    if original is not None and original.voice != sender.organ_id:
        yield found(ReasonCode.SENDER_SUCCEEDS, _FROM_PATH, value=original.voice, names={"closed": str(original.voice)})


def _judge_repeat(content_digest: bytes, sender: Agency | None, *, precedents: Precedents) -> Repeated | Repeat:
    existing = precedents.existing
    if sender is None or existing is None:
        return Repeat.FIRST
    repeat = judge_repeat(existing.content_digest, content_digest)
    return Repeated(sender, existing.envelope_id) if repeat is Repeat.REPEAT else repeat


def _judge_shape(envelope: Envelope) -> Iterator[Finding]:
    """Yield what makes a message impossible to identify; validation says it too, but this gate stands alone."""
    if envelope.document_id is None:
        yield found(ReasonCode.DOCUMENT_NO_ID, _DOCUMENT_ID_PATH)
    if isinstance(envelope.business.doc_type, UnknownCode):
        yield found(ReasonCode.BUSINESS_UNKNOWN_TYPE, _TYPE_PATH, value=envelope.business.doc_type)
    yield from judge_added(envelope)


def _operated_on(envelope: Envelope, sender: Agency, *, precedents: Precedents) -> EarlierDocument | None:
    """Return the sender's document that a recall or an update is about."""
    if envelope.business.doc_type not in OPERATIONS:
        return None
    (target,) = targets_of(envelope)
    return precedents.document_of(sender.organ_id, target.document_id)


def _judge_history(envelope: Envelope, sender: Agency | None, *, repeat: Repeat, precedents: Precedents) -> Judgement:
    if sender is None:
        return Judgement()
    targets = judge_targets(envelope, sender.organ_id, precedents=precedents)
    if repeat is not Repeat.CONFLICT:
        return targets
    conflict = found(ReasonCode.DOCUMENT_CONFLICT, _DOCUMENT_ID_PATH, value=envelope.document_id)
    return Judgement((conflict, *targets.findings), targets.alarms)


def _judge_parties(
    report: StatusReport, sender: Agency | None, *, addressee: Agency | None, precedents: Precedents
) -> Judgement:
    if sender is None:
        return Judgement()
    other = None if addressee is None else addressee.organ_id
    return judge_parties(report, sender.organ_id, addressee=other, precedents=precedents)


def _warn_of_delay(envelope: Envelope, moment: datetime, *, calendar: WorkingCalendar) -> Iterator[Finding]:
    """Yield a warning where a new document comes later than the law has it sent."""
    issued, priority = envelope.promulgation_date, envelope.other.priority
    if envelope.business.doc_type is not BusinessDocType.NEW or issued is None:
        return
    rank = priority.rank if isinstance(priority, Priority) else Priority.NORMAL.rank
    if is_sent_late(issued, rank, at=moment, calendar=calendar):
        yield found(ReasonCode.DOCUMENT_SENT_LATE, _ISSUED_PATH, value=issued.isoformat())


def _warn_of_number(envelope: Envelope, precedents: Precedents) -> Iterator[Finding]:
    """Yield a warning where other documents bear this number; the one that is being replaced may."""
    if envelope.business.doc_type not in _TYPES_WITH_A_NUMBER:
        return
    expected = {envelope.document_id, *(target.document_id for target in targets_of(envelope))}
    earlier = [str(document_id) for document_id in precedents.same_number if document_id not in expected]
    if earlier:
        names = {"earlier": "; ".join(earlier[:DUPLICATES_NAMED])}
        yield found(ReasonCode.DOCUMENT_DUPLICATE_NUMBER, paths.CODE, value=envelope.code, names=names)
