"""Attachments that lie: names that are paths, archives that swell or break out, octets that are none."""

from __future__ import annotations

import base64
import io
import zipfile

import pytest

from axis.demo.letters import URGENT
from axis.sdk import sign_octets
from envelopes.writer import write
from tests.journey.refusing import Gatekeeper

NAME = ".pdf</AttachmentName>"
LISTED = ".pdf</edXML:AttachmentName>"
CONTENT_START = '<edXML:ContentTransferEncoded xmlns:edXML="http://www.mic.gov.vn/TBT/QCVN_102_2016">'
CONTENT_END = "</edXML:ContentTransferEncoded>"
PLACE = "Attachment.AttachmentName"


def signed(gatekeeper: Gatekeeper, written: str) -> bytes:
    """Return a package as somebody else's software built it, genuinely signed by its sender."""
    running = gatekeeper.running
    return sign_octets(written.encode(), gatekeeper.sender.signer, at=running.clock.now())


def with_name(gatekeeper: Gatekeeper, name: str) -> bytes:
    """Return a signed package whose one attachment has this name."""
    letter = gatekeeper.running.letter(gatekeeper.sender, [gatekeeper.recipient], URGENT)
    written, own = write(letter).decode(), URGENT.files[0][0]
    assert written.count(f">{own}<") == 2
    return signed(gatekeeper, written.replace(f">{own}<", f">{name}<"))


def with_content(gatekeeper: Gatekeeper, encoded: str, media_type: str = "application/pdf") -> bytes:
    """Return a signed package whose one attachment has this content, of this type."""
    letter = gatekeeper.running.letter(gatekeeper.sender, [gatekeeper.recipient], URGENT)
    before, _, rest = write(letter).decode().partition(CONTENT_START)
    _, _, after = rest.partition(CONTENT_END)
    written = f"{before}{CONTENT_START}{encoded}{CONTENT_END}{after}"
    return signed(gatekeeper, written.replace(">application/pdf<", f">{media_type}<"))


def zipped(name: str, content: bytes) -> str:
    """Return an archive of one entry, in base64; the entry's name is written as given."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return base64.b64encode(sink.getvalue()).decode()


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..\\..\\windows\\system.ini", "/etc/passwd", "a%00.pdf", "%2e%2e%2fpasswd"]
)
def test_a_name_that_is_a_path_or_hides_a_nul(gatekeeper: Gatekeeper, name: str) -> None:
    problem, _ = gatekeeper.refuses(with_name(gatekeeper, name), "message/not-allowed")
    assert [one["code"] for one in problem["findings"]] == [f"M.{PLACE}"]


def test_a_name_of_three_hundred_characters(gatekeeper: Gatekeeper) -> None:
    problem, _ = gatekeeper.refuses(with_name(gatekeeper, "x" * 296 + ".pdf"), "message/out-of-range")
    assert [one["code"] for one in problem["findings"]] == [f"R.{PLACE}"]


def test_a_name_with_characters_that_file_systems_refuse_is_accepted_and_shown_safely(gatekeeper: Gatekeeper) -> None:
    package = with_name(gatekeeper, "công văn: số 1?.pdf")
    receipt = gatekeeper.sender.sdk.send(package)
    assert receipt.evidence.content is not None
    assert [one.name for one in receipt.evidence.content.attachments] == ["công văn_ số 1_.pdf"]
    assert f"T.{PLACE}" in str(receipt.answer["warnings"])


def test_an_archive_that_swells(gatekeeper: Gatekeeper) -> None:
    bomb = zipped("cong-van.pdf", b"\0" * 8_000_000)
    assert len(bomb) < 20_000
    problem, _ = gatekeeper.refuses(with_content(gatekeeper, bomb, "application/zip"), "message/out-of-range")
    assert problem["findings"][0]["code"] == "R.Attachment.ContentTransferEncoded"


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "..", "a/b.pdf", "a\\b.pdf"])
def test_an_archive_that_breaks_out(gatekeeper: Gatekeeper, name: str) -> None:
    problem, _ = gatekeeper.refuses(
        with_content(gatekeeper, zipped(name, b"x"), "application/zip"), "message/not-allowed"
    )
    assert problem["findings"][0]["code"] == "M.Attachment.ContentTransferEncoded"


def test_an_archive_that_is_broken(gatekeeper: Gatekeeper) -> None:
    octets = bytearray(base64.b64decode(zipped("cong-van.pdf", bytes(range(256)) * 20)))
    octets[60] ^= 0xFF
    encoded = base64.b64encode(octets).decode()
    problem, _ = gatekeeper.refuses(with_content(gatekeeper, encoded, "application/zip"), "message/wrong-kind")
    assert problem["findings"][0]["code"] == "T.Attachment.ContentTransferEncoded"


@pytest.mark.parametrize("rubbish", ["not base64!", "JVBERi0xLjQ", "=JVB", "JVBE&#233;"])
def test_base64_that_is_none(gatekeeper: Gatekeeper, rubbish: str) -> None:
    problem, _ = gatekeeper.refuses(with_content(gatekeeper, rubbish), "message/wrong-kind")
    assert problem["findings"][0]["code"] == "T.Attachment.ContentTransferEncoded"


def test_every_fault_is_told_at_once(gatekeeper: Gatekeeper) -> None:
    letter = gatekeeper.running.letter(gatekeeper.sender, [gatekeeper.recipient], URGENT)
    faulty = (
        write(letter)
        .decode()
        .replace(f">{URGENT.files[0][0]}<", ">../../x<")
        .replace("<edXML:Priority>3<", "<edXML:Priority>9<")
        .replace(">JVBERi0xLjQK", ">!!!")
    )
    problem, evidence = gatekeeper.refuses(signed(gatekeeper, faulty), "message/not-allowed")
    codes = {one["code"] for one in problem["findings"]}
    assert codes >= {f"M.{PLACE}", "T.Attachment.ContentTransferEncoded", "M.MessageHeader.OtherInfo.Priority"}
    assert {reason.code for reason in evidence.reasons} == codes
