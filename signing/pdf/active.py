"""What a document would do by itself in the hands of its reader: a document that acts is none that was signed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

from signing.pdf.verdict import PdfFailureCode, PdfRefused

_ACTIONS: Final = frozenset({"/JavaScript", "/Launch"})
"""Actions that run something (ISO 32000-2 tables 205 and 221)."""
_RENDITION: Final = "/Rendition"
"""An action that plays something, and may carry a script (table 218)."""
_FORMS: Final = "/XFA"
"""Another document in the form, with scripts and pages of its own (ISO 32000-1 12.7.8); PDF 2.0 took it back."""


def refuse_active_content(octets: bytes, reader: PdfFileReader) -> None:
    """Raise `PdfRefused` for scripts, launched programs and XFA forms that are reachable in the file as it is now.

    1. The form has no XFA.
    2. Where no name of such an action stands in the octets or in an object stream, there is none: nothing is walked.
    3. Else no dictionary that can be reached from the trailer is such an action. Links to addresses are none.
    """
    form = _resolved(reader.root, "/AcroForm")
    if isinstance(form, generic.DictionaryObject) and _FORMS in form:
        raise PdfRefused(PdfFailureCode.ACTIVE, _FORMS.removeprefix("/"))
    if not any(_NAMED.search(one) for one in (octets, *_object_streams(reader))):
        return
    for dictionary in _reachable(reader):
        kind = _resolved(dictionary, "/S")
        if kind in _ACTIONS or (kind == _RENDITION and "/JS" in dictionary):
            raise PdfRefused(PdfFailureCode.ACTIVE, str(kind).removeprefix("/"))


def _escapable(name: str) -> bytes:
    """Return a pattern of a name each of whose letters may be written as its number (ISO 32000-1 7.3.5)."""
    letters = "".join(f"(?:{one}|#{ord(one) >> 4:x}(?i:{ord(one) & 15:x}))" for one in name.removeprefix("/"))
    return f"/{letters}".encode("ascii")


_NAMED: Final = re.compile(b"|".join(map(_escapable, sorted({*_ACTIONS, _RENDITION}))))


def _object_streams(reader: PdfFileReader) -> Iterator[bytes]:
    """Yield what object streams hold: names in them do not stand in the octets of the file."""
    every = (reader.xrefs.object_streams_used_in(revision) for revision in range(reader.total_revisions))
    for reference in sorted({one for some in every for one in some}, key=lambda one: int(one.idnum)):
        stream = reader.get_object(reference)
        if isinstance(stream, generic.StreamObject):
            yield stream.data


def _reachable(reader: PdfFileReader) -> Iterator[generic.DictionaryObject]:
    """Yield every dictionary that can be reached from the trailer, once."""
    seen: set[generic.Reference] = set()
    waiting: list[Any] = [reader.trailer_view]
    while waiting:
        one = waiting.pop()
        if isinstance(one, generic.IndirectObject):
            if one.reference not in seen:
                seen.add(one.reference)
                waiting.append(one.get_object())
        elif isinstance(one, generic.DictionaryObject):
            yield one
            waiting.extend(one.raw_get(key) for key in one)
        elif isinstance(one, generic.ArrayObject):
            waiting.extend(one.raw_get(number) for number in range(len(one)))


def _resolved(dictionary: generic.DictionaryObject, key: str) -> Any:
    raw = dictionary.raw_get(key) if key in dictionary else None
    return raw.get_object() if isinstance(raw, generic.IndirectObject) else raw
