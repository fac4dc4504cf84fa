"""Where a certificate's revocation is told, and how to ask: nothing here asks."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.ocsp import OCSPRequestBuilder
from cryptography.x509.oid import AuthorityInformationAccessOID

from signing.certificates import Certificate

SOURCES_MAX: Final = 3
"""Addresses of one kind taken from one certificate: authorities name one or two, and each costs a request."""

ADDRESS_MAX: Final = 500
"""Characters of an address: authorities' own stay under a hundred, and it is kept and logged."""

NONCE_BYTES: Final = 32
"""RFC 8954 §2.1 recommends 32."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The http(s) addresses a certificate names, at most three of each kind, in its order."""

    ocsp: tuple[str, ...]
    crl: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.ocsp or self.crl)


@dataclass(frozen=True, slots=True)
class OcspRequest:
    """A request (RFC 6960 §4.1) and the nonce in it; the answer may leave the nonce out, but not have another."""

    octets: bytes
    nonce: bytes


def sources_of(certificate: Certificate) -> Sources:
    """Return where the certificate says its revocation is told (RFC 5280 §4.2.1.13 and §4.2.2.1)."""
    extensions = certificate.x509.extensions
    ocsp: list[str] = []
    crl: list[str] = []
    try:
        access = extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        access = x509.AuthorityInformationAccess([])
    for one in access:
        if one.access_method == AuthorityInformationAccessOID.OCSP:
            ocsp.extend(_addresses([one.access_location]))
    try:
        points = extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        points = x509.CRLDistributionPoints([])
    for point in points:
        crl.extend(_addresses(point.full_name or ()))
    return Sources(_first(ocsp), _first(crl))


def ocsp_request(certificate: Certificate, issuer: Certificate) -> OcspRequest:
    """Return a request about one certificate. SHA-1 only names it: every responder knows it (RFC 5019 §2.1.1)."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    builder = OCSPRequestBuilder().add_certificate(certificate.x509, issuer.x509, SHA1())  # noqa: S303 - a name, no proof
    request = builder.add_extension(x509.OCSPNonce(nonce), critical=False).build()
    return OcspRequest(request.public_bytes(Encoding.DER), nonce)


def _addresses(names: Iterable[x509.GeneralName]) -> Iterator[str]:
    for name in names:
        if isinstance(name, x509.UniformResourceIdentifier) and len(name.value) <= ADDRESS_MAX and _is_http(name.value):
            yield name.value


def _is_http(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme.lower() in {"http", "https"} and bool(parts.hostname)


def _first(addresses: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(addresses))[:SOURCES_MAX]
