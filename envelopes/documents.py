"""A document message from its elements."""

from __future__ import annotations

from typing import TypeVar

from envelopes.codes import BusinessDocType, Priority, ReceiverType, UnknownCode, WireCode
from envelopes.errors import Severity
from envelopes.identifiers import OrganId
from envelopes.model import (
    Attachment,
    Business,
    Code,
    DocumentType,
    Envelope,
    Organization,
    OtherInfo,
    Receiver,
    ReplacementInfo,
    ResponseFor,
    SignerInfo,
    StaffInfo,
    TraceHeader,
    UpdateInfo,
)
from envelopes.packaging import read_attachments, read_parts
from envelopes.parser import Tag
from envelopes.paths import DOCUMENT_PLACES
from envelopes.remarks import Reason
from envelopes.sections import Section
from envelopes.values import (
    day_in,
    document_id_in,
    number_in,
    organ_id,
    organ_id_in,
    steering_type_in,
    switch_in,
    time_in,
)

_CodeT = TypeVar("_CodeT", bound=WireCode)


def read_document(root: Section) -> Envelope:
    """Return the document message of a package; its extensions are in the notes of `root`."""
    envelope = root.one(Tag.ENVELOPE)
    header, body = envelope.one(Tag.HEADER), envelope.one(Tag.BODY)
    message, trace = header.one(Tag.MESSAGE_HEADER), header.one(Tag.TRACE_HEADER_LIST)
    promulgation = message.one(Tag.PROMULGATION_INFO)
    return Envelope(
        sender=read_organization(message.one(Tag.FROM)),
        recipients=message.items(Tag.TO, _recipient),
        document_id=document_id_in(message),
        code=_code(message.one(Tag.CODE)),
        subject=message.text(Tag.SUBJECT),
        promulgation_place=promulgation.text(Tag.PLACE),
        promulgation_date=day_in(promulgation, Tag.PROMULGATION_DATE),
        document_type=_document_type(message.one(Tag.DOCUMENT_TYPE)),
        content=message.text(Tag.CONTENT),
        signer=_signer(message.one(Tag.SIGNER_INFO)),
        due_date=day_in(message, Tag.DUE_DATE),
        other=_other_info(message.one(Tag.OTHER_INFO)),
        responses_for=message.items(Tag.RESPONSE_FOR, _said_response_for),
        steering_type=steering_type_in(message),
        task_codes=message.one(Tag.RESPONSE_FOR_TASK).texts(Tag.TASK_CODE),
        application_type=message.text(Tag.APPLICATION_TYPE),
        to_places=message.one(Tag.TO_PLACES).texts(Tag.PLACE),
        trace=trace.items(Tag.TRACE_HEADER, _hop),
        business=_business(trace.one(Tag.BUSINESS)),
        attachments=_files(body.one(Tag.MANIFEST), root.one(Tag.ATTACHMENTS)),
        extensions=root.notes.extensions(DOCUMENT_PLACES),
    )


def _files(manifest: Section, encoded: Section) -> tuple[Attachment, ...]:
    if manifest.parts is None:
        return read_attachments(manifest, encoded)
    return read_parts(manifest, encoded, parts=manifest.parts)


def read_organization(section: Section, *, severity: Severity = Severity.ERROR) -> Organization:
    """Return `From` or `To`; `severity` of an agency id that cannot be read."""
    return Organization(
        organ_id=organ_id_in(section, severity=severity),
        in_charge=section.text(Tag.IN_CHARGE),
        name=section.text(Tag.ORGAN_NAME),
        address=section.text(Tag.ORGAN_ADDRESS),
        email=section.text(Tag.EMAIL),
        telephone=section.text(Tag.TELEPHONE),
        fax=section.text(Tag.FAX),
        website=section.text(Tag.WEBSITE),
    )


def _recipient(section: Section) -> Organization:
    # One that names nobody does not get the message; the others do.
    return read_organization(section, severity=Severity.WARNING)


def read_response_for(section: Section, *, severity: Severity = Severity.ERROR) -> ResponseFor:
    """Return `ResponseFor`, whatever it says; `severity` of an agency id that cannot be read."""
    return ResponseFor(
        organ_id=organ_id_in(section, severity=severity),
        code=section.text(Tag.CODE),
        promulgation_date=day_in(section, Tag.PROMULGATION_DATE),
        document_id=document_id_in(section),
    )


def read_staff(section: Section) -> StaffInfo | None:
    """Return `StaffInfo`, None where it says nothing."""
    fields = {
        "department": section.text(Tag.DEPARTMENT),
        "department_id": section.text(Tag.DEPARTMENT_ID),
        "staff": section.text(Tag.STAFF),
        "staff_id": section.text(Tag.STAFF_ID),
        "email": section.text(Tag.EMAIL),
        "mobile": section.text(Tag.MOBILE),
    }
    return StaffInfo(**fields) if any(fields.values()) else None


def code_in(section: Section, tag: Tag, *, codes: type[_CodeT]) -> _CodeT | UnknownCode:
    """Return the code an element says; one that is missing is the unknown code without a text."""
    return _code_from(section.text(tag) or "", codes, section=section, tag=tag)


def _code_from(text: str, codes: type[_CodeT], *, section: Section, tag: Tag) -> _CodeT | UnknownCode:
    """Return a text as the code of this section; existing receivers keep codes as texts, leading zeros and all."""
    code = codes.read(text)
    if isinstance(code, codes) and code.value != text:
        section.notes.remark(Reason.CODE_LAYOUT, section.place_of(tag), value=text)
    return code


def _said_response_for(section: Section) -> ResponseFor | None:
    # In a document it routes nothing, and builders write `null` here.
    response = read_response_for(section, severity=Severity.WARNING)
    return None if response == ResponseFor(organ_id=None) else response


def _code(section: Section) -> Code:
    return Code(section.text(Tag.CODE_NUMBER), section.text(Tag.CODE_NOTATION))


def _document_type(section: Section) -> DocumentType:
    return DocumentType(
        name=section.text(Tag.TYPE_NAME),
        type=number_in(section, Tag.TYPE),
        detail=number_in(section, Tag.TYPE_DETAIL) or 0,
    )


def _signer(section: Section) -> SignerInfo | None:
    full_name = section.text(Tag.FULL_NAME)
    position, competence = section.text(Tag.POSITION), section.text(Tag.COMPETENCE)
    if not (full_name or position or competence):
        return None
    return SignerInfo(full_name=full_name, position=position, competence=competence)


def _other_info(section: Section) -> OtherInfo:
    priority = section.text(Tag.PRIORITY)
    return OtherInfo(
        priority=Priority.NORMAL if priority is None else Priority.read(priority),
        sphere=section.text(Tag.SPHERE),
        typist=section.text(Tag.TYPIST),
        copies=number_in(section, Tag.COPIES),
        pages=number_in(section, Tag.PAGES),
        reply_fors=section.text(Tag.REPLY_FORS),
        direction=switch_in(section, Tag.DIRECTION),
        reference_codes=section.text(Tag.REFERENCE_CODES),
        appendixes=section.one(Tag.APPENDIXES).texts(Tag.APPENDIX),
    )


def _hop(section: Section) -> TraceHeader | None:
    """Return one hop. Hops were written by others on the way, so that what cannot be read there only warns."""
    agency = organ_id_in(section, severity=Severity.WARNING)
    timestamp = time_in(section, Tag.TIMESTAMP, severity=Severity.WARNING)
    return TraceHeader(agency, timestamp) if agency or timestamp else None


def _business(section: Section) -> Business:
    return Business(
        doc_type=_business_doc_type(section),
        reason=section.text(Tag.BUSINESS_DOC_REASON),
        document_id=document_id_in(section),
        paper=number_in(section, Tag.PAPER),
        updates=section.items(Tag.BUSINESS_DOCUMENT_INFO, _update),
        replacements=section.one(Tag.REPLACEMENT_INFO_LIST).items(Tag.REPLACEMENT_INFO, _replacement),
        staff=section.items(Tag.STAFF_INFO, read_staff),
    )


def _business_doc_type(section: Section) -> BusinessDocType | UnknownCode:
    text = section.text(Tag.BUSINESS_DOC_TYPE)
    if text is None:
        section.notes.remark(Reason.BUSINESS_TYPE_MISSING, section.place_of(Tag.BUSINESS_DOC_TYPE))
        return BusinessDocType.NEW
    return _code_from(text, BusinessDocType, section=section, tag=Tag.BUSINESS_DOC_TYPE)


def _update(section: Section) -> UpdateInfo | None:
    receivers = section.one(Tag.RECEIVER_LIST).items(Tag.RECEIVER, _receiver)
    if not receivers and section.text(Tag.DOCUMENT_INFO) is None and section.text(Tag.DOCUMENT_RECEIVER) is None:
        return None
    return UpdateInfo(
        document_changes=switch_in(section, Tag.DOCUMENT_INFO),
        receivers_change=switch_in(section, Tag.DOCUMENT_RECEIVER),
        receivers=receivers,
    )


def _receiver(section: Section) -> Receiver | None:
    agency, receiver_type = organ_id_in(section), code_in(section, Tag.RECEIVER_TYPE, codes=ReceiverType)
    return Receiver(agency, receiver_type) if agency or str(receiver_type) else None


def _replacement(section: Section) -> ReplacementInfo | None:
    document_id = document_id_in(section)
    organ_ids = tuple(_organ_ids(section.one(Tag.ORGAN_ID_LIST)))
    return ReplacementInfo(document_id, organ_ids) if document_id or organ_ids else None


def _organ_ids(section: Section) -> list[OrganId]:
    read = (organ_id(text, section) for text in section.texts(Tag.ORGAN_ID))
    return [identifier for identifier in read if identifier is not None]
