"""The canonical form as a tree: which element stands where, under which name, with which text."""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from envelopes import paths
from envelopes.codes import UnknownCode
from envelopes.detached import Detached
from envelopes.evidence_facts import DigestMethod
from envelopes.identifiers import DocumentId, OrganId
from envelopes.model import (
    MEDIA_TYPE_ZIP,
    Attachment,
    Business,
    DocumentType,
    Envelope,
    Organization,
    OtherInfo,
    ReplacementInfo,
    ResponseFor,
    StaffInfo,
    UpdateInfo,
)
from envelopes.parser import NAMESPACE, PREFIX, Tag
from envelopes.paths import inside, numbered, without_numbers
from envelopes.status import StatusReport
from envelopes.texts import VIETNAM
from envelopes.zipping import must_be_zipped

CID: Final = "cid:"
"""Stands before every ContentId on the wire; some builders leave it out on one side."""

_Value = str | int | date | OrganId | DocumentId | UnknownCode | None
_DEFAULT_NAMESPACE: Final = f'xmlns="{NAMESPACE}"'
_PREFIX_NAMESPACE: Final = f'xmlns:{PREFIX}="{NAMESPACE}"'
_LISTS: Final = frozenset(
    {paths.APPENDIXES, paths.TASKS, paths.TO_PLACES, inside(paths.REPLACEMENT, Tag.ORGAN_ID_LIST)}
)
"""Places whose children are texts that may repeat."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """An element that holds text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class File:
    """The element that holds the octets of an attachment; written even when there are none, since receivers need it."""

    name: str
    attributes: str
    attachment: Attachment


@dataclass(frozen=True, slots=True)
class Branch:
    """An element that holds elements, at its place; with nothing inside it is written only if it stands `always`."""

    name: str
    path: str
    parts: Sequence[Leaf | File | Branch] = ()
    attributes: str = ""
    always: bool = False


Part = Leaf | File | Branch

PlacedText = tuple[str, str]
"""A path and the text that stands there."""


def document(message: Envelope) -> Branch:
    """Return the tree of a document message."""
    header = _branch(Tag.HEADER, paths.HEADER, parts=(_document_header(message), _trace(message)))
    references = [_reference(file, number) for number, file in enumerate(message.attachments, 1)]
    manifest = _branch(Tag.MANIFEST, paths.MANIFEST, parts=references, attributes='version="1.0"', always=True)
    envelope = _envelope(header, _branch(Tag.BODY, paths.BODY, parts=(manifest,)))
    inline = () if message.is_bundled else message.attachments
    files = [_attachment(file, number) for number, file in enumerate(inline, 1)]
    return _root(envelope, Branch(Tag.ATTACHMENTS, paths.ENCODED, files, always=True))


def status(message: StatusReport) -> Branch:
    """Return the tree of a status message."""
    staff = () if message.staff is None else _staff(message.staff)
    parts: tuple[Part, ...] = (
        _organization(Tag.FROM, paths.FROM, organization=message.sender),
        _response_for(message.response_for, paths.RESPONSE_FOR),
        _branch(Tag.STAFF_INFO, paths.STATUS_STAFF, parts=staff),
        *_leaves(
            (Tag.STATUS_CODE, message.status),
            (Tag.DESCRIPTION, message.description),
            (Tag.TIMESTAMP, message.timestamp),
        ),
    )
    return _root(
        _envelope(
            _branch(Tag.HEADER, paths.HEADER, parts=(_branch(Tag.MESSAGE_HEADER, paths.MESSAGE_HEADER, parts=parts),))
        )
    )


def texts_of(tree: Branch) -> Iterator[PlacedText]:
    """Yield every text of the tree with its path, in the order of the wire; texts of a list carry their number."""
    leaves = 0
    for part in tree.parts:
        if isinstance(part, Branch):
            yield from texts_of(part)
        elif isinstance(part, Leaf):
            leaves += 1
            number = leaves if without_numbers(tree.path) in _LISTS else None
            yield inside(tree.path, part.name.removeprefix(f"{PREFIX}:"), number=number), part.text


def _root(*parts: Branch) -> Branch:
    return Branch(Tag.ROOT, paths.ROOT, parts, attributes=_DEFAULT_NAMESPACE, always=True)


def _envelope(*parts: Branch) -> Branch:
    return _branch(Tag.ENVELOPE, paths.ENVELOPE, parts=parts, attributes=_PREFIX_NAMESPACE, always=True)


def _branch(tag: Tag, path: str, *, parts: Sequence[Part], attributes: str = "", always: bool = False) -> Branch:
    """Return an element inside the envelope, where each carries the prefix."""
    return Branch(f"{PREFIX}:{tag}", path, parts, attributes, always)


def _leaves(*fields: tuple[Tag, _Value], prefix: str = f"{PREFIX}:") -> tuple[Leaf, ...]:
    """Return an element for each value that has a text; None and the empty text are not written."""
    return tuple(Leaf(f"{prefix}{tag}", text) for tag, value in fields if (text := _spell(value)))


def _texts(tag: Tag, texts: Sequence[str | OrganId]) -> tuple[Leaf, ...]:
    return _leaves(*((tag, text) for text in texts))


def _spell(value: _Value) -> str:
    """Return the text of a value on the wire; times are Vietnam time without an offset."""
    match value:
        case None:
            return ""
        case datetime():
            local = value.astimezone(VIETNAM)
            return f"{_spell(local.date())} {local:%H:%M:%S}"
        case date():
            return f"{value.year:04}/{value.month:02}/{value.day:02}"
        case _:
            return str(value)


def _flag(value: bool) -> str:  # noqa: FBT001  a value to spell, not an option
    return "1" if value else "0"


def _document_header(message: Envelope) -> Branch:
    responses = enumerate(message.responses_for, 1)
    tasks = _texts(Tag.TASK_CODE, message.task_codes)
    parts = (
        _organization(Tag.FROM, paths.FROM, organization=message.sender),
        *(_organization(Tag.TO, numbered(paths.TO, n), organization=to) for n, to in enumerate(message.recipients, 1)),
        *_subject_matter(message),
        _other_info(message.other),
        *(_response_for(response, numbered(paths.RESPONSE_FOR, n)) for n, response in responses),
        *_leaves((Tag.STEERING_TYPE, message.steering_type)),
        _branch(Tag.RESPONSE_FOR_TASK, paths.TASKS, parts=tasks),
        *_leaves((Tag.APPLICATION_TYPE, message.application_type)),
        _branch(Tag.TO_PLACES, paths.TO_PLACES, parts=_texts(Tag.PLACE, message.to_places)),
    )
    return _branch(Tag.MESSAGE_HEADER, paths.MESSAGE_HEADER, parts=parts)


def _organization(tag: Tag, path: str, *, organization: Organization) -> Branch:
    leaves = _leaves(
        (Tag.ORGAN_ID, organization.organ_id),
        (Tag.IN_CHARGE, organization.in_charge),
        (Tag.ORGAN_NAME, organization.name),
        (Tag.ORGAN_ADDRESS, organization.address),
        (Tag.EMAIL, organization.email),
        (Tag.TELEPHONE, organization.telephone),
        (Tag.FAX, organization.fax),
        (Tag.WEBSITE, organization.website),
    )
    return _branch(tag, path, parts=leaves, always=tag is Tag.TO)


def _subject_matter(message: Envelope) -> tuple[Part, ...]:
    code = _leaves((Tag.CODE_NUMBER, message.code.number), (Tag.CODE_NOTATION, message.code.notation))
    place_and_date = _leaves(
        (Tag.PLACE, message.promulgation_place), (Tag.PROMULGATION_DATE, message.promulgation_date)
    )
    return (
        *_leaves((Tag.DOCUMENT_ID, message.document_id)),
        _branch(Tag.CODE, paths.CODE, parts=code),
        _branch(Tag.PROMULGATION_INFO, paths.PROMULGATION, parts=place_and_date),
        _document_type(message.document_type),
        *_leaves((Tag.SUBJECT, message.subject), (Tag.CONTENT, message.content)),
        _signer(message),
        *_leaves((Tag.DUE_DATE, message.due_date)),
    )


def _document_type(document_type: DocumentType) -> Branch:
    """Return `DocumentType`; once it says anything, `TypeDetail` stands there too: readers take a missing one as -1."""
    if document_type == DocumentType(name=None):
        return _branch(Tag.DOCUMENT_TYPE, paths.DOCUMENT_TYPE, parts=())
    leaves = _leaves(
        (Tag.TYPE, document_type.type), (Tag.TYPE_DETAIL, document_type.detail), (Tag.TYPE_NAME, document_type.name)
    )
    return _branch(Tag.DOCUMENT_TYPE, paths.DOCUMENT_TYPE, parts=leaves)


def _signer(message: Envelope) -> Branch:
    signer = message.signer
    if signer is None:
        return _branch(Tag.SIGNER_INFO, paths.SIGNER, parts=())
    leaves = _leaves(
        (Tag.COMPETENCE, signer.competence), (Tag.POSITION, signer.position), (Tag.FULL_NAME, signer.full_name)
    )
    return _branch(Tag.SIGNER_INFO, paths.SIGNER, parts=leaves)


def _other_info(other: OtherInfo) -> Branch:
    leaves = _leaves(
        (Tag.PRIORITY, other.priority),
        (Tag.SPHERE, other.sphere),
        (Tag.TYPIST, other.typist),
        (Tag.COPIES, other.copies),
        (Tag.PAGES, other.pages),
        (Tag.REPLY_FORS, other.reply_fors),
        (Tag.DIRECTION, "true" if other.direction else "false"),
        (Tag.REFERENCE_CODES, other.reference_codes),
    )
    appendixes = _branch(Tag.APPENDIXES, paths.APPENDIXES, parts=_texts(Tag.APPENDIX, other.appendixes))
    return _branch(Tag.OTHER_INFO, paths.OTHER_INFO, parts=(*leaves, appendixes))


def _response_for(response: ResponseFor, path: str) -> Branch:
    leaves = _leaves(
        (Tag.ORGAN_ID, response.organ_id),
        (Tag.CODE, response.code),
        (Tag.DOCUMENT_ID, response.document_id),
        (Tag.PROMULGATION_DATE, response.promulgation_date),
    )
    return _branch(Tag.RESPONSE_FOR, path, parts=leaves)


def _trace(message: Envelope) -> Branch:
    hops = [
        _branch(
            Tag.TRACE_HEADER,
            numbered(paths.TRACE, number),
            parts=_leaves((Tag.ORGAN_ID, hop.organ_id), (Tag.TIMESTAMP, hop.timestamp)),
        )
        for number, hop in enumerate(message.trace, 1)
    ]
    return _branch(Tag.TRACE_HEADER_LIST, paths.TRACE_LIST, parts=(_business(message.business), *hops))


def _business(business: Business) -> Branch:
    replacements = [
        _replacement(item, numbered(paths.REPLACEMENT, n)) for n, item in enumerate(business.replacements, 1)
    ]
    parts: tuple[Part, ...] = (
        *_leaves(
            (Tag.DOCUMENT_ID, business.document_id),
            (Tag.BUSINESS_DOC_TYPE, business.doc_type),
            (Tag.BUSINESS_DOC_REASON, business.reason),
            (Tag.PAPER, business.paper),
        ),
        *(_update(item, numbered(paths.UPDATE, n)) for n, item in enumerate(business.updates, 1)),
        _branch(Tag.REPLACEMENT_INFO_LIST, paths.REPLACEMENTS, parts=replacements),
        *(
            _branch(Tag.STAFF_INFO, numbered(paths.STAFF, n), parts=_staff(item))
            for n, item in enumerate(business.staff, 1)
        ),
    )
    return _branch(Tag.BUSINESS, paths.BUSINESS, parts=parts)


def _update(update: UpdateInfo, path: str) -> Branch:
    list_path = inside(path, Tag.RECEIVER_LIST)
    receivers = [
        _branch(
            Tag.RECEIVER,
            inside(list_path, Tag.RECEIVER, number=number),
            parts=_leaves((Tag.ORGAN_ID, receiver.organ_id), (Tag.RECEIVER_TYPE, receiver.receiver_type)),
        )
        for number, receiver in enumerate(update.receivers, 1)
    ]
    flags = _leaves(
        (Tag.DOCUMENT_INFO, _flag(update.document_changes)), (Tag.DOCUMENT_RECEIVER, _flag(update.receivers_change))
    )
    return _branch(
        Tag.BUSINESS_DOCUMENT_INFO, path, parts=(*flags, _branch(Tag.RECEIVER_LIST, list_path, parts=receivers))
    )


def _replacement(replacement: ReplacementInfo, path: str) -> Branch:
    organ_ids = _texts(Tag.ORGAN_ID, replacement.organ_ids)
    parts: tuple[Part, ...] = (
        *_leaves((Tag.DOCUMENT_ID, replacement.document_id)),
        _branch(Tag.ORGAN_ID_LIST, inside(path, Tag.ORGAN_ID_LIST), parts=organ_ids),
    )
    return _branch(Tag.REPLACEMENT_INFO, path, parts=parts)


def _staff(staff: StaffInfo) -> tuple[Leaf, ...]:
    return _leaves(
        (Tag.DEPARTMENT, staff.department),
        (Tag.DEPARTMENT_ID, staff.department_id),
        (Tag.STAFF, staff.staff),
        (Tag.STAFF_ID, staff.staff_id),
        (Tag.EMAIL, staff.email),
        (Tag.MOBILE, staff.mobile),
    )


def _reference(attachment: Attachment, number: int) -> Branch:
    """Return the entry of the manifest: it names the file's own type, zipped or not."""
    leaves = _leaves(
        (Tag.CONTENT_ID, f"{CID}{attachment.content_id}"),
        (Tag.CONTENT_TYPE, attachment.media_type),
        (Tag.DESCRIPTION, attachment.description),
        (Tag.ATTACHMENT_NAME, attachment.name),
        *(_measures(attachment.content) if isinstance(attachment.content, Detached) else ()),
    )
    return _branch(Tag.REFERENCE, numbered(paths.REFERENCE, number), parts=leaves)


def _measures(content: Detached) -> tuple[tuple[Tag, _Value], ...]:
    """Return what the manifest says of a file that travels as a part: so the signature on the message covers it."""
    return (
        (Tag.SIZE, str(content.size)),
        (Tag.DIGEST_METHOD, DigestMethod.SHA256),
        (Tag.DIGEST_VALUE, b2a_base64(content.digest, newline=False).decode("ascii")),
    )


def _attachment(attachment: Attachment, number: int) -> Branch:
    """Return the file itself: receivers unpack it by exactly `application/zip`, or by no type at all."""
    zipped = isinstance(attachment.content, bytes) and must_be_zipped(attachment.content, attachment.name)
    leaves = _leaves(
        (Tag.CONTENT_ID, f"{CID}{attachment.content_id}"),
        (Tag.ATTACHMENT_NAME, attachment.name),
        (Tag.DESCRIPTION, attachment.description),
        (Tag.FIELD_NAME, attachment.field_name),
        (Tag.FORMAT, attachment.format),
        (Tag.CONTENT_TYPE, MEDIA_TYPE_ZIP if zipped else attachment.media_type),
        prefix="",
    )
    content = File(f"{PREFIX}:{Tag.ENCODED}", _PREFIX_NAMESPACE, attachment)
    return Branch(Tag.ATTACHMENT, numbered(paths.ATTACHMENT, number), (*leaves, content))
