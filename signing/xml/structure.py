"""The profile of an XML signature: what must hold before any mathematics is done.

A valid signature proves nothing about *what* was signed. This module admits only documents in which that is plain:
one signature, in one place, over the whole root, by listed algorithms.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lxml import etree

from signing.algorithms import ENVELOPED, EXCLUSIVE, XML, Canonicalization, SignatureAlgorithm, ds
from signing.allowances import Use
from signing.certificates import Certificate
from signing.digests import DigestAlgorithm
from signing.policy import REFERENCES_MAX, SWELL_MAX, TRANSFORMS_MAX, SignaturePolicy
from signing.verdict import Failure, FailureCode, ReferenceDigest

_ID_NAMES: Final = frozenset({"Id", "ID", "id", f"{{{XML}}}id"})
_SIGNATURE_CHILDREN: Final = (ds("SignedInfo"), ds("SignatureValue"), ds("KeyInfo"))
_SIGNED_INFO_CHILDREN: Final = (ds("CanonicalizationMethod"), ds("SignatureMethod"))
_REFERENCE_CHILDREN: Final = (ds("Transforms"), ds("DigestMethod"), ds("DigestValue"))
_SPACE: Final = " \t\r\n"
"""White space as XML has it; Python's own notion takes in characters that are text here."""
_WITHOUT_SPACE: Final = dict.fromkeys(map(ord, _SPACE))

_REFERENCE_GROWTH: Final = {b"&": 4, b"<": 3, b">": 3, b'"': 5}
"""What each may add in canonical form, in bytes (`&amp;`, `&lt;`, `&gt;`, `&quot;`)."""

_PLAIN_NAME: Final = re.compile(r"[^\W\d][\w.-]*")
"""An identifier as XML Schema has it (NCName). In others, such as `xpointer(/)`, libraries see an expression."""


class StructureRefused(Exception):
    """The signature's structure is outside the profile; `failure` says where. Never leaves this package."""

    def __init__(self, code: FailureCode, detail: str = "") -> None:
        super().__init__(code.value)
        self.failure = Failure(code, detail)


@dataclass(frozen=True, slots=True)
class Listed:
    """What a policy allows at the aware moment `at`; at any moment where that is None."""

    policy: SignaturePolicy
    at: datetime | None

    def admits(self, use: Use, name: str) -> bool:
        """Return whether an algorithm, by its identifier, is allowed."""
        if self.at is None:
            return self.policy.knows(use, name)
        return self.policy.admits(use, name, at=self.at)


@dataclass(frozen=True, slots=True)
class Transform:
    """One canonicalisation with the prefixes an exclusive one treats inclusively."""

    algorithm: Canonicalization
    prefixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Identified:
    """An element and the attribute that identifies it; the attribute is None where it is the root without a name."""

    element: etree._Element
    attribute: str | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """One admitted reference: what it points to and as what, how it is canonicalised, and the digest it claims."""

    digest: ReferenceDigest
    kind: str | None
    target: Identified
    is_enveloped: bool
    transforms: tuple[Transform, ...]


@dataclass(frozen=True, slots=True)
class Structure:
    """A signature that follows the profile. `covering` is the one reference to the root."""

    signature: etree._Element
    algorithm: SignatureAlgorithm
    value: bytes
    key_info: etree._Element
    references: tuple[Reference, ...]
    covering: Reference
    certificates: tuple[Certificate, ...]

    @property
    def value_element(self) -> etree._Element:
        """The `ds:SignatureValue` itself, which time stamps are made over."""
        return elements(self.signature)[1]


def refuse_swelling(octets: bytes) -> None:
    """Refuse a document whose markup characters would swell: CDATA and quoted ones become references."""
    if sum(octets.count(character) * growth for character, growth in _REFERENCE_GROWTH.items()) > SWELL_MAX:
        raise StructureRefused(FailureCode.MALFORMED, "markup characters")


def only_signature(root: etree._Element, parent: tuple[str, ...]) -> etree._Element:
    """Return the one `ds:Signature` of the document, which stands under `parent`; no `ds:Manifest` is anywhere."""
    found = list(root.iter(ds("Signature")))
    if not found:
        raise StructureRefused(FailureCode.MISSING)
    if len(found) > 1:
        raise StructureRefused(FailureCode.REPEATED, str(len(found)))
    if next(root.iter(ds("Manifest")), None) is not None:
        raise StructureRefused(FailureCode.REFERENCE_FORBIDDEN, "Manifest")
    ancestors = [str(one.tag) for one in found[0].iterancestors()]
    if tuple(reversed(ancestors)) != parent:
        raise StructureRefused(FailureCode.MISPLACED)
    return found[0]


def identifiers(root: etree._Element) -> Mapping[str, Identified]:
    """Return every identifier with its element; refuse repeats, also those that differ by case or white space.

    Refuses, too, where canonicalisation would swell: a tag in Clark notation is as long as what may be declared anew.
    """
    known: dict[str, Identified] = {}
    seen: set[str] = set()
    swell = 0
    for element in root.iter(etree.Element):
        swell += len(element.tag)
        for name, value in element.attrib.items():
            swell += len(name)
            if name not in _ID_NAMES:
                continue
            folded = " ".join(str(value).split()).casefold()
            if folded in seen:
                raise StructureRefused(FailureCode.DUPLICATE_ID)
            seen.add(folded)
            known[str(value)] = Identified(element, name)
        if swell > SWELL_MAX:
            raise StructureRefused(FailureCode.MALFORMED, "namespaces")
    return known


def signature_parts(signature: etree._Element) -> tuple[etree._Element, bytes, etree._Element | None]:
    """Return SignedInfo, the signature value and KeyInfo: the children are those of the schema, in order, once."""
    children = elements(signature)
    names = [str(child.tag) for child in children]
    has_key_info = ds("KeyInfo") in names
    expected = _SIGNATURE_CHILDREN if has_key_info else _SIGNATURE_CHILDREN[:2]
    if tuple(names[: len(expected)]) != expected or any(name != ds("Object") for name in names[len(expected) :]):
        raise StructureRefused(FailureCode.MALFORMED, "Signature")
    signed_info = children[0]
    names = [str(child.tag) for child in elements(signed_info)]
    if tuple(names[:2]) != _SIGNED_INFO_CHILDREN or any(name != ds("Reference") for name in names[2:]):
        raise StructureRefused(FailureCode.MALFORMED, "SignedInfo")
    value = leaf_octets(children[1], "SignatureValue")
    if not value:
        raise StructureRefused(FailureCode.MALFORMED, "SignatureValue")
    return signed_info, value, children[2] if has_key_info else None


def signature_algorithm(signed_info: etree._Element, listed: Listed) -> SignatureAlgorithm:
    """Return the signature algorithm; it and the canonicalisation of SignedInfo are listed and without parameters."""
    canonical, method = elements(signed_info)[:2]
    canonicalization(canonical, listed)
    named = method.get("Algorithm", "")
    if len(method):
        raise StructureRefused(FailureCode.ALGORITHM_FORBIDDEN, "parameters of SignatureMethod")
    if not listed.admits(Use.SIGNATURE, named):
        raise StructureRefused(FailureCode.ALGORITHM_FORBIDDEN, named)
    return SignatureAlgorithm(named)


def references_of(
    signed_info: etree._Element, root: etree._Element, *, ids: Mapping[str, Identified], listed: Listed
) -> Iterator[Reference]:
    """Yield the references: each is `""` or `#known-id`, with listed transforms and digest."""
    found = elements(signed_info)[len(_SIGNED_INFO_CHILDREN) :]
    if len(found) > REFERENCES_MAX:
        raise StructureRefused(FailureCode.REFERENCE_FORBIDDEN, f"{len(found)} references")
    for element in found:
        target = _target(element.get("URI"), root, ids=ids)
        steps, algorithm, value = _reference_parts(element, listed)
        is_enveloped, transforms = _transforms(steps, listed)
        digest = ReferenceDigest(element.get("URI", ""), algorithm, value)
        yield Reference(digest, element.get("Type"), target, is_enveloped, transforms)


def covering_reference(references: tuple[Reference, ...], root: etree._Element) -> Reference:
    """Return the one reference to the root, which is enveloped; the others point to elements apart from each other.

    Nested targets would be digested once for each level, and a package is large.
    """
    covering = [one for one in references if one.target.element is root]
    if len(covering) != 1 or not covering[0].is_enveloped:
        raise StructureRefused(FailureCode.NOT_COVERING, f"{len(covering)} references to the root")
    others = [one for one in references if one.target.element is not root]
    if any(one.is_enveloped for one in others):
        raise StructureRefused(FailureCode.TRANSFORM_FORBIDDEN, "enveloped-signature is for the root")
    targets = {one.target.element for one in others}
    if len(targets) < len(others) or any(not targets.isdisjoint(one.iterancestors()) for one in targets):
        raise StructureRefused(FailureCode.REFERENCE_FORBIDDEN, "overlapping references")
    return covering[0]


def refuse_hidden_parts(signature: etree._Element, root: etree._Element) -> None:
    """Refuse elements of the document's own vocabulary inside the signature: what is enveloped there is not covered.

    They are no part of what is handed out. But the octets travel as they came, and a reader that looks for an element
    by its name alone would find one that nobody signed.
    """
    namespace = str(root.tag).rpartition("}")[0]
    if namespace and next(signature.iter(f"{namespace}}}*"), None) is not None:
        raise StructureRefused(FailureCode.NOT_COVERING, "document inside the signature")


def refuse_comments_in_text(root: etree._Element) -> None:
    """Refuse comments and instructions where readers that take only the first text would see another value."""
    for holder in {node.getparent() for node in root.iter(etree.Comment, etree.ProcessingInstruction)}:
        texts = () if holder is None else (holder.text, *(child.tail for child in holder))
        if any(text and text.strip(_SPACE) for text in texts):
            raise StructureRefused(FailureCode.COMMENT_IN_TEXT)


def elements(parent: etree._Element) -> list[etree._Element]:
    """Return the child elements, without comments and instructions."""
    return list(parent.iterchildren(etree.Element))


def leaf_octets(element: etree._Element, name: str) -> bytes:
    """Return the octets of a base64 text; refuse whatever readers disagree on.

    That is a comment inside the text, and spellings other than the one that the octets would be written in: libraries
    differ in how much padding and which spare bits they take.
    """
    text = (element.text or "").translate(_WITHOUT_SPACE)
    try:
        octets = binascii.a2b_base64(text)
    except ValueError as error:
        raise StructureRefused(FailureCode.MALFORMED, name) from error
    if len(element) or binascii.b2a_base64(octets, newline=False).decode("ascii") != text:
        raise StructureRefused(FailureCode.MALFORMED, name)
    return octets


def canonicalization(element: etree._Element, listed: Listed) -> Transform:
    """Return the listed canonicalisation that an element names, with the prefixes of an exclusive one."""
    named = element.get("Algorithm", "")
    if not listed.admits(Use.CANONICALIZATION, named):
        raise StructureRefused(FailureCode.TRANSFORM_FORBIDDEN, named)
    algorithm = Canonicalization(named)
    children = elements(element)
    if not children:
        return Transform(algorithm)
    inclusive = children[0]
    if len(children) > 1 or algorithm is not Canonicalization.EXCLUSIVE_1_0 or len(inclusive):
        raise StructureRefused(FailureCode.TRANSFORM_FORBIDDEN, "children of a canonicalisation")
    if inclusive.tag != f"{{{EXCLUSIVE}}}InclusiveNamespaces":
        raise StructureRefused(FailureCode.TRANSFORM_FORBIDDEN, "children of a canonicalisation")
    return Transform(algorithm, tuple(inclusive.get("PrefixList", "").split()))


def _target(uri: str | None, root: etree._Element, *, ids: Mapping[str, Identified]) -> Identified:
    if uri == "":
        return Identified(root)
    if uri is None or not uri.startswith("#"):
        raise StructureRefused(FailureCode.REFERENCE_FORBIDDEN, "external reference")
    if not _PLAIN_NAME.fullmatch(uri[1:]):
        raise StructureRefused(FailureCode.REFERENCE_FORBIDDEN, "not a plain identifier")
    if uri[1:] not in ids:
        raise StructureRefused(FailureCode.REFERENCE_FORBIDDEN, "unknown identifier")
    return ids[uri[1:]]


def _reference_parts(reference: etree._Element, listed: Listed) -> tuple[list[etree._Element], DigestAlgorithm, bytes]:
    """Return the transforms, the digest algorithm and the digest a reference claims."""
    children = elements(reference)
    names = tuple(str(child.tag) for child in children)
    if names not in {_REFERENCE_CHILDREN, _REFERENCE_CHILDREN[1:]}:
        raise StructureRefused(FailureCode.MALFORMED, "Reference")
    method, value = children[-2:]
    named = method.get("Algorithm", "")
    if not listed.admits(Use.DIGEST, named) or len(method):
        raise StructureRefused(FailureCode.ALGORITHM_FORBIDDEN, named)
    steps = elements(children[0]) if len(children) == len(_REFERENCE_CHILDREN) else []
    return steps, DigestAlgorithm(named), leaf_octets(value, "DigestValue")


def _transforms(steps: list[etree._Element], listed: Listed) -> tuple[bool, tuple[Transform, ...]]:
    """Return whether the reference is enveloped, and its canonicalisations; the default is inclusive 1.0."""
    if len(steps) > TRANSFORMS_MAX or any(step.tag != ds("Transform") for step in steps):
        raise StructureRefused(FailureCode.TRANSFORM_FORBIDDEN, f"{len(steps)} transforms")
    is_enveloped = False
    canonical: list[Transform] = []
    for step in steps:
        if step.get("Algorithm") != ENVELOPED:
            canonical.append(canonicalization(step, listed))
        elif not listed.admits(Use.TRANSFORM, ENVELOPED):
            raise StructureRefused(FailureCode.TRANSFORM_FORBIDDEN, ENVELOPED)
        elif is_enveloped or canonical or len(step):
            raise StructureRefused(FailureCode.TRANSFORM_FORBIDDEN, "enveloped-signature is once and first")
        else:
            is_enveloped = True
    return is_enveloped, tuple(canonical) or (Transform(Canonicalization.INCLUSIVE_1_0),)
