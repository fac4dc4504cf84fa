"""The canonical form of one element where it stands, compared with what libxmlsec digests for it."""

from __future__ import annotations

import base64
import hashlib

import pytest
import xmlsec
from lxml import etree

from signing.algorithms import DS, Canonicalization
from signing.xml.canonical import canonical_leaf
from signing.xml.structure import StructureRefused, Transform
from tests.signing.pki import credential

LEAVES = {
    "plain": '<r xmlns="urn:r" xmlns:b="urn:b"><a:V xmlns:a="urn:a" Id="v">AA==</a:V></r>',
    "default": '<r xmlns="urn:r" xmlns:z="urn:z" xmlns:a="urn:a"><V Id="v">\nAA&#13;\n==&amp;&lt;</V></r>',
    "unbound default": '<r xmlns="urn:r"><s xmlns=""><a:V xmlns:a="urn:a" Id="v"/></s></r>',
    "two prefixes": '<r xmlns:p="urn:same" xmlns:q="urn:same"><q:V Id="v">AA==</q:V></r>',
    "redeclared": '<r xmlns:p="urn:one"><s xmlns:p="urn:two"><p:V Id="v" B="&quot;&#9;">AA==</p:V></s></r>',
}


@pytest.mark.parametrize("name", LEAVES)
@pytest.mark.parametrize("prefixes", [(), ("z", "b")], ids=["no prefixes", "prefixes"])
@pytest.mark.parametrize("algorithm", Canonicalization, ids=lambda one: one.name)
def test_the_canonical_form_is_that_of_libxmlsec(
    name: str, algorithm: Canonicalization, prefixes: tuple[str, ...]
) -> None:
    exclusive = algorithm is Canonicalization.EXCLUSIVE_1_0
    root = etree.fromstring(LEAVES[name])
    leaf = root.xpath("//*[@Id='v']")[0]  # type: ignore[index]
    transform = Transform(algorithm, prefixes if exclusive else ())
    octets = canonical_leaf(leaf, transform)  # type: ignore[arg-type]
    assert hashlib.sha256(octets).digest() == digested(root, algorithm, prefixes if exclusive else ())


def digested(root: etree._Element, algorithm: Canonicalization, prefixes: tuple[str, ...]) -> bytes:
    """What libxmlsec digests for a reference to the element `v` with this transform."""
    inside = f'<e:InclusiveNamespaces xmlns:e="{Canonicalization.EXCLUSIVE_1_0}" PrefixList="{" ".join(prefixes)}"/>'
    template = (
        f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo>'
        f'<ds:CanonicalizationMethod Algorithm="{Canonicalization.EXCLUSIVE_1_0}"/>'
        '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"/><ds:Reference URI="#v">'
        f'<ds:Transforms><ds:Transform Algorithm="{algorithm}">{inside if prefixes else ""}</ds:Transform>'
        "</ds:Transforms>"
        '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference>'
        "</ds:SignedInfo><ds:SignatureValue/></ds:Signature>"
    )
    signature = etree.fromstring(template)
    root.append(signature)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(credential().key_pem(), xmlsec.constants.KeyDataFormatPem)
    context.register_id(root.xpath("//*[@Id='v']")[0], "Id")  # type: ignore[index, arg-type]
    context.sign(signature)
    return base64.b64decode(signature.findtext(f".//{{{DS}}}DigestValue") or "")


def test_attributes_that_an_inclusive_form_would_inherit() -> None:
    root = etree.fromstring('<r xml:lang="vi"><v>AA==</v></r>')
    assert canonical_leaf(root[0]) == b"<v>AA==</v>"
    with pytest.raises(StructureRefused):
        canonical_leaf(root[0], Transform(Canonicalization.INCLUSIVE_1_0))
    with pytest.raises(StructureRefused):
        canonical_leaf(etree.fromstring('<r><v xml:id="v">AA==</v></r>')[0])
