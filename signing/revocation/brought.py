"""Revocation evidence that came with a signature: which pieces are about a certificate, told before any is judged.

It is unsigned, and anybody may put anything there: so little of it is looked at, and first what fits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.ocsp import OCSPResponseStatus, load_der_ocsp_response

from signing.certificates import UNREADABLE, Certificate
from signing.revocation.judge import OCSP_BYTES_MAX
from signing.statuses import RevocationEvidence, Source
from signing.verdict import CertificatePath, EmbeddedValues

BROUGHT_ANSWERS_MAX: Final = 4
"""OCSP answers judged for one certificate: one is made for the signature, and another for its stamp."""

BROUGHT_CRL_BYTES_MAX: Final = 1024 * 1024
"""A CRL of a signature, in bytes: it is judged while somebody waits, 30 milliseconds for one million. A signer of
an authority with longer lists brings OCSP answers, or waits until the authority was asked."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """An OCSP answer by the certificate it says it is about."""

    octets: bytes
    serial: int
    issuer_key_hash: bytes
    algorithm: hashes.HashAlgorithm


@dataclass(frozen=True, slots=True)
class _Listed:
    """A CRL by who says to have issued it, and when."""

    octets: bytes
    issuer: x509.Name
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Brought:
    """The evidence of one signature that can be read at all; each piece is opened once."""

    answers: tuple[_Answer, ...]
    lists: tuple[_Listed, ...]

    @classmethod
    def of(cls, embedded: EmbeddedValues) -> Self:
        """Return what a signature brought along; what is too large or no evidence is left out."""
        return cls(tuple(_answers(embedded.ocsp_answers)), tuple(_lists(embedded.crls)))

    def about(self, path: CertificatePath, position: int) -> tuple[RevocationEvidence, ...]:
        """Return what to judge of the certificate at a position of a path: four answers and one CRL at most.

        The answers are those that name it and its issuer; the CRL is the newest its issuer says to have made. Evidence
        of others, such as an indirect CRL, is not looked at: what it says is then asked of the authority.
        """
        certificate, issuer = path.certificates[position : position + 2]
        fitting = (one for one in self.answers if one.serial == certificate.serial and _names(one, issuer))
        answers = [one.octets for one, _ in zip(fitting, range(BROUGHT_ANSWERS_MAX), strict=False)]
        named = [one for one in self.lists if one.issuer == certificate.x509.issuer]
        newest = max(named, key=lambda one: one.made_at, default=None)
        return (
            *(RevocationEvidence(Source.OCSP, one) for one in answers),
            *(RevocationEvidence(Source.CRL, one.octets) for one in (newest,) if one is not None),
        )


def _answers(values: tuple[bytes, ...]) -> Iterator[_Answer]:
    for octets in dict.fromkeys(values):
        if len(octets) > OCSP_BYTES_MAX:
            continue
        try:
            read = load_der_ocsp_response(octets)
            if read.response_status is OCSPResponseStatus.SUCCESSFUL:
                yield _Answer(octets, read.serial_number, read.issuer_key_hash, read.hash_algorithm)
        except UNREADABLE:
            continue


def _lists(values: tuple[bytes, ...]) -> Iterator[_Listed]:
    for octets in dict.fromkeys(values):
        if len(octets) > BROUGHT_CRL_BYTES_MAX:
            continue
        try:
            read = x509.load_der_x509_crl(octets)
            yield _Listed(octets, read.issuer, read.last_update_utc)
        except UNREADABLE:
            continue


def _names(answer: _Answer, issuer: Certificate) -> bool:
    """Return whether an answer is about somebody this issuer's key certified (RFC 6960 §4.1.1)."""
    key = issuer.x509.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        octets = key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        octets = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    else:
        return False
    digest = hashes.Hash(answer.algorithm)
    digest.update(octets)
    return digest.finalize() == answer.issuer_key_hash
