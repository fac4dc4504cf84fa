"""Evidence as the authorities of the demonstration would sign it, were they careless or stolen, and hostile octets."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from asn1crypto import algos, core, crl, ocsp
from asn1crypto import x509 as asn1_x509
from certomancer.registry import CertLabel
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_der_private_key
from cryptography.x509.ocsp import OCSPCertStatus, OCSPResponderEncoding, OCSPResponseBuilder

from axis.demo.pki.authorities import Authorities
from signing.certificates import Certificate
from tests.fixtures.postgres import MOMENT

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def key_of(authorities: Authorities, name: str = "issuing") -> Any:
    """The private key of an authority."""
    found: Any = authorities.architecture.get_cert_spec(CertLabel(name))
    kept: Any = authorities.architecture.key_set.get_private_key(found.subject_key)
    return load_der_private_key(kept.dump(), None)


def list_of(
    authorities: Authorities,
    *,
    until: datetime = MOMENT + 7 * DAY,
    revoked: tuple[Certificate, ...] = (),
    at: datetime = MOMENT,
    reason: x509.ReasonFlags | None = None,
) -> bytes:
    """A CRL of the issuing authority."""
    issuer = authorities.certificate("issuing").x509
    draft = x509.CertificateRevocationListBuilder().issuer_name(issuer.subject).last_update(at).next_update(until)
    key = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key())  # type: ignore[arg-type]
    draft = draft.add_extension(x509.CRLNumber(5), critical=False).add_extension(key, critical=False)
    for one in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(one.serial).revocation_date(at - DAY)
        if reason is not None:
            entry = entry.add_extension(x509.CRLReason(reason), critical=False)
        draft = draft.add_revoked_certificate(entry.build())
    return draft.sign(key_of(authorities), hashes.SHA256()).public_bytes(Encoding.DER)


def answer_of(
    authorities: Authorities, name: str = "H51.15", *, until: datetime = MOMENT + 2 * HOUR, by: str = "issuing"
) -> bytes:
    """An OCSP answer that a holder's certificate is good, as if its issuer were `by`."""
    said = (OCSPCertStatus.GOOD, MOMENT, until, None, None)
    return _answer(authorities, name, by=by, said=said)


def revoked_answer_of(authorities: Authorities, name: str = "H51.15", *, reason: x509.ReasonFlags | None) -> bytes:
    """An OCSP answer that a holder's certificate was revoked a day ago."""
    said = (OCSPCertStatus.REVOKED, MOMENT, MOMENT + 2 * HOUR, MOMENT - DAY, reason)
    return _answer(authorities, name, by="issuing", said=said)


_Said = tuple[OCSPCertStatus, datetime, datetime, datetime | None, x509.ReasonFlags | None]


def _answer(authorities: Authorities, name: str, *, by: str, said: _Said) -> bytes:
    issuer = authorities.certificate(by).x509
    algorithm = hashes.SHA1()  # noqa: S303 - a name, no proof
    draft = OCSPResponseBuilder().add_response(authorities[name].certificate.x509, issuer, algorithm, *said)
    draft = draft.responder_id(OCSPResponderEncoding.NAME, issuer)
    return draft.sign(key_of(authorities, by), hashes.SHA256()).public_bytes(Encoding.DER)


def resigned_answer(authorities: Authorities, digest: hashes.HashAlgorithm) -> bytes:
    """The answer with a signature over another digest."""
    told = ocsp.OCSPResponse.load(answer_of(authorities))["response_bytes"]["response"].parsed["tbs_response_data"]
    algorithm, signature = signature_of(authorities, told.dump(), digest)
    basic = ocsp.BasicOCSPResponse(
        {"tbs_response_data": told, "signature_algorithm": algorithm, "signature": signature}
    )
    inner = {"response_type": "basic_ocsp_response", "response": basic}
    octets: bytes = ocsp.OCSPResponse({"response_status": "successful", "response_bytes": inner}).dump()
    return octets


def resigned_list(
    authorities: Authorities, digest: hashes.HashAlgorithm, stated: str | None = None, signed: str | None = None
) -> bytes:
    """The list with a signature over another digest; `stated` is the algorithm outside, `signed` the one inside."""
    listed = crl.CertificateList.load(list_of(authorities))["tbs_cert_list"]
    algorithm, _ = signature_of(authorities, b"", digest)
    listed["signature"] = algos.SignedDigestAlgorithm({"algorithm": signed or algorithm["algorithm"].native})
    body = listed.dump(force=True)
    algorithm, signature = signature_of(authorities, body, digest)
    if stated is not None:
        algorithm = algos.SignedDigestAlgorithm({"algorithm": stated})
    octets: bytes = crl.CertificateList(
        {"tbs_cert_list": listed, "signature_algorithm": algorithm, "signature": signature}
    ).dump(force=True)
    return octets


def signature_of(
    authorities: Authorities, octets: bytes, digest: hashes.HashAlgorithm
) -> tuple[algos.SignedDigestAlgorithm, bytes]:
    """The issuing authority's signature over octets, and the name of its algorithm."""
    key, name = key_of(authorities), digest.name.replace("-", "_")
    if isinstance(key, rsa.RSAPrivateKey):
        return _named(f"{name}_rsa"), key.sign(octets, padding.PKCS1v15(), digest)
    return _named(f"{name}_ecdsa"), key.sign(octets, ec.ECDSA(digest))


def _named(name: str) -> algos.SignedDigestAlgorithm:
    return algos.SignedDigestAlgorithm({"algorithm": name})


def element(tag: int, content: bytes) -> bytes:
    """An element in DER."""
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def nested(levels: int, tag: int = 0x30) -> bytes:
    """An element in an element in an element."""
    octets = b"\x05\x00"
    for _ in range(levels):
        octets = element(tag, octets)
    return octets


def deep_name(levels: int) -> bytes:
    """A distinguished name whose one value is nested."""
    return element(0x30, element(0x31, element(0x30, b"\x06\x03\x2a\x03\x04" + nested(levels))))


def deep_certificate(certificate: Certificate, levels: int) -> bytes:
    """The certificate with a nested subject: its signature does not hold, and nobody comes that far."""
    read = asn1_x509.Certificate.load(certificate.der)
    body = read["tbs_certificate"]
    names = ("version", "serial_number", "signature", "issuer", "validity")
    parts = b"".join(body[one].dump() for one in names) + deep_name(levels)
    parts += body["subject_public_key_info"].dump() + body["extensions"].dump()
    signature = read["signature_algorithm"].dump() + read["signature_value"].dump()
    return element(0x30, element(0x30, parts) + signature)


def deep_answer(authorities: Authorities, levels: int) -> bytes:
    """An OCSP answer that brings such a certificate along: anybody on the way may add it, it is not signed."""
    basic = ocsp.OCSPResponse.load(answer_of(authorities))["response_bytes"]["response"].parsed
    parts = ("tbs_response_data", "signature_algorithm", "signature")
    body = b"".join(basic[one].dump() for one in parts)
    body += element(0xA0, element(0x30, deep_certificate(authorities.certificate("issuing"), levels)))
    kind = core.ObjectIdentifier("1.3.6.1.5.5.7.48.1.1").dump()
    inner = element(0x30, kind + element(0x04, element(0x30, body)))
    return element(0x30, b"\x0a\x01\x00" + element(0xA0, inner))


def deep_list(authorities: Authorities, levels: int) -> bytes:
    """A CRL whose issuer is nested."""
    read = crl.CertificateList.load(list_of(authorities, revoked=(authorities["G22"].certificate,)))
    listed = read["tbs_cert_list"]
    parts = listed["version"].dump() + listed["signature"].dump() + deep_name(levels)
    names = ("this_update", "next_update", "revoked_certificates", "crl_extensions")
    parts += b"".join(listed[one].dump() for one in names)
    return element(0x30, element(0x30, parts) + read["signature_algorithm"].dump() + read["signature"].dump())
