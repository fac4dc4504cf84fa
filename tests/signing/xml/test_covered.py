"""What a verdict hands out: the package without its signature, in the octets whose digest was signed."""

from __future__ import annotations

import base64
import hashlib

import pytest
from lxml import etree

from axis.demo.authority import KeyKind
from envelopes.parser import parse
from signing.algorithms import ds
from tests.signing.xml.forms import COVERED, FORMS, canonicalization_of
from tests.signing.xml.packages import PACKAGE, covered_by, judge, one, sign, signed, signed_with
from tests.signing.xml.workshop import ENVELOPED, Draft, make, reference


@pytest.mark.parametrize("name", FORMS)
def test_what_is_handed_out_is_the_package_without_its_signature(name: str) -> None:
    covered = COVERED[name]
    root = parse(covered)
    assert root.find(f".//{ds('Signature')}") is None
    assert b"Signature" not in covered
    texts = [(element.tag, element.text, dict(element.attrib)) for element in root.iter(etree.Element)]
    original = etree.fromstring(FORMS[name])
    signature = one(original, "//ds:Signature")
    inside = set(signature.iter())
    expected = [
        (element.tag, element.text, dict(element.attrib))
        for element in original.iter(etree.Element)
        if element not in inside
    ]
    assert texts == expected


@pytest.mark.parametrize("name", FORMS)
def test_what_is_handed_out_has_the_digest_that_was_signed(name: str) -> None:
    verdict = judge(FORMS[name])
    assert verdict.facts is not None
    (covering,) = [one for one in verdict.facts.references if one.uri in {"", "#goi-tin"}]
    assert hashlib.sha256(COVERED[name]).digest() == covering.value


@pytest.mark.parametrize("name", FORMS)
def test_what_is_handed_out_is_what_libxmlsec_canonicalises(name: str) -> None:
    # libxmlsec signs the octets anew; with its own signature taken out, it must digest these very octets.
    whole = reference("", (ENVELOPED, canonicalization_of(name).value))
    again = etree.fromstring(make(Draft(document=COVERED[name], references=(whole,))))
    assert base64.b64decode(one(again, "//ds:DigestValue").text or "") == hashlib.sha256(COVERED[name]).digest()


@pytest.mark.parametrize("spelling", ["Id", "ID", "id", "xml:id"])
def test_the_root_may_be_identified_in_any_spelling(spelling: str) -> None:
    document = PACKAGE.replace(b"<edXML xmlns", f'<edXML {spelling}="goi-tin" xmlns'.encode())
    octets = make(Draft(document=document, references=(reference("#goi-tin"),)))
    assert f'{spelling}="goi-tin"'.encode() in covered_by(judge(octets))


def test_a_package_to_twenty_thousand_recipients() -> None:
    row = b"<edXML:To><edXML:OrganId>H26.18</edXML:OrganId><edXML:OrganName>A</edXML:OrganName></edXML:To>"
    document = PACKAGE.replace(b"<edXML:DocumentId>", row * 20_000 + b"<edXML:DocumentId>")
    assert covered_by(judge(sign(document))).count(b"<edXML:To>") == 20_002


def test_a_package_with_an_attachment_of_twelve_megabytes() -> None:
    text = base64.b64encode(bytes(9_000_000))
    covered = covered_by(judge(sign(PACKAGE.replace(b"JVBERi0xLjcK", text))))
    assert text in covered


def test_the_callers_octets_stay_as_they_are() -> None:
    given_octets = bytearray(signed())
    before = bytes(given_octets)
    judge(bytes(given_octets))
    assert bytes(given_octets) == before


def test_the_verdict_is_the_same_however_often_it_is_asked() -> None:
    assert judge(signed()) == judge(signed())


def test_all_kinds_of_keys_hand_out_the_same() -> None:
    assert {judge(signed_with(kind)).covered for kind in KeyKind} == {COVERED["ours"]}
    assert judge(make(Draft(document=PACKAGE))).covered == COVERED["ours"]
