"""Whatever is done to a signed package: it is refused, or exactly the octets that were signed are handed out."""

from __future__ import annotations

from copy import deepcopy

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from lxml import etree

from envelopes.errors import UnreadableMessage
from envelopes.parser import SIGNATURE_PARENT, parse
from signing.xml.canonical import canonical
from signing.xml.structure import StructureRefused, Transform
from tests.signing.xml.forms import COVERED, FORMS, canonicalization_of
from tests.signing.xml.packages import judge, one

form_names = st.sampled_from(sorted(FORMS))

# A damaged certificate may be one that the library reads for the last time, and says so.
pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")


def assert_refused_or_the_same(octets: bytes, name: str) -> None:
    """The one property everything rests on."""
    try:
        verdict = judge(octets)
    except UnreadableMessage:
        return
    assert verdict.covered is None or verdict.covered == COVERED[name]


@settings(max_examples=600)
@given(form_names, st.data())
def test_any_other_octet(name: str, data: st.DataObject) -> None:
    octets = FORMS[name]
    place = data.draw(st.integers(0, len(octets) - 1))
    octet = data.draw(st.integers(0, 255).filter(lambda value: value != octets[place]))
    assert_refused_or_the_same(octets[:place] + bytes([octet]) + octets[place + 1 :], name)


@settings(max_examples=300)
@given(form_names, st.data())
def test_any_octets_inserted_removed_or_doubled(name: str, data: st.DataObject) -> None:
    octets = FORMS[name]
    start = data.draw(st.integers(0, len(octets)))
    end = data.draw(st.integers(start, min(start + 40, len(octets))))
    inserted = data.draw(st.one_of(st.binary(max_size=8), st.just(octets[start:end] * 2), st.just(b"")))
    assert_refused_or_the_same(octets[:start] + inserted + octets[end:], name)


@settings(max_examples=400)
@given(form_names, st.data())
def test_any_single_octet_of_the_canonical_form_is_refused(name: str, data: st.DataObject) -> None:
    """The document is rebuilt from changed canonical octets, with the signature put back where it was."""
    covered = COVERED[name]
    place = data.draw(st.integers(0, len(covered) - 1))
    octet = data.draw(st.integers(0, 255).filter(lambda value: value != covered[place]))
    altered = covered[:place] + bytes([octet]) + covered[place + 1 :]
    try:
        root = parse(altered)
    except UnreadableMessage:
        return
    headers = root.findall("/".join(SIGNATURE_PARENT[1:]))
    assume(len(headers) == 1 and root.tag == SIGNATURE_PARENT[0])
    headers[0].append(deepcopy(one(etree.fromstring(FORMS[name]), "//ds:Signature")))
    assert judge(etree.tostring(root.getroottree())).covered in ({None} if is_other(altered, name) else {COVERED[name]})


def is_other(altered: bytes, name: str) -> bool:
    """Whether the changed octets have another canonical form, or none: changed quotation marks may leave the same."""
    try:
        return canonical(parse(altered).getroottree(), Transform(canonicalization_of(name))) != COVERED[name]
    except StructureRefused:
        return True


def test_the_unchanged_canonical_form_verifies_so_the_test_above_can_fail() -> None:
    for name, covered in COVERED.items():
        root = parse(covered)
        header = root.find("/".join(SIGNATURE_PARENT[1:]))
        assert header is not None
        header.append(deepcopy(one(etree.fromstring(FORMS[name]), "//ds:Signature")))
        assert judge(etree.tostring(root.getroottree())).covered == covered


# ── nodes ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

DEEDS = ("remove", "double", "move", "swap", "rename", "text", "attribute", "unset", "wrap", "comment", "nest")


@settings(max_examples=800)
@given(form_names, st.sampled_from(DEEDS), st.data())
def test_any_node_removed_moved_doubled_renamed_or_wrapped(name: str, deed: str, data: st.DataObject) -> None:
    root = etree.fromstring(FORMS[name])
    nodes = list(root.iter(etree.Element))
    mutate(root, deed, data.draw(st.sampled_from(nodes)), data.draw(st.sampled_from(nodes)))
    assert_refused_or_the_same(etree.tostring(root.getroottree()), name)


def mutate(root: etree._Element, deed: str, node: etree._Element, other: etree._Element) -> None:
    """Do one thing to the tree; nothing where it cannot be done."""
    parent, place = node.getparent(), other.getparent()
    if deed in {"remove", "double", "move", "swap", "wrap"} and (parent is None or place is None):
        return
    if deed == "text":
        node.text = (node.text or "") + "x"
    elif deed == "rename":
        node.tag = other.tag
    elif deed == "attribute":
        node.set("Id", str(other.get("Id", "goi-tin")))
    elif deed == "unset":
        node.attrib.clear()
    elif deed == "comment":
        node.insert(0, etree.Comment("x"))
    elif deed == "nest":
        node.append(deepcopy(other))
    elif parent is not None and place is not None:
        rearrange(deed, node, other)


def rearrange(deed: str, node: etree._Element, other: etree._Element) -> None:
    if deed == "remove":
        node.getparent().remove(node)  # type: ignore[union-attr]
    elif deed == "double":
        other.addnext(deepcopy(node))
    elif deed == "wrap":
        wrapper = etree.Element(other.tag)
        node.addprevious(wrapper)
        wrapper.append(node)
    elif node is not other and node not in other.iterancestors() and other not in node.iterancestors():
        if deed == "swap":
            marker = etree.Element("marker")
            node.addprevious(marker)
            other.addprevious(node)
            marker.getparent().replace(marker, other)  # type: ignore[union-attr]
        else:
            other.append(node)
