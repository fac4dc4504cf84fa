"""How deep ASN.1 that a stranger made may be nested, looked at before a library that recurses into it."""

from __future__ import annotations

import struct
from typing import Final

DEPTH_MAX: Final = 64
"""Levels of one value: a certificate in an OCSP answer in a signature takes 24, and the library that reads them all
goes through four calls for each."""

ELEMENTS_MAX: Final = 500_000
"""Elements looked at in one value: a CRL of eight million bytes has about 200,000 entries, one element each here."""

UNREADABLE_ASN1: Final = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    NotImplementedError,
    RecursionError,
    AssertionError,
    struct.error,
)
"""What asn1crypto and what is built on it raise on octets that are not what they are read as; it reads lazily."""

_LONG_TAG: Final = 0x1F
_MORE: Final = 0x80
_HEADER: Final = 2
"""The fewest octets one more level takes: a tag and a length."""


class TooNested(ValueError):
    """The octets are nested deeper, or into more elements, than anything that is evidence."""


def refuse_nested(octets: bytes) -> None:
    """Raise `TooNested` for ASN.1 whose reader would go too deep. What is no ASN.1 at all is left to the reader.

    1. Every element is looked into whatever its tag, since extensions and answers travel inside of octet strings.
    2. One that is too short to reach the limit is not: each level takes two octets. So a list of a hundred thousand
       revoked certificates costs one step for each.
    3. A length that is indefinite, or longer than what is there, is that of all that is left.

    It takes at most `ELEMENTS_MAX` steps, and no recursion.
    """
    waiting = [(0, len(octets), 0)]
    left = ELEMENTS_MAX
    while waiting:
        start, end, depth = waiting.pop()
        if depth > DEPTH_MAX:
            raise TooNested(f"deeper than {DEPTH_MAX} levels")
        short = _HEADER * (DEPTH_MAX - depth)
        while start < end:
            left -= 1
            if left < 0:
                raise TooNested(f"more than {ELEMENTS_MAX} elements")
            inside, start = element_at(octets, start, end=end)
            if start - inside > short:
                waiting.append((inside, start, depth + 1))


def element_at(octets: bytes, start: int, *, end: int) -> tuple[int, int]:
    """Return where the content of the element at `start` begins, and where it ends: at `end` at the latest."""
    place = start + 1
    if octets[start] & _LONG_TAG == _LONG_TAG:
        while place < end and octets[place] & _MORE:
            place += 1
        place += 1
    if place >= end:
        return end, end
    length = octets[place]
    place += 1
    if length == _MORE:
        return place, end
    if length > _MORE:
        size = length - _MORE
        length = int.from_bytes(octets[place : min(place + size, end)])
        place += size
    return min(place, end), min(place + length, end)
