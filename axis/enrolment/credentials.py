"""What is enrolled, read from the octets people hand over: certificates of agencies, public keys of systems."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from axis.enrolment.reasons import EnrolmentCode, found
from axis.errors import Refused
from routing.agencies import SystemKey
from signing.allowances import RSA_BITS_MIN
from signing.certificates import Certificate
from signing.errors import CertificateUnreadable
from signing.policy import PACKAGE_POLICY

_PEM: Final = b"-----BEGIN"
_NUMBERS: Final = frozenset({"kty", "crv", "x", "y", "n", "e"})
_JWS_NAMES: Final = {"P-256": "ES256", "P-384": "ES384"}
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """From when (included) until when (excluded) something is registered, both aware."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key as the directory keeps it: `kid` is its thumbprint (RFC 7638), `jwk` its JSON text."""

    kid: str
    jwk: str

    def from_moment(self, moment: datetime) -> SystemKey:
        """Return the key as one of a system, from `moment` on."""
        return SystemKey(self.kid, self.jwk, moment)


def read_certificate(octets: bytes) -> Certificate:
    """Return the certificate in DER or PEM (of several, the first); raises `Refused` for what cannot sign documents."""
    try:
        certificate = Certificate.from_pem(octets) if _PEM in octets else Certificate(octets)
    except CertificateUnreadable as error:
        raise Refused((found(EnrolmentCode.CERTIFICATE_UNREADABLE, "certificate"),)) from error
    if certificate.is_authority:
        raise Refused((found(EnrolmentCode.CERTIFICATE_OF_AUTHORITY, "certificate", value=certificate.fingerprint),))
    if not PACKAGE_POLICY.admits_key(certificate.x509.public_key()):
        raise Refused((found(EnrolmentCode.CERTIFICATE_KEY_FORBIDDEN, "certificate", value=certificate.fingerprint),))
    return certificate


def window_of(certificate: Certificate, moment: datetime, *, start: datetime | None, end: datetime | None) -> Window:
    """Return the window to register; raises `Refused` where it is over or misses the certificate's validity.

    What is not given is taken from the certificate, and nothing is registered for a time before `moment` unless said.
    """
    last = certificate.not_after + _SECOND
    window = Window(start or max(moment, certificate.not_before), end or last)
    upside_down = window.end <= window.start
    if upside_down or window.end <= moment or window.start >= last or window.end <= certificate.not_before:
        names = {"start": window.start.isoformat(), "end": window.end.isoformat()}
        raise Refused((found(EnrolmentCode.CERTIFICATE_WINDOW, "window", names=names),))
    return window


def read_public_key(octets: bytes) -> PublicKey:
    """Return the public key in a JWK (RFC 7517) or PEM text; raises `Refused`, also where it is a private one."""
    if b"PRIVATE KEY" in octets:
        raise _refused(EnrolmentCode.KEY_PRIVATE)
    try:
        key = _from_jwk(octets) if octets.lstrip().startswith(b"{") else _from_pem(octets)
    except (JoseError, UnsupportedAlgorithm, KeyError, TypeError, ValueError, RecursionError) as error:
        raise _refused(EnrolmentCode.KEY_UNREADABLE) from error
    if key.is_private:
        raise _refused(EnrolmentCode.KEY_PRIVATE)
    if not PACKAGE_POLICY.admits_key(key.public_key):
        raise _refused(EnrolmentCode.KEY_UNREADABLE)
    return _settled(key)


def _settled(key: ECKey | RSAKey) -> PublicKey:
    """Return the key with the members we keep: its numbers, our own id, the one algorithm it is used with."""
    algorithm = _JWS_NAMES[key.curve_name] if isinstance(key, ECKey) else "RS256"
    kid = key.thumbprint()
    numbers = {name: value for name, value in key.as_dict(private=False).items() if name in _NUMBERS}
    text = json.dumps({**numbers, "kid": kid, "alg": algorithm, "use": "sig"}, separators=(",", ":"), sort_keys=True)
    return PublicKey(kid, text)


def _from_jwk(octets: bytes) -> ECKey | RSAKey:
    members = json.loads(octets)
    if members["kty"] != "RSA":
        return ECKey.import_key(members)
    modulus = members["n"]
    # Before the library sees it: of a short key it only warns, on the standard error of whoever called.
    if len(base64.urlsafe_b64decode(modulus + "=" * (-len(modulus) % 4))) * 8 < RSA_BITS_MIN:
        raise ValueError("an RSA key that is too short")
    return RSAKey.import_key(members)


def _from_pem(octets: bytes) -> ECKey | RSAKey:
    public = load_pem_public_key(octets)
    if not PACKAGE_POLICY.admits_key(public):
        raise ValueError("ECDSA P-256 or P-384, RSA of at least 2048 bits")
    return RSAKey.import_key(octets) if isinstance(public, rsa.RSAPublicKey) else ECKey.import_key(octets)


def _refused(code: EnrolmentCode) -> Refused:
    return Refused((found(code, "key"),))
