"""A small public-key infrastructure written as code, for the demo and the tests; never for production."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_COUNTRY: Final = "VN"
_OWNER_ONLY: Final = 0o600
_RSA_EXPONENT: Final = 65537
_NAME_MAX: Final = 64
"""Characters in a name (RFC 5280 appendix A, `ub-common-name`); the library counts UTF-8 octets, so we do."""
_PATH_LENGTH: Final = 2
"""Authorities below the root: the intermediate, and one that a test may put below it."""


class KeyKind(StrEnum):
    """A kind of key agencies use."""

    RSA_2048 = "rsa-2048"
    RSA_3072 = "rsa-3072"
    ECDSA_P256 = "ecdsa-p256"
    ECDSA_P384 = "ecdsa-p384"

    def make(self) -> PrivateKey:
        """Return a new private key of this kind."""
        match self:
            case KeyKind.RSA_2048:
                return rsa.generate_private_key(_RSA_EXPONENT, 2048)
            case KeyKind.RSA_3072:
                return rsa.generate_private_key(_RSA_EXPONENT, 3072)
            case KeyKind.ECDSA_P256:
                return ec.generate_private_key(ec.SECP256R1())
            case KeyKind.ECDSA_P384:
                return ec.generate_private_key(ec.SECP384R1())


class Usage(Enum):
    """What a leaf certificate says it is for. All but `SIGNATURE` exist to be refused."""

    SIGNATURE = "digitalSignature and nonRepudiation"
    TLS = "digitalSignature, with the extended usages of a web server"
    ENCIPHERMENT = "keyEncipherment"
    UNSTATED = "no key usage at all"


@dataclass(frozen=True, slots=True)
class Validity:
    """From when until when a certificate is valid, both aware."""

    not_before: datetime
    not_after: datetime

    @classmethod
    def around(cls, moment: datetime, *, years: int = 2) -> Validity:
        """Return a validity of that many years (of 365 days) before `moment` and as many after it."""
        return cls(moment - timedelta(days=365 * years), moment + timedelta(days=365 * years))


@dataclass(frozen=True, slots=True, repr=False)
class Credential:
    """A private key with its certificate, and the intermediates that lead to the root (the issuer's first)."""

    key: PrivateKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()

    def __repr__(self) -> str:
        return f"Credential({self.certificate.subject.rfc4514_string()})"

    @property
    def certificates_pem(self) -> bytes:
        """The certificate and its chain as PEM."""
        return b"".join(one.public_bytes(Encoding.PEM) for one in (self.certificate, *self.chain))

    def key_pem(self, password: bytes | None = None) -> bytes:
        """Return the key as PKCS#8 PEM, encrypted where a password is given."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, _encryption(password))

    def pkcs12(self, password: bytes) -> bytes:
        """Return key, certificate and chain as one PKCS#12 container (RFC 7292)."""
        return pkcs12.serialize_key_and_certificates(
            None, self.key, self.certificate, self.chain, BestAvailableEncryption(password)
        )

    def write_pem(self, folder: Path, name: str, *, password: bytes | None = None) -> tuple[Path, Path]:
        """Write `<name>.key.pem` and `<name>.pem`, readable by their owner only; return both paths, the key's first."""
        key, certificates = folder / f"{name}.key.pem", folder / f"{name}.pem"
        write_private(key, self.key_pem(password))
        write_private(certificates, self.certificates_pem)
        return key, certificates

    def write_pkcs12(self, folder: Path, name: str, *, password: bytes) -> Path:
        """Write `<name>.p12`, readable by its owner only; return its path."""
        container = folder / f"{name}.p12"
        write_private(container, self.pkcs12(password))
        return container


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a certificate names: an organisation and, for an agency, its id in `organizationIdentifier` (2.5.4.97)."""

    organization: str
    common_name: str | None = None
    organ_id: str | None = None

    @property
    def name(self) -> x509.Name:
        """The distinguished name, cut to fit; without a common name of its own it repeats the organisation's."""
        parts = [
            x509.NameAttribute(NameOID.COUNTRY_NAME, _COUNTRY),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _fitting(self.organization)),
            x509.NameAttribute(NameOID.COMMON_NAME, _fitting(self.common_name or self.organization)),
        ]
        if self.organ_id is not None:
            parts.insert(2, x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, self.organ_id))
        return x509.Name(parts)


@dataclass(frozen=True, slots=True)
class Authority:
    """A certification authority: signs certificates, says nothing about revocation."""

    credential: Credential

    @classmethod
    def root(cls, subject: Subject, validity: Validity, *, kind: KeyKind = KeyKind.ECDSA_P256) -> Authority:
        """Return a new root that signs itself."""
        key = kind.make()
        draft = _draft(subject, validity, key=key)
        draft = _as_authority(draft.issuer_name(subject.name), _PATH_LENGTH)
        draft = _with_key_ids(draft, key, issuer=key)
        return cls(Credential(key, draft.sign(key, _digest_for(key))))

    def subordinate(
        self, subject: Subject, validity: Validity, *, kind: KeyKind = KeyKind.ECDSA_P256, path_length: int = 0
    ) -> Authority:
        """Return a new authority certified by this one; `path_length` counts the authorities allowed below it."""
        key = kind.make()
        draft = _as_authority(_draft(subject, validity, key=key), path_length)
        return Authority(self._certify(draft, key))

    def issue(
        self,
        subject: Subject,
        validity: Validity,
        *,
        kind: KeyKind = KeyKind.ECDSA_P256,
        usage: Usage = Usage.SIGNATURE,
    ) -> Credential:
        """Return a new key with a leaf certificate; any validity is allowed, so that tests can have expired ones."""
        key = kind.make()
        leaf = x509.BasicConstraints(ca=False, path_length=None)
        draft = _draft(subject, validity, key=key).add_extension(leaf, critical=True)
        return self._certify(_for_usage(draft, usage), key)

    def issue_agency(
        self, organ_id: str, name: str, *, validity: Validity, kind: KeyKind = KeyKind.ECDSA_P256
    ) -> Credential:
        """Return the credential an agency signs its packages and acknowledgements with."""
        return self.issue(Subject(name, organ_id=organ_id), validity, kind=kind)

    def issue_seal(self, axis: str, validity: Validity, *, kind: KeyKind = KeyKind.ECDSA_P256) -> Credential:
        """Return the credential an axis seals its receipts with; `axis` is its name."""
        return self.issue(Subject(axis, common_name=f"{axis} — dấu biên nhận"), validity, kind=kind)

    @property
    def certificate_pem(self) -> bytes:
        """This authority's own certificate as PEM: a trust anchor or an intermediate."""
        return self.credential.certificate.public_bytes(Encoding.PEM)

    def _certify(self, draft: x509.CertificateBuilder, key: PrivateKey) -> Credential:
        issuer = self.credential
        draft = _with_key_ids(draft.issuer_name(issuer.certificate.subject), key, issuer=issuer.key)
        is_root = issuer.certificate.subject == issuer.certificate.issuer
        chain = () if is_root else (issuer.certificate, *issuer.chain)
        return Credential(key, draft.sign(issuer.key, _digest_for(issuer.key)), chain)


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """The whole demo infrastructure: a root and the intermediate that issues everything."""

    root: Authority
    intermediate: Authority

    @classmethod
    def found(cls, moment: datetime) -> Hierarchy:
        """Return a new root and intermediate, valid for 20 and 10 years around `moment`."""
        root = Authority.root(Subject("Axis demo", "Axis demo root"), Validity.around(moment, years=20))
        intermediate = root.subordinate(Subject("Axis demo", "Axis demo issuing"), Validity.around(moment, years=10))
        return cls(root, intermediate)


def write_private(path: Path, octets: bytes) -> None:
    """Write a file that only its owner can read from its first byte on; an existing one is replaced whole."""
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(descriptor, "wb") as file:
        file.write(octets)
    draft.replace(path)


def _fitting(name: str) -> str:
    """Return the name, or as many of its first words as a certificate can hold; of one long word, its beginning."""
    if len(name.encode()) <= _NAME_MAX:
        return name
    cut = name.encode()[: _NAME_MAX + 1].decode(errors="ignore")
    whole = cut.rpartition(" ")[0] or name.encode()[:_NAME_MAX].decode(errors="ignore")
    return whole.rstrip(" ,(–-")


def _draft(subject: Subject, validity: Validity, *, key: PrivateKey) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject.name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(validity.not_before)
        .not_valid_after(validity.not_after)
    )


def _with_key_ids(draft: x509.CertificateBuilder, own: PrivateKey, *, issuer: PrivateKey) -> x509.CertificateBuilder:
    """Add the key identifiers of RFC 5280 §4.2.1.1–2, by which paths are built when names repeat."""
    return draft.add_extension(
        x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False
    ).add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()), critical=False)


def _as_authority(draft: x509.CertificateBuilder, path_length: int) -> x509.CertificateBuilder:
    constraints = x509.BasicConstraints(ca=True, path_length=path_length)
    return draft.add_extension(constraints, critical=True).add_extension(
        _key_usage(key_cert_sign=True, crl_sign=True), critical=True
    )


def _for_usage(draft: x509.CertificateBuilder, usage: Usage) -> x509.CertificateBuilder:
    match usage:
        case Usage.SIGNATURE:
            signing = _key_usage(digital_signature=True, content_commitment=True)
            return draft.add_extension(signing, critical=True)
        case Usage.TLS:
            server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
            draft = draft.add_extension(_key_usage(digital_signature=True), critical=True)
            return draft.add_extension(server, critical=False)
        case Usage.ENCIPHERMENT:
            return draft.add_extension(_key_usage(key_encipherment=True), critical=True)
        case Usage.UNSTATED:
            return draft


def _key_usage(**usages: bool) -> x509.KeyUsage:
    """Return a key usage with these bits set and all others clear."""
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: usages.get(name, False) for name in names})


def _digest_for(key: PrivateKey) -> hashes.SHA256 | hashes.SHA384:
    """Return a digest as strong as the key."""
    return hashes.SHA384() if key.key_size in {384, 3072} else hashes.SHA256()


def _encryption(password: bytes | None) -> KeySerializationEncryption:
    return NoEncryption() if password is None else BestAvailableEncryption(password)
