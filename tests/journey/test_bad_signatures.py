"""Packages whose signature proves nothing, or not what it should: refused with evidence, which alone is kept."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from axis.demo.authority import Hierarchy, Validity
from axis.sdk import sign_package
from envelopes.evidence_facts import MessageKind
from envelopes.identifiers import OrganId
from envelopes.parser import NAMESPACE, XMLDSIG_NAMESPACE
from tests.fixtures.running import WORD, signer_of
from tests.journey.refusing import Gatekeeper

SIGNATURE = re.compile(rb"<ds:Signature .*</ds:Signature>", re.DOTALL)
A_DAY = timedelta(days=1)


def signature_in(package: bytes) -> bytes:
    found = SIGNATURE.search(package)
    assert found is not None
    return found[0]


def package_of(gatekeeper: Gatekeeper) -> bytes:
    return gatekeeper.running.package(gatekeeper.sender, gatekeeper.recipient)


def test_an_unsigned_package(gatekeeper: Gatekeeper) -> None:
    _, evidence = gatekeeper.refuses(SIGNATURE.sub(b"", package_of(gatekeeper)), "signature/missing")
    assert evidence.message.kind is MessageKind.UNVERIFIED
    assert evidence.message.document_id is None


def test_a_signature_in_the_namespace_of_the_format_counts_as_none(gatekeeper: Gatekeeper) -> None:
    package = package_of(gatekeeper)
    own = signature_in(package).replace(XMLDSIG_NAMESPACE.encode() + b'"', NAMESPACE.encode() + b'"', 1)
    gatekeeper.refuses(package.replace(signature_in(package), own), "signature/missing")


def test_two_signatures(gatekeeper: Gatekeeper) -> None:
    package = package_of(gatekeeper)
    signature = signature_in(package)
    gatekeeper.refuses(package.replace(signature, signature * 2), "signature/repeated")


def test_a_second_signature_by_somebody_else(gatekeeper: Gatekeeper) -> None:
    """Both are genuine, each over the same letter; nobody can tell whose word counts."""
    running, sender = gatekeeper.running, gatekeeper.sender
    letter = running.letter(sender, [gatekeeper.recipient])
    package, countersigned = running.signed(letter, sender), running.signed(letter, gatekeeper.recipient)
    both = signature_in(package) + signature_in(countersigned).replace(b'"signature"', b'"other"')
    gatekeeper.refuses(package.replace(signature_in(package), both), "signature/repeated")


def test_a_signature_somewhere_else(gatekeeper: Gatekeeper) -> None:
    package = package_of(gatekeeper)
    moved = package.replace(signature_in(package), b"").replace(
        b"</edXML:edXMLEnvelope>", signature_in(package) + b"</edXML:edXMLEnvelope>"
    )
    gatekeeper.refuses(moved, "signature/misplaced")


def test_the_signature_of_another_agency(gatekeeper: Gatekeeper) -> None:
    """Its certificate is valid and registered; it is not the sender's."""
    running, sender = gatekeeper.running, gatekeeper.sender
    package = running.signed(running.letter(sender, [gatekeeper.recipient]), gatekeeper.recipient)
    gatekeeper.refuses(package, "sender/not-owner")


def test_a_genuine_package_brought_by_another_agencys_system(gatekeeper: Gatekeeper) -> None:
    """Its evidence speaks of the system that called, never of the sender it named."""
    _, evidence = gatekeeper.refuses(package_of(gatekeeper), "sender/system-may-not-act", by=gatekeeper.recipient)
    assert evidence.sender.system == gatekeeper.recipient.participant.credentials.system_id


def test_a_sender_that_the_directory_does_not_know(gatekeeper: Gatekeeper) -> None:
    running, sender = gatekeeper.running, gatekeeper.sender
    letter = running.letter(sender, [gatekeeper.recipient])
    unknown = replace(letter, sender=replace(letter.sender, organ_id=OrganId("K07.unknown")))
    gatekeeper.refuses(running.signed(unknown, sender), "sender/unknown")


def test_a_certificate_that_nobody_registered(gatekeeper: Gatekeeper) -> None:
    """It names the sender and comes from a trusted authority; only the directory binds certificates to agencies."""
    running, sender = gatekeeper.running, gatekeeper.sender
    validity = Validity.around(running.clock.now())
    other = running.country.intermediate.issue_agency(str(sender.organ_id), sender.participant.name, validity=validity)
    letter = running.letter(sender, [gatekeeper.recipient])
    package = sign_package(letter, signer_of(other), at=running.clock.now())
    gatekeeper.refuses(package, "sender/certificate-not-registered")


def test_a_certificate_of_an_authority_that_nobody_trusts(gatekeeper: Gatekeeper) -> None:
    running, sender = gatekeeper.running, gatekeeper.sender
    now = running.clock.now()
    rogue = Hierarchy.found(now).intermediate.issue_agency(
        str(sender.organ_id), "Giả mạo", validity=Validity.around(now)
    )
    letter = running.letter(sender, [gatekeeper.recipient])
    gatekeeper.refuses(sign_package(letter, signer_of(rogue), at=now), "signature/untrusted")


def test_an_expired_certificate(gatekeeper: Gatekeeper) -> None:
    """It is registered, for longer than it is valid: the directory does not make it valid."""
    running, now = gatekeeper.running, gatekeeper.running.clock.now()
    past = Validity(now - 2 * A_DAY, now - A_DAY)
    sender = gatekeeper.sender
    expired = running.country.intermediate.issue_agency(str(sender.organ_id), sender.participant.name, validity=past)
    running.embedded.axis.registrar.add_certificate(
        sender.organ_id, expired.certificates_pem, start=past.not_before, end=now + A_DAY, instruction=WORD
    )
    letter = running.letter(sender, [gatekeeper.recipient])
    gatekeeper.refuses(sign_package(letter, signer_of(expired), at=now), "signature/certificate-expired")
    backdated = sign_package(letter, signer_of(expired), at=past.not_before + A_DAY / 2)
    gatekeeper.refuses(backdated, "signature/certificate-expired")


def test_an_altered_attachment(gatekeeper: Gatekeeper) -> None:
    package = package_of(gatekeeper)
    altered = package.replace(b">JVBERi0xLjQK", b">JVBERi0xLjUK", 1)
    assert altered != package
    gatekeeper.refuses(altered, "signature/altered")


def test_an_altered_recipient(gatekeeper: Gatekeeper) -> None:
    package = package_of(gatekeeper)
    before, after = (
        b"<edXML:OrganId>%b</edXML:OrganId>" % str(one).encode()
        for one in (gatekeeper.recipient.organ_id, gatekeeper.sender.organ_id)
    )
    altered = package.replace(before, after, 1)
    assert altered != package
    gatekeeper.refuses(altered, "signature/altered")


def test_two_elements_with_one_id(gatekeeper: Gatekeeper) -> None:
    package = package_of(gatekeeper)
    twice = package.replace(b"<edXML:edXMLBody>", b'<edXML:edXMLBody Id="signed-properties">', 1)
    gatekeeper.refuses(twice, "signature/duplicate-id")
