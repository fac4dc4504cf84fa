"""What `ds:KeyInfo` says about the key: certificates, and bare keys that must be the certificate's."""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

from signing.algorithms import ds, ds11
from signing.certificates import Certificate, known
from signing.errors import CertificateUnreadable
from signing.policy import CERTIFICATE_BYTES_MAX, CERTIFICATES_MAX
from signing.verdict import FailureCode
from signing.xml.structure import StructureRefused, elements, leaf_octets

_FETCHING: Final = frozenset({ds("RetrievalMethod"), ds11("KeyInfoReference")})
_BARE_KEYS: Final = frozenset({ds("KeyValue"), ds11("DEREncodedKeyValue")})
_CURVES: Final = {ec.SECP256R1.name: "urn:oid:1.2.840.10045.3.1.7", ec.SECP384R1.name: "urn:oid:1.3.132.0.34"}


def certificates_in(key_info: etree._Element) -> tuple[Certificate, ...]:
    """Return the one to six certificates of `X509Data` in document order, each once; refuse what would fetch a key."""
    for child in elements(key_info):
        if child.tag in _FETCHING:
            raise StructureRefused(FailureCode.REFERENCE_FORBIDDEN, "KeyInfo")
    found = list(key_info.iterfind(f"{ds('X509Data')}/{ds('X509Certificate')}"))
    if not found:
        raise StructureRefused(FailureCode.CERTIFICATE_MISSING)
    if len(found) > CERTIFICATES_MAX:
        raise StructureRefused(FailureCode.TOO_MANY_CERTIFICATES, str(len(found)))
    return tuple(dict.fromkeys(_certificate(element) for element in found))


def check_bare_keys(key_info: etree._Element, signer: Certificate) -> None:
    """Raise `StructureRefused` where KeyInfo states a bare key that is not the signer's.

    .NET and Java write KeyValue beside the certificate. It decides nothing here, but a signature that names two keys
    would be read as the other one's elsewhere.
    """
    for child in elements(key_info):
        if child.tag in _BARE_KEYS and not _is_key_of(child, signer):
            raise StructureRefused(FailureCode.CERTIFICATE_MISMATCH, "KeyValue")


def _certificate(element: etree._Element) -> Certificate:
    octets = leaf_octets(element, "X509Certificate")
    if len(octets) > CERTIFICATE_BYTES_MAX:
        raise StructureRefused(FailureCode.CERTIFICATE_UNREADABLE, f"{len(octets)} bytes")
    try:
        return known(octets)
    except CertificateUnreadable as error:
        raise StructureRefused(FailureCode.CERTIFICATE_UNREADABLE) from error


def _is_key_of(stated: etree._Element, signer: Certificate) -> bool:
    key = signer.x509.public_key()
    if stated.tag == ds11("DEREncodedKeyValue"):
        return leaf_octets(stated, "DEREncodedKeyValue") == key.public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        )
    values = elements(stated)
    if len(values) != 1:
        return False
    if isinstance(key, rsa.RSAPublicKey):
        return values[0].tag == ds("RSAKeyValue") and _is_rsa_key(values[0], key)
    return isinstance(key, ec.EllipticCurvePublicKey) and _is_curve_point(values[0], key)


def _is_rsa_key(stated: etree._Element, key: rsa.RSAPublicKey) -> bool:
    modulus, exponent = stated.find(ds("Modulus")), stated.find(ds("Exponent"))
    if modulus is None or exponent is None:
        return False
    numbers = key.public_numbers()
    return _number(modulus) == numbers.n and _number(exponent) == numbers.e


def _is_curve_point(stated: etree._Element, key: ec.EllipticCurvePublicKey) -> bool:
    curve, point = stated.find(ds11("NamedCurve")), stated.find(ds11("PublicKey"))
    if stated.tag != ds11("ECKeyValue") or curve is None or point is None:
        return False
    is_curve = curve.get("URI") == _CURVES.get(key.curve.name)
    return is_curve and leaf_octets(point, "PublicKey") == key.public_bytes(
        Encoding.X962, PublicFormat.UncompressedPoint
    )


def _number(element: etree._Element) -> int:
    return int.from_bytes(leaf_octets(element, "KeyValue"), "big")
