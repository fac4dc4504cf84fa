"""Who may say which status to whom (domain §1.6): 13 from a document's sender to a recipient, the others back.

Whoever took over from a closed agency speaks, and is spoken to, in its place.
"""

from __future__ import annotations

from collections.abc import Iterator

from envelopes import paths
from envelopes.codes import StatusCode, UnknownCode
from envelopes.identifiers import OrganId
from envelopes.parser import Tag
from envelopes.status import StatusReport
from routing.precedents import EarlierDocument, Precedents
from routing.reasons import Judgement, ReasonCode, found

_DOCUMENT = paths.inside(paths.RESPONSE_FOR, Tag.DOCUMENT_ID)
_ADDRESSEE = paths.inside(paths.RESPONSE_FOR, Tag.ORGAN_ID)
_CODE = paths.inside(paths.MESSAGE_HEADER, Tag.STATUS_CODE)


def judge_parties(
    report: StatusReport, sender: OrganId, *, addressee: OrganId | None, precedents: Precedents
) -> Judgement:
    """Return what is wrong between the parties of a status; ids canonical, the sender's right to speak already proven.

    `addressee` is None where the directory has no such agency, which is another's finding. An unknown code is allowed
    between the two sides in either direction. For an agency that is no party the document does not exist (threat 71).
    """
    documents, voices = precedents.documents_under(report.response_for.document_id), precedents.voices_of(sender)
    mine = tuple(document for document in documents if any(map(document.has_party, voices)))
    if not mine:
        alarm = found(ReasonCode.STATUS_NOT_A_PARTY, _DOCUMENT, value=report.response_for.document_id)
        unknown = found(ReasonCode.STATUS_UNKNOWN_DOCUMENT, _DOCUMENT, value=report.response_for.document_id)
        return Judgement((unknown,), (alarm,) if documents else ())
    sides = [side for document in mine for voice in voices for side in _sides(report, voice, document=document)]
    if not sides:
        return Judgement((found(ReasonCode.STATUS_WRONG_DIRECTION, _CODE, value=report.status),))
    if addressee is not None and all(side.isdisjoint(precedents.voices_of(addressee)) for side in sides):
        wrong = found(ReasonCode.STATUS_WRONG_ADDRESSEE, _ADDRESSEE, value=report.response_for.organ_id)
        return Judgement((wrong,))
    return Judgement()


def _sides(report: StatusReport, sender: OrganId, *, document: EarlierDocument) -> Iterator[frozenset[OrganId]]:
    """Yield, for each part the speaker may take in this document with this code, whom it may then address."""
    code = report.status
    is_free = isinstance(code, UnknownCode)
    is_by_sender = isinstance(code, StatusCode) and code.is_by_sender
    if sender == document.sender and (is_free or is_by_sender):
        yield document.recipients
    if sender in document.recipients and not is_by_sender:
        yield frozenset({document.sender})
