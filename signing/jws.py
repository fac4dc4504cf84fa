"""Signed JSON in compact form: what recipients acknowledge and what systems assert (RFC 7515)."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from signing.algorithms import SignatureAlgorithm
from signing.certificates import Certificate
from signing.keys import Signer

TOKEN_BYTES_MAX: Final = 10_000
"""A compact JWS: as much as the evidence of a handover keeps of an acknowledgement, which is the largest."""

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
"""RFC 7515 §7.1, without padding: decoders that are more lenient would let one statement be written in many ways."""

ALGORITHMS: Final = ("RS256", "ES256", "ES384")
"""What JWS are signed with here: the counterparts of the allowed XML signature algorithms. No HMAC, no `none`."""

_NAMES: Final = {
    SignatureAlgorithm.RSA_SHA256: "RS256",
    SignatureAlgorithm.ECDSA_SHA256: "ES256",
    SignatureAlgorithm.ECDSA_SHA384: "ES384",
}


class JwsFailure(StrEnum):
    """Why a JWS is refused."""

    TOO_LARGE = "too-large"
    MALFORMED = "malformed"
    ALGORITHM_FORBIDDEN = "algorithm-forbidden"
    WRONG_TYPE = "wrong-type"
    KEY_UNKNOWN = "key-unknown"
    INVALID = "invalid"


class JwsRefused(Exception):
    """The token is not what it should be; `failure` says in which way."""

    def __init__(self, failure: JwsFailure) -> None:
        super().__init__(failure.value)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class VerifiedJws:
    """A payload whose signature verified, and the certificate that verified it."""

    payload: bytes
    signer: Certificate


def sign_jws(payload: bytes, signer: Signer, *, kind: str) -> str:
    """Return a compact JWS over `payload`; the header names the type `kind` and the certificate (`x5t#S256`)."""
    header = {"alg": _NAMES[signer.algorithm], "typ": kind, "x5t#S256": signer.certificate.thumbprint}
    protected = _encode(json.dumps(header, separators=(",", ":")).encode("ascii"))
    signing_input = f"{protected}.{_encode(payload)}"
    return f"{signing_input}.{_encode(signer.sign(signing_input.encode('ascii')))}"


def named_certificate(token: str) -> str:
    """Return the hexadecimal fingerprint of the certificate a token names, unverified; raises `JwsRefused`."""
    return _fingerprint(_header(token))


def verify_jws(token: str, find: Callable[[str], Certificate | None], *, kind: str) -> VerifiedJws:
    """Return the payload and the certificate that signed it; raises `JwsRefused`.

    `find` returns the certificate with a given hexadecimal SHA-256 fingerprint, or None: who may sign is the caller's
    question. A key inside the token (`jwk`, `x5c`, `jku`) is never looked at.

    1. Length, shape, type and algorithm are as expected.
    2. `x5t#S256` names a certificate the caller knows.
    3. The signature verifies under its key.
    """
    header = _header(token)
    if header.get("typ") != kind:
        raise JwsRefused(JwsFailure.WRONG_TYPE)
    if header.get("alg") not in ALGORITHMS:
        raise JwsRefused(JwsFailure.ALGORITHM_FORBIDDEN)
    certificate = find(_fingerprint(header))
    if certificate is None:
        raise JwsRefused(JwsFailure.KEY_UNKNOWN)
    key_type = ECKey if str(header["alg"]).startswith("ES") else RSAKey
    try:
        verified = jws.deserialize_compact(token, key_type.import_key(_public_pem(certificate)), list(ALGORITHMS))
    except (JoseError, ValueError, TypeError) as error:
        raise JwsRefused(JwsFailure.INVALID) from error
    return VerifiedJws(verified.payload, certificate)


def _header(token: str) -> Mapping[str, object]:
    if len(token) > TOKEN_BYTES_MAX:
        raise JwsRefused(JwsFailure.TOO_LARGE)
    if not _COMPACT.fullmatch(token):
        raise JwsRefused(JwsFailure.MALFORMED)
    try:
        header: object = json.loads(_decode(token.split(".", 1)[0]))
    except (ValueError, RecursionError) as error:  # nested a thousand times deep
        raise JwsRefused(JwsFailure.MALFORMED) from error
    if not isinstance(header, dict) or "crit" in header or "b64" in header:
        raise JwsRefused(JwsFailure.MALFORMED)
    return header


def _fingerprint(header: Mapping[str, object]) -> str:
    thumbprint = header.get("x5t#S256")
    if not isinstance(thumbprint, str):
        raise JwsRefused(JwsFailure.KEY_UNKNOWN)
    try:
        return _decode(thumbprint).hex()
    except ValueError as error:
        raise JwsRefused(JwsFailure.MALFORMED) from error


def _public_pem(certificate: Certificate) -> bytes:
    return certificate.x509.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _encode(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
