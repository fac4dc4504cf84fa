"""What is changed after signing, however little, is refused; what means the same in canonical form is not (27, 29)."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from copy import deepcopy

import pytest
from lxml import etree

from envelopes.parser import NAMESPACE, parse
from signing.verdict import FailureCode
from tests.signing.xml.packages import PACKAGE, assert_refused, changed, covered_by, judge, one, sign, signed
from tests.signing.xml.workshop import Draft, made, make, reference

INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
INCLUSIVE_1_1 = "http://www.w3.org/2006/12/xml-c14n11"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"

FORMS = {
    "exclusive": made(Draft()),
    "inclusive": made(Draft(references=(reference("", (ENVELOPED, INCLUSIVE)),))),
    "inclusive 1.1": made(Draft(references=(reference("", (ENVELOPED, INCLUSIVE_1_1)),))),
    "implied": made(Draft(references=(reference("", (ENVELOPED,)),))),
    "XAdES of ours": signed(),
}

LETTERS = "kế hoạch"
EDITS: dict[str, tuple[bytes, bytes]] = {
    "text": (b"H26.18", b"H26.19"),
    "text in other case": (b"H26.18", b"h26.18"),
    "text in decomposed letters": (LETTERS.encode(), unicodedata.normalize("NFD", LETTERS).encode()),
    "text with an invisible letter": (b"H26.18", "H26\u200b.18".encode()),
    "text with a letter that looks alike": (b"H26.18", "Н26.18".encode()),
    "white space before text": (b"<edXML:OrganId>H26", b"<edXML:OrganId> H26"),
    "white space between elements": (b"<edXML:MessageHeader", b" <edXML:MessageHeader"),
    "a line break": (b"</edXML:From>", b"</edXML:From>\n"),
    "a carriage return": (b"</edXML:From>", b"</edXML:From>&#13;"),
    "an element": (b"</edXML:From>", b"</edXML:From><edXML:To/>"),
    "an element's name": (b"DocumentId>", b"DocumentID>"),
    "an attribute": (b"<edXML:Subject>", b'<edXML:Subject a="">'),
    "xml:lang": (b"<edXML:Subject>", b'<edXML:Subject xml:lang="en">'),
    "xml:lang on the root": (b"<edXML ", b'<edXML xml:lang="en" '),
    "xml:base": (b"<edXML:Subject>", b'<edXML:Subject xml:base="http://example.invalid/">'),
    "xml:space": (b"<edXML:Subject>", b'<edXML:Subject xml:space="preserve">'),
    "the attachment": (b"JVBERi0xLjcK", b"JVBERi0xLjcL"),
    "an entity": (b"&amp;", b"&lt;"),
    "an instruction": (b"</edXML:From>", b"</edXML:From><?x?>"),
    "an instruction before the root": (b"<edXML ", b"<?x?><edXML "),
    "text behind the last element": (b"</edXML:AttachmentEncoded>", b"</edXML:AttachmentEncoded>x"),
    "another namespace for a prefix": (b"<edXML:Subject>", b'<edXML:Subject xmlns:edXML="urn:evil">'),
    "no namespace": (b"<edXML:Subject>", b'<Subject xmlns="">'),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", EDITS)
def test_a_change_after_signing(name: str, form: str) -> None:
    old, new = EDITS[name]
    octets = FORMS[form]
    assert old in octets
    octets = octets.replace(old, new, 1) if name != "an element's name" else octets.replace(old, new)
    if name == "no namespace":
        octets = octets.replace(b"</edXML:Subject>", b"</Subject>")
    assert_refused(judge(octets), FailureCode.ALTERED)


@pytest.mark.parametrize("form", ["inclusive", "inclusive 1.1", "implied"])
def test_a_namespace_added_where_the_form_keeps_all(form: str) -> None:
    octets = FORMS[form].replace(b"<edXML:Subject>", b'<edXML:Subject xmlns:x="urn:x">')
    assert_refused(judge(octets), FailureCode.ALTERED)


SAME: dict[str, Callable[[bytes], bytes]] = {
    "another quotation mark": lambda one: one.replace(b'Id="goi-tin"', b"Id='goi-tin'"),
    "white space inside tags": lambda one: one.replace(b"</edXML:From>", b"</edXML:From \n>"),
    "an empty element": lambda one: one.replace(b"<ds:DigestValue", b"<ds:DigestValue "),
    "a character reference": lambda one: one.replace(b"H26.18", b"H2&#54;.18"),
    "CDATA": lambda one: one.replace(b"H26.18", b"<![CDATA[H26.18]]>"),
    "a comment between elements": lambda one: one.replace(b"</edXML:From>", b"</edXML:From><!-- -->"),
    "another declaration": lambda one: one.replace(b"<?xml version='1.0' encoding='UTF-8'?>", b""),
    "a repeated namespace": lambda one: one.replace(
        b"<edXML:Subject>", f'<edXML:Subject xmlns:edXML="{NAMESPACE}">'.encode()
    ),
}


@pytest.mark.parametrize("form", [name for name in FORMS if "ours" not in name])
@pytest.mark.parametrize("name", SAME)
def test_what_has_the_same_canonical_form_is_handed_out_the_same(name: str, form: str) -> None:
    octets = SAME[name](FORMS[form])
    assert octets != FORMS[form]
    assert covered_by(judge(octets)) == covered_by(judge(FORMS[form]))


def test_a_prefix_that_only_a_value_uses_is_not_handed_out_with_another_meaning() -> None:
    # Exclusive C14N does not see prefixes in values, so they can be bound anew; then they are not handed out at all.
    document = PACKAGE.replace(b"<edXML:Subject>", b'<edXML:Subject xmlns:t="urn:good" kind="t:urgent">')
    octets = sign(document).replace(b'xmlns:t="urn:good"', b'xmlns:t="urn:evil"')
    covered = covered_by(judge(octets))
    assert b"urn:evil" not in covered
    assert b"urn:good" not in covered
    assert "t" not in one(parse(covered), "//e:Subject").nsmap


def test_another_prefix_for_the_same_namespace_is_another_text() -> None:
    octets = signed().replace(b"edXML:Subject>", b"e:Subject>")
    octets = octets.replace(b"<e:Subject>", f'<e:Subject xmlns:e="{NAMESPACE}">'.encode())
    assert_refused(judge(octets), FailureCode.ALTERED)


def test_default_namespace_and_prefix_exchanged() -> None:
    octets = signed().replace(b"<edXML:Subject>", f'<Subject xmlns="{NAMESPACE}">'.encode())
    assert_refused(judge(octets.replace(b"</edXML:Subject>", b"</Subject>")), FailureCode.ALTERED)


@pytest.mark.parametrize("form", FORMS)
def test_a_default_namespace_taken_away(form: str) -> None:
    def change(root: etree._Element) -> None:
        parent = one(root, "//e:Attachment")
        etree.SubElement(parent, "plain")

    with_plain = changed(FORMS[form], change)
    assert b"plain" in with_plain
    assert_refused(judge(with_plain), FailureCode.ALTERED)


@pytest.mark.parametrize(
    "change",
    [
        lambda root: one(root, "//ds:SignedInfo").set("Id", "x"),
        lambda root: one(root, "//ds:Reference").set("Type", "urn:x"),
        lambda root: one(root, "//ds:SignedInfo").insert(0, etree.ProcessingInstruction("x", "y")),
        lambda root: setattr(one(root, "//ds:SignedInfo"), "text", "x"),
        lambda root: one(root, "//ds:Transforms").append(deepcopy(one(root, "(//ds:Transform)[2]"))),
    ],
    ids=["identifier", "type", "instruction", "text", "transform"],
)
def test_a_change_to_signed_info(change: Callable[[etree._Element], None]) -> None:
    assert_refused(judge(changed(made(Draft()), change)), FailureCode.INVALID)


def test_comments_in_signed_info_are_left_out_of_its_canonical_form() -> None:
    octets = changed(made(Draft()), lambda root: one(root, "//ds:SignedInfo").insert(0, etree.Comment("x")))
    assert covered_by(judge(octets)) == covered_by(judge(made(Draft())))


def test_a_signed_part_changed_while_the_whole_keeps_its_digest_cannot_be() -> None:
    references = (reference(), reference("#thong-tin", ("http://www.w3.org/2001/10/xml-exc-c14n#",)))
    octets = make(Draft(references=references))
    assert judge(octets).failure is None
    assert_refused(judge(octets.replace(b"H26.18", b"H26.19")), FailureCode.ALTERED)


def test_the_other_reference_changed_in_signed_info() -> None:
    references = (reference(), reference("#thong-tin", ("http://www.w3.org/2001/10/xml-exc-c14n#",)))

    def change(root: etree._Element) -> None:
        one(root, "(//ds:DigestValue)[2]").text = "A" * 43 + "="

    assert_refused(judge(changed(make(Draft(references=references)), change)), FailureCode.INVALID)
