"""Opens a PDF for judging: strictly, within limits, and with every filled signature field in hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.form_tools import enumerate_fields_in
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.xref import XRefSectionType

from signing.pdf.active import refuse_active_content
from signing.pdf.limits import MAGIC, PAGE_DEPTH_MAX, PAGES_MAX, PDF_BYTES_MAX, REVISIONS_MAX, SIGNATURES_MAX
from signing.pdf.reading import StrictReader
from signing.pdf.verdict import PdfFailureCode, PdfRefused

_END: Final = b"%%EOF"
_PADDING: Final = b"\0\t\r\n "


@dataclass(frozen=True, slots=True)
class SignatureField:
    """A filled signature field: its full name, and where it and its signature dictionary are."""

    name: str
    field: generic.DictionaryObject
    value: generic.Reference
    reference: generic.Reference


@dataclass(frozen=True, slots=True)
class Opened:
    """A PDF that may be judged, its signature fields in the order in which they were signed, and its pages."""

    octets: bytes
    reader: PdfFileReader
    fields: tuple[SignatureField, ...]
    pages: frozenset[generic.Reference]


def open_pdf(octets: bytes) -> Opened:
    """Return the opened PDF; raises `PdfRefused`, and whatever the library raises for what is no PDF.

    1. The size; `%PDF-` as the first octets and `%%EOF` as the last: what follows it is covered by nothing.
    2. Read strictly (`reading.py`): what readers might see differently is an error. Nothing is executed or fetched.
    3. Not encrypted: a signature over what only some can read is none that a recipient can rely on.
    4. At most 64 revisions; a page tree that is a tree, of at most 10,000 pages.
    5. Nothing in it acts by itself (`active.py`).
    6. At most 16 filled signature fields, each with a dictionary of its own.
    """
    if len(octets) > PDF_BYTES_MAX:
        raise PdfRefused(PdfFailureCode.TOO_LARGE, str(len(octets)))
    if not octets.startswith(MAGIC):
        raise PdfRefused(PdfFailureCode.UNREADABLE, "%PDF-")
    if not octets.rstrip(_PADDING).endswith(_END):
        raise PdfRefused(PdfFailureCode.UNREADABLE, _END.decode("ascii"))
    reader = StrictReader(octets)
    if "/Encrypt" in reader.trailer:
        raise PdfRefused(PdfFailureCode.ENCRYPTED)
    if reader.total_revisions > REVISIONS_MAX:
        raise PdfRefused(PdfFailureCode.TOO_MANY_REVISIONS, str(reader.total_revisions))
    pages = _pages(reader)
    refuse_active_content(octets, reader)
    return Opened(octets, reader, _signature_fields(reader), pages)


def refuse_later_hybrids(reader: PdfFileReader, revision: int) -> None:
    """Raise `PdfRefused` where a revision after the given one is a hybrid of a table and a stream of references.

    Office programs write such files, and what was there when it was signed was signed. Appended later, it would show
    two readers two documents.
    """
    for later in range(revision + 1, reader.total_revisions):
        kind = reader.xrefs.get_xref_container_info(later).xref_section_type
        if kind in {XRefSectionType.HYBRID_MAIN, XRefSectionType.HYBRID_STREAM}:
            raise PdfRefused(PdfFailureCode.HYBRID, str(later))


def _pages(reader: PdfFileReader) -> frozenset[generic.Reference]:
    """Return the pages, the tree walked once: every node of it is met once, or it is no tree."""
    seen: set[generic.Reference] = set()
    pages: set[generic.Reference] = set()
    open_nodes = [(reader.root.raw_get("/Pages"), 0)]
    while open_nodes:
        node, depth = open_nodes.pop()
        if not isinstance(node, generic.IndirectObject) or node.reference in seen or depth > PAGE_DEPTH_MAX:
            raise PdfRefused(PdfFailureCode.PAGE_TREE)
        seen.add(node.reference)
        dictionary: Any = node.reference.get_object()
        if dictionary["/Type"] == "/Page":
            pages.add(node.reference)
        else:
            kids = dictionary["/Kids"]
            open_nodes.extend((kids.raw_get(number), depth + 1) for number in range(len(kids)))
        if len(pages) + len(open_nodes) > PAGES_MAX:
            raise PdfRefused(PdfFailureCode.TOO_MANY_PAGES)
    return frozenset(pages)


def _signature_fields(reader: PdfFileReader) -> tuple[SignatureField, ...]:
    try:
        fields = reader.root["/AcroForm"]["/Fields"]
    except KeyError:
        return ()
    found: list[SignatureField] = []
    every: Iterator[tuple[str, Any, Any]] = enumerate_fields_in(
        fields, filled_status=True, refs_seen=set(), target_field_type="/Sig"
    )
    for name, _, reference in every:
        if len(found) == SIGNATURES_MAX:
            raise PdfRefused(PdfFailureCode.TOO_MANY_SIGNATURES)
        field = reference.get_object()
        value = field.raw_get("/V")
        if not isinstance(value, generic.IndirectObject):
            raise PdfRefused(PdfFailureCode.INCOMPLETE, "/V")
        found.append(SignatureField(str(name), field, value.reference, reference.reference))
    if len({one.value for one in found}) != len(found):
        raise PdfRefused(PdfFailureCode.SHARED)
    return tuple(sorted(found, key=lambda one: reader.xrefs.get_last_change(one.value)))
