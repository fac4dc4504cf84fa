"""A document message as data (QCVN 102:2016 `edoc`), independent of how it was spelled on the wire."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from operator import attrgetter
from typing import BinaryIO

from envelopes import paths
from envelopes.codes import BusinessDocType, Priority, ReceiverType, UnknownCode
from envelopes.detached import Detached
from envelopes.errors import InvalidModel
from envelopes.extensions import check_attachment_neighbour, check_element, check_places
from envelopes.identifiers import DocumentId, OrganId
from envelopes.parser import Tag
from envelopes.paths import inside, numbered
from envelopes.texts import (
    check_attachment_name,
    check_code,
    check_local_second,
    check_number,
    check_something,
    check_texts,
)

MEDIA_TYPE_ZIP = "application/zip"
"""The one type existing receivers unpack by: reserved for what the writer itself zipped, or names ending in .zip."""


@dataclass(frozen=True, slots=True)
class Extension:
    """An element no published table names, kept so that it survives a rewrite.

    `path` is the canonical place of its parent, e.g. `MessageHeader.OtherInfo` or `AttachmentEncoded.Attachment[1]`
    (`""` is the root); `xml` is the element in exclusive C14N, self-contained.
    """

    path: str
    xml: bytes

    def __post_init__(self) -> None:
        check_element(self.xml)
        if self.path == paths.ENCODED:
            check_attachment_neighbour(self.xml)


@dataclass(frozen=True, slots=True)
class Organization:
    """`From` or `To`: who, in the sender's words. Only `organ_id` routes; names in messages are not authoritative.

    `organ_id` is None where the message carried none that can be read.
    """

    organ_id: OrganId | None
    in_charge: str | None = None
    name: str | None = None
    address: str | None = None
    email: str | None = None
    telephone: str | None = None
    fax: str | None = None
    website: str | None = None

    def __post_init__(self) -> None:
        check_texts(self)


@dataclass(frozen=True, slots=True)
class Code:
    """`Code`: number and notation, printed with a slash between them."""

    number: str | None
    notation: str | None

    def __post_init__(self) -> None:
        check_texts(self)

    def __str__(self) -> str:
        return "/".join(part for part in (self.number, self.notation) if part)


@dataclass(frozen=True, slots=True)
class DocumentType:
    """`DocumentType`: `name` is authoritative for people; the numbers mean different things to different builders.

    `detail` is never None: existing receivers read a missing one as -1, so builders write 0.
    """

    name: str | None
    type: int | None = None
    detail: int = 0

    def __post_init__(self) -> None:
        check_texts(self)
        check_number(self.type)
        check_number(self.detail)


@dataclass(frozen=True, slots=True)
class SignerInfo:
    """`SignerInfo`: capacity (`KT. GIÁM ĐỐC`), title and name of the person who signed."""

    full_name: str | None
    position: str | None = None
    competence: str | None = None

    def __post_init__(self) -> None:
        check_something(self)
        check_texts(self)


@dataclass(frozen=True, slots=True)
class OtherInfo:
    """`OtherInfo`: urgency and the small print."""

    priority: Priority | UnknownCode = Priority.NORMAL
    sphere: str | None = None
    typist: str | None = None
    copies: int | None = None
    pages: int | None = None
    reply_fors: str | None = None
    direction: bool = False
    reference_codes: str | None = None
    appendixes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_texts(self)
        check_code(self.priority, Priority)
        if self.priority == UnknownCode(""):
            raise InvalidModel("a missing priority is the normal one")
        check_number(self.copies)
        check_number(self.pages)


@dataclass(frozen=True, slots=True)
class ResponseFor:
    """`ResponseFor`: the document being answered; `organ_id` is its issuer (in a status: the addressee)."""

    organ_id: OrganId | None
    code: str | None = None
    promulgation_date: date | None = None
    document_id: DocumentId | None = None

    def __post_init__(self) -> None:
        check_texts(self)


@dataclass(frozen=True, slots=True)
class TraceHeader:
    """One hop: an agency and when the message stood there (whole seconds, aware)."""

    organ_id: OrganId | None
    timestamp: datetime | None

    def __post_init__(self) -> None:
        check_something(self)
        check_local_second(self.timestamp)


@dataclass(frozen=True, slots=True)
class StaffInfo:
    """`StaffInfo`: the clerk who performed the operation."""

    department: str | None = None
    department_id: str | None = None
    staff: str | None = None
    staff_id: str | None = None
    email: str | None = None
    mobile: str | None = None

    def __post_init__(self) -> None:
        check_something(self)
        check_texts(self)


@dataclass(frozen=True, slots=True)
class Receiver:
    """One agency that an update adds to or removes from the recipients."""

    organ_id: OrganId | None
    receiver_type: ReceiverType | UnknownCode

    def __post_init__(self) -> None:
        check_code(self.receiver_type, ReceiverType)
        if self.organ_id is None and self.receiver_type == UnknownCode(""):
            raise InvalidModel("Receiver: nothing in it, leave it out")


@dataclass(frozen=True, slots=True)
class UpdateInfo:
    """`BussinessDocumentInfo` of an update: what changes."""

    document_changes: bool
    receivers_change: bool
    receivers: tuple[Receiver, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplacementInfo:
    """One replaced document and the agencies for which it is replaced."""

    document_id: DocumentId | None
    organ_ids: tuple[OrganId, ...] = ()

    def __post_init__(self) -> None:
        check_something(self)


@dataclass(frozen=True, slots=True)
class Business:
    """`Bussiness`: what the message does, why, and to which earlier document."""

    doc_type: BusinessDocType | UnknownCode = BusinessDocType.NEW
    reason: str | None = None
    document_id: DocumentId | None = None
    paper: int | None = 0
    updates: tuple[UpdateInfo, ...] = ()
    replacements: tuple[ReplacementInfo, ...] = ()
    staff: tuple[StaffInfo, ...] = ()

    def __post_init__(self) -> None:
        check_texts(self)
        check_code(self.doc_type, BusinessDocType)
        if self.doc_type == UnknownCode(""):
            raise InvalidModel("a missing business type is that of a new document")
        check_number(self.paper)


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file of the package, decoded: what the writer zipped or encoded is undone here.

    `content` are its octets, or where they are: detached ones travel as a part of their own (`bundles`), never zipped,
    and all files of a package travel in the same way. `field_name` and `format` go with octets alone.

    `content_id` is without `cid:`. `media_type` is the file's own type, `application/zip` only where `name` ends in
    `.zip`, in small letters: existing receivers unpack anything else with that label.
    """

    content_id: str
    name: str
    content: bytes | Detached
    media_type: str = "application/octet-stream"
    description: str | None = None
    field_name: str | None = None
    format: str | None = None

    def __post_init__(self) -> None:
        check_texts(self)
        check_attachment_name(self.name)
        if self.format is not None:
            check_attachment_name(self.format)
        if not self.content_id or self.content_id.lower().startswith("cid:"):
            raise InvalidModel("content_id is written without cid: and never empty")
        if self.media_type.strip().lower() == MEDIA_TYPE_ZIP and not self.name.endswith(".zip"):
            raise InvalidModel("application/zip is for names that end in .zip")
        if isinstance(self.content, Detached) and (self.field_name or self.format):
            raise InvalidModel("field_name and format stand beside the octets of a file")

    @property
    def is_detached(self) -> bool:
        """Whether the octets travel as a part of their own, and are not in memory."""
        return isinstance(self.content, Detached)

    @property
    def size(self) -> int:
        """How many octets the file has."""
        return self.content.size if isinstance(self.content, Detached) else len(self.content)

    @property
    def digest(self) -> bytes:
        """The SHA-256 of the file's octets."""
        return self.content.digest if isinstance(self.content, Detached) else sha256(self.content).digest()

    def open(self) -> BinaryIO:
        """Return the file's octets as a seekable stream, which the caller closes."""
        return self.content.open() if isinstance(self.content, Detached) else io.BytesIO(self.content)


@dataclass(frozen=True, slots=True)
class Envelope:
    """One document message: everything the sender said, nothing about how it was signed or carried.

    Reading a written envelope gives an equal one. Elements outside the tables are in `extensions`, sorted by place.
    """

    sender: Organization
    recipients: tuple[Organization, ...]
    document_id: DocumentId | None
    code: Code
    subject: str | None
    promulgation_place: str | None = None
    promulgation_date: date | None = None
    document_type: DocumentType = DocumentType(name=None)
    content: str | None = None
    signer: SignerInfo | None = None
    due_date: date | None = None
    other: OtherInfo = OtherInfo()
    responses_for: tuple[ResponseFor, ...] = ()
    steering_type: int = 0
    task_codes: tuple[str, ...] = ()
    application_type: str | None = None
    to_places: tuple[str, ...] = ()
    trace: tuple[TraceHeader, ...] = ()
    business: Business = Business()
    attachments: tuple[Attachment, ...] = ()
    extensions: tuple[Extension, ...] = ()

    def __post_init__(self) -> None:
        check_texts(self)
        check_number(self.steering_type)
        for response in self.responses_for:
            check_something(response)
        if len({attachment.content_id for attachment in self.attachments}) < len(self.attachments):
            raise InvalidModel("each attachment has a content_id of its own")
        if len({attachment.is_detached for attachment in self.attachments}) > 1:
            raise InvalidModel("all files of a package travel in the same way")
        self._settle_extensions()

    def _settle_extensions(self) -> None:
        """Put the extensions in one order: only inside one element does their order mean anything."""
        if self.extensions:
            placed = ((extension.path, extension.xml) for extension in self.extensions)
            check_places(placed, paths.DOCUMENT_PLACES, repeated=paths.REPEATED, items=_items(self))
            object.__setattr__(self, "extensions", tuple(sorted(self.extensions, key=attrgetter("path"))))

    @property
    def is_bundled(self) -> bool:
        """Whether the files travel as parts of a multipart/related package."""
        return any(attachment.is_detached for attachment in self.attachments)

    @property
    def target_document_id(self) -> DocumentId | None:
        """Return the id of the document a recall or update speaks of.

        `Bussiness/DocumentId` where present; senders that follow the operator's recall sample repeat the header's.
        """
        return self.business.document_id or self.document_id


def _items(envelope: Envelope) -> frozenset[str]:
    """Return the path of every element of the message that carries a number."""
    business = envelope.business
    repeated = (
        (paths.TO, envelope.recipients),
        (paths.RESPONSE_FOR, envelope.responses_for),
        (paths.TRACE, envelope.trace),
        (paths.UPDATE, business.updates),
        (paths.REPLACEMENT, business.replacements),
        (paths.STAFF, business.staff),
        (paths.REFERENCE, envelope.attachments),
        (paths.ATTACHMENT, () if envelope.is_bundled else envelope.attachments),
        *(
            (inside(inside(numbered(paths.UPDATE, number), Tag.RECEIVER_LIST), Tag.RECEIVER), update.receivers)
            for number, update in enumerate(business.updates, 1)
        ),
    )
    return frozenset(numbered(place, number) for place, items in repeated for number in range(1, len(items) + 1))
