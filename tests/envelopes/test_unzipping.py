"""Whatever an archive is made of, it unpacks to one file within limits, or to a reason."""

from __future__ import annotations

import struct
import time
from io import BytesIO
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envelopes.remarks import Reason
from envelopes.unzipping import entry_names, only_file
from envelopes.zipping import zip_alone
from tests.vectors import size
from tests.vectors.variations import zipped

_PLENTY = 1024 * 1024
_ARCHIVE = zipped(("x.pdf", b"%PDF- " * 100))


def _with_flag(archive: bytes, bit: int) -> bytes:
    """Return the archive with a bit of its general purpose flag set, in both headers."""
    octets = bytearray(archive)
    octets[6] |= bit
    octets[octets.index(b"PK\x01\x02") + 8] |= bit
    return bytes(octets)


def _with_crc(archive: bytes, crc: bytes) -> bytes:
    octets = bytearray(archive)
    at = octets.index(b"PK\x01\x02") + 16
    octets[14:18] = octets[at : at + 4] = crc
    return bytes(octets)


def _packed(method: int) -> bytes:
    sink = BytesIO()
    with ZipFile(sink, "w", method) as archive:
        archive.writestr("x", b"x" * 100)
    return sink.getvalue()


@pytest.mark.parametrize(
    ("archive", "reason"),
    [
        (b"", Reason.NOT_A_ZIP_OF_ONE),
        (b"PK\x03\x04", Reason.NOT_A_ZIP_OF_ONE),
        (b"%PDF-1.4", Reason.NOT_A_ZIP_OF_ONE),
        (zipped(), Reason.NOT_A_ZIP_OF_ONE),
        (zipped(("a", b""), ("b", b"")), Reason.NOT_A_ZIP_OF_ONE),
        (b"stub" + _ARCHIVE, Reason.NOT_A_ZIP_OF_ONE),
        (_ARCHIVE[:-1], Reason.NOT_A_ZIP_OF_ONE),
        (_ARCHIVE[:40], Reason.NOT_A_ZIP_OF_ONE),
        (zipped(("/x", b"")), Reason.ZIP_ENTRY_PATH),
        (zipped(("..", b"")), Reason.ZIP_ENTRY_PATH),
        (zipped(("x/", b"")), Reason.ZIP_ENTRY_PATH),
        (zipped(("a\\b", b"")), Reason.ZIP_ENTRY_PATH),
        (_with_flag(_ARCHIVE, 1), Reason.ZIP_UNREADABLE),
        (_with_crc(_ARCHIVE, b"abcd"), Reason.ZIP_UNREADABLE),
        (_packed(ZIP_BZIP2), Reason.ZIP_UNREADABLE),
        (_ARCHIVE.replace(b"x.pdf", b"x.exe", 1), Reason.ZIP_UNREADABLE),
    ],
    ids=size,
)
def test_gives_the_reason(archive: bytes, reason: Reason) -> None:
    assert only_file(archive, _PLENTY) is reason


@pytest.mark.parametrize("method", [ZIP_STORED, ZIP_DEFLATED])
def test_gives_the_one_file(method: int) -> None:
    assert only_file(_packed(method), _PLENTY) == b"x" * 100


def test_gives_what_the_writer_zipped() -> None:
    assert only_file(zip_alone(_ARCHIVE, "x.pdf"), _PLENTY) == _ARCHIVE


def test_the_allowance_is_the_last_octet() -> None:
    assert only_file(_packed(ZIP_DEFLATED), 100) == b"x" * 100
    assert only_file(_packed(ZIP_DEFLATED), 99) is Reason.ZIP_BOMB


def test_a_small_sheet_of_zeros_is_no_bomb() -> None:
    zeros = bytes(1024 * 1024)
    assert only_file(zipped(("x", zeros)), _PLENTY) == zeros
    assert only_file(zipped(("x", bytes(20 * 1024 * 1024))), 2**40) is Reason.ZIP_BOMB


def test_a_bomb_that_lies_about_its_size_is_stopped_while_unpacking() -> None:
    archive = bytearray(zipped(("x", bytes(100 * 1024 * 1024))))
    at = archive.index(b"PK\x01\x02") + 24
    archive[22:26] = archive[at : at + 4] = struct.pack("<L", 1000)
    started = time.process_time()
    assert only_file(bytes(archive), 2**40) in {Reason.ZIP_BOMB, Reason.ZIP_UNREADABLE}
    assert time.process_time() - started < 1


def test_a_directory_of_a_million_entries_is_not_built() -> None:
    local = zipped(("x", b""))[:31]
    directory = zipped(("x", b""))[31:78]
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(directory) * 500_000, len(local), 0)
    started = time.process_time()
    assert only_file(local + directory * 500_000 + end, _PLENTY) is Reason.NOT_A_ZIP_OF_ONE
    assert time.process_time() - started < 1


def test_two_entries_announced_as_one_are_not_one() -> None:
    archive = bytearray(zipped(("a", b"1"), ("b", b"2")))
    end = archive.rindex(b"PK\x05\x06")
    archive[end + 8 : end + 12] = struct.pack("<2H", 1, 1)
    assert only_file(bytes(archive), _PLENTY) is Reason.NOT_A_ZIP_OF_ONE


@given(st.data())
def test_any_damage_gives_a_file_or_a_reason(data: st.DataObject) -> None:
    archive = bytearray(_ARCHIVE)
    for _ in range(data.draw(st.integers(1, 4))):
        archive[data.draw(st.integers(0, len(archive) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(archive)))
    found = only_file(bytes(archive[:cut]) + data.draw(st.binary(max_size=40)), _PLENTY)
    assert isinstance(found, bytes | Reason)


@given(st.binary())
def test_any_octets_behind_the_magic_give_a_file_or_a_reason(octets: bytes) -> None:
    assert isinstance(only_file(b"PK\x03\x04" + octets, _PLENTY), bytes | Reason)


def test_names_are_those_of_the_directory_and_not_of_octets_or_comments() -> None:
    sink = BytesIO()
    with ZipFile(sink, "w", ZIP_STORED) as archive:
        archive.writestr("word/document.xml", b"_xmlsignatures/sig1.xml")
        archive.writestr("b", b"")
        archive.comment = b"_xmlsignatures/"
    assert entry_names(sink.getvalue()) == ("word/document.xml", "b")


@pytest.mark.parametrize("archive", [b"", b"%PDF-1.7", b"PK\x03\x04", _ARCHIVE[:-1], _ARCHIVE[:40]], ids=size)
def test_what_is_no_archive_has_no_names(archive: bytes) -> None:
    assert entry_names(archive) == ()


def test_a_directory_too_large_is_not_read() -> None:
    few, many = (zipped(*((f"{number:06}" * 20, b"") for number in range(count))) for count in (2000, 5000))
    assert len(entry_names(few)) == 2000
    assert entry_names(many) == ()
