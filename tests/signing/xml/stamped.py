"""Signed packages with unsigned properties put beside the signed ones, honest or not."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from lxml import etree

from axis.demo.authority import Credential
from envelopes.parser import SIGNATURE_PARENT, parse
from signing.algorithms import EXCLUSIVE, XADES, XADES_1_4
from signing.policy import PACKAGE_POLICY, SignaturePolicy
from signing.trust import TrustStore
from signing.verdict import Additions, Timestamp, Verdict
from signing.xml.sign import XmlSigner
from signing.xml.verify import XmlVerifier
from tests.signing.pki import MOMENT, signer, trust
from tests.signing.stamping import Stamp
from tests.signing.xml.packages import PACKAGE, changed, one, signed

EXCLUSIVELY: Final = f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>'
Beside = Callable[[etree._Element], str]
"""A root to the text of unsigned signature properties."""


def value_octets(root: etree._Element) -> bytes:
    """The exclusive canonical form of the signature value, by lxml alone."""
    octets: bytes = etree.tostring(one(root, "//ds:SignatureValue"), method="c14n", exclusive=True, with_tail=False)
    return octets


def token(der: bytes, *, encoding: str = "") -> str:
    """An EncapsulatedTimeStamp."""
    named = f' Encoding="{encoding}"' if encoding else ""
    return f"<xades:EncapsulatedTimeStamp{named}>{base64.b64encode(der).decode()}</xades:EncapsulatedTimeStamp>"


def stamp_element(*tokens: str, method: str = EXCLUSIVELY) -> str:
    """A SignatureTimeStamp over the signature value in exclusive form, unless another method is given."""
    return f"<xades:SignatureTimeStamp>{method}{''.join(tokens)}</xades:SignatureTimeStamp>"


def beside(octets: bytes, write: Beside | str) -> bytes:
    """The package with these unsigned signature properties."""

    def change(root: etree._Element) -> None:
        text = write if isinstance(write, str) else write(root)
        wrapped = (
            f'<xades:UnsignedProperties xmlns:xades="{XADES}" xmlns:x4="{XADES_1_4}" '
            f'xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><xades:UnsignedSignatureProperties>{text}'
            "</xades:UnsignedSignatureProperties></xades:UnsignedProperties>"
        )
        one(root, "//xades:QualifyingProperties").append(etree.fromstring(wrapped, etree.XMLParser(huge_tree=True)))

    return changed(octets, change)


def stamped(octets: bytes | None = None, stamps: Iterable[Stamp] = (Stamp(),), *, more: str = "") -> bytes:
    """The package with a time stamp over its signature value for each of these, and `more` properties behind them."""

    def write(root: etree._Element) -> str:
        ders = (replace(one, stamped=value_octets(root)).der for one in stamps)
        return "".join(stamp_element(token(der)) for der in ders) + more

    return beside(octets or signed(), write)


def signed_at(moment: datetime, holder: Credential) -> bytes:
    """The package signed at this moment, by whomever."""
    return XmlSigner(parse, SIGNATURE_PARENT, signer(holder)).sign(PACKAGE, at=moment)


def judge_at(
    octets: bytes, at: datetime = MOMENT, *, store: TrustStore | None = None, policy: SignaturePolicy = PACKAGE_POLICY
) -> Verdict:
    """The product's verdict at any moment."""
    return XmlVerifier(parse, SIGNATURE_PARENT, store or trust(), policy).verify(octets, at=at)


def additions_of(verdict: Verdict) -> Additions:
    """What a verdict that passed says of the unsigned properties."""
    assert verdict.facts is not None, verdict.failure
    return verdict.facts.additions


def counted(verdict: Verdict) -> Timestamp:
    """The proof of existence of a verdict that passed."""
    proof = additions_of(verdict).proof_of_existence
    assert proof is not None, additions_of(verdict)
    return proof
