"""What must be looked up before a submission can be judged."""

from __future__ import annotations

from dataclasses import dataclass

from envelopes.codes import BusinessDocType, StatusCode
from envelopes.identifiers import DocumentId, OrganId
from envelopes.model import Envelope
from envelopes.status import StatusReport
from routing.business import targets_of
from routing.demands import ANSWERS
from routing.identity import DocumentNumber, SubmissionKey, document_number, key_of_document, key_of_status
from routing.recall import OPERATIONS


@dataclass(frozen=True, slots=True)
class Enquiry:
    """The question to which `Precedents` is the answer.

    `key` is None where the message cannot be identified and will be refused. `parties` are the agencies whose part in
    the earlier documents matters. `has_demands` is whether it matters what was asked of them.
    """

    key: SubmissionKey | None
    document_ids: tuple[DocumentId, ...] = ()
    number: DocumentNumber | None = None
    parties: tuple[OrganId, ...] = ()
    has_demands: bool = False


def enquire_document(
    sender: OrganId, envelope: Envelope, *, content_digest: bytes, parties: tuple[OrganId, ...] = ()
) -> Enquiry:
    """Return what to look up for a document message; `sender` is the canonical id, `content_digest` a SHA-256.

    `parties` are the canonical ids of those a recall or an update speaks to (`routing.recall.parties_of`), and of those
    the sender took over from.
    """
    has_number_of_its_own = envelope.business.doc_type in {BusinessDocType.NEW, BusinessDocType.REPLACE}
    named = (target.document_id for target in targets_of(envelope))
    return Enquiry(
        key=key_of_document(sender, envelope, content_digest=content_digest),
        document_ids=tuple(dict.fromkeys(document_id for document_id in named if document_id is not None)),
        number=document_number(sender, envelope) if has_number_of_its_own else None,
        parties=tuple(dict.fromkeys((sender, *parties))),
        has_demands=envelope.business.doc_type in OPERATIONS,
    )


def enquire_status(
    sender: OrganId, report: StatusReport, *, addressee: OrganId | None, kin: tuple[OrganId, ...] = ()
) -> Enquiry:
    """Return what to look up for a status; ids are canonical, the addressee None where the directory has none.

    `kin` are those that the two took over from, and those that took over from them (`routing.succession.kin_of`).
    """
    document_id = report.response_for.document_id
    return Enquiry(
        key=None if addressee is None else key_of_status(sender, report, addressee=addressee),
        document_ids=() if document_id is None else (document_id,),
        parties=tuple(dict.fromkeys((sender, *(() if addressee is None else (addressee,)), *kin))),
        has_demands=report.status in {*ANSWERS, StatusCode.TAKE_BACK_ASKED},
    )
