"""Canonical octets of a whole document and of single elements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from signing.algorithms import XML, Canonicalization
from signing.verdict import FailureCode
from signing.xml.structure import Reference, StructureRefused, Transform

Parse = Callable[[bytes], etree._Element]
"""A hardened parser: octets to the root element, refusing whatever the door refuses."""

_RETURN: Final = "\r"

EXCLUSIVE_1_0 = Transform(Canonicalization.EXCLUSIVE_1_0)


def canonical_cover(covering: Reference, parse: Parse) -> bytes:
    """Return the canonical octets of the reference to the root, its transforms applied in order, without comments.

    The signature must have been removed before: that is what the enveloped transform means. `""` takes in the
    instructions around the root, a reference by identifier does not (XML Signature §4.4.3.3).
    """
    root = covering.target.element
    whole = root.getroottree() if covering.target.attribute is None else root
    octets = canonical(whole, covering.transforms[0])
    for transform in covering.transforms[1:]:
        octets = canonical(parse(octets).getroottree(), transform)
    return octets


def canonical(whole: etree._Element | etree._ElementTree, transform: Transform = EXCLUSIVE_1_0) -> bytes:
    """Return the canonical octets of a document, or of an element: of one below the root in the exclusive form only.

    Comments and the text behind an element are left out. For a whole document the three canonicalisations need nothing
    from outside it, so C14N 1.1 equals 1.0 here. (lxml's inclusive form of a part of a document is wrong.) Raises
    `StructureRefused` where there is no canonical form: a namespace that is a relative address.
    """
    exclusive = transform.algorithm is Canonicalization.EXCLUSIVE_1_0
    prefixes = list(transform.prefixes) if exclusive else None
    try:
        return etree.tostring(
            whole, method="c14n", exclusive=exclusive, with_comments=False, inclusive_ns_prefixes=prefixes
        )
    except etree.C14NError as error:
        raise StructureRefused(FailureCode.MALFORMED, "no canonical form") from error


def canonical_leaf(leaf: etree._Element, transform: Transform = EXCLUSIVE_1_0) -> bytes:
    """Return the canonical octets of an element that holds text alone, where it stands in its document.

    An inclusive form of it carries every namespace around it, which lxml leaves out for a part of a document: so the
    element is written anew as a document of its own, with all of them. Raises `StructureRefused` where it has other
    than plain attributes, or an inclusive form would inherit some (`xml:lang`, `xml:base`): nobody needs that.
    """
    exclusive = transform.algorithm is Canonicalization.EXCLUSIVE_1_0
    above = (str(name) for one in leaf.iterancestors() for name in one.attrib)
    if any(str(name).startswith("{") for name in leaf.attrib):
        raise StructureRefused(FailureCode.MALFORMED, "attributes of a leaf")
    if not exclusive and any(name.startswith(f"{{{XML}}}") for name in above):
        raise StructureRefused(FailureCode.TRANSFORM_FORBIDDEN, "inherited attributes")
    spaces = {f"xmlns:{prefix}" if prefix else "xmlns": uri for prefix, uri in leaf.nsmap.items()}
    attributes = {str(name): str(value) for name, value in leaf.attrib.items()}
    declared = "".join(f" {name}={quoteattr(value)}" for name, value in {**spaces, **attributes}.items())
    tag = ":".join(filter(None, (leaf.prefix, etree.QName(leaf).localname)))
    text = f"<{tag}{declared}>{escape(leaf.text or '', {_RETURN: '&#13;'})}</{tag}>"
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    return canonical(etree.fromstring(text.encode(), parser).getroottree(), transform)


def remove_keeping_tail(element: etree._Element) -> None:
    """Take an element out of its parent and leave the text behind it in place, as the enveloped transform does."""
    parent = element.getparent()
    if parent is None:
        raise ValueError("a root cannot be removed")
    tail, before = element.tail, element.getprevious()
    if tail and before is not None:
        before.tail = (before.tail or "") + tail
    elif tail:
        parent.text = (parent.text or "") + tail
    element.tail = None
    parent.remove(element)
