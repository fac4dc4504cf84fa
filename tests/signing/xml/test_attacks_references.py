"""References that compute, fetch, leave something out, or cost too much (threats 14 to 18)."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest
import xmlsec

from signing.algorithms import DS, EXCLUSIVE, XADES, Canonicalization
from signing.policy import REFERENCES_MAX
from signing.verdict import FailureCode
from tests.signing.pki import credential
from tests.signing.xml import xmlsec1
from tests.signing.xml.guard import guarding
from tests.signing.xml.packages import PACKAGE, assert_refused, changed, covered_by, judge, one
from tests.signing.xml.workshop import ENVELOPED, IDENTIFIED, Draft, made, make, mocked_up, reference
from tests.signing.xml.xmlsec1 import needs_xmlsec1

XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
XPATH2 = "http://www.w3.org/2002/06/xmldsig-filter2"
XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
BASE64 = f"{DS}base64"
FORBIDDEN = FailureCode.TRANSFORM_FORBIDDEN


def transform(algorithm: str, inside: str = "") -> str:
    return f'<ds:Transform Algorithm="{algorithm}">{inside}</ds:Transform>'


def stylesheet(body: str) -> str:
    return (
        '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0">'
        f'<xsl:template match="/">{body}</xsl:template></xsl:stylesheet>'
    )


def signs(more: str) -> Draft:
    return Draft(references=(reference("", (ENVELOPED,), more=more),))


ENCODED = PACKAGE.replace(b"<edXML:ContentTransferEncoded>", b'<edXML:ContentTransferEncoded Id="tep">')

# Each of these is signed by a trusted key and verifies in a library that allows everything.
VALID_BUT_FORBIDDEN = {
    "XPath that selects nothing": signs(transform(XPATH, "<ds:XPath>false()</ds:XPath>")),
    "XPath that leaves out the recipients": signs(
        transform(XPATH, "<ds:XPath>not(ancestor-or-self::*[local-name()='To'])</ds:XPath>")
    ),
    "XPath Filter 2": signs(
        transform(XPATH2, f'<f:XPath xmlns:f="{XPATH2}" Filter="subtract">//*[local-name()="To"]</f:XPath>')
    ),
    "XSLT": signs(transform(XSLT, stylesheet("<nothing/>"))),
    "base64": Draft(references=(reference(), reference("#tep", (BASE64,))), document=ENCODED),
    "canonical form with comments": signs(transform(EXCLUSIVE + "WithComments")),
    "inclusive form with comments": signs(transform(Canonicalization.INCLUSIVE_1_0.value + "#WithComments")),
}


@pytest.mark.parametrize("name", VALID_BUT_FORBIDDEN)
def test_transforms_that_choose_what_is_signed(name: str) -> None:
    assert_refused(judge(make(VALID_BUT_FORBIDDEN[name])), FORBIDDEN)


@pytest.mark.parametrize(
    "algorithm",
    [
        "",
        " ",
        "none",
        EXCLUSIVE.upper(),
        EXCLUSIVE + " ",
        EXCLUSIVE.removesuffix("#"),
        EXCLUSIVE.replace("http:", "https:"),
        "http://www.w3.org/2000/09/xmldsig#Enveloped-Signature",
        "urn:nobody:knows",
        "http://www.w3.org/2006/12/xmlc14n11",
        "http://www.w3.org/2010/xml-c14n2",
    ],
    ids=repr,
)
def test_a_transform_nobody_lists_is_refused_by_its_name(algorithm: str) -> None:
    verdict = judge(mocked_up(signs(transform(algorithm))))
    assert_refused(verdict, FORBIDDEN)
    assert verdict.failure is not None
    assert verdict.failure.detail == algorithm


def test_a_transform_without_algorithm() -> None:
    assert_refused(judge(mocked_up(signs("<ds:Transform/>"))), FORBIDDEN)


@pytest.mark.parametrize(
    "inside",
    [
        "<ds:XPath>false()</ds:XPath>",
        f'<ec:InclusiveNamespaces xmlns:ec="{EXCLUSIVE}" PrefixList="a"/>' * 2,
        f'<ec:InclusiveNamespaces xmlns:ec="{EXCLUSIVE}" PrefixList="a"><ds:XPath/></ec:InclusiveNamespaces>',
        '<InclusiveNamespaces xmlns="urn:other" PrefixList="a"/>',
    ],
    ids=["XPath", "twice", "something inside", "another namespace"],
)
def test_parameters_nobody_lists(inside: str) -> None:
    assert_refused(judge(mocked_up(signs(transform(EXCLUSIVE, inside)))), FORBIDDEN)


@pytest.mark.parametrize("algorithm", [Canonicalization.INCLUSIVE_1_0, Canonicalization.INCLUSIVE_1_1])
def test_prefixes_for_a_form_that_takes_none(algorithm: Canonicalization) -> None:
    inside = f'<ec:InclusiveNamespaces xmlns:ec="{EXCLUSIVE}" PrefixList="a"/>'
    assert_refused(judge(mocked_up(signs(transform(algorithm.value, inside)))), FORBIDDEN)


def test_parameters_of_the_enveloped_transform() -> None:
    more = transform(ENVELOPED, "<ds:XPath>false()</ds:XPath>")
    assert_refused(judge(mocked_up(Draft(references=(reference("", (), more=more),)))), FORBIDDEN)


@pytest.mark.parametrize("algorithm", [XPATH, XSLT, EXCLUSIVE + "WithComments", "", "urn:x"], ids=repr)
def test_a_canonicalisation_of_signed_info_nobody_lists(algorithm: str) -> None:
    method = f'<ds:CanonicalizationMethod Algorithm="{algorithm}"/>'
    assert_refused(judge(mocked_up(Draft(canonicalization=method))), FORBIDDEN)


def test_a_stylesheet_that_reads_fetches_and_never_ends(tmp_path: Path) -> None:
    with guarding(tmp_path, b"<x/>") as guard:
        for body in (
            f"<xsl:copy-of select=\"document('{guard.file.as_uri()}')\"/>",
            f"<xsl:copy-of select=\"document('http://{guard.address}/x')\"/>",
            '<xsl:apply-templates select="/"/>',
        ):
            assert_refused(judge(mocked_up(signs(transform(XSLT, stylesheet(body))))), FORBIDDEN)
        assert not guard.was_touched


# ── how many ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_thousand_transforms() -> None:
    started = time.perf_counter()
    octets = mocked_up(Draft(references=(reference("", (ENVELOPED, *[EXCLUSIVE] * 1000)),)))
    assert_refused(judge(octets), FORBIDDEN)
    assert time.perf_counter() - started < 1


def test_three_transforms_are_few_enough_and_four_are_not() -> None:
    assert judge(made(Draft(references=(reference("", (ENVELOPED, EXCLUSIVE, EXCLUSIVE)),)))).failure is None
    four = made(Draft(references=(reference("", (ENVELOPED, EXCLUSIVE, EXCLUSIVE, EXCLUSIVE)),)))
    assert_refused(judge(four), FORBIDDEN)


def test_a_thousand_references() -> None:
    started = time.perf_counter()
    octets = mocked_up(Draft(references=(reference(),) * 1000))
    assert_refused(judge(octets), FailureCode.REFERENCE_FORBIDDEN)
    assert time.perf_counter() - started < 1


def recipients(count: int) -> bytes:
    """A package with so many recipients, each identified."""
    rows = "".join(f'<edXML:To Id="to-{number}"/>' for number in range(count))
    return PACKAGE.replace(b"<edXML:DocumentId>", rows.encode() + b"<edXML:DocumentId>")


@pytest.mark.parametrize("count", [REFERENCES_MAX - 1, REFERENCES_MAX])
def test_sixteen_references_are_few_enough_and_seventeen_are_not(count: int) -> None:
    references = (reference(), *(reference(f"#to-{number}", (EXCLUSIVE,)) for number in range(count)))
    verdict = judge(make(Draft(references=references, document=recipients(count))))
    if count < REFERENCES_MAX:
        assert verdict.failure is None
    else:
        assert_refused(verdict, FailureCode.REFERENCE_FORBIDDEN)


def test_references_to_elements_within_each_other_are_digested_too_often() -> None:
    document = IDENTIFIED.replace(b"<edXML:From>", b'<edXML:From Id="noi-gui">')
    parts = (reference("#thong-tin", (EXCLUSIVE,)), reference("#noi-gui", (EXCLUSIVE,)))
    for chosen in (parts, parts[::-1], parts[:1] * 2):
        octets = make(Draft(references=(reference(), *chosen), document=document))
        assert_refused(judge(octets), FailureCode.REFERENCE_FORBIDDEN)


def test_two_references_to_the_root() -> None:
    octets = made(Draft(references=(reference(), reference("#goi-tin"))))
    assert_refused(judge(octets), FailureCode.NOT_COVERING)


def test_a_reference_to_the_root_that_keeps_the_signature_in() -> None:
    assert_refused(judge(mocked_up(Draft(references=(reference("", (EXCLUSIVE,)),)))), FailureCode.NOT_COVERING)


def test_a_part_that_claims_to_envelop_the_signature() -> None:
    octets = made(Draft(references=(reference(), reference("#thong-tin", (ENVELOPED, EXCLUSIVE)))))
    assert_refused(judge(octets), FORBIDDEN)


# ── Manifest ──────────────────────────────────────────────────────────────────────────────────────────────────────────

MANIFEST = f'<ds:Object><ds:Manifest Id="manifest">{reference("", (ENVELOPED, EXCLUSIVE))}</ds:Manifest></ds:Object>'


def test_a_manifest_whose_own_references_nobody_checks() -> None:
    kind = f"{DS}Manifest"
    draft = Draft(references=(reference(), reference("#manifest", (EXCLUSIVE,), kind=kind)), objects=MANIFEST)
    octets = make(draft)
    assert_refused(judge(octets), FailureCode.REFERENCE_FORBIDDEN)
    assert_refused(judge(octets.replace(b"H26.18", b"H26.19")), FailureCode.REFERENCE_FORBIDDEN)


@pytest.mark.parametrize("place", ["//ds:KeyInfo", "//e:edXMLBody", "//e:MessageHeader"])
def test_a_manifest_anywhere(place: str) -> None:
    octets = changed(made(), lambda root: one(root, place).append(one(root, place).makeelement(f"{{{DS}}}Manifest")))
    assert_refused(judge(octets), FailureCode.REFERENCE_FORBIDDEN)


# ── addresses ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_guard_sees_files_and_calls(tmp_path: Path) -> None:
    with guarding(tmp_path, b"<x/>") as guard:
        assert not guard.was_touched
        host, port = guard.address.split(":")
        for touch in (guard.file.read_bytes, socket.create_connection((host, int(port))).close):
            touch()
            assert guard.was_touched


@needs_xmlsec1
def test_the_guard_sees_what_a_library_opens(tmp_path: Path) -> None:
    with guarding(tmp_path, b"<x/>") as guard:
        xmlsec1.sign(tmp_path, xmlsec1.Shape(references=xmlsec1.reference(guard.file.as_uri())), credential())
        assert guard.was_touched


def test_libxmlsec_was_told_to_read_nothing_even_where_nobody_lists_references(tmp_path: Path) -> None:
    with guarding(tmp_path, b"<x/>") as guard:
        with pytest.raises(xmlsec.Error):
            make(Draft(references=(reference(), reference(guard.file.as_uri(), ()))))
        assert not guard.was_touched


FOREIGN = [
    "http://{address}/canary",
    "https://{address}/canary",
    "ftp://{address}/canary",
    "//{address}/canary",
    "file://{file}",
    "{file}",
    "canary.xml",
    "./canary.xml",
    "cid:unknown@example",
    "urn:x",
    "#xpointer(/)",
    "#xpointer(id('goi-tin'))",
    "#xmlns(a=urn:a)xpointer(//a:b)",
    "#element(/1)",
    "#",
    "#khong-co",
    "##goi-tin",
    "# goi-tin",
    "#GOI-TIN",
    "#goi%2Dtin",
    " ",
    " #goi-tin",
    "?",
    "http://example.invalid/#goi-tin",
]


@pytest.mark.parametrize("uri", FOREIGN)
@pytest.mark.parametrize("alone", [True, False], ids=["alone", "beside the whole"])
def test_addresses_outside_of_the_document(uri: str, alone: bool, tmp_path: Path) -> None:  # noqa: FBT001
    with guarding(tmp_path, b"<x/>") as guard:
        named = reference(uri.format(address=guard.address, file=guard.file))
        octets = mocked_up(Draft(references=(named,) if alone else (reference(), named)))
        assert_refused(judge(octets), FailureCode.REFERENCE_FORBIDDEN)
        assert not guard.was_touched


def test_a_reference_without_address() -> None:
    assert_refused(judge(mocked_up(Draft(references=(reference(None),)))), FailureCode.REFERENCE_FORBIDDEN)


@pytest.mark.parametrize("name", ["xpointer(/)", "xpointer(id('thong-tin'))", "element(/1)", "a b", "1", "goi%tin"])
def test_an_identifier_that_a_library_would_take_for_an_expression(name: str) -> None:
    document = PACKAGE.replace(b"<edXML xmlns", f'<edXML Id="{name}" xmlns'.encode())
    octets = mocked_up(Draft(references=(reference(f"#{name}"),), document=document))
    assert_refused(judge(octets), FailureCode.REFERENCE_FORBIDDEN)


@pytest.mark.parametrize("name", ["gói-tin", "_", "a.b-c_1", "đ1"])
def test_an_ordinary_identifier_in_any_letters(name: str) -> None:
    document = PACKAGE.replace(b"<edXML xmlns", f'<edXML Id="{name}" xmlns'.encode())
    octets = make(Draft(references=(reference(f"#{name}"),), document=document))
    assert f'Id="{name}"'.encode() in covered_by(judge(octets))


def test_an_identifier_in_a_namespace_is_none() -> None:
    document = PACKAGE.replace(b"<edXML xmlns", f'<edXML xmlns:x="{XADES}" x:Id="goi-tin" xmlns'.encode())
    octets = mocked_up(Draft(references=(reference("#goi-tin"),), document=document))
    assert_refused(judge(octets), FailureCode.REFERENCE_FORBIDDEN)
