"""The signing policy as a table: each algorithm and kind of key, from when on it is allowed and until when.

A signature is judged by the rows of the moment at which it is proved to have existed, so that what is retired for new
signatures leaves the old ones verifiable at their time. Whatever has no row is refused at every moment.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from signing.algorithms import ENVELOPED, Canonicalization, SignatureAlgorithm
from signing.digests import DigestAlgorithm

RSA_BITS_MIN: Final = 2048
"""RSA modulus, in bits: QCVN on public-duty signatures and every current profile refuse shorter ones."""

RSA_EXPONENT_MIN: Final = 3
"""Smallest public exponent: with 1 the signature is the message."""

RSA_BITS_MAX: Final = 8192
"""RSA modulus, in bits: verification cost grows with the square, and nobody issues larger ones."""

_RSA_BITS_ONCE: Final = 1024
"""RSA modulus that was once enough, in bits."""

REVIEWED: Final = datetime(2026, 11, 1, tzinfo=UTC)
"""When the table was last gone through: whoever asks without a moment, such as one who loads a key to sign with, gets
the rows of that day."""


class Use(StrEnum):
    """What a row of the table is about."""

    SIGNATURE = "signature"
    DIGEST = "digest"
    CANONICALIZATION = "canonicalisation"
    TRANSFORM = "transform"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Allowance:
    """One row: what is allowed from `since` on and before `until`, both aware.

    `name` is the identifier of XML Signature, or the name of an elliptic curve, or `rsa`; `bits` are the least and the
    greatest length of an RSA modulus.
    """

    use: Use
    name: str
    title: str
    since: datetime
    until: datetime | None = None
    why: str = ""
    bits: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if self.until is not None and self.until <= self.since:
            raise ValueError("an allowance ends after it begins")

    def admits(self, at: datetime) -> bool:
        """Return whether the aware moment is within the row's dates."""
        return self.since <= at and (self.until is None or at < self.until)


def _day(date: str) -> datetime:
    return datetime.fromisoformat(date).replace(tzinfo=UTC)


_XML_SIGNATURE: Final = _day("2002-02-12")
_XML_ENCRYPTION: Final = _day("2002-12-10")
_RFC_4051: Final = _day("2005-04-01")
_ENDED: Final = _day("2014-01-01")
_WHY_ENDED: Final = "NIST SP 800-131A: not for making signatures after 2013"

TABLE: Final = (
    *(
        Allowance(Use.SIGNATURE, one.value, one.name.replace("_", " with "), _RFC_4051, why="RFC 4051, now RFC 9231")
        for one in SignatureAlgorithm
        if one is not SignatureAlgorithm.RSA_SHA1
    ),
    Allowance(
        Use.SIGNATURE, SignatureAlgorithm.RSA_SHA1.value, "RSA with SHA1", _XML_SIGNATURE, _ENDED, why=_WHY_ENDED
    ),
    Allowance(Use.DIGEST, DigestAlgorithm.SHA256.value, "SHA-256", _XML_ENCRYPTION, why="FIPS 180-4"),
    Allowance(Use.DIGEST, DigestAlgorithm.SHA384.value, "SHA-384", _RFC_4051, why="FIPS 180-4"),
    Allowance(Use.DIGEST, DigestAlgorithm.SHA512.value, "SHA-512", _XML_ENCRYPTION, why="FIPS 180-4"),
    Allowance(Use.DIGEST, DigestAlgorithm.SHA1.value, "SHA-1", _XML_SIGNATURE, _ENDED, why=_WHY_ENDED),
    Allowance(
        Use.CANONICALIZATION,
        Canonicalization.EXCLUSIVE_1_0.value,
        "Exclusive XML Canonicalization 1.0",
        _day("2002-07-18"),
        why="what the axis signs with",
    ),
    Allowance(
        Use.CANONICALIZATION,
        Canonicalization.INCLUSIVE_1_0.value,
        "Canonical XML 1.0",
        _day("2001-03-15"),
        why="what older libraries sign with, and the default where no transform is named",
    ),
    Allowance(
        Use.CANONICALIZATION,
        Canonicalization.INCLUSIVE_1_1.value,
        "Canonical XML 1.1",
        _day("2008-05-02"),
        why="mends inclusive 1.0 for xml:id and xml:base",
    ),
    Allowance(Use.TRANSFORM, ENVELOPED, "Enveloped signature", _XML_SIGNATURE, why="once, first, and for the root"),
    Allowance(
        Use.KEY,
        "rsa",
        "RSA",
        _XML_SIGNATURE,
        why="2048 bits are every profile's least",
        bits=(RSA_BITS_MIN, RSA_BITS_MAX),
    ),
    Allowance(
        Use.KEY,
        "rsa",
        "RSA",
        _XML_SIGNATURE,
        _ENDED,
        why=_WHY_ENDED,
        bits=(_RSA_BITS_ONCE, RSA_BITS_MIN - 1),
    ),
    Allowance(Use.KEY, ec.SECP256R1.name, "ECDSA on P-256", _RFC_4051, why="FIPS 186-5"),
    Allowance(Use.KEY, ec.SECP384R1.name, "ECDSA on P-384", _RFC_4051, why="FIPS 186-5"),
)
"""Everything that is allowed or once was."""


def rows_for_key(table: Iterable[Allowance], key: object) -> tuple[Allowance, ...]:
    """Return the rows that are about a public key; none for what is no public key of a listed kind."""
    if isinstance(key, rsa.RSAPublicKey):
        if key.public_numbers().e < RSA_EXPONENT_MIN:
            return ()
        return tuple(one for one in table if one.use is Use.KEY and _has_length(one, key.key_size))
    if isinstance(key, ec.EllipticCurvePublicKey):
        return rows_for(table, Use.KEY, name=key.curve.name)
    return ()


def rows_for(table: Iterable[Allowance], use: Use, *, name: str) -> tuple[Allowance, ...]:
    """Return the rows about an algorithm by its identifier."""
    return tuple(one for one in table if one.use is use and one.name == name)


def _has_length(row: Allowance, bits: int) -> bool:
    return row.bits is not None and row.bits[0] <= bits <= row.bits[1]
