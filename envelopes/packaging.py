"""Attachments as they travel: paired with the manifest, decoded from base64, unpacked where they were zipped."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from envelopes.base64_texts import decode_base64
from envelopes.bundles import FilePart, is_said_alike
from envelopes.detached import STEP, Detached
from envelopes.errors import UnreadableMessage
from envelopes.evidence_facts import DigestMethod
from envelopes.filenames import safe_name
from envelopes.limits import ATTACHMENTS_MAX, UNPACKED_TOTAL_MAX
from envelopes.measures import Measures, check_measures, measures_in
from envelopes.media_types import ANY, media_type_of
from envelopes.model import MEDIA_TYPE_ZIP, Attachment
from envelopes.parser import Tag, parse
from envelopes.paths import ATTACHMENT, ENCODED, MANIFEST, REFERENCE, inside, numbered
from envelopes.remarks import Reason
from envelopes.sections import Section
from envelopes.unzipping import only_file, promised_size
from envelopes.zipping import must_be_zipped

_CID = re.compile(r"(?:cid:\s*)+", re.IGNORECASE)
HREF: Final = "{http://www.w3.org/1999/xlink}href"
"""Where references of legacy messages name their part."""


@dataclass(frozen=True, slots=True)
class _Listed:
    """One entry of the manifest."""

    entry: Section
    content_id: str | None
    name: str | None
    media_type: str | None
    description: str | None
    measures: Measures | None

    @property
    def path(self) -> str:
        """Where it stands."""
        return self.entry.path


@dataclass(frozen=True, slots=True)
class _Label:
    """What is said about one attachment, in both places together."""

    name: str
    written_name: str | None
    own_type: str | None
    written_type: str | None
    listed_type: str | None

    @property
    def claims_zip(self) -> bool:
        """True where the content must be a ZIP of one file: where existing receivers may unpack it unseen."""
        return self.own_type in {None, MEDIA_TYPE_ZIP} and not (self.written_name or "").endswith(".zip")

    @property
    def is_unpacked_by_receivers(self) -> bool:
        """True where existing receivers unpack the content for certain; they compare letter for letter."""
        return self.claims_zip and self.written_type in {None, MEDIA_TYPE_ZIP}

    @property
    def is_archive(self) -> bool:
        """True where the file itself may be called a ZIP."""
        return self.name.endswith(".zip")

    def type_of(self, content: bytes, *, unpacked: bool) -> str:
        """Return the type of the file itself: what its sender says of it, unless that is the ZIP around it."""
        said: tuple[str | None, ...] = (self.listed_type,) if unpacked else (self.own_type, self.listed_type)
        for media_type in (*said, media_type_of(self.name, content)):
            if media_type and (media_type.lower() != MEDIA_TYPE_ZIP or self.is_archive):
                return media_type
        return ANY


def promised_sizes(octets: bytes) -> int:
    """Return how many octets the attachments of a package unpack to at most, as their archives promise.

    0 for what cannot be read. Unpacks nothing, and believes nothing of who signed it.
    """
    try:
        root = parse(octets)
    except UnreadableMessage:
        return 0
    decoded = (decode_base64(element.text or "") for element in root.iter(f"{{*}}{Tag.ENCODED}"))
    return min(UNPACKED_TOTAL_MAX, sum(promised_size(archive) for archive in decoded if archive))


def content_id_in(section: Section) -> str | None:
    """Return the ContentId of a section without the `cid:` that builders write on both sides, on one, or on none."""
    raw = section.text(Tag.CONTENT_ID)
    return bare_content_id(raw) if raw else None


def bare_content_id(raw: str) -> str | None:
    """Return a ContentId without `cid:`, None where nothing is left."""
    prefix = _CID.match(raw)
    return (raw[prefix.end() :] if prefix else raw).strip() or None


def read_attachments(manifest: Section, encoded: Section) -> tuple[Attachment, ...]:
    """Return the files of a package in the order they are attached.

    What cannot be paired or decoded is remarked upon; what cannot be decoded is left out. Beyond `ATTACHMENTS_MAX`
    nothing is decoded.
    """
    notes = encoded.notes
    files = encoded.items(Tag.ATTACHMENT, _not_empty)
    numbers = _numbers(files)
    listed = _listed(manifest, numbers)
    for content_id, number in numbers.items():
        if content_id not in listed:
            notes.remark(Reason.NOT_IN_MANIFEST, numbered(ATTACHMENT, number))
    if len(files) > ATTACHMENTS_MAX:
        notes.remark(Reason.ATTACHMENTS_TOO_MANY, ATTACHMENT)
    attachments: list[Attachment] = []
    allowance = UNPACKED_TOTAL_MAX
    for content_id, number in numbers.items():
        if number <= ATTACHMENTS_MAX:
            attachment = _attachment(files[number - 1], content_id, listed=listed.get(content_id), allowance=allowance)
            if attachment is not None:
                attachments.append(attachment)
                allowance -= attachment.size
    if len(attachments) < len(files):
        notes.lift(ATTACHMENT, ENCODED)
        notes.lift(REFERENCE, MANIFEST)
    return tuple(attachments)


def read_parts(manifest: Section, encoded: Section, *, parts: Sequence[FilePart]) -> tuple[Attachment, ...]:
    """Return the files of a package that came as parts beside the message, in their order.

    What cannot be paired is remarked upon and left out; so is a file whose size or digest is not the one in the
    manifest. Everything that is said of a file is what the manifest says: the headers of a part are signed by nobody.
    """
    notes = manifest.notes
    if encoded.items(Tag.ATTACHMENT, _not_empty):
        notes.remark(Reason.ATTACHED_IN_TWO_WAYS, ATTACHMENT)
    numbers = {part.content_id: number for number, part in enumerate(parts, 1)}
    listed = _listed(manifest, numbers)
    for content_id in numbers:
        if content_id not in listed:
            notes.remark(Reason.NOT_IN_MANIFEST, MANIFEST, value=content_id)
    if [one for one in listed if one in numbers] != [one for one in numbers if one in listed]:
        notes.remark(Reason.PARTS_OUT_OF_ORDER, MANIFEST)
    found = [_detached(part, listed[part.content_id]) for part in parts if part.content_id in listed]
    attachments = tuple(one for one in found if one is not None)
    if len(attachments) < len(listed):
        notes.lift(REFERENCE, MANIFEST)
    return attachments


def _detached(part: FilePart, listed: _Listed) -> Attachment | None:
    """Return the file of a part under its signed name and type."""
    section, content = listed.entry, part.content
    if listed.name is None:
        section.notes.remark(Reason.NAME_MISSING, section.place_of(Tag.ATTACHMENT_NAME))
        return None
    name = safe_name(listed.name)
    for reason in name.reasons:
        section.notes.remark(reason, section.place_of(Tag.ATTACHMENT_NAME))
    if listed.media_type is not None and not is_said_alike(part.media_type, listed.media_type):
        section.notes.remark(Reason.PART_TYPE_DIFFERS, section.place_of(Tag.CONTENT_TYPE))
    if listed.measures is not None:
        check_measures(
            listed.measures, section, size=content.size, digest_by=lambda method: _digest_of(content, method)
        )
    label = _Label(name.text, None, None, None, listed.media_type)
    return Attachment(
        content_id=part.content_id,
        name=name.text,
        content=content,
        media_type=label.type_of(b"", unpacked=True),
        description=listed.description,
    )


def _digest_of(content: Detached, method: DigestMethod) -> bytes:
    """Return a digest of detached octets; any but SHA-256, which is known, takes reading them once more."""
    if method is DigestMethod.SHA256:
        return content.digest
    hasher = hashlib.new(method.name)
    with content.open() as stream:
        while piece := stream.read(STEP):
            hasher.update(piece)
    return hasher.digest()


def _not_empty(section: Section) -> Section | None:
    if section.is_empty:
        section.notes.has_empty_attachments = True
        return None
    return section


def _numbers(files: Sequence[Section]) -> Mapping[str, int]:
    """Return the number (from 1) of the attachment that each ContentId belongs to."""
    numbers: dict[str, int] = {}
    for number, section in enumerate(files, 1):
        content_id = content_id_in(section)
        if content_id is None:
            section.notes.remark(Reason.CONTENT_ID_MISSING, section.place_of(Tag.CONTENT_ID))
        elif content_id in numbers:
            section.notes.remark(Reason.CONTENT_ID_REPEATED, section.place_of(Tag.CONTENT_ID))
        else:
            numbers[content_id] = number
    return numbers


def _listed(manifest: Section, numbers: Mapping[str, int]) -> Mapping[str, _Listed]:
    """Return the entries of the manifest by ContentId."""
    listed: dict[str, _Listed] = {}
    for entry in manifest.items(Tag.REFERENCE, partial(_reference, numbers=numbers)):
        place = inside(entry.path, Tag.CONTENT_ID)
        if entry.content_id is None:
            manifest.notes.remark(Reason.CONTENT_ID_MISSING, place)
        elif entry.content_id in listed:
            manifest.notes.remark(Reason.CONTENT_ID_REPEATED, place)
        else:
            listed[entry.content_id] = entry
            if entry.content_id not in numbers:
                manifest.notes.remark(Reason.NOT_ATTACHED, entry.path)
    return listed


def _reference(section: Section, numbers: Mapping[str, int]) -> _Listed | None:
    href = section.attribute(HREF)
    content_id = content_id_in(section) or (bare_content_id(href) if href else None)
    if section.is_empty and content_id is None:
        return None
    number = numbers.get(content_id) if content_id else None
    section.give_extensions_to(numbered(REFERENCE, number) if number else MANIFEST)
    return _Listed(
        entry=section,
        content_id=content_id,
        name=section.text(Tag.ATTACHMENT_NAME),
        media_type=section.text(Tag.CONTENT_TYPE),
        description=section.text(Tag.DESCRIPTION),
        measures=measures_in(section, is_required=section.parts is not None),
    )


def _attachment(section: Section, content_id: str, *, listed: _Listed | None, allowance: int) -> Attachment | None:
    name = _name(section, listed)
    if name is None:
        return None
    label = _Label(
        name=name,
        written_name=section.raw(Tag.ATTACHMENT_NAME),
        own_type=section.text(Tag.CONTENT_TYPE),
        written_type=section.raw(Tag.CONTENT_TYPE),
        listed_type=listed.media_type if listed else None,
    )
    octets = _octets(section)
    if octets is None:
        return None
    content = _file(section, label, octets=octets, allowance=allowance)
    if content is None:
        return None
    if listed is not None and listed.measures is not None:
        check_measures(
            listed.measures,
            listed.entry,
            size=len(content),
            digest_by=lambda method: hashlib.new(method.name, content).digest(),
        )
    return Attachment(
        content_id=content_id,
        name=name,
        content=content,
        media_type=label.type_of(content, unpacked=content is not octets),
        description=section.text(Tag.DESCRIPTION) or (listed.description if listed else None),
        field_name=section.text(Tag.FIELD_NAME),
        format=_format(section),
    )


def _name(section: Section, listed: _Listed | None) -> str | None:
    """Return the safe name of the file; a manifest that gives another one is remarked upon."""
    raw = section.text(Tag.ATTACHMENT_NAME)
    place = section.place_of(Tag.ATTACHMENT_NAME)
    if raw is None:
        section.notes.remark(Reason.NAME_MISSING, place)
        return None
    if listed and listed.name and _composed(listed.name) != _composed(raw):
        section.notes.remark(Reason.NAMES_DIFFER, inside(listed.path, Tag.ATTACHMENT_NAME))
    name = safe_name(raw)
    for reason in name.reasons:
        section.notes.remark(reason, place)
    return name.text


def _format(section: Section) -> str | None:
    """Return the suffix that existing receivers give the file they store; one that leads elsewhere is dropped."""
    text = section.text(Tag.FORMAT)
    if text is None or safe_name(text).text == text:
        return text
    section.notes.remark(Reason.FORMAT_IS_A_PATH, section.place_of(Tag.FORMAT))
    return None


def _octets(section: Section) -> bytes | None:
    raw = section.raw(Tag.ENCODED)
    if raw is None:
        section.notes.remark(Reason.CONTENT_MISSING, section.place_of(Tag.ENCODED))
        return None
    octets = decode_base64(raw)
    if octets is None:
        section.notes.remark(Reason.NOT_BASE64, section.place_of(Tag.ENCODED))
    return octets


def _file(section: Section, label: _Label, *, octets: bytes, allowance: int) -> bytes | None:
    """Return the file itself: unpacked where it was zipped, else the octets as they are; None where neither is safe.

    The rule: zipped is what existing receivers take for zipped, by its label, and what begins like an archive under a
    name that is none. An archive of more files than one is a file.
    """
    is_recognised = must_be_zipped(octets, label.name)
    if not (label.claims_zip or is_recognised):
        return octets
    found = only_file(octets, allowance)
    if isinstance(found, bytes):
        if not label.is_unpacked_by_receivers:
            section.notes.remark(Reason.ZIP_UNLABELLED, section.place_of(Tag.CONTENT_TYPE))
        return found
    if found is not Reason.NOT_A_ZIP_OF_ONE:
        section.notes.remark(found, section.place_of(Tag.ENCODED))
        return None
    if label.claims_zip:
        section.notes.remark(found, section.place_of(Tag.CONTENT_TYPE))
    return octets


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)
