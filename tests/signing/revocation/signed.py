"""Lists and answers with any entry, date and extension, signed by the issuing authority of the demonstration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from asn1crypto import core, ocsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.ocsp import OCSPCertStatus, OCSPResponderEncoding, OCSPResponseBuilder

from axis.demo.pki.authorities import Authorities
from signing.statuses import RevocationEvidence, Source
from tests.fixtures.postgres import MOMENT
from tests.signing.revocation.forged import DAY, HOUR, answer_of, key_of, signature_of

Extension = tuple[x509.ExtensionType, bool]
"""An extension, and whether it is critical."""

UNHEARD_OF: Final = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")

FRESHEST: Final = x509.FreshestCRL(
    [x509.DistributionPoint([x509.UniformResourceIdentifier("http://127.0.0.1:9/delta.crl")], None, None, None)]
)

REASONS: Final = (
    (x509.ReasonFlags.key_compromise,),
    (
        x509.ReasonFlags.ca_compromise,
        x509.ReasonFlags.affiliation_changed,
        x509.ReasonFlags.superseded,
        x509.ReasonFlags.cessation_of_operation,
        x509.ReasonFlags.certificate_hold,
        x509.ReasonFlags.privilege_withdrawn,
        x509.ReasonFlags.aa_compromise,
    ),
)
"""All reasons there are, as an authority may divide them among two lists."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A certificate by its number on a list."""

    serial: int
    since: datetime = MOMENT - DAY
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Dated:
    """A list's number, and the moments between which it is in force."""

    number: int = 5
    at: datetime = MOMENT
    until: datetime = MOMENT + 7 * DAY


def for_reason(serial: int, reason: x509.ReasonFlags) -> Entry:
    """An entry with a reason."""
    return Entry(serial, extensions=((x509.CRLReason(reason), False),))


def signed_list(
    authorities: Authorities,
    entries: Sequence[Entry] = (),
    *,
    extensions: Sequence[Extension] = (),
    dated: Dated | None = None,
    key: Any = None,
) -> RevocationEvidence:
    """A CRL of the issuing authority, signed by it or by the key of somebody else."""
    issuer, when = authorities.certificate("issuing").x509, dated or Dated()
    draft = x509.CertificateRevocationListBuilder(revoked_certificates=[_built(one) for one in entries])
    draft = draft.issuer_name(issuer.subject).last_update(when.at).next_update(when.until)
    own = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key())  # type: ignore[arg-type]
    for extension, is_critical in ((x509.CRLNumber(when.number), False), (own, False), *extensions):
        draft = draft.add_extension(extension, critical=is_critical)
    octets = draft.sign(key or key_of(authorities), hashes.SHA256()).public_bytes(Encoding.DER)
    return RevocationEvidence(Source.CRL, octets)


def signed_delta(
    authorities: Authorities,
    entries: Sequence[Entry] = (),
    *,
    base: int = 5,
    dated: Dated | None = None,
    key: Any = None,
) -> RevocationEvidence:
    """A delta CRL to the list of that number (RFC 5280 §5.2.4)."""
    indicator: Extension = (x509.DeltaCRLIndicator(base), True)
    when = dated or Dated(6, MOMENT, MOMENT + DAY)
    return signed_list(authorities, entries, extensions=[indicator], dated=when, key=key)


def divided(*reasons: x509.ReasonFlags) -> Extension:
    """What says that a list is about some reasons alone (RFC 5280 §5.2.5)."""
    return x509.IssuingDistributionPoint(None, None, False, False, frozenset(reasons), False, False), True


def revoked_answer(authorities: Authorities, name: str, *, since: datetime) -> RevocationEvidence:
    """An OCSP answer that a holder's certificate is revoked from a moment on."""
    said = (OCSPCertStatus.REVOKED, MOMENT, MOMENT + 2 * HOUR, since, x509.ReasonFlags.key_compromise)
    return _answer(authorities, name, *said)


def undated_answer(authorities: Authorities, name: str, *, at: datetime) -> RevocationEvidence:
    """An OCSP answer of a moment that says of no other until when it holds."""
    return _answer(authorities, name, OCSPCertStatus.GOOD, at, None, None, None)


def extended_answer(authorities: Authorities, *, single: bool) -> RevocationEvidence:
    """A good answer with a critical extension that nobody knows: of what it says of the one, or of the whole."""
    told = ocsp.OCSPResponse.load(answer_of(authorities))["response_bytes"]["response"].parsed["tbs_response_data"]
    told = ocsp.ResponseData.load(told.dump())
    unheard = {"extn_id": "1.2.3.4.5", "critical": True, "extn_value": core.ParsableOctetString(b"\x05\x00")}
    if single:
        told["responses"][0]["single_extensions"] = [unheard]
    else:
        told["response_extensions"] = [unheard]
    body = told.dump(force=True)
    algorithm, signature = signature_of(authorities, body, hashes.SHA256())
    basic = ocsp.BasicOCSPResponse(
        {"tbs_response_data": ocsp.ResponseData.load(body), "signature_algorithm": algorithm, "signature": signature}
    )
    inner = {"response_type": "basic_ocsp_response", "response": basic}
    octets = ocsp.OCSPResponse({"response_status": "successful", "response_bytes": inner}).dump()
    return RevocationEvidence(Source.OCSP, octets)


def _built(entry: Entry) -> x509.RevokedCertificate:
    draft = x509.RevokedCertificateBuilder().serial_number(entry.serial).revocation_date(entry.since)
    for extension, is_critical in entry.extensions:
        draft = draft.add_extension(extension, critical=is_critical)
    return draft.build()


def _answer(authorities: Authorities, name: str, *said: Any) -> RevocationEvidence:
    issuer = authorities.certificate("issuing").x509
    algorithm = hashes.SHA1()  # noqa: S303 - a name, no proof
    draft = OCSPResponseBuilder().add_response(authorities[name].certificate.x509, issuer, algorithm, *said)
    draft = draft.responder_id(OCSPResponderEncoding.NAME, issuer)
    octets = draft.sign(key_of(authorities), hashes.SHA256()).public_bytes(Encoding.DER)
    return RevocationEvidence(Source.OCSP, octets)
