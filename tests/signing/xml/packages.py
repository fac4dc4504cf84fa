"""A small package, signed and judged as the product does it, and the places in it that attacks are aimed at."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

from lxml import etree

from axis.demo.authority import Credential, KeyKind
from envelopes.parser import NAMESPACE, SIGNATURE_PARENT, parse
from signing.algorithms import XADES, ds
from signing.policy import PACKAGE_POLICY, SignaturePolicy
from signing.trust import TrustStore
from signing.verdict import FailureCode, Indication, Verdict
from signing.xml.sign import XmlSigner
from signing.xml.verify import XmlVerifier
from tests.signing.pki import MOMENT, credential, signer, trust

PACKAGE: Final = f"""<?xml version="1.0" encoding="UTF-8"?>
<edXML xmlns="{NAMESPACE}">
  <edXML:edXMLEnvelope xmlns:edXML="{NAMESPACE}">
    <edXML:edXMLHeader>
      <edXML:MessageHeader>
        <edXML:From><edXML:OrganId>000.00.15.H51</edXML:OrganId></edXML:From>
        <edXML:To><edXML:OrganId>000.00.21.H41</edXML:OrganId></edXML:To>
        <edXML:To><edXML:OrganId>H26.18</edXML:OrganId></edXML:To>
        <edXML:DocumentId>000.00.15.H51,2026/11/20,123/ABC-XYZ</edXML:DocumentId>
        <edXML:Subject>Về việc triển khai kế hoạch năm 2027 &amp; các năm sau</edXML:Subject>
      </edXML:MessageHeader>
    </edXML:edXMLHeader>
    <edXML:edXMLBody>
      <edXML:edXMLManifest xmlns:xlink="http://www.w3.org/1999/xlink">
        <edXML:Reference><edXML:ContentId>cid-1</edXML:ContentId></edXML:Reference>
      </edXML:edXMLManifest>
    </edXML:edXMLBody>
  </edXML:edXMLEnvelope>
  <edXML:AttachmentEncoded xmlns:edXML="{NAMESPACE}">
    <edXML:Attachment><edXML:ContentId>cid-1</edXML:ContentId>
      <edXML:ContentTransferEncoded>JVBERi0xLjcK</edXML:ContentTransferEncoded></edXML:Attachment>
  </edXML:AttachmentEncoded>
</edXML>
""".encode()

NAMES: Final = {"e": NAMESPACE, "ds": ds("")[1:-1], "xades": XADES}


@cache
def signed(holder: Credential | None = None) -> bytes:
    """The package with an honest signature; by `credential()` where nobody is named."""
    return sign(PACKAGE, holder)


def sign(octets: bytes, holder: Credential | None = None) -> bytes:
    """The octets with an honest signature."""
    return XmlSigner(parse, SIGNATURE_PARENT, signer(holder or credential())).sign(octets, at=MOMENT)


@cache
def signed_with(kind: KeyKind) -> bytes:
    """The package with an honest signature by a key of this kind."""
    return sign(PACKAGE, credential(kind=kind))


def judge(octets: bytes, store: TrustStore | None = None, policy: SignaturePolicy = PACKAGE_POLICY) -> Verdict:
    """The product's verdict at MOMENT."""
    return XmlVerifier(parse, SIGNATURE_PARENT, store or trust(), policy).verify(octets, at=MOMENT)


def assert_refused(verdict: Verdict, code: FailureCode) -> None:
    """The verdict names exactly this reason and hands out nothing."""
    assert verdict.failure is not None
    assert verdict.failure.code is code, verdict.failure
    assert verdict.covered is None
    assert verdict.facts is None
    assert verdict.indication is not Indication.TOTAL_PASSED


def covered_by(verdict: Verdict) -> bytes:
    """The octets a passed verdict hands out."""
    assert verdict.failure is None
    assert verdict.covered is not None
    return verdict.covered


def changed(octets: bytes, change: Callable[[etree._Element], None]) -> bytes:
    """The document after `change` was done to its tree; without reformatting anything else."""
    root = etree.fromstring(octets)
    change(root)
    return etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True)


def one(root: etree._Element, path: str) -> etree._Element:
    """The first element on an XPath with the prefixes e, ds and xades."""
    found = root.xpath(path, namespaces=NAMES)
    assert isinstance(found, list)
    assert found, path
    element = found[0]
    assert isinstance(element, etree._Element)
    return element
