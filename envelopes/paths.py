"""Where a thing stands in a message: the one grammar of places for findings, extensions, reader and writer.

A path is a row of element names as they stand on the wire, from a section down, joined by dots:
`MessageHeader.To[2].OrganId`. The rules:

* The root is `""`; the sections are `Envelope`, `Header`, `MessageHeader`, `TraceHeaderList`, `Body`, `Body.Manifest`
  and `AttachmentEncoded`. No path names the section above its own (`MessageHeader`, never `Header.MessageHeader`).
* An element that may occur many times carries its number, counted from 1, even when it is alone. The number is the
  place in the model's tuple, so `Reference[2]` and `Attachment[2]` are both the second attachment of the model.
* Elements that only hold a list (`ReceiverList`, `OrganIdList` …) are one place without a number, however many there
  were.
* An element that holds nothing the model can keep is as absent: `None` for a single one, no item for a repeated one
  (`To` is the exception: each is kept, so that a recipient without an id can be reported). Unknown children of a single
  one stay under its path, and the writer makes the element for them; those of a repeated one go to its parent's path.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from envelopes.parser import Tag


def inside(parent: str, name: str, *, number: int | None = None) -> str:
    """Return the path of the child `name` of the place `parent`; `number` from 1 for elements that may repeat."""
    step = f"{name}" if number is None else f"{name}[{number}]"
    return f"{parent}.{step}" if parent else step


def numbered(path: str, number: int) -> str:
    """Return `path` with the number of one item, from 1: `MessageHeader.To` and 2 give `MessageHeader.To[2]`."""
    return f"{path}[{number}]"


def without_numbers(path: str) -> str:
    """Return the path as it stands in the tables of places and in finding codes: `MessageHeader.To.OrganId`."""
    return _NUMBER.sub("", path) if "[" in path else path


_NUMBER = re.compile(r"\[\d+\]")

ROOT: Final = ""
ENVELOPE: Final = "Envelope"
HEADER: Final = "Header"
MESSAGE_HEADER: Final = inside(ROOT, Tag.MESSAGE_HEADER)
FROM: Final = inside(MESSAGE_HEADER, Tag.FROM)
TO: Final = inside(MESSAGE_HEADER, Tag.TO)
CODE: Final = inside(MESSAGE_HEADER, Tag.CODE)
PROMULGATION: Final = inside(MESSAGE_HEADER, Tag.PROMULGATION_INFO)
DOCUMENT_TYPE: Final = inside(MESSAGE_HEADER, Tag.DOCUMENT_TYPE)
SIGNER: Final = inside(MESSAGE_HEADER, Tag.SIGNER_INFO)
OTHER_INFO: Final = inside(MESSAGE_HEADER, Tag.OTHER_INFO)
APPENDIXES: Final = inside(OTHER_INFO, Tag.APPENDIXES)
RESPONSE_FOR: Final = inside(MESSAGE_HEADER, Tag.RESPONSE_FOR)
TASKS: Final = inside(MESSAGE_HEADER, Tag.RESPONSE_FOR_TASK)
TO_PLACES: Final = inside(MESSAGE_HEADER, Tag.TO_PLACES)
STATUS_STAFF: Final = inside(MESSAGE_HEADER, Tag.STAFF_INFO)
TRACE_LIST: Final = inside(ROOT, Tag.TRACE_HEADER_LIST)
TRACE: Final = inside(TRACE_LIST, Tag.TRACE_HEADER)
BUSINESS: Final = inside(TRACE_LIST, Tag.BUSINESS)
UPDATE: Final = inside(BUSINESS, Tag.BUSINESS_DOCUMENT_INFO)
"""In the table of places. In a message `numbered(UPDATE, n)`, and its receivers below that."""
REPLACEMENTS: Final = inside(BUSINESS, Tag.REPLACEMENT_INFO_LIST)
REPLACEMENT: Final = inside(REPLACEMENTS, Tag.REPLACEMENT_INFO)
STAFF: Final = inside(BUSINESS, Tag.STAFF_INFO)
BODY: Final = "Body"
MANIFEST: Final = "Body.Manifest"
REFERENCE: Final = inside(MANIFEST, Tag.REFERENCE)
ENCODED: Final = inside(ROOT, Tag.ATTACHMENTS)
ATTACHMENT: Final = inside(ENCODED, Tag.ATTACHMENT)

_ORGANIZATION = (
    Tag.ORGAN_ID,
    Tag.IN_CHARGE,
    Tag.ORGAN_NAME,
    Tag.ORGAN_ADDRESS,
    Tag.EMAIL,
    Tag.TELEPHONE,
    Tag.FAX,
    Tag.WEBSITE,
)
_RESPONSE_FOR = (Tag.ORGAN_ID, Tag.CODE, Tag.DOCUMENT_ID, Tag.PROMULGATION_DATE)
_STAFF = (Tag.DEPARTMENT, Tag.DEPARTMENT_ID, Tag.STAFF, Tag.STAFF_ID, Tag.EMAIL, Tag.MOBILE)
_RECEIVERS = inside(UPDATE, Tag.RECEIVER_LIST)
_DOCUMENT_HEADER = (
    Tag.FROM,
    Tag.TO,
    Tag.DOCUMENT_ID,
    Tag.CODE,
    Tag.PROMULGATION_INFO,
    Tag.DOCUMENT_TYPE,
    Tag.SUBJECT,
    Tag.CONTENT,
    Tag.SIGNER_INFO,
    Tag.DUE_DATE,
    Tag.OTHER_INFO,
    Tag.RESPONSE_FOR,
    Tag.STEERING_TYPE,
    Tag.RESPONSE_FOR_TASK,
    Tag.APPLICATION_TYPE,
    Tag.TO_PLACES,
)
_OTHER_INFO = (
    Tag.PRIORITY,
    Tag.SPHERE,
    Tag.TYPIST,
    Tag.COPIES,
    Tag.PAGES,
    Tag.REPLY_FORS,
    Tag.DIRECTION,
    Tag.REFERENCE_CODES,
    Tag.APPENDIXES,
)
_BUSINESS = (
    Tag.DOCUMENT_ID,
    Tag.BUSINESS_DOC_TYPE,
    Tag.BUSINESS_DOC_REASON,
    Tag.PAPER,
    Tag.BUSINESS_DOCUMENT_INFO,
    Tag.REPLACEMENT_INFO_LIST,
    Tag.STAFF_INFO,
)
_REFERENCE = (
    Tag.CONTENT_ID,
    Tag.CONTENT_TYPE,
    Tag.DESCRIPTION,
    Tag.ATTACHMENT_NAME,
    # Ours: what the whole-document signature covers of a file that travels as a part.
    Tag.SIZE,
    Tag.DIGEST_METHOD,
    Tag.DIGEST_VALUE,
)
_ATTACHMENT = (
    Tag.CONTENT_ID,
    Tag.ATTACHMENT_NAME,
    Tag.DESCRIPTION,
    Tag.FIELD_NAME,
    Tag.FORMAT,
    Tag.CONTENT_TYPE,
    Tag.ENCODED,
)

DOCUMENT_PLACES: Final[Mapping[str, tuple[Tag, ...]]] = MappingProxyType(
    {
        ROOT: (Tag.ENVELOPE, Tag.ATTACHMENTS),
        ENVELOPE: (Tag.HEADER, Tag.BODY),
        HEADER: (Tag.MESSAGE_HEADER, Tag.TRACE_HEADER_LIST, Tag.SIGNATURE),
        MESSAGE_HEADER: _DOCUMENT_HEADER,
        FROM: _ORGANIZATION,
        TO: _ORGANIZATION,
        CODE: (Tag.CODE_NUMBER, Tag.CODE_NOTATION),
        PROMULGATION: (Tag.PLACE, Tag.PROMULGATION_DATE),
        DOCUMENT_TYPE: (Tag.TYPE, Tag.TYPE_DETAIL, Tag.TYPE_NAME),
        SIGNER: (Tag.COMPETENCE, Tag.POSITION, Tag.FULL_NAME),
        OTHER_INFO: _OTHER_INFO,
        APPENDIXES: (Tag.APPENDIX,),
        RESPONSE_FOR: _RESPONSE_FOR,
        TASKS: (Tag.TASK_CODE,),
        TO_PLACES: (Tag.PLACE,),
        TRACE_LIST: (Tag.BUSINESS, Tag.TRACE_HEADER),
        TRACE: (Tag.ORGAN_ID, Tag.TIMESTAMP),
        BUSINESS: _BUSINESS,
        UPDATE: (Tag.DOCUMENT_INFO, Tag.DOCUMENT_RECEIVER, Tag.RECEIVER_LIST),
        _RECEIVERS: (Tag.RECEIVER,),
        inside(_RECEIVERS, Tag.RECEIVER): (Tag.ORGAN_ID, Tag.RECEIVER_TYPE),
        REPLACEMENTS: (Tag.REPLACEMENT_INFO,),
        REPLACEMENT: (Tag.DOCUMENT_ID, Tag.ORGAN_ID_LIST),
        inside(REPLACEMENT, Tag.ORGAN_ID_LIST): (Tag.ORGAN_ID,),
        STAFF: _STAFF,
        BODY: (Tag.MANIFEST,),
        MANIFEST: (Tag.REFERENCE,),
        REFERENCE: _REFERENCE,
        ENCODED: (Tag.ATTACHMENT,),
        ATTACHMENT: _ATTACHMENT,
    }
)
"""The places of a document message that can hold elements, each with the children the model knows, in wire order."""

STATUS_PLACES: Final[Mapping[str, tuple[Tag, ...]]] = MappingProxyType(
    {
        ROOT: (Tag.ENVELOPE,),
        ENVELOPE: (Tag.HEADER,),
        HEADER: (Tag.MESSAGE_HEADER, Tag.SIGNATURE),
        MESSAGE_HEADER: (Tag.FROM, Tag.RESPONSE_FOR, Tag.STAFF_INFO, Tag.STATUS_CODE, Tag.DESCRIPTION, Tag.TIMESTAMP),
        FROM: _ORGANIZATION,
        RESPONSE_FOR: _RESPONSE_FOR,
        STATUS_STAFF: _STAFF,
    }
)
"""The same of a status message, where `ResponseFor` and `StaffInfo` occur once and so carry no number."""

REPEATED: Final = frozenset(
    {
        TO,
        RESPONSE_FOR,
        TRACE,
        UPDATE,
        inside(_RECEIVERS, Tag.RECEIVER),
        REPLACEMENT,
        STAFF,
        REFERENCE,
        ATTACHMENT,
    }
)
"""The places of a document message that carry a number."""
