"""Documents in parts, at the door: what is accepted leaves as it came, and what is refused leaves nothing."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import replace

import pytest

from axis.sdk import sign_bundle, sign_octets
from envelopes.bundles import bundled, content_type_of
from envelopes.evidence_facts import Content
from envelopes.evidence_signatures import DocumentWorth
from envelopes.model import Envelope
from envelopes.writer import write
from tests.envelopes.bundling import FIRST, SECOND, detached, files, inline
from tests.fixtures.running import RunningAxis, Station
from tests.journey.refusing import Gatekeeper, errors_in, problem_in

REFERENCE = "Body.Manifest.Reference"


def in_parts(running: RunningAxis, sender: Station, *recipients: Station) -> Envelope:
    """Return a new letter whose files travel beside it."""
    return replace(running.letter(sender, recipients), attachments=files())


def signed(running: RunningAxis, message: Envelope, by: Station) -> bytes:
    """Return the package in parts that its sender signs."""
    return b"".join(sign_bundle(message, by.signer, at=running.clock.now()))


def test_a_document_in_parts_is_delivered_octet_for_octet_and_its_files_are_attested(running: RunningAxis) -> None:
    sender, recipient = running.agencies(2)
    package = signed(running, in_parts(running, sender, recipient), sender)
    answer = sender.post(package)
    assert answer.status_code == 201, answer.text
    (offer,) = recipient.sdk.lease().offers
    address = f"/v1/deliveries/{offer.delivery_id}/content"
    whole = recipient.http.get(address)
    assert whole.content == package == recipient.sdk.fetch(offer)
    boundary = package.partition(b"\r\n")[0][2:].decode()
    assert whole.headers["Content-Type"] == content_type_of(boundary)
    start = package.index(SECOND)
    part = recipient.http.get(address, headers={"Range": f"bytes={start}-{start + len(SECOND) - 1}"})
    assert (part.status_code, part.content) == (206, SECOND)
    files = [recipient.http.get(f"/v1/deliveries/{offer.delivery_id}/files/{number}") for number in (1, 2)]
    assert [one.content for one in files] == [FIRST, SECOND]
    assert files[1].headers["Repr-Digest"] == f"sha-256=:{b64encode(hashlib.sha256(SECOND).digest()).decode()}:"
    some = recipient.http.get(f"/v1/deliveries/{offer.delivery_id}/files/2", headers={"Range": "bytes=5-9"})
    assert (some.status_code, some.content) == (206, SECOND[5:10])
    assert some.headers["Content-Range"] == f"bytes 5-9/{len(SECOND)}"
    beyond = recipient.http.get(f"/v1/deliveries/{offer.delivery_id}/files/2", headers={"Range": "bytes=9999999-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{len(SECOND)}")
    for number in (0, 3, -1):
        problem_in(recipient.http.get(f"/v1/deliveries/{offer.delivery_id}/files/{number}"), 404, "resource/not-found")
    stranger = sender.http.get(f"/v1/deliveries/{offer.delivery_id}/files/1")
    problem_in(stranger, 404, "resource/not-found")
    (evidence, *_) = [one for one, _ in sender.sdk.evidences(offer.envelope_id)]
    assert isinstance(evidence.content, Content)
    assert evidence.content.raw.value == hashlib.sha256(package).digest()
    attested = [(one.name, one.size, one.digest.value) for one in evidence.content.attachments]
    assert attested == [
        ("Văn bản.pdf", len(FIRST), hashlib.sha256(FIRST).digest()),
        ("Bản đồ.tif", len(SECOND), hashlib.sha256(SECOND).digest()),
    ]
    assert recipient.sdk.acknowledge(offer, recipient.signer)["state"] == "handed_over"


def test_files_inside_a_message_are_not_given_out_one_by_one(running: RunningAxis) -> None:
    sender, recipient = running.agencies(2)
    sender.sdk.send(running.package(sender, recipient))
    (offer,) = recipient.sdk.lease().offers
    problem_in(recipient.http.get(f"/v1/deliveries/{offer.delivery_id}/files/1"), 404, "resource/not-found")


def test_the_same_document_with_its_files_inside_is_a_repeat(running: RunningAxis) -> None:
    sender, recipient = running.agencies(2)
    message = in_parts(running, sender, recipient)
    first = sender.post(signed(running, message, sender)).json()
    again = sender.post(running.signed(inline(message), sender))
    assert (again.status_code, again.json()["receipt"]) == (200, first["receipt"])
    assert sender.post(signed(running, message, sender)).status_code == 200


def test_a_document_in_parts_is_judged_by_its_files(running: RunningAxis) -> None:
    """Before the answer here; PDFs go to their judges a little at a time."""
    sender, recipient = running.agencies(2)
    receipt = sender.sdk.send(signed(running, in_parts(running, sender, recipient), sender))
    documents = receipt.evidence.documents
    assert documents is not None
    assert (documents.worth, len(documents.files)) == (DocumentWorth.UNSIGNED, 2)


def test_what_a_manifest_says_wrongly_is_refused_with_evidence(gatekeeper: Gatekeeper) -> None:
    running, by = gatekeeper.running, gatekeeper.sender
    message = in_parts(running, by, gatekeeper.recipient)
    other = replace(message.attachments[1], content=detached(SECOND[:-1] + b"?"))
    octets = sign_octets(write(message), by.signer, at=running.clock.now())
    problem, evidence = gatekeeper.refuses(
        b"".join(bundled(octets, [message.attachments[0], other])), "message/not-allowed"
    )
    assert errors_in(problem) == [f"M.{REFERENCE}.DigestValue"]
    assert evidence.content is not None
    assert evidence.content.attachments == ()
    cut = replace(other, content=detached(SECOND[:-1]))
    problem, _ = gatekeeper.refuses(b"".join(bundled(octets, [message.attachments[0], cut])), "message/not-allowed")
    assert errors_in(problem) == [f"M.{REFERENCE}.Size"]
    missing = b"".join(bundled(octets, message.attachments[:1]))
    assert errors_in(gatekeeper.refuses(missing, "message/not-allowed")[0]) == [f"M.{REFERENCE}"]
    more = b"".join(bundled(octets, [*message.attachments, replace(cut, content_id="them")]))
    assert errors_in(gatekeeper.refuses(more, "message/not-allowed")[0]) == ["M.Body.Manifest"]


def test_a_digest_changed_after_signing_breaks_the_signature(gatekeeper: Gatekeeper) -> None:
    message = in_parts(gatekeeper.running, gatekeeper.sender, gatekeeper.recipient)
    package = signed(gatekeeper.running, message, gatekeeper.sender)
    old, new = (b64encode(hashlib.sha256(one).digest()) for one in (SECOND, FIRST))
    gatekeeper.refuses(package.replace(old, new), "signature/altered")


def test_a_signature_over_a_part_by_cid_stays_refused(gatekeeper: Gatekeeper) -> None:
    message = in_parts(gatekeeper.running, gatekeeper.sender, gatekeeper.recipient)
    package = signed(gatekeeper.running, message, gatekeeper.sender)
    assert package.count(b'URI=""') == 1
    gatekeeper.refuses(package.replace(b'URI=""', b'URI="cid:tep-1"'), "signature/reference-forbidden")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"Content-ID: <tep-1>\r\n", b"", "package/mime-content-id"),
        (
            b"Content-ID: <tep-1>\r\nContent-Transfer-Encoding: binary",
            b"Content-ID: <tep-1>\r\nX-File: a",
            "package/mime-header",
        ),
        (b"Content-Type: image/tiff", b"Content-Type: multipart/mixed", "package/mime-nested"),
        (b"--\r\n", b"", "package/mime-truncated"),
        (b"--\r\n", b"--\r\nMZ", "package/mime-trailing"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused_by_name(
    gatekeeper: Gatekeeper, old: bytes, new: bytes, code: str
) -> None:
    message = in_parts(gatekeeper.running, gatekeeper.sender, gatekeeper.recipient)
    package = signed(gatekeeper.running, message, gatekeeper.sender)
    before, _, after = package.rpartition(old)
    media_type = content_type_of(package.partition(b"\r\n")[0][2:].decode())
    gatekeeper.refuses_to_read(before + new + after, code, Content_Type=media_type)


def test_a_package_is_what_its_content_type_says(gatekeeper: Gatekeeper) -> None:
    message = in_parts(gatekeeper.running, gatekeeper.sender, gatekeeper.recipient)
    package = signed(gatekeeper.running, message, gatekeeper.sender)
    single = gatekeeper.running.package(gatekeeper.sender, gatekeeper.recipient)
    refuse = gatekeeper.refuses_to_read
    refuse(package, "package/not-xml", Content_Type="application/xml")
    refuse(package, "package/mime-root", Content_Type=content_type_of("another"))
    refuse(package, "package/mime-root", Content_Type="multipart/related")
    refuse(single, "package/mime-root", Content_Type=content_type_of("another"))
