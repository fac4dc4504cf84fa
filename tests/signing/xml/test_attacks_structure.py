"""Signatures whose parts are missing, repeated, interrupted or in the wrong place (threats 10 to 13 and 28)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from copy import deepcopy

import pytest
from lxml import etree

from envelopes.errors import UnreadableMessage
from envelopes.parser import NAMESPACE, SIGNATURE_PARENT
from signing.algorithms import DS, ds
from signing.policy import PACKAGE_POLICY
from signing.verdict import FailureCode, Verdict
from signing.xml.verify import XmlVerifier
from tests.signing.pki import MOMENT, trust
from tests.signing.xml.packages import PACKAGE, assert_refused, changed, judge, one, signed
from tests.signing.xml.workshop import ENVELOPED, IDENTIFIED, XML_ID, Draft, made, make, mocked_up, reference

Change = Callable[[etree._Element], None]


# ── duplicate identifiers ─────────────────────────────────────────────────────────────────────────────────────────────

SPELLINGS = ["Id", "ID", "id", XML_ID]
VALUES = ["goi-tin", "GOI-TIN", " goi-tin", "goi-tin\t", "Goi-Tin ", "\u00a0goi-tin"]


@pytest.mark.parametrize("value", VALUES, ids=repr)
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_an_identifier_that_occurs_twice_however_it_is_spelt(spelling: str, value: str) -> None:
    def change(root: etree._Element) -> None:
        one(root, "//e:Subject").set(spelling, value)

    octets = made(Draft(references=(reference("#goi-tin"),)))
    assert judge(octets).failure is None
    assert_refused(judge(changed(octets, change)), FailureCode.DUPLICATE_ID)


@pytest.mark.parametrize("place", ["//ds:KeyInfo", "//ds:Object", "//e:MessageHeader", "/e:edXML"])
def test_an_identifier_of_the_signature_that_occurs_twice(place: str) -> None:
    def change(root: etree._Element) -> None:
        one(root, place).set("ID", "signed-properties")

    assert_refused(judge(changed(signed(), change)), FailureCode.DUPLICATE_ID)


def test_two_identifiers_on_one_element() -> None:
    def change(root: etree._Element) -> None:
        root.set("Id", "a")
        root.set(XML_ID, "a")

    assert_refused(judge(changed(signed(), change)), FailureCode.DUPLICATE_ID)


def test_different_identifiers_are_no_repetition_even_unsigned() -> None:
    document = PACKAGE.replace(b"<edXML:To>", b'<edXML:To Id="a b">', 1)
    document = document.replace(b"<edXML:Subject>", b'<edXML:Subject id="ab">')
    assert judge(make(Draft(document=document))).failure is None


# ── one signature, whole ──────────────────────────────────────────────────────────────────────────────────────────────


def append_second(root: etree._Element) -> None:
    second = deepcopy(one(root, "//ds:Signature"))
    for element in second.iter(etree.Element):
        element.attrib.pop("Id", "")
    one(root, "//e:edXMLHeader").append(second)


def insert_garbage_before(root: etree._Element) -> None:
    one(root, "//e:edXMLHeader").insert(0, etree.Element(ds("Signature")))


def append_garbage(root: etree._Element) -> None:
    etree.SubElement(one(root, "//e:edXMLHeader"), ds("Signature"))


def append_elsewhere(root: etree._Element) -> None:
    etree.SubElement(one(root, "//e:Attachment"), ds("Signature"))


def countersign(root: etree._Element) -> None:
    etree.SubElement(etree.SubElement(one(root, "//ds:Signature"), ds("Object")), ds("Signature"))


REPEATED: list[Change] = [append_second, insert_garbage_before, append_garbage, append_elsewhere, countersign]


@pytest.mark.parametrize("change", REPEATED, ids=lambda change: change.__name__)
def test_two_signatures(change: Change) -> None:
    assert_refused(judge(changed(signed(), change)), FailureCode.REPEATED)


def test_an_unsigned_package() -> None:
    assert_refused(judge(PACKAGE), FailureCode.MISSING)


@pytest.mark.parametrize("namespace", [NAMESPACE, "", DS.upper(), DS.replace("xmldsig", "xmldslg")])
def test_a_signature_in_another_namespace_is_none(namespace: str) -> None:
    # The operator's own library writes `Signature` in the namespace of the package.
    octets = signed().replace(f'xmlns:ds="{DS}"'.encode(), f'xmlns:ds="{namespace}"'.encode())
    if not namespace:
        octets = signed().replace(b"ds:", b"").replace(b"xmlns:ds", b"xmlns")
        octets = octets.replace(f'xmlns="{DS}"'.encode(), b'xmlns=""')
    assert_refused(judge(octets), FailureCode.MISSING)


def without(path: str) -> Change:
    def change(root: etree._Element) -> None:
        element = one(root, path)
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)

    return change


def twice(path: str) -> Change:
    def change(root: etree._Element) -> None:
        element = one(root, path)
        again = deepcopy(element)
        for inside in again.iter(etree.Element):
            inside.attrib.pop("Id", "")
        element.addnext(again)

    return change


def emptied(path: str) -> Change:
    def change(root: etree._Element) -> None:
        element = one(root, path)
        element.text = None
        del element[:]

    return change


def wrapped(path: str) -> Change:
    def change(root: etree._Element) -> None:
        element = one(root, path)
        parent = element.getparent()
        assert parent is not None
        wrapper = etree.Element(ds("Wrapper"))
        parent.replace(element, wrapper)
        wrapper.append(element)

    return change


def last(path: str) -> Change:
    def change(root: etree._Element) -> None:
        element = one(root, path)
        parent = element.getparent()
        assert parent is not None
        parent.append(element)

    return change


SHAPES: dict[str, tuple[Change, FailureCode]] = {
    "signature removed": (without("//ds:Signature"), FailureCode.MISSING),
    "signature empty": (emptied("//ds:Signature"), FailureCode.MALFORMED),
    "no SignedInfo": (without("//ds:SignedInfo"), FailureCode.MALFORMED),
    "no SignatureValue": (without("//ds:SignatureValue"), FailureCode.MALFORMED),
    "no KeyInfo": (without("//ds:KeyInfo"), FailureCode.CERTIFICATE_MISSING),
    "no CanonicalizationMethod": (without("//ds:CanonicalizationMethod"), FailureCode.MALFORMED),
    "no SignatureMethod": (without("//ds:SignatureMethod"), FailureCode.MALFORMED),
    "no DigestMethod": (without("//ds:DigestMethod"), FailureCode.MALFORMED),
    "no DigestValue": (without("//ds:DigestValue"), FailureCode.MALFORMED),
    "no X509Data": (without("//ds:X509Data"), FailureCode.CERTIFICATE_MISSING),
    "no properties": (without("//ds:Object"), FailureCode.REFERENCE_FORBIDDEN),
    "two SignedInfo": (twice("//ds:SignedInfo"), FailureCode.MALFORMED),
    "two SignatureValue": (twice("//ds:SignatureValue"), FailureCode.MALFORMED),
    "two KeyInfo": (twice("//ds:KeyInfo"), FailureCode.MALFORMED),
    "two CanonicalizationMethod": (twice("//ds:CanonicalizationMethod"), FailureCode.MALFORMED),
    "two SignatureMethod": (twice("//ds:SignatureMethod"), FailureCode.MALFORMED),
    "two DigestMethod": (twice("//ds:DigestMethod"), FailureCode.MALFORMED),
    "two DigestValue": (twice("//ds:DigestValue"), FailureCode.MALFORMED),
    "two Transforms": (twice("//ds:Transforms"), FailureCode.MALFORMED),
    "two references to the document": (twice("//ds:Reference"), FailureCode.NOT_COVERING),
    "SignedInfo wrapped": (wrapped("//ds:SignedInfo"), FailureCode.MALFORMED),
    "SignatureValue wrapped": (wrapped("//ds:SignatureValue"), FailureCode.MALFORMED),
    "Reference wrapped": (wrapped("//ds:Reference"), FailureCode.MALFORMED),
    "DigestValue wrapped": (wrapped("//ds:DigestValue"), FailureCode.MALFORMED),
    "X509Data wrapped": (wrapped("//ds:X509Data"), FailureCode.CERTIFICATE_MISSING),
    "SignedInfo last": (last("//ds:SignedInfo"), FailureCode.MALFORMED),
    "KeyInfo last": (last("//ds:KeyInfo"), FailureCode.MALFORMED),
    "DigestMethod last": (last("//ds:DigestMethod"), FailureCode.MALFORMED),
    "SignatureValue empty": (emptied("//ds:SignatureValue"), FailureCode.MALFORMED),
    "DigestValue empty": (emptied("//ds:DigestValue"), FailureCode.ALTERED),
    "Reference empty": (emptied("//ds:Reference"), FailureCode.MALFORMED),
    "Transforms empty": (emptied("//ds:Transforms"), FailureCode.NOT_COVERING),
    "X509Certificate empty": (emptied("//ds:X509Certificate"), FailureCode.CERTIFICATE_UNREADABLE),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_signature_of_another_shape(name: str) -> None:
    change, code = SHAPES[name]
    assert_refused(judge(changed(signed(), change)), code)


def test_a_signature_without_references() -> None:
    def change(root: etree._Element) -> None:
        for element in root.iter(ds("Reference")):
            element.tag = "x"
        etree.strip_elements(root, "x")

    assert_refused(judge(changed(signed(), change)), FailureCode.NOT_COVERING)


def test_a_reference_that_holds_nothing_but_a_comment() -> None:
    def change(root: etree._Element) -> None:
        emptied("//ds:Reference")(root)
        one(root, "//ds:Reference").append(etree.Comment(" "))

    assert_refused(judge(changed(signed(), change)), FailureCode.MALFORMED)


@pytest.mark.parametrize("text", ["@@@@", "AAA", "AAAA AAAA=", "QUJD\u00a0", "é", "=", "AAAA-_"], ids=repr)
@pytest.mark.parametrize("path", ["//ds:SignatureValue", "//ds:DigestValue", "//ds:X509Certificate"])
def test_a_value_that_is_no_base64(path: str, text: str) -> None:
    def change(root: etree._Element) -> None:
        one(root, path).text = text

    assert_refused(judge(changed(signed(), change)), FailureCode.MALFORMED)


def test_white_space_inside_values_is_as_everybody_writes_it() -> None:
    def change(root: etree._Element) -> None:
        element = one(root, "//ds:SignatureValue")
        value = base64.b64decode(element.text or "")
        element.text = "\r\n\t " + base64.encodebytes(value).decode() + "\n"

    assert judge(changed(signed(), change)).failure is None


# ── comments and instructions inside text ─────────────────────────────────────────────────────────────────────────────


def judge_behind_another_door(octets: bytes) -> Verdict:
    """The verdict where the door lets comments in text through, as other readers of the same signing floor may."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, collect_ids=False)
    verifier = XmlVerifier(lambda one: etree.fromstring(one, parser), SIGNATURE_PARENT, trust(), PACKAGE_POLICY)
    return verifier.verify(octets, at=MOMENT)


INTERRUPTED = [
    (b"H26.18", b"H26<!-- -->.18"),
    (b"H26.18", b"H26.18<!-- -->"),
    (b"H26.18", b"<!-- -->H26.18"),
    (b"H26.18", b"H26<?x y?>.18"),
    (b"cid-1</edXML:ContentId></edXML:Reference>", b"cid<!---->-1</edXML:ContentId></edXML:Reference>"),
    (b"Subject>V", b"Subject><!-- -->V"),
]


@pytest.mark.parametrize(("text", "interrupted"), INTERRUPTED, ids=str)
def test_a_comment_put_into_text_after_signing(text: bytes, interrupted: bytes) -> None:
    assert text in signed()
    octets = signed().replace(text, interrupted)
    assert_refused(judge_behind_another_door(octets), FailureCode.COMMENT_IN_TEXT)
    with pytest.raises(UnreadableMessage):
        judge(octets)


@pytest.mark.parametrize("path", ["//ds:DigestValue", "//ds:SignatureValue", "//ds:X509Certificate"])
@pytest.mark.parametrize("node", [etree.Comment("x"), etree.ProcessingInstruction("x", "y")], ids=["comment", "PI"])
def test_a_comment_put_into_a_value_of_the_signature(path: str, node: etree._Element) -> None:
    def change(root: etree._Element) -> None:
        element = one(root, path)
        text = element.text or ""
        inserted = deepcopy(node)
        element.text, inserted.tail = text[:4], text[4:]
        element.append(inserted)

    octets = changed(signed(), change)
    assert_refused(judge_behind_another_door(octets), FailureCode.MALFORMED)
    with pytest.raises(UnreadableMessage):
        judge(octets)


def test_a_comment_put_into_an_algorithms_element() -> None:
    def change(root: etree._Element) -> None:
        one(root, "//ds:SignatureMethod").append(etree.Comment("x"))

    assert_refused(judge(changed(signed(), change)), FailureCode.ALGORITHM_FORBIDDEN)


def test_a_comment_between_elements_means_nothing_and_is_not_handed_out() -> None:
    octets = signed().replace(b"<edXML:MessageHeader>", b"<edXML:MessageHeader><!-- -->")
    verdict = judge(octets)
    assert verdict.covered == judge(signed()).covered


def test_very_many_comments_cost_little() -> None:
    octets = signed().replace(b"<edXML:MessageHeader>", b"<edXML:MessageHeader>" + b"<!---->" * 50_000)
    assert judge(octets).failure is None


def test_an_instruction_between_elements_is_content() -> None:
    octets = signed().replace(b"<edXML:MessageHeader>", b"<edXML:MessageHeader><?x y?>")
    assert_refused(judge(octets), FailureCode.ALTERED)


def test_namespaces_that_would_swell_in_canonical_form() -> None:
    long = "urn:" + "x" * 1000
    rows = b'<a:r a:a="" a:b="" a:c="" a:d="" a:e="" a:f="" a:g=""/>' * 10_000
    document = PACKAGE.replace(b"<edXML xmlns", f'<edXML xmlns:a="{long}" xmlns'.encode())
    document = document.replace(b"<edXML:edXMLBody>", b"<edXML:edXMLBody>" + rows)
    end = b"</edXML:edXMLHeader>"
    start, stop = signed().index(b"<ds:Signature"), signed().index(end)
    assert_refused(judge(document.replace(end, signed()[start:stop] + end)), FailureCode.MALFORMED)


@pytest.mark.parametrize(("character", "count"), [(b"&", 17_000_000), (b"<", 23_000_000), (b">", 23_000_000)])
def test_markup_characters_that_would_swell_in_canonical_form(character: bytes, count: int) -> None:
    octets = signed().replace(b"JVBERi0xLjcK", b"<![CDATA[" + character * count + b"]]>")
    assert_refused(judge(octets), FailureCode.MALFORMED)


def test_the_enveloped_transform_is_once_and_first() -> None:
    for transforms in ((ENVELOPED, ENVELOPED), ("http://www.w3.org/2001/10/xml-exc-c14n#", ENVELOPED)):
        octets = mocked_up(Draft(references=(reference("", transforms),)))
        assert_refused(judge(octets), FailureCode.TRANSFORM_FORBIDDEN)


def test_identified_is_an_honest_package() -> None:
    assert judge(make(Draft(document=IDENTIFIED))).failure is None
