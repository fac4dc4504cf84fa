"""Recalls, updates and take-backs: whom a message speaks to, what it asks of each, and whether an answer was asked for.

Who may speak of a document at all is judged in `routing.business` and `routing.statuses`; what is judged here is said
to agencies that had the document, one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from envelopes import paths
from envelopes.codes import BusinessDocType, ReceiverType, StatusCode
from envelopes.errors import Finding
from envelopes.identifiers import OrganId
from envelopes.model import Envelope
from envelopes.parser import Tag
from envelopes.status import StatusReport
from routing.demands import ANSWERS, Demand, DemandKind, DemandState, EarlierDemand
from routing.directory import Directory
from routing.precedents import EarlierDocument, Precedents
from routing.reasons import ReasonCode, found
from routing.recipients import Address, RefusedRecipient, Resolution, Route, addresses_of, find_route
from routing.succession import kin_of

OPERATIONS: Final = frozenset({BusinessDocType.RECALL, BusinessDocType.UPDATE})
"""The types that do something to a document that was sent before, at each of its recipients."""

_CODE: Final = paths.inside(paths.MESSAGE_HEADER, Tag.STATUS_CODE)
_DOCUMENT: Final = paths.inside(paths.RESPONSE_FOR, Tag.DOCUMENT_ID)


@dataclass(frozen=True, slots=True)
class Listed:
    """The agencies (canonical ids) that an update adds to and takes off the recipients of a document."""

    added: frozenset[OrganId] = frozenset()
    removed: frozenset[OrganId] = frozenset()


@dataclass(frozen=True, slots=True)
class _Known:
    """What an operation on a document is judged by at each recipient; looked up once, there may be 20,000."""

    listed: Listed
    document: EarlierDocument
    barred: frozenset[OrganId]


@dataclass(frozen=True, slots=True)
class Spoken:
    """Whom an operation reaches, whom it cannot, and what it asks of those it reaches; of an added agency nothing."""

    routes: tuple[Route, ...]
    refused: tuple[RefusedRecipient, ...] = ()
    demands: tuple[Demand, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """What a status does to demands: those it makes, those it answers, and what is wrong with it.

    It answers several where its sender speaks for several recipients: for itself, and for those it took over from.
    """

    findings: tuple[Finding, ...] = ()
    demands: tuple[Demand, ...] = ()
    answered: tuple[EarlierDemand, ...] = ()


def addresses_in(envelope: Envelope) -> tuple[Address, ...]:
    """Return the recipients of a message: those in `To`, then those an update adds or takes off (domain §2.4).

    Who is taken off has to hear of it, and who is added needs the document, whether or not `To` names them. A list
    that `DocumentReceiver` does not announce changes nothing.
    """
    return (*addresses_of(envelope.recipients), *_listed_addresses(envelope))


def parties_of(envelope: Envelope, directory: Directory, *, moment: datetime) -> tuple[OrganId, ...]:
    """Return the canonical ids of all agencies a recall or an update speaks to, unknown ones left out; else none.

    Who took over from whom is among them: either may have the document.
    """
    if envelope.business.doc_type not in OPERATIONS:
        return ()
    written = (address.asked_as for address in addresses_in(envelope))
    resolved = (None if organ_id is None else directory.resolve(organ_id) for organ_id in written)
    return kin_of(directory, (one for one in resolved if one is not None), moment=moment)


def follow(
    to: Resolution, document: EarlierDocument, *, directory: Directory, precedents: Precedents, moment: datetime
) -> Resolution:
    """Return the resolution with everybody who was given a recipient's delivery of the document instead of it.

    They are addressed as the recipient is: whoever asks it back from one, asks it back from who has it. One that has
    closed since, with nobody who gets its mail, is refused by its own id.
    """
    routes = {route.agency.organ_id: route for route in to.routes}
    refused = list(to.refused)
    for route in to.routes if document.redirects else ():
        for heir in document.heirs_of(precedents.voices_of(route.agency.organ_id)):
            found_route = find_route(
                directory, Address(heir, route.position, route.path, is_listed=True), sender=None, moment=moment
            )
            if isinstance(found_route, RefusedRecipient):
                refused.append(found_route)
            else:
                routes.setdefault(found_route.agency.organ_id, replace(found_route, asked_as=route.asked_as))
    return replace(to, routes=tuple(routes.values()), refused=tuple(refused))


def speak(
    envelope: Envelope, document: EarlierDocument, *, to: Resolution, directory: Directory, precedents: Precedents
) -> Spoken:
    """Return what a recall or an update of `document` asks of each recipient that was resolved, and whom it cannot ask.

    1. A recall asks each to give the document back; an update asks that of those it takes off, and of the others that
       had the document to take the change. Who is new gets the update as its first message about it.
    2. Who never had the document has nothing to give back. An agency answers for what those had that it took over from.
    3. From whom the document was recalled, it is not recalled again, and no change of it goes there: what it shall have
       after all is a new document. Who declined may be asked again.
    """
    known = _Known(_listed(envelope, directory), document, precedents.barred_from(document.envelope_id))
    routes: list[Route] = []
    refused: list[RefusedRecipient] = []
    demands: list[Demand] = []
    for route in to.routes:
        voices = precedents.voices_of(route.agency.organ_id)
        asked = _asked(envelope, voices, known=known)
        if isinstance(asked, ReasonCode):
            refused.append(_refuse(route, asked))
            continue
        routes.append(route)
        demands.extend(asked)
    return Spoken(tuple(routes), tuple(refused), tuple(demands))


def judge_added(envelope: Envelope) -> Iterator[Finding]:
    """Yield that an update adds agencies and brings no file: it is all they get, for what was sent names others."""
    if envelope.business.doc_type is not BusinessDocType.UPDATE or envelope.attachments:
        return
    if any(kind is ReceiverType.ADDED for kind in _receiver_types(envelope)):
        yield found(ReasonCode.BUSINESS_NOTHING_FOR_ADDED, paths.ATTACHMENT)


def hear(report: StatusReport, sender: OrganId, *, addressee: OrganId, precedents: Precedents) -> Heard:
    """Return what a status does to demands, the parties being right; ids canonical. Most statuses do nothing.

    13 is a demand like a recall, of one recipient. 15 and 16 answer the demand that is open between the two about the
    document they name, or that the message they name has made; of several, one that had reached who answers.
    """
    if report.status is StatusCode.TAKE_BACK_ASKED:
        return _hear_take_back(report, sender, addressee=addressee, precedents=precedents)
    if report.status in ANSWERS:
        return _hear_answer(report, sender, addressee=addressee, precedents=precedents)
    return Heard()


def _hear_take_back(report: StatusReport, sender: OrganId, *, addressee: OrganId, precedents: Precedents) -> Heard:
    document_id = report.response_for.document_id
    document = precedents.document_of(sender, document_id)
    if document is None:
        return Heard((found(ReasonCode.STATUS_UNKNOWN_DOCUMENT, _DOCUMENT, value=document_id),))
    barred, voices = precedents.barred_from(document.envelope_id), precedents.voices_of(addressee)
    holders = [one for one in voices if one in document.recipients and one not in barred]
    if not holders:
        return Heard((found(ReasonCode.STATUS_ALREADY_RECALLED, _CODE, value=report.status),))
    return Heard(demands=tuple(_demand(one, DemandKind.TAKE_BACK, told=addressee) for one in holders))


def _hear_answer(report: StatusReport, sender: OrganId, *, addressee: OrganId, precedents: Precedents) -> Heard:
    named, voices = precedents.documents_under(report.response_for.document_id), precedents.voices_of(sender)
    envelopes = [one.envelope_id for one in named if one.sender in precedents.voices_of(addressee)]
    earlier = [one for one in precedents.demands if one.recipient in voices and one.speaks_of(envelopes)]
    waiting = {one.recipient: one for one in earlier if one.state is DemandState.ASKED}
    if waiting:
        return _heard(report, tuple(waiting.values()), earlier=earlier)
    is_answered = any(one.state in {DemandState.AGREED, DemandState.DECLINED} for one in earlier)
    code = ReasonCode.STATUS_ALREADY_ANSWERED if is_answered else ReasonCode.STATUS_NOT_ASKED
    return Heard((found(code, _CODE, value=report.status),))


def _heard(report: StatusReport, waiting: tuple[EarlierDemand, ...], *, earlier: Iterable[EarlierDemand]) -> Heard:
    """Return which of the waiting demands an answer is for.

    Where its sender was asked something else before, the answer may be to that, and on its way since before the newer
    demand was made or fetched: it counts for those only that it was made in knowledge of.
    """
    if not any(one.was_asked for one in earlier if one not in waiting):
        return Heard(answered=waiting)
    known = tuple(one for one in waiting if one.had_reached(report.timestamp))
    if known:
        return Heard(answered=known)
    return Heard((found(ReasonCode.STATUS_DEMAND_NOT_SEEN, _CODE, value=report.status),))


def _asked(envelope: Envelope, voices: tuple[OrganId, ...], *, known: _Known) -> tuple[Demand, ...] | ReasonCode:
    """Return what is asked of whoever speaks with these voices, the first of them its own; or why nothing can be."""
    listed, document, is_recall = known.listed, known.document, envelope.business.doc_type is BusinessDocType.RECALL
    if not listed.added.intersection(voices).isdisjoint(listed.removed):
        return ReasonCode.RECIPIENT_ADDED_AND_REMOVED
    removed = listed.removed.union(document.heirs_of(listed.removed))
    is_removed = not removed.isdisjoint(voices)
    holders = [one for one in voices if one in document.recipients]
    if not holders:
        return ReasonCode.RECIPIENT_NEVER_HAD_IT if is_recall or is_removed else ()
    free = [one for one in holders if one not in known.barred]
    if not free:
        return ReasonCode.RECIPIENT_ALREADY_RECALLED
    if is_recall:
        return tuple(_demand(one, DemandKind.RECALL, told=voices[0]) for one in free)
    taken_off = ([one for one in holders if one in removed] or holders) if is_removed else []
    kinds = ((one, DemandKind.REMOVAL if one in taken_off else DemandKind.UPDATE) for one in free)
    return tuple(_demand(one, kind, told=voices[0]) for one, kind in kinds)


def _demand(recipient: OrganId, kind: DemandKind, *, told: OrganId) -> Demand:
    return Demand(recipient, kind, None if told == recipient else told)


def _refuse(route: Route, code: ReasonCode) -> RefusedRecipient:
    return RefusedRecipient(route.asked_as, route.position, found(code, route.path, value=route.asked_as))


def _listed(envelope: Envelope, directory: Directory) -> Listed:
    named: dict[ReceiverType, set[OrganId]] = {ReceiverType.ADDED: set(), ReceiverType.REMOVED: set()}
    for address, kind in zip(_listed_addresses(envelope), _receiver_types(envelope), strict=True):
        organ_id = _canonical(directory, address.asked_as)
        if organ_id is not None:
            named[kind].add(organ_id)
    return Listed(frozenset(named[ReceiverType.ADDED]), frozenset(named[ReceiverType.REMOVED]))


def _listed_addresses(envelope: Envelope) -> Iterator[Address]:
    after = len(envelope.recipients) + 1
    places = ((path, organ_id) for path, organ_id, _ in _receivers(envelope))
    for position, (path, organ_id) in enumerate(places, start=after):
        yield Address(organ_id, position, path, is_listed=True)


def _receiver_types(envelope: Envelope) -> Iterator[ReceiverType]:
    return (kind for _, _, kind in _receivers(envelope))


def _receivers(envelope: Envelope) -> Iterator[tuple[str, OrganId | None, ReceiverType]]:
    """Yield the announced changes of the recipients: where each stands, which agency, and which change."""
    if envelope.business.doc_type is not BusinessDocType.UPDATE:
        return
    for number, update in enumerate(envelope.business.updates, start=1):
        if not update.receivers_change:
            continue
        listed = paths.inside(paths.numbered(paths.UPDATE, number), Tag.RECEIVER_LIST)
        for place, receiver in enumerate(update.receivers, start=1):
            path = paths.inside(paths.inside(listed, Tag.RECEIVER, number=place), Tag.ORGAN_ID)
            if isinstance(receiver.receiver_type, ReceiverType):
                yield path, receiver.organ_id, receiver.receiver_type


def _canonical(directory: Directory, organ_id: OrganId | None) -> OrganId | None:
    agency = None if organ_id is None else directory.resolve(organ_id)
    return None if agency is None else agency.organ_id
