"""Wrapping: a signature that is right, moved so that something else is read (threats 1 to 9)."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import pytest
from lxml import etree

from envelopes.parser import NAMESPACE, parse
from signing.algorithms import DS, ds
from signing.verdict import FailureCode
from tests.signing.xml.packages import assert_refused, changed, covered_by, judge, one, signed
from tests.signing.xml.workshop import Draft, made, reference

WHOLE = {"empty": made(Draft()), "identifier": made(Draft(references=(reference("#goi-tin"),)))}
EVIL = "000.00.00.EVIL"

Wrap = Callable[[etree._Element, etree._Element, etree._Element], None]


def split(octets: bytes) -> tuple[etree._Element, etree._Element, etree._Element]:
    """The document without its signature, the signature, and a copy of the document that says something else."""
    original = etree.fromstring(octets)
    signature = one(original, "//ds:Signature")
    signature.getparent().remove(signature)  # type: ignore[union-attr]
    evil = deepcopy(original)
    one(evil, "//e:From/e:OrganId").text = EVIL
    return original, signature, evil


def header(root: etree._Element) -> etree._Element:
    return one(root, "/e:edXML/e:edXMLEnvelope/e:edXMLHeader")


def into_object(signature: etree._Element, original: etree._Element) -> None:
    etree.SubElement(signature, ds("Object")).append(original)


def xsw1(evil: etree._Element, signature: etree._Element, original: etree._Element) -> None:
    header(evil).append(signature)
    signature.append(original)


def xsw2(evil: etree._Element, signature: etree._Element, original: etree._Element) -> None:
    header(evil).append(original)
    header(evil).append(signature)


def xsw3(evil: etree._Element, signature: etree._Element, original: etree._Element) -> None:
    header(original).append(signature)
    evil.insert(0, original)


def xsw4(evil: etree._Element, signature: etree._Element, original: etree._Element) -> None:
    header(original).append(signature)
    one(evil, "//e:edXMLBody").append(original)


def xsw5(evil: etree._Element, signature: etree._Element, original: etree._Element) -> None:
    header(evil).append(signature)
    evil.append(original)


def xsw6(evil: etree._Element, signature: etree._Element, original: etree._Element) -> None:
    header(evil).append(signature)
    signature.insert(0, original)


def xsw7(evil: etree._Element, signature: etree._Element, original: etree._Element) -> None:
    header(evil).append(signature)
    etree.SubElement(one(evil, "//e:MessageHeader"), "Extensions").append(original)


def xsw8(evil: etree._Element, signature: etree._Element, original: etree._Element) -> None:
    header(evil).append(signature)
    into_object(signature, original)


WRAPS: dict[str, tuple[Wrap, FailureCode | None]] = {
    "XSW1": (xsw1, FailureCode.MALFORMED),
    "XSW2": (xsw2, None),
    "XSW3": (xsw3, FailureCode.MISPLACED),
    "XSW4": (xsw4, FailureCode.MISPLACED),
    "XSW5": (xsw5, None),
    "XSW6": (xsw6, FailureCode.MALFORMED),
    "XSW7": (xsw7, None),
    "XSW8": (xsw8, FailureCode.NOT_COVERING),
}
"""What is done, and the reason for which it is refused where that does not depend on the reference."""


@pytest.mark.parametrize("reference_by", WHOLE)
@pytest.mark.parametrize("evil_id", ["kept", "removed", "changed"])
@pytest.mark.parametrize("name", WRAPS)
def test_wrapping(name: str, evil_id: str, reference_by: str) -> None:
    wrap, always = WRAPS[name]
    original, signature, evil = split(WHOLE[reference_by])
    for element in (found for found in evil.iter(etree.Element) if "Id" in found.attrib):
        if evil_id == "removed":
            del element.attrib["Id"]
        elif evil_id == "changed":
            element.set("Id", f"x-{element.get('Id')}")
    wrap(evil, signature, original)
    expected = FailureCode.DUPLICATE_ID if evil_id == "kept" else None
    if always is FailureCode.MISPLACED:
        expected = always
    depends = FailureCode.ALTERED if reference_by == "empty" else FailureCode.NOT_COVERING
    assert_refused(judge(etree.tostring(evil)), expected or always or depends)


HIDDEN = {
    "a second header": (NAMESPACE, "MessageHeader", FailureCode.NOT_COVERING),
    "a second manifest": (NAMESPACE, "edXMLManifest", FailureCode.NOT_COVERING),
    "what others write there": ("http://example.org/#signatureProperties", "SigningTime", None),
    "properties of the standard": (DS, "SignatureProperties", None),
}


@pytest.mark.parametrize("inside", ["//ds:Signature", "//ds:Object", "//ds:X509Data"])
@pytest.mark.parametrize("name", HIDDEN)
def test_parts_of_a_package_hidden_where_its_reference_leaves_them_out(name: str, inside: str) -> None:
    """They travel with the octets, and a reader that goes by names would find them."""
    namespace, local, code = HIDDEN[name]

    def change(root: etree._Element) -> None:
        holder = one(root, inside)
        holder = etree.SubElement(holder, ds("Object")) if inside == "//ds:Signature" else holder
        etree.SubElement(holder, f"{{{namespace}}}{local}")

    verdict = judge(changed(signed(), change))
    if code is None:
        assert verdict.failure is None
    else:
        assert_refused(verdict, code)


@pytest.mark.parametrize("reference_by", WHOLE)
def test_what_is_wrapped_here_was_right_before(reference_by: str) -> None:
    original, signature, _ = split(WHOLE[reference_by])
    header(original).append(signature)
    covered = parse(covered_by(judge(etree.tostring(original))))
    assert one(covered, "//e:From/e:OrganId").text == "000.00.15.H51"


def test_a_signature_over_a_part_does_not_speak_for_the_whole() -> None:
    part = Draft(references=(reference("#thong-tin", ("http://www.w3.org/2001/10/xml-exc-c14n#",)),))
    assert_refused(judge(made(part)), FailureCode.NOT_COVERING)


def test_a_parts_signature_moved_to_the_whole_with_the_part_in_its_object() -> None:
    # XSW10: the signed part goes into an Object, another part takes its place.
    part = Draft(references=(reference("#thong-tin", ("http://www.w3.org/2001/10/xml-exc-c14n#",)),))

    def change(root: etree._Element) -> None:
        signed, signature = one(root, "//e:MessageHeader"), one(root, "//ds:Signature")
        other = deepcopy(signed)
        del other.attrib["Id"]
        one(other, "e:From/e:OrganId").text = EVIL
        header(root).replace(signed, other)
        into_object(signature, signed)

    assert_refused(judge(changed(made(part), change)), FailureCode.NOT_COVERING)


@pytest.mark.parametrize(
    "place", ["/e:edXML", "//e:edXMLEnvelope", "//e:edXMLBody", "//e:MessageHeader", "//e:From", "//e:Attachment"]
)
def test_a_signature_in_another_place(place: str) -> None:
    def change(root: etree._Element) -> None:
        one(root, place).append(one(root, "//ds:Signature"))

    assert_refused(judge(changed(WHOLE["empty"], change)), FailureCode.MISPLACED)


def test_a_place_of_the_same_local_names_in_another_namespace() -> None:
    octets = WHOLE["empty"].replace(b"edXMLHeader>", b"edXMLHeader >")  # the names below are replaced whole
    octets = octets.replace(b"<edXML:edXMLHeader >", b'<o:edXMLHeader xmlns:o="urn:other">')
    assert_refused(judge(octets.replace(b"</edXML:edXMLHeader >", b"</o:edXMLHeader>")), FailureCode.MISPLACED)


def test_the_signature_as_root() -> None:
    signature = one(etree.fromstring(WHOLE["empty"]), "//ds:Signature")
    assert_refused(judge(etree.tostring(signature, with_tail=False)), FailureCode.MISPLACED)


def test_a_second_header_before_the_signed_one_is_part_of_what_is_covered() -> None:
    def change(root: etree._Element) -> None:
        one(root, "//e:edXMLEnvelope").insert(0, etree.fromstring(f'<edXMLHeader xmlns="{DS}"/>'))

    assert_refused(judge(changed(WHOLE["empty"], change)), FailureCode.ALTERED)


def test_a_signature_may_move_within_its_place_since_that_changes_nothing() -> None:
    def change(root: etree._Element) -> None:
        header(root).insert(0, one(root, "//ds:Signature"))

    moved = changed(WHOLE["empty"], change)
    assert moved.index(b"<ds:Signature ") < moved.index(b"<edXML:MessageHeader")
    assert covered_by(judge(moved)) == covered_by(judge(WHOLE["empty"]))
