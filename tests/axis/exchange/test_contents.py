"""Which octets a part is, and how they are read."""

from __future__ import annotations

import hashlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axis.errors import PartAbsent
from axis.exchange.contents import WHOLE, Content, Part
from storage.errors import BlobCorrupt, BlobStoreUnavailable

OCTETS = bytes(range(100))


def content(part: Part = WHOLE, stream: io.BytesIO | None = None) -> Content:
    digest = hashlib.sha256(OCTETS).hexdigest()
    stream = io.BytesIO(OCTETS) if stream is None else stream
    return Content("1.edxml", digest, len(OCTETS), part.within(len(OCTETS)), stream)


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (WHOLE, OCTETS),
        (Part(first=1), OCTETS[1:]),
        (Part(first=99), OCTETS[99:]),
        (Part(last=0), OCTETS[:1]),
        (Part(first=10, last=19), OCTETS[10:20]),
        (Part(first=10, last=10), OCTETS[10:11]),
        (Part(first=10, last=100), OCTETS[10:]),
        (Part(first=10, last=10**15), OCTETS[10:]),
        (Part(tail=1), OCTETS[99:]),
        (Part(tail=100), OCTETS),
        (Part(tail=101), OCTETS),
    ],
)
def test_a_part_is_the_octets_it_names(part: Part, expected: bytes) -> None:
    assert content(part).read(1_000) == expected


@pytest.mark.parametrize("part", [Part(first=100), Part(first=10**15), Part(first=100, last=200), Part(tail=0)])
def test_a_part_of_nothing_is_told_with_the_size(part: Part) -> None:
    with pytest.raises(PartAbsent) as absent:
        content(part)
    assert absent.value.size == 100


@given(st.integers(0, 99), st.integers(0, 150), st.integers(1, 50))
def test_parts_read_piece_by_piece_are_the_part(first: int, length: int, count: int) -> None:
    part = content(Part(first, first + length))
    read = b"".join(iter(lambda: part.read(count), b""))
    assert read == OCTETS[first : first + length + 1]


def test_octets_that_went_missing_after_the_check_are_told() -> None:
    part = content(stream=io.BytesIO(OCTETS[:50]))
    part.read(50)
    with pytest.raises(BlobCorrupt):
        part.read(1)


class Failing(io.BytesIO):
    def read(self, _size: int | None = -1, /) -> bytes:
        raise OSError(5, "Input/output error")


def test_a_store_that_fails_in_the_middle_is_named() -> None:
    with pytest.raises(BlobStoreUnavailable, match="Input/output error"):
        content(stream=Failing(OCTETS)).read(1)


def test_closing_again_does_no_harm() -> None:
    part = content()
    part.close()
    part.close()
    assert part.stream.closed
