"""CMS SignedData by one signer (RFC 5652), as time-stamp tokens are: opened, and verified for its signer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from asn1crypto import cms, core, parser, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from signing.certificates import Certificate, known
from signing.errors import CertificateUnreadable
from signing.nesting import UNREADABLE_ASN1, refuse_nested
from signing.paths import readable
from signing.policy import CERTIFICATES_MAX, TIMESTAMP_POLICY
from signing.verdict import Failure, FailureCode

HASHES: Final[Mapping[str, hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
"""The digests allowed in tokens, by the names asn1crypto has for them."""

UNREADABLE: Final = UNREADABLE_ASN1
"""What asn1crypto raises on octets that are not what they are read as."""

_SET_TAG: Final = 17
_ONCE: Final = frozenset({"content_type", "message_digest", "signing_certificate", "signing_certificate_v2"})


class TokenRefused(Exception):
    """The token proves nothing; `failure` says why. Never leaves this package."""

    def __init__(self, code: FailureCode, detail: str = "") -> None:
        super().__init__(code.value)
        self.failure = Failure(code, detail)


@dataclass(frozen=True, slots=True)
class SignedContent:
    """Octets with the certificate whose key signed them; `others` came along and are trusted for nothing."""

    content: bytes
    signer: Certificate
    others: tuple[Certificate, ...]


def loaded(kind: type[core.Asn1Value], octets: bytes, *, name: str) -> Any:
    """Return octets as an ASN.1 value of this kind; raises `TokenRefused` where they are none, or more than one."""
    try:
        refuse_nested(octets)
        return kind.load(octets, strict=True)
    except UNREADABLE as error:
        raise TokenRefused(FailureCode.TIMESTAMP_MALFORMED, name) from error


def open_signed(octets: bytes, content_type: str, *, more: Iterable[Certificate] = ()) -> SignedContent:
    """Return what a token holds and who signed it; raises `TokenRefused`. Whether the signer is trusted is not judged.

    1. The octets are one ContentInfo with SignedData over content of this type, and nothing stands behind it.
    2. Exactly one SignerInfo signed it, and six certificates at most came along.
    3. The signed attributes hold the content's type and digest, each once (RFC 5652 clause 5.3).
    4. The certificate the SignerInfo names is there, and ESSCertID or ESSCertIDv2 names the same (RFC 5816).
    5. The signature over the DER form of the attributes holds for its key, by listed algorithms.

    `more` are certificates that may be the signer's where the token itself does not carry it.
    """
    info = loaded(cms.ContentInfo, octets, name="ContentInfo")
    try:
        if info["content_type"].native != "signed_data":
            raise TokenRefused(FailureCode.TIMESTAMP_MALFORMED, "content type")
        signed = info["content"]
        content = _content(signed, content_type)
        signer_info = _only_signer(signed)
        certificates = tuple(dict.fromkeys(_certificates(signed)))
        attributes = _attributes(signer_info)
        _check_content(attributes, content_type, content=content, info=signer_info)
        signer = _signer(signer_info, attributes, certificates=(*certificates, *more))
        _check_signature(signer, signer_info)
    except UNREADABLE as error:
        raise TokenRefused(FailureCode.TIMESTAMP_MALFORMED, type(error).__name__) from error
    return SignedContent(content, signer, tuple(one for one in certificates if one != signer))


def _content(signed: Any, content_type: str) -> bytes:
    enclosed = signed["encap_content_info"]
    if enclosed["content_type"].native != content_type or not isinstance(enclosed["content"], core.ParsableOctetString):
        raise TokenRefused(FailureCode.TIMESTAMP_MALFORMED, "content type")
    return bytes(enclosed["content"])


def _only_signer(signed: Any) -> Any:
    infos = signed["signer_infos"]
    if len(infos) != 1:
        raise TokenRefused(FailureCode.TIMESTAMP_MALFORMED, f"{len(infos)} SignerInfo")
    return infos[0]


def _certificates(signed: Any) -> Iterable[Certificate]:
    choices = signed["certificates"] or ()
    if len(choices) > CERTIFICATES_MAX:
        raise TokenRefused(FailureCode.TIMESTAMP_TOO_LARGE, f"{len(choices)} certificates")
    for choice in choices:
        if choice.name != "certificate":
            raise TokenRefused(FailureCode.TIMESTAMP_MALFORMED, "certificates")
        try:
            yield known(choice.chosen.dump())
        except CertificateUnreadable as error:
            raise TokenRefused(FailureCode.TIMESTAMP_MALFORMED, "certificate") from error


def _attributes(info: Any) -> dict[str, Any]:
    """Return the signed attributes that count, by name: each once, with one value."""
    attributes: dict[str, Any] = {}
    for attribute in info["signed_attrs"] or ():
        name = attribute["type"].native
        if name not in _ONCE:
            continue
        if name in attributes or len(attribute["values"]) != 1:
            raise TokenRefused(FailureCode.TIMESTAMP_MALFORMED, f"repeated {name}")
        attributes[name] = attribute["values"][0]
    return attributes


def _check_content(attributes: Mapping[str, Any], content_type: str, *, content: bytes, info: Any) -> None:
    if "content_type" not in attributes or attributes["content_type"].native != content_type:
        raise TokenRefused(FailureCode.TIMESTAMP_MALFORMED, "signed content type")
    if "message_digest" not in attributes:
        raise TokenRefused(FailureCode.TIMESTAMP_MALFORMED, "no message digest")
    if attributes["message_digest"].native != hashlib.new(_digest_name(info), content).digest():
        raise TokenRefused(FailureCode.TIMESTAMP_INVALID, "message digest")


def _digest_name(info: Any) -> str:
    name = str(info["digest_algorithm"]["algorithm"].native)
    if name not in HASHES:
        raise TokenRefused(FailureCode.TIMESTAMP_ALGORITHM_FORBIDDEN, name)
    return name


def _signer(info: Any, attributes: Mapping[str, Any], *, certificates: Iterable[Certificate]) -> Certificate:
    """Return the certificate that the SignerInfo points at and the signed attributes name."""
    identified = [one for one in certificates if _identifies(info["sid"], one)]
    if not identified:
        raise TokenRefused(FailureCode.TIMESTAMP_CERTIFICATE_MISSING)
    if not attributes.keys() & {"signing_certificate", "signing_certificate_v2"}:
        raise TokenRefused(FailureCode.TIMESTAMP_CERTIFICATE_MISMATCH, "no ESSCertID")
    for certificate in identified:
        if all(
            _names(attributes[name]["certs"][0], certificate)
            for name in ("signing_certificate", "signing_certificate_v2")
            if name in attributes
        ):
            return certificate
    raise TokenRefused(FailureCode.TIMESTAMP_CERTIFICATE_MISMATCH, "ESSCertID")


def _identifies(sid: Any, certificate: Certificate) -> bool:
    by_serial = sid.name == "issuer_and_serial_number"
    if by_serial and sid.chosen["serial_number"].native != certificate.serial:
        return False
    parsed = _parsed(certificate)
    if parsed is None:
        return False
    return bool(sid.chosen["issuer"] == parsed.issuer if by_serial else sid.chosen.native == parsed.key_identifier)


def _names(named: Any, certificate: Certificate) -> bool:
    """Return whether an ESSCertID (SHA-1, RFC 2634) or ESSCertIDv2 (RFC 5035) is this certificate's."""
    if isinstance(named, tsp.ESSCertID):
        # It tells apart certificates that the SignerInfo names already: no collision is of use to anybody.
        digest = hashlib.sha1(certificate.der, usedforsecurity=False).digest()
    else:
        algorithm = named["hash_algorithm"]["algorithm"].native
        if algorithm not in HASHES:
            raise TokenRefused(FailureCode.TIMESTAMP_ALGORITHM_FORBIDDEN, str(algorithm))
        digest = hashlib.new(algorithm, certificate.der).digest()
    if named["cert_hash"].native != digest:
        return False
    stated = named["issuer_serial"]
    return not isinstance(stated, tsp.IssuerSerial) or is_issuer_serial(stated, certificate)


def is_issuer_serial(stated: tsp.IssuerSerial, certificate: Certificate) -> bool:
    """Return whether an IssuerSerial (RFC 5035) is this certificate's."""
    parsed = _parsed(certificate)
    names = [name.chosen for name in stated["issuer"] if name.name == "directory_name"]
    return parsed is not None and stated["serial_number"].native == certificate.serial and parsed.issuer in names


def _parsed(certificate: Certificate) -> asn1_x509.Certificate | None:
    try:
        return readable(certificate)
    except CertificateUnreadable:
        return None


def _check_signature(signer: Certificate, info: Any) -> None:
    name = _digest_name(info)
    stated, key = info["signature_algorithm"]["algorithm"].native, signer.x509.public_key()
    if not TIMESTAMP_POLICY.admits_key(key):
        raise TokenRefused(FailureCode.TIMESTAMP_ALGORITHM_FORBIDDEN, "key of the authority")
    attributes = _signed_form(info["signed_attrs"])
    value = info["signature"].native
    try:
        if isinstance(key, rsa.RSAPublicKey) and stated in {"rsassa_pkcs1v15", f"{name}_rsa"}:
            key.verify(value, attributes, padding.PKCS1v15(), HASHES[name])
        elif isinstance(key, ec.EllipticCurvePublicKey) and stated == f"{name}_ecdsa":
            key.verify(value, attributes, ec.ECDSA(HASHES[name]))
        else:
            raise TokenRefused(FailureCode.TIMESTAMP_ALGORITHM_FORBIDDEN, str(stated))
    except InvalidSignature as error:
        raise TokenRefused(FailureCode.TIMESTAMP_INVALID) from error


def _signed_form(attributes: Any) -> bytes:
    """Return the attributes as they are signed: a SET OF with its own tag, in DER order (RFC 5652 clause 5.4)."""
    octets: bytes = parser.emit(0, 1, _SET_TAG, b"".join(sorted(one.dump() for one in attributes)))
    return octets
