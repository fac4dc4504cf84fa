"""What the reader reads and existing receivers do not: refused at the signed door, which delivers octet for octet."""

from __future__ import annotations

import pytest

from axis.sdk import sign_octets
from envelopes.reader import read
from envelopes.writer import write
from tests.journey.refusing import Gatekeeper

STRANGER = "<la:La xmlns:la='urn:la'><la:Con>x</la:Con></la:La>"
PLAIN = "<la:La xmlns:la='urn:la'>x</la:La>"


@pytest.mark.parametrize("junk", [b"1212", b"\n", b" ", b"x" * 64, b"\xef\xbb\xbf1212"])
def test_octets_before_the_prolog(gatekeeper: Gatekeeper, junk: bytes) -> None:
    package = junk + gatekeeper.running.package(gatekeeper.sender, gatekeeper.recipient)
    assert read(package).message.sender.organ_id == gatekeeper.sender.organ_id
    problem = gatekeeper.refuses_to_read(package, "package/junk-before-prolog")
    assert problem["findings"][0]["path"] == "1:1"


def test_a_byte_order_mark_is_no_junk(gatekeeper: Gatekeeper) -> None:
    gatekeeper.accepts(b"\xef\xbb\xbf" + gatekeeper.running.package(gatekeeper.sender, gatekeeper.recipient))


def with_stranger(gatekeeper: Gatekeeper, stranger: str, *, padding: str = "") -> bytes:
    """Return a package with an element among its attachments, signed by its sender."""
    written = write(gatekeeper.running.letter(gatekeeper.sender, [gatekeeper.recipient])).decode()
    assert written.count("</AttachmentEncoded>") == 1
    written = written.replace("</AttachmentEncoded>", f"{stranger}</AttachmentEncoded>")
    written = written.replace("<edXML:DocumentId>", f"{padding}<edXML:DocumentId>", 1)
    return sign_octets(written.encode(), gatekeeper.sender.signer, at=gatekeeper.running.clock.now())


def test_an_unknown_element_with_children_among_the_attachments(gatekeeper: Gatekeeper) -> None:
    package = with_stranger(gatekeeper, STRANGER)
    problem, _ = gatekeeper.refuses(package, "package/stranger-among-attachments")
    assert problem["findings"][0]["path"] == "AttachmentEncoded"


def test_a_stranger_does_not_hide_behind_a_thousand_findings(gatekeeper: Gatekeeper) -> None:
    padding = "<edXML:To><edXML:OrganId>?</edXML:OrganId></edXML:To>" * 1_100
    gatekeeper.refuses(with_stranger(gatekeeper, STRANGER, padding=padding), "package/stranger-among-attachments")


def test_an_unknown_element_with_text_alone_is_read_by_all(gatekeeper: Gatekeeper) -> None:
    gatekeeper.accepts(with_stranger(gatekeeper, PLAIN))
