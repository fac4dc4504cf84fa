"""What the reader reads and existing receivers do not: refused at the signed door, which delivers octet for octet."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace

import pytest

from axis.demo.letters import FIRST, URGENT, Letter
from axis.sdk import sign_octets
from envelopes.reader import read
from envelopes.writer import write
from tests.journey.refusing import Gatekeeper
from tests.signing.pdf_making import blank
from tests.vectors.variations import zipped

STRANGER = "<la:La xmlns:la='urn:la'><la:Con>x</la:Con></la:La>"
PLAIN = "<la:La xmlns:la='urn:la'>x</la:La>"
PDF = "<ContentType>application/pdf</ContentType>"
ZIP = "<ContentType>application/zip</ContentType>"
SHEET = zipped(("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", b"<workbook/>"))


@pytest.mark.parametrize("junk", [b"1212", b"\n", b" ", b"x" * 64, b"\xef\xbb\xbf1212"])
def test_octets_before_the_prolog(gatekeeper: Gatekeeper, junk: bytes) -> None:
    package = junk + gatekeeper.running.package(gatekeeper.sender, gatekeeper.recipient)
    assert read(package).message.sender.organ_id == gatekeeper.sender.organ_id
    problem = gatekeeper.refuses_to_read(package, "package/junk-before-prolog")
    assert problem["findings"][0]["path"] == "1:1"


def test_a_byte_order_mark_is_no_junk(gatekeeper: Gatekeeper) -> None:
    gatekeeper.accepts(b"\xef\xbb\xbf" + gatekeeper.running.package(gatekeeper.sender, gatekeeper.recipient))


def altered(gatekeeper: Gatekeeper, *changes: tuple[str, str], about: Letter = FIRST) -> bytes:
    """Return a letter as somebody else's software writes it, signed by its sender; each text must occur."""
    written = write(gatekeeper.running.letter(gatekeeper.sender, [gatekeeper.recipient], about)).decode()
    for old, new in changes:
        assert old in written, old
        written = written.replace(old, new)
    return sign_octets(written.encode(), gatekeeper.sender.signer, at=gatekeeper.running.clock.now())


def with_stranger(gatekeeper: Gatekeeper, stranger: str, *, padding: str = "") -> bytes:
    """Return a package with an element among its attachments, signed by its sender."""
    place = "<edXML:DocumentId>"
    return altered(
        gatekeeper, ("</AttachmentEncoded>", f"{stranger}</AttachmentEncoded>"), (place, f"{padding}{place}")
    )


def test_an_unknown_element_with_children_among_the_attachments(gatekeeper: Gatekeeper) -> None:
    package = with_stranger(gatekeeper, STRANGER)
    problem, _ = gatekeeper.refuses(package, "package/stranger-among-attachments")
    assert problem["findings"][0]["path"] == "AttachmentEncoded"


def test_a_stranger_does_not_hide_behind_a_thousand_findings(gatekeeper: Gatekeeper) -> None:
    padding = "<edXML:To><edXML:OrganId>?</edXML:OrganId></edXML:To>" * 1_100
    gatekeeper.refuses(with_stranger(gatekeeper, STRANGER, padding=padding), "package/stranger-among-attachments")


def test_an_unknown_element_with_text_alone_is_read_by_all(gatekeeper: Gatekeeper) -> None:
    gatekeeper.accepts(with_stranger(gatekeeper, PLAIN))


@pytest.mark.parametrize(
    "attachment",
    [
        "<Attachment/>",
        "<Attachment>  \n </Attachment>",
        "<Attachment>x</Attachment>",
        f"<Attachment>{PLAIN}</Attachment>",
        "<Attachment><la:La xmlns:la='urn:la'/></Attachment>",
    ],
)
def test_an_attachment_without_anything_in_it(gatekeeper: Gatekeeper, attachment: str) -> None:
    package = altered(gatekeeper, ("</AttachmentEncoded>", f"{attachment}</AttachmentEncoded>"))
    assert read(package).message.sender.organ_id == gatekeeper.sender.organ_id
    problem, evidence = gatekeeper.refuses(package, "package/empty-attachment")
    assert problem["findings"][0]["path"] == "AttachmentEncoded"
    assert evidence.reasons[0].code == "package/empty-attachment"


def test_a_format_that_leads_into_a_folder(gatekeeper: Gatekeeper) -> None:
    package = altered(gatekeeper, (PDF, f"<Format>x/../../y</Format>{PDF}"), about=URGENT)
    problem, _ = gatekeeper.refuses(package, "message/not-allowed")
    assert [one["code"] for one in problem["findings"]] == ["M.Attachment.Format"]


def with_content(gatekeeper: Gatekeeper, name: str, label: str, content: bytes) -> bytes:
    """Return a package whose one file has this name, label and content."""
    letter = gatekeeper.running.letter(gatekeeper.sender, [gatekeeper.recipient], URGENT)
    (file,) = letter.attachments
    written = write(replace(letter, attachments=(replace(file, content=b"?"),))).decode()
    for old, new in ((f">{file.name}<", f">{name}<"), (PDF, label), (">Pw==<", f">{b64encode(content).decode()}<")):
        assert old in written
        written = written.replace(old, new)
    return sign_octets(written.encode(), gatekeeper.sender.signer, at=gatekeeper.running.clock.now())


@pytest.mark.parametrize("name", ["tep.zip\u200b", "tep.zip\u00a0", "tep.zip "])
def test_a_name_that_only_looks_like_an_archive_does_not_hide_one_from_receivers(
    gatekeeper: Gatekeeper, name: str
) -> None:
    problem, _ = gatekeeper.refuses(with_content(gatekeeper, name, ZIP, SHEET), "message/not-allowed")
    assert "M.Attachment.ContentType" in {one["code"] for one in problem["findings"] if one["severity"] == "error"}


@pytest.mark.parametrize("label", ["<ContentType> application/zip </ContentType>", "<ContentType/>"])
def test_a_zip_that_receivers_leave_zipped_is_told(gatekeeper: Gatekeeper, label: str) -> None:
    package = with_content(gatekeeper, "tep.pdf", label, zipped(("tep.pdf", blank())))
    assert [one["code"] for one in gatekeeper.accepts(package)["warnings"]] == ["M.Attachment.ContentType"]


def test_values_that_receivers_take_otherwise_are_told(gatekeeper: Gatekeeper) -> None:
    package = altered(
        gatekeeper,
        ("<edXML:CodeNotation>", "<edXML:CodeNotation>\n  "),
        ("<edXML:Priority>3<", "<edXML:Priority> 3 <"),
        ("<edXML:PageAmount>1<", "<edXML:PageAmount> 1<"),
        ("<edXML:BussinessDocType>0<", "<edXML:BussinessDocType>00<"),
        about=URGENT,
    )
    answer = gatekeeper.accepts(package)
    assert [one["code"] for one in answer["warnings"]] == [
        "T.MessageHeader.Code.CodeNotation",
        "T.MessageHeader.OtherInfo.Priority",
        "T.MessageHeader.OtherInfo.PageAmount",
        "T.Bussiness.BussinessDocType",
    ]
