"""Canonical octets of a whole document and of single elements."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from signing.algorithms import Canonicalization
from signing.verdict import FailureCode
from signing.xml.structure import Reference, StructureRefused, Transform

Parse = Callable[[bytes], etree._Element]
"""A hardened parser: octets to the root element, refusing whatever the door refuses."""

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
