"""Private keys behind one protocol: load once, sign octets, never show the key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key, pkcs12

from signing.algorithms import SignatureAlgorithm
from signing.certificates import Certificate
from signing.errors import CertificateUnreadable, KeyFault, KeyUnusable
from signing.policy import PACKAGE_POLICY


class Signer(Protocol):
    """A key that can sign, wherever it lives. Implementations are safe to use from several threads."""

    @property
    def certificate(self) -> Certificate:
        """The certificate of the key."""
        ...

    @property
    def chain(self) -> tuple[Certificate, ...]:
        """Intermediate certificates to send along, the signer's issuer first; without the anchor."""
        ...

    @property
    def algorithm(self) -> SignatureAlgorithm:
        """The one algorithm this key signs with."""
        ...

    def sign(self, octets: bytes) -> bytes:
        """Return the signature value over `octets` as XML Signature and JWS write it: PKCS#1 v1.5, or r‖s for ECDSA."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class SoftwareSigner:
    """A key held in this process's memory (PEM or PKCS#12)."""

    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    certificate: Certificate
    chain: tuple[Certificate, ...] = ()

    def __post_init__(self) -> None:
        if not PACKAGE_POLICY.admits_key(self.key.public_key()):
            raise KeyUnusable(KeyFault.FORBIDDEN)
        if _spki(self.key.public_key()) != _spki(self.certificate.x509.public_key()):
            raise KeyUnusable(KeyFault.OTHER_CERTIFICATE)

    def __repr__(self) -> str:
        return f"SoftwareSigner({self.certificate.fingerprint})"

    @property
    def algorithm(self) -> SignatureAlgorithm:
        """SHA-256 for RSA and P-256, SHA-384 for P-384: the digest is as long as the curve."""
        return algorithm_of(self.key.public_key())

    def sign(self, octets: bytes) -> bytes:
        """Return the signature value over `octets`: PKCS#1 v1.5, or r‖s in fixed width for ECDSA (RFC 9231)."""
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(octets, padding.PKCS1v15(), hashes.SHA256())
        digest = hashes.SHA384() if self.key.key_size > 256 else hashes.SHA256()
        r, s = decode_dss_signature(self.key.sign(octets, ec.ECDSA(digest)))
        width = (self.key.key_size + 7) // 8
        return r.to_bytes(width, "big") + s.to_bytes(width, "big")


def algorithm_of(public: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> SignatureAlgorithm:
    """Return what a key of this kind signs with: SHA-256 for RSA and P-256, SHA-384 for P-384."""
    if isinstance(public, rsa.RSAPublicKey):
        return SignatureAlgorithm.RSA_SHA256
    return SignatureAlgorithm.ECDSA_SHA384 if public.key_size > 256 else SignatureAlgorithm.ECDSA_SHA256


def load_pem(key: bytes, certificates: bytes, *, password: bytes | None = None) -> SoftwareSigner:
    """Return a signer from PEM texts; the first certificate is the key's, the others its chain.

    Raises `KeyUnusable`.
    """
    try:
        private = load_pem_private_key(key, password)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyUnusable(KeyFault.UNREADABLE) from error
    try:
        own, *chain = Certificate.many_from_pem(certificates)
    except CertificateUnreadable as error:
        raise KeyUnusable(KeyFault.NO_CERTIFICATE) from error
    return _signer(private, own, chain=chain)


def load_pkcs12(container: bytes, *, password: bytes | None) -> SoftwareSigner:
    """Return a signer from a PKCS#12 container (RFC 7292). Raises `KeyUnusable`."""
    try:
        private, certificate, others = pkcs12.load_key_and_certificates(container, password)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyUnusable(KeyFault.CONTAINER_UNREADABLE) from error
    if private is None or certificate is None:
        raise KeyUnusable(KeyFault.CONTAINER_INCOMPLETE)
    chain = [Certificate(one.public_bytes(Encoding.DER)) for one in others]
    return _signer(private, Certificate(certificate.public_bytes(Encoding.DER)), chain=chain)


def _signer(private: object, own: Certificate, *, chain: list[Certificate]) -> SoftwareSigner:
    if not isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise KeyUnusable(KeyFault.FORBIDDEN)
    intermediates = tuple(one for one in chain if one.subject != one.issuer)
    return SoftwareSigner(private, own, intermediates)


def _spki(public: object) -> bytes:
    if not isinstance(public, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise KeyUnusable(KeyFault.FORBIDDEN)
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
