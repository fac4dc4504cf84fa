"""X.509 certificates as values: identified by their octets, read once."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Final, Self

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier

from signing.digests import sha256
from signing.errors import CertificateUnreadable

UNREADABLE: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""What the library raises for octets that are no certificate or list, or one it cannot read to the end."""


_OF_PERSONS: Final = (NameOID.GIVEN_NAME, NameOID.SURNAME, NameOID.PSEUDONYM)
_PERSONAL_NUMBER: Final = re.compile(r"(?:PAS|IDC|PNO|TIN)[A-Z]{2}-")
_CITIZENS_NUMBER: Final = re.compile(r"(?:CCCD|CMND|HC|CC):", re.IGNORECASE)
"""What identifiers of persons begin with: passport, identity card, personal and tax number; in Vietnam a citizen's."""

KNOWN_MAX: Final = 2048
"""Certificates remembered by `known`: more signers and authorities than are active within an hour, 10 kB each."""

KNOWN_BYTES_MAX: Final = 3 * 1024
"""Length of a certificate that is remembered: real ones are shorter. Whoever may send chooses what comes with it, and a
certificate full of names takes twenty-five times its length: remembering those of 64 KB would take 3 GB."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate by its DER octets. Two are equal when their octets are."""

    der: bytes = field(repr=False)
    x509: x509.Certificate = field(init=False, repr=False, compare=False)
    fingerprint: str = field(init=False, repr=True, compare=False)

    def __post_init__(self) -> None:
        try:
            parsed = x509.load_der_x509_certificate(self.der)
            _touch_extensions(parsed)
        except UNREADABLE as error:
            raise CertificateUnreadable("not an X.509 certificate") from error
        object.__setattr__(self, "x509", parsed)
        object.__setattr__(self, "fingerprint", sha256(self.der).hex())

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """Return the first certificate of a PEM text; raises `CertificateUnreadable`."""
        return cls.many_from_pem(pem)[0]

    @classmethod
    def many_from_pem(cls, pem: bytes) -> tuple[Self, ...]:
        """Return every certificate of a PEM text, in order; raises `CertificateUnreadable` where there is none."""
        try:
            found = x509.load_pem_x509_certificates(pem)
        except UNREADABLE as error:
            raise CertificateUnreadable("no PEM certificate found") from error
        return tuple(cls(one.public_bytes(Encoding.DER)) for one in found)

    @property
    def pem(self) -> bytes:
        """The certificate as PEM text."""
        return self.x509.public_bytes(Encoding.PEM)

    @property
    def thumbprint(self) -> str:
        """The `x5t#S256` of JWS headers (RFC 7515 §4.1.8): base64url of the SHA-256, unpadded."""
        return base64.urlsafe_b64encode(bytes.fromhex(self.fingerprint)).rstrip(b"=").decode("ascii")

    @property
    def subject(self) -> str:
        """The subject name as RFC 4514 text."""
        return self.x509.subject.rfc4514_string()

    @property
    def common_name(self) -> str | None:
        """The subject's common name, the first where there are several: a person's or an agency's."""
        return self._first(NameOID.COMMON_NAME)

    @property
    def names_organization(self) -> bool:
        """True where the subject is an organisation and no person: by its identifier, or as its own common name.

        A person's certificate may name the organisation they belong to by its identifier (EN 319 412-2 clause 4.2.4):
        what names a person decides. Without any of that, whoever has an organisation's identifier is one.
        """
        if self.names_person:
            return False
        organization = self._first(NameOID.ORGANIZATION_NAME)
        has_identifier = self.organization_identifier is not None
        return has_identifier or (organization is not None and organization == self.common_name)

    @property
    def names_person(self) -> bool:
        """True where the subject says by an attribute that it is a person: a name of their own, or a personal number.

        Given name, surname, pseudonym (EN 319 412-2 clause 4.2.4), a serial number of natural persons (EN 319 412-1
        clause 5.1.3), or a citizen's number as Vietnamese authorities write it into `UID`.
        """
        if any(self._first(one) is not None for one in _OF_PERSONS):
            return True
        number, uid = self._first(NameOID.SERIAL_NUMBER) or "", self._first(NameOID.USER_ID) or ""
        return bool(_PERSONAL_NUMBER.match(number) or _CITIZENS_NUMBER.match(uid))

    @property
    def organization_identifier(self) -> str | None:
        """The subject's `organizationIdentifier` (EN 319 412-1 clause 5.1.4); agencies may have theirs there."""
        return self._first(NameOID.ORGANIZATION_IDENTIFIER)

    def _first(self, kind: ObjectIdentifier) -> str | None:
        names = self.x509.subject.get_attributes_for_oid(kind)
        return str(names[0].value) if names else None

    @property
    def issuer(self) -> str:
        """The issuer name as RFC 4514 text."""
        return self.x509.issuer.rfc4514_string()

    @property
    def serial(self) -> int:
        """The serial number, unique within the issuer."""
        return self.x509.serial_number

    @property
    def not_before(self) -> datetime:
        """The first moment of validity, aware UTC."""
        return self.x509.not_valid_before_utc

    @property
    def not_after(self) -> datetime:
        """The last moment of validity, aware UTC."""
        return self.x509.not_valid_after_utc

    def is_in_force(self, at: datetime) -> bool:
        """Return whether the aware moment is within the certificate's validity, both ends included."""
        return self.not_before <= at <= self.not_after

    @property
    def is_authority(self) -> bool:
        """True where basicConstraints says CA: such a certificate never signs documents."""
        try:
            return self.x509.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        except x509.ExtensionNotFound:
            return False


def known(der: bytes) -> Certificate:
    """Return the certificate with these octets, read once: the same few come with every package of a sender.

    Raises `CertificateUnreadable`, each time.
    """
    return _remembered(der) if len(der) <= KNOWN_BYTES_MAX else Certificate(der)


@lru_cache(maxsize=KNOWN_MAX)
def _remembered(der: bytes) -> Certificate:
    return Certificate(der)


def _touch_extensions(parsed: x509.Certificate) -> None:
    """Parse what is parsed lazily, so that a damaged certificate fails here and nowhere else."""
    _ = (parsed.extensions, parsed.subject, parsed.issuer, parsed.serial_number, parsed.not_valid_after_utc)
    parsed.public_key()
