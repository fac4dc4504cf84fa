"""Certificates no honest authority issues, field by field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID, ObjectIdentifier

from axis.demo.authority import Authority, Credential, Validity
from signing.certificates import Certificate
from tests.signing.pki import VALID, hierarchy

USAGES = (
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
LEAF = ("digital_signature", "content_commitment")
AUTHORITY = ("key_cert_sign", "crl_sign")


@dataclass(frozen=True, slots=True, repr=False)
class Forged:
    """A key and a certificate for it."""

    key: CertificateIssuerPrivateKeyTypes
    certificate: Certificate

    @property
    def key_pem(self) -> bytes:
        """The key as PKCS#8 PEM."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@dataclass(frozen=True, slots=True)
class Forgery:
    """What to write into a certificate. None leaves an extension out."""

    subject: str = "Cơ quan giả"
    is_authority: bool | None = False
    path_length: int | None = None
    validity: Validity = VALID
    usage: tuple[str, ...] | None = LEAF
    extended: tuple[ObjectIdentifier, ...] = ()
    extensions: tuple[tuple[x509.ExtensionType, bool], ...] = ()
    digest: type[hashes.SHA256 | hashes.SHA384 | hashes.SHA512] = hashes.SHA256
    has_key_ids: bool = True

    @classmethod
    def authority(cls, subject: str, *, path_length: int | None = None) -> Forgery:
        """An authority with everything in order."""
        return cls(subject, is_authority=True, path_length=path_length, usage=AUTHORITY)

    def under(self, issuer: Forged | Authority | None, key: CertificateIssuerPrivateKeyTypes | None = None) -> Forged:
        """The certificate, issued by `issuer` or, without one, by itself; for a new P-256 key unless one is given."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        signing_key, issuer_name = (key, named(self.subject)) if issuer is None else _issuer(issuer)
        draft = self._draft(key).issuer_name(issuer_name)
        if self.has_key_ids:
            authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key())
            draft = draft.add_extension(authority, critical=False)
        signed = draft.sign(signing_key, self.digest())
        return Forged(key, Certificate(signed.public_bytes(Encoding.DER)))

    def _draft(self, key: CertificateIssuerPrivateKeyTypes) -> x509.CertificateBuilder:
        draft = (
            x509.CertificateBuilder()
            .subject_name(named(self.subject))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.validity.not_before)
            .not_valid_after(self.validity.not_after)
        )
        extensions = list(self.extensions)
        if self.is_authority is not None:
            extensions.append((x509.BasicConstraints(self.is_authority, self.path_length), True))
        if self.usage is not None:
            extensions.append((x509.KeyUsage(**{name: name in self.usage for name in USAGES}), True))
        if self.extended:
            extensions.append((x509.ExtendedKeyUsage(self.extended), False))
        if self.has_key_ids:
            extensions.append((x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False))
        for extension, is_critical in extensions:
            draft = draft.add_extension(extension, is_critical)
        return draft


def named(common_name: str) -> x509.Name:
    """A distinguished name of one part."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def altered(
    forged: Forged, change: Callable[[asn1_x509.Certificate], None], by: Forged | Authority | None = None
) -> Forged:
    """The certificate after `change` was done to its ASN.1, signed anew; for what the ordinary builder refuses."""
    return Forged(forged.key, Certificate(altered_der(forged, change, by)))


def altered_der(
    forged: Forged, change: Callable[[asn1_x509.Certificate], None], by: Forged | Authority | None = None
) -> bytes:
    """The same in octets, for what no certificate can be read from."""
    parsed = asn1_x509.Certificate.load(forged.certificate.der)
    change(parsed)
    key = forged.key if by is None else _issuer(by)[0]
    parsed["signature_value"] = _signature(key, parsed)
    der: bytes = parsed.dump(force=True)
    return der


def _signature(key: CertificateIssuerPrivateKeyTypes, parsed: asn1_x509.Certificate) -> bytes:
    octets = parsed["tbs_certificate"].dump(force=True)
    weak = {"sha1_rsa": hashes.SHA1(), "md5_rsa": hashes.MD5(), "sha224_rsa": hashes.SHA224()}  # noqa: S303
    digest = weak.get(parsed["signature_algorithm"]["algorithm"].native, hashes.SHA256())
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(octets, padding.PKCS1v15(), digest)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key.sign(octets, ec.ECDSA(digest))


def with_algorithm(name: str) -> Callable[[asn1_x509.Certificate], None]:
    """A change that names another signature algorithm, such as `sha1_rsa`, in both places."""

    def change(parsed: asn1_x509.Certificate) -> None:
        parsed["tbs_certificate"]["signature"] = {"algorithm": name}
        parsed["signature_algorithm"] = {"algorithm": name}

    return change


def _issuer(issuer: Forged | Authority) -> tuple[CertificateIssuerPrivateKeyTypes, x509.Name]:
    if isinstance(issuer, Authority):
        return issuer.credential.key, issuer.credential.certificate.subject
    return issuer.key, issuer.certificate.x509.subject


@cache
def rsa_key(bits: int) -> rsa.RSAPrivateKey:
    """One key of each length: making them is slow."""
    return rsa.generate_private_key(65537, bits)


def as_credential(forged: Forged, chain: tuple[x509.Certificate, ...] = ()) -> Credential:
    """The forgery where an ordinary credential is wanted, with the intermediates that go with it."""
    assert isinstance(forged.key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    return Credential(forged.key, forged.certificate.x509, chain)


def under_intermediate(forgery: Forgery, key: CertificateIssuerPrivateKeyTypes | None = None) -> Credential:
    """The forgery as issued by the trusted intermediate, which travels along."""
    intermediate = hierarchy().intermediate
    return as_credential(forgery.under(intermediate, key), (intermediate.credential.certificate,))
