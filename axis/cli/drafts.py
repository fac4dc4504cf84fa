"""Descriptions of messages, TOML or JSON with files beside them, made into messages of the format."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, Final

from axis.cli.draft_words import KINDS, DraftCode, draft_finding
from axis.cli.entries import Entries
from axis.cli.failures import InputRefused
from axis.cli.faults import syntax_fault
from axis.cli.files import read_file
from envelopes.codes import BusinessDocType, Priority, ReceiverType
from envelopes.detached import Detached
from envelopes.errors import Finding
from envelopes.filenames import safe_name
from envelopes.identifiers import DocumentId, IdentifierError, OrganId
from envelopes.media_types import ANY, media_type_of
from envelopes.model import (
    MEDIA_TYPE_ZIP,
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
from envelopes.texts import VIETNAM

DESCRIPTION_SUFFIXES: Final = frozenset({".toml", ".json"})
"""What the name of a description ends in."""

BUSINESS_TYPES: Final[Mapping[str, BusinessDocType]] = MappingProxyType(
    {
        "new": BusinessDocType.NEW,
        "recall": BusinessDocType.RECALL,
        "update": BusinessDocType.UPDATE,
        "replace": BusinessDocType.REPLACE,
    }
)
"""What `business` may say."""

PRIORITIES: Final[Mapping[str, Priority]] = MappingProxyType(
    {
        "normal": Priority.NORMAL,
        "urgent": Priority.URGENT,
        "very-urgent": Priority.VERY_URGENT,
        "express": Priority.EXPRESS,
        "express-timed": Priority.EXPRESS_TIMED,
    }
)
"""What `priority` may say: thường, khẩn, thượng khẩn, hỏa tốc, hỏa tốc hẹn giờ."""

_DESCRIPTION_BYTES_MAX: Final = 4 * 1024 * 1024
"""A description names its files; 20,000 recipients take under a megabyte."""


INLINE_MAX: Final = 20 * 1024 * 1024
"""Octets of a document's files, together, up to which they stand in its message, where all existing receivers read
them: base64 makes 27 MB of it, and public gateways refuse more than 50. Larger ones travel beside it."""

_BEGINNING: Final = 16
"""Octets by which the type of a file is told."""


class DescriptionRefused(InputRefused):
    """The description cannot be made into a message. Each finding's path is an entry's name."""


def read_description(path: Path, *, at: datetime, sender: OrganId | None = None) -> Envelope:
    """Return the message that a description stands for; raises `DescriptionRefused` with everything that is wrong.

    `at` is when it is sent (the trace, and its day where no date is given); `sender` speaks where `from` does not.
    Files are found from the description's folder.
    """
    findings: list[Finding] = []
    entries = Entries(_members(path), findings)
    envelope = _envelope(entries, path.parent, at=at.astimezone(VIETNAM).replace(microsecond=0), sender=sender)
    entries.finish()
    if findings or envelope is None:
        raise DescriptionRefused(tuple(findings))
    return envelope


def _members(path: Path) -> Mapping[str, object]:
    octets = read_file(path, _DESCRIPTION_BYTES_MAX)
    is_toml = path.suffix.lower() == ".toml"
    try:
        text = octets.decode("utf-8-sig")
        members: object = tomllib.loads(text) if is_toml else json.loads(text)
    except (ValueError, RecursionError) as error:
        fault = syntax_fault(error, "TOML" if is_toml else "JSON").phrase
        raise DescriptionRefused((draft_finding(DraftCode.MALFORMED, str(path), fault=fault),)) from error
    if not isinstance(members, dict):
        raise DescriptionRefused((draft_finding(DraftCode.KIND, str(path), kind=KINDS["table"]),))
    return members


def _envelope(entries: Entries, folder: Path, *, at: datetime, sender: OrganId | None) -> Envelope | None:
    organization = entries.table("from", "organ_id", build=_organization) or Organization(sender)
    if organization.organ_id is None:
        entries.wrong(DraftCode.MISSING, "from")
    recipients = entries.items("to", "organ_id", build=_organization)
    if not recipients:
        entries.wrong(DraftCode.MISSING, "to")
    code = Code(entries.text("number"), entries.text("notation"))
    day = entries.day("date") or at.date()
    document_id = entries.document_id("document_id") or _usual_id(organization.organ_id, code, day=f"{day:%Y/%m/%d}")
    envelope = Envelope(
        sender=organization,
        recipients=recipients,
        document_id=document_id,
        code=code,
        subject=entries.text("subject"),
        promulgation_place=entries.text("place"),
        promulgation_date=day,
        document_type=DocumentType(entries.text("document_type"), entries.number("document_type_number")),
        content=entries.text("content"),
        signer=entries.table("signer", "full_name", build=_signer),
        due_date=entries.day("due_date"),
        other=_other(entries),
        responses_for=entries.items("responses_for", "document_id", build=_response_for),
        steering_type=entries.number("steering_type") or 0,
        to_places=entries.texts("to_places"),
        trace=(TraceHeader(organization.organ_id, at),),
        business=_business(entries),
        attachments=_attachments(entries, folder),
    )
    return None if entries.findings else envelope


def _usual_id(organ_id: OrganId | None, code: Code, *, day: str) -> DocumentId | None:
    """Return `OrganId,YYYY/MM/DD,Number/Notation`, as agency software commonly writes it."""
    try:
        return DocumentId(f"{organ_id},{day},{code}") if organ_id and code.number else None
    except IdentifierError:
        return None


def _organization(entry: Entries) -> Organization:
    return Organization(
        organ_id=entry.organ_id("organ_id", is_required=True),
        in_charge=entry.text("in_charge"),
        name=entry.text("name"),
        address=entry.text("address"),
        email=entry.text("email"),
        telephone=entry.text("telephone"),
        fax=entry.text("fax"),
        website=entry.text("website"),
    )


def _signer(entry: Entries) -> SignerInfo:
    return SignerInfo(
        entry.text("full_name", is_required=True) or "?", entry.text("position"), entry.text("competence")
    )


def _staff(entry: Entries) -> StaffInfo:
    return StaffInfo(
        department=entry.text("department"),
        staff=entry.text("staff", is_required=True) or "?",
        email=entry.text("email"),
        mobile=entry.text("mobile"),
    )


def _other(entries: Entries) -> OtherInfo:
    return OtherInfo(
        priority=entries.choice("priority", PRIORITIES, default=Priority.NORMAL),
        sphere=entries.text("sphere"),
        typist=entries.text("typist"),
        copies=entries.number("copies"),
        pages=entries.number("pages"),
        appendixes=entries.texts("appendixes"),
    )


def _response_for(entry: Entries) -> ResponseFor:
    return ResponseFor(
        organ_id=entry.organ_id("organ_id"),
        code=entry.text("code"),
        promulgation_date=entry.day("date"),
        document_id=entry.document_id("document_id"),
    )


def _business(entries: Entries) -> Business:
    added = tuple(Receiver(one, ReceiverType.ADDED) for one in entries.organ_ids("add"))
    removed = tuple(Receiver(one, ReceiverType.REMOVED) for one in entries.organ_ids("remove"))
    doc_type = entries.choice("business", BUSINESS_TYPES, default=BusinessDocType.NEW)
    changes_document = entries.switch("changes_document")
    update = UpdateInfo(changes_document, bool(added or removed), (*removed, *added))
    staff = entries.table("staff", "staff", build=_staff)
    return Business(
        doc_type=doc_type,
        reason=entries.text("reason"),
        document_id=entries.document_id("target"),
        updates=(update,) if doc_type is BusinessDocType.UPDATE else (),
        replacements=tuple(ReplacementInfo(one) for one in entries.document_ids("replaces")),
        staff=() if staff is None else (staff,),
    )


def _attachments(entries: Entries, folder: Path) -> tuple[Attachment, ...]:
    """Return the files of a description: in memory, or, where they are large together, from where they are."""
    sizes: list[int] = []
    found = entries.items("attachments", "file", build=lambda entry: _attachment(entry, folder, sizes=sizes))
    files = tuple(one for one in found if one is not None)
    if sum(sizes) > INLINE_MAX:
        return files
    return tuple(_in_memory(one) for one in files)


def _attachment(entry: Entries, folder: Path, *, sizes: list[int]) -> Attachment | None:
    file = entry.text("file", is_required=True)
    name, media_type = entry.text("name"), entry.text("media_type")
    description = entry.text("description")
    if file is None:
        return None
    path = folder / file
    try:
        content = Detached.measured(partial(_octets_of, path))
        with content.open() as octets:
            beginning = octets.read(_BEGINNING)
    except OSError:
        entry.wrong(DraftCode.FILE, "file", value=file[:40])
        return None
    sizes.append(content.size)
    shown = safe_name(name or path.name).text
    found = media_type or media_type_of(shown, beginning)
    if found == MEDIA_TYPE_ZIP and not shown.endswith(".zip"):
        found = ANY
    # The entry's own path is unique in the package and the same each time it is built.
    content_id = entry.path.replace("[", "-").rstrip("]")
    return Attachment(content_id, shown, content, found, description)


def _octets_of(path: Path) -> BinaryIO:
    """Return the octets of a regular file; raises `OSError`, for others too, which might never end."""
    if not path.is_file():
        raise FileNotFoundError(path)
    return path.open("rb")


def _in_memory(file: Attachment) -> Attachment:
    with file.open() as octets:
        return replace(file, content=octets.read())
