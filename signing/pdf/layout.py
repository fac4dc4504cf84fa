"""Where a signature stands in the octets: its byte range leaves out its own `Contents` and nothing else."""

from __future__ import annotations

import re
from typing import Final

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

from signing.pdf.limits import CONTENTS_BYTES_MAX
from signing.pdf.verdict import PdfFailureCode, PdfRefused

_HEX: Final = re.compile(rb"<(?:[0-9A-Fa-f]{2})+>")
_END_OF_OBJECT: Final = b"endobj"
_RANGE_NUMBERS: Final = 4


def refuse_repeated_keys(octets: bytes, reference: generic.Reference, *, reader: PdfFileReader) -> None:
    """Raise `PdfRefused` where the signature dictionary names `Contents` or `ByteRange` twice: readers take either.

    The dictionary is not parsed for it: the library would refuse it too, without saying why.
    """
    start = reader.xrefs[reference]
    if not isinstance(start, int):
        raise PdfRefused(PdfFailureCode.INCOMPLETE, "/V")
    body = octets[start : octets.find(_END_OF_OBJECT, start)]
    for key in (b"/Contents", b"/ByteRange"):
        if body.count(key) > 1:
            raise PdfRefused(PdfFailureCode.REPEATED_KEY, key.decode("ascii"))


def signature_octets(octets: bytes, reference: generic.Reference, *, reader: PdfFileReader) -> bytes:
    """Return the octets of `Contents` of the signature dictionary, once its byte range was found to be honest.

    Raises `PdfRefused`, for the attacks by which a range covers what is shown and validates what is not:

    1. `Contents` and `ByteRange` are there, the one a string that is not all zeros, the other four whole numbers.
    2. The range starts with the file, ends within it, and its two halves do not overlap.
    3. What lies between the halves is one hexadecimal string and nothing else: no second key, no comment, no space.
    4. That string is the `Contents` that was parsed, not the copy of another signature.
    5. It stands inside this very signature dictionary.
    """
    dictionary = reference.get_object()
    if not isinstance(dictionary, generic.DictionaryObject):
        raise PdfRefused(PdfFailureCode.INCOMPLETE, "/V")
    contents = _contents(dictionary)
    first, second = _halves(dictionary, len(octets))
    gap = octets[first:second]
    if not _HEX.fullmatch(gap):
        raise PdfRefused(PdfFailureCode.BYTE_RANGE, f"{first} {second}")
    if bytes.fromhex(gap[1:-1].decode("ascii")) != contents:
        raise PdfRefused(PdfFailureCode.BYTE_RANGE, "/Contents")
    start = reader.xrefs[reference]
    if not isinstance(start, int) or not start < first or octets.find(_END_OF_OBJECT, start, first) >= 0:
        raise PdfRefused(PdfFailureCode.BYTE_RANGE, f"{reference.idnum} {reference.generation} R")
    return contents


def _contents(dictionary: generic.DictionaryObject) -> bytes:
    try:
        value = dictionary.raw_get("/Contents")
    except KeyError:
        raise PdfRefused(PdfFailureCode.INCOMPLETE, "/Contents") from None
    if not isinstance(value, generic.ByteStringObject | generic.TextStringObject):
        raise PdfRefused(PdfFailureCode.INCOMPLETE, "/Contents")
    contents: bytes = value.original_bytes
    if not contents.strip(b"\0"):
        raise PdfRefused(PdfFailureCode.INCOMPLETE, "/Contents")
    if len(contents) > CONTENTS_BYTES_MAX:
        raise PdfRefused(PdfFailureCode.TOO_LARGE, "/Contents")
    return contents


def _halves(dictionary: generic.DictionaryObject, length: int) -> tuple[int, int]:
    """Return where the first half ends and the second begins."""
    try:
        value = dictionary.raw_get("/ByteRange")
    except KeyError:
        raise PdfRefused(PdfFailureCode.INCOMPLETE, "/ByteRange") from None
    numbers = list(value) if isinstance(value, generic.ArrayObject) else []
    if len(numbers) != _RANGE_NUMBERS or not all(isinstance(one, generic.NumberObject) for one in numbers):
        raise PdfRefused(PdfFailureCode.INCOMPLETE, "/ByteRange")
    start, first, second, rest = (int(one) for one in numbers)
    if start != 0 or not 0 < first < second or rest <= 0 or second + rest > length:
        raise PdfRefused(PdfFailureCode.BYTE_RANGE, " ".join(str(int(one)) for one in numbers))
    return first, second
