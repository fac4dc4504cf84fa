"""Signatures of any shape by trusted keys: mathematically right, whatever else is wrong with them."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import xmlsec
from lxml import etree

from axis.demo.authority import Credential
from signing.algorithms import DS, EXCLUSIVE, XADES, SignatureAlgorithm, ds
from signing.certificates import Certificate
from signing.digests import DigestAlgorithm
from tests.signing.forgery import Forged
from tests.signing.pki import certificate, chain, credential
from tests.signing.xml.packages import PACKAGE

ENVELOPED: Final = f"{DS}enveloped-signature"
PROPERTIES_TYPE: Final = "http://uri.etsi.org/01903#SignedProperties"
XML_ID: Final = "{http://www.w3.org/XML/1998/namespace}id"
IDENTIFIED: Final = PACKAGE.replace(b"<edXML xmlns", b'<edXML Id="goi-tin" xmlns').replace(
    b"<edXML:MessageHeader>", b'<edXML:MessageHeader Id="thong-tin">'
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A signature to be made. `references` are whole elements; the first is for the document."""

    algorithm: str = SignatureAlgorithm.ECDSA_SHA256.value
    canonicalization: str = f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>'
    references: tuple[str, ...] = ()
    key_info: str | None = None
    objects: str = ""
    method_content: str = ""
    place: bytes = b"</edXML:edXMLHeader>"
    document: bytes = field(default=IDENTIFIED, repr=False)

    def written(self, certificates: Iterable[Certificate]) -> bytes:
        """The document with the signature, which still lacks its values."""
        references = "".join(self.references or (reference(),))
        key_info = x509_data(certificates) if self.key_info is None else self.key_info
        text = (
            f'<ds:Signature xmlns:ds="{DS}" Id="sig"><ds:SignedInfo>{self.canonicalization}'
            f'<ds:SignatureMethod Algorithm="{self.algorithm}">{self.method_content}</ds:SignatureMethod>'
            f"{references}</ds:SignedInfo><ds:SignatureValue/>{key_info}{self.objects}</ds:Signature>"
        )
        assert self.document.count(self.place) == 1
        return self.document.replace(self.place, text.encode() + self.place)


def reference(
    uri: str | None = "", transforms: tuple[str, ...] = (ENVELOPED, EXCLUSIVE), *, more: str = "", kind: str = ""
) -> str:
    """A reference; `more` stands behind the transforms that are given by name."""
    address = "" if uri is None else f' URI="{uri}"'
    named = f' Type="{kind}"' if kind else ""
    steps = "".join(f'<ds:Transform Algorithm="{one}"/>' for one in transforms) + more
    inside = f"<ds:Transforms>{steps}</ds:Transforms>" if steps else ""
    return (
        f"<ds:Reference{address}{named}>{inside}"
        f'<ds:DigestMethod Algorithm="{DigestAlgorithm.SHA256.value}"/><ds:DigestValue/></ds:Reference>'
    )


def x509_data(certificates: Iterable[Certificate]) -> str:
    """KeyInfo with these certificates."""
    texts = (f"<ds:X509Certificate>{base64.b64encode(one.der).decode()}</ds:X509Certificate>" for one in certificates)
    return f"<ds:KeyInfo><ds:X509Data>{''.join(texts)}</ds:X509Data></ds:KeyInfo>"


def make(
    draft: Draft, holder: Credential | Forged | None = None, certificates: Iterable[Certificate] | None = None
) -> bytes:
    """The draft, signed by libxmlsec with the holder's key; with the holder's certificates unless others are given."""
    holder = holder or credential()
    if certificates is None:
        certificates = (holder.certificate,) if isinstance(holder, Forged) else (certificate(holder), *chain(holder))
    root = etree.fromstring(draft.written(certificates), etree.XMLParser(huge_tree=True))
    context = xmlsec.SignatureContext()
    key = holder.key_pem() if isinstance(holder, Credential) else holder.key_pem
    context.key = xmlsec.Key.from_memory(key, xmlsec.constants.KeyDataFormatPem)
    seen: set[str] = set()
    for element in root.iter(etree.Element):
        for name in {"Id", "ID", "id", XML_ID} & set(element.keys()):
            if element.get(name) not in seen:
                context.register_id(element, etree.QName(name).localname, etree.QName(name).namespace)
                seen.add(str(element.get(name)))
    signature = root.find(f".//{ds('Signature')}")
    assert signature is not None
    context.sign(signature)
    return etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True)


def mocked_up(draft: Draft) -> bytes:
    """The draft with made-up values, for shapes that libxmlsec refuses to sign."""
    octets = draft.written((certificate(credential()), *chain(credential())))
    return octets.replace(b"<ds:DigestValue/>", b"<ds:DigestValue>AAAA</ds:DigestValue>").replace(
        b"<ds:SignatureValue/>", b"<ds:SignatureValue>AAAA</ds:SignatureValue>"
    )


@cache
def made(draft: Draft = Draft()) -> bytes:
    """The draft, signed by `credential()`; once."""
    return make(draft)


def qualifying(
    holder: Credential | None = None, *, certificates: str | None = None, time: str = "2026-11-21T08:30:00Z"
) -> str:
    """An Object with XAdES properties that name the holder's certificate, or hold what is given instead."""
    digest = base64.b64encode(DigestAlgorithm.SHA256.digest(certificate(holder or credential()).der)).decode()
    named = signing_certificate(digest) if certificates is None else certificates
    return (
        f'<ds:Object><xades:QualifyingProperties xmlns:xades="{XADES}" Target="#sig">'
        f'<xades:SignedProperties Id="props"><xades:SignedSignatureProperties>'
        f"<xades:SigningTime>{time}</xades:SigningTime>{named}"
        "</xades:SignedSignatureProperties></xades:SignedProperties></xades:QualifyingProperties></ds:Object>"
    )


def signing_certificate(digest: str, *, algorithm: str = DigestAlgorithm.SHA256.value) -> str:
    """A SigningCertificateV2 with this digest."""
    return (
        f'<xades:SigningCertificateV2><xades:Cert><xades:CertDigest><ds:DigestMethod Algorithm="{algorithm}"/>'
        f"<ds:DigestValue>{digest}</ds:DigestValue></xades:CertDigest></xades:Cert></xades:SigningCertificateV2>"
    )


def properties_reference(uri: str = "#props") -> str:
    """The reference that covers XAdES properties."""
    return reference(uri, (EXCLUSIVE,), kind=PROPERTIES_TYPE)


XADES_DRAFT: Final = Draft(references=(reference(), properties_reference()), objects=qualifying())
"""An honest XAdES signature, for attacks that need one with other names than our own signer uses."""
