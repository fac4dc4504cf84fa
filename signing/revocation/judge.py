"""Judges CRLs and OCSP answers about one certificate (RFC 5280 §6.3, RFC 6960 §3.2); fetches nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from asn1crypto import crl, ocsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.x509.ocsp import load_der_ocsp_response
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.authority import CertTrustAnchor
from pyhanko_certvalidator.errors import (
    CRLNoMatchesError,
    CRLValidationIndeterminateError,
    OCSPNoMatchesError,
    OCSPValidationIndeterminateError,
    RevokedError,
    ValidationError,
)
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.revinfo.validate_crl import verify_crl
from pyhanko_certvalidator.revinfo.validate_ocsp import verify_ocsp_response

from signing.certificates import UNREADABLE, Certificate
from signing.errors import CertificateUnreadable
from signing.nesting import UNREADABLE_ASN1, refuse_nested
from signing.paths import LinkAlgorithms, completed, readable, readable_ones
from signing.revocation.algorithms import refuse_answers_algorithms, refuse_lists_algorithms
from signing.statuses import (
    CLOCK_TOLERANCE,
    Doubt,
    RevocationEvidence,
    RevocationState,
    RevocationStatus,
    Source,
    strongest,
)
from signing.verdict import CertificatePath

OCSP_BYTES_MAX: Final = 64 * 1024
"""One OCSP response: real ones with their responder's chain stay under 8 kB."""

CRL_BYTES_MAX: Final = 8 * 1024 * 1024
"""One CRL: room for about 200,000 entries. Authorities with more divide their lists (RFC 5280 §5.2.5)."""

EVIDENCE_MAX: Final = 12
"""Pieces of evidence looked at for one certificate: each address gives one, and a signature may bring some along."""

_UNREADABLE: Final = (*UNREADABLE, *UNREADABLE_ASN1)
"""What the libraries raise for octets that are no evidence, or that they cannot read to the end."""


@dataclass(frozen=True, slots=True)
class _Case:
    """The certificate in question as the path library sees it, and the context evidence is judged in."""

    path: ValidationPath
    leaf: asn1_x509.Certificate
    others: tuple[asn1_x509.Certificate, ...]
    at: datetime

    @property
    def certificates(self) -> tuple[asn1_x509.Certificate, ...]:
        """Everybody who may have signed evidence: the authorities of the path, and the others."""
        return (*self.path.iter_certs(include_root=True), *self.others)

    def context(
        self, crls: Sequence[crl.CertificateList] = (), ocsps: Sequence[ocsp.OCSPResponse] = ()
    ) -> ValidationContext:
        """Return a context with this evidence and no other.

        A responder without `ocsp-nocheck` needs evidence of its own, and here is none: so it is not believed.
        """
        context = ValidationContext(
            trust_roots=[self.path.trust_anchor],
            other_certs=list(self.certificates),
            crls=list(crls),
            ocsps=list(ocsps),
            moment=self.at,
            allow_fetching=False,
            revocation_mode="require",
            algorithm_usage_policy=LinkAlgorithms(),
            time_tolerance=CLOCK_TOLERANCE,
        )
        # The authorities above were judged with the path; whether they are revoked is a question of their own.
        for authority in self.path.iter_certs(include_root=True):
            if authority is not self.leaf:
                context.record_validation(authority, self.path)
        return context


def revocation_of(
    path: CertificatePath,
    evidence: Iterable[RevocationEvidence],
    *,
    at: datetime,
    others: Iterable[Certificate] = (),
) -> RevocationStatus:
    """Return the state of `path.signer`, judged at the aware moment the evidence was at hand.

    `others` are further certificates that may have signed evidence: those of CRL issuers, trusted for nothing.

    1. Evidence over its size, nested too deep or unreadable is not believed.
    2. So is what is signed by an algorithm or a key that the table of allowances has no row for at the moment.
    3. Each OCSP response: about this certificate, signed by its issuer or a responder of it, not out of date.
    4. Each CRL by itself and with the delta CRLs; where no single one decides, all of them together, since lists may be
       divided by reason.
    5. What they say together: see `strongest`.
    """
    if at.tzinfo is None:
        raise ValueError("evidence is judged at an aware moment")
    try:
        case = _case(path, others, at=at)
    except CertificateUnreadable:
        return RevocationStatus.unknown(Doubt.UNVERIFIED)
    taken = tuple(evidence)[:EVIDENCE_MAX]
    answers = [_judge_ocsp(case, one) for one in taken if one.source is Source.OCSP]
    lists = list(_judge_crls(case, [one for one in taken if one.source is Source.CRL]))
    return strongest((*answers, *lists))


def revocation_when(
    path: CertificatePath, evidence: Iterable[RevocationEvidence], *, at: datetime, now: datetime
) -> RevocationStatus:
    """Return the state of `path.signer` by evidence that came along with a signature which existed at `at`.

    Such evidence is made for the purpose, so often a moment after the signature (EN 319 102-1 clause 5.2.5.4): each
    piece is judged at `at`, or at its own moment where that is later. None of a later moment than `now` is believed.
    """
    statuses: list[RevocationStatus] = []
    for one in tuple(evidence)[:EVIDENCE_MAX]:
        made = _made_at(one)
        if made is None or made > now + CLOCK_TOLERANCE:
            statuses.append(RevocationStatus.unknown(Doubt.UNVERIFIED))
        else:
            statuses.append(revocation_of(path, [one], at=max(at, made)))
    return strongest(tuple(statuses))


def _made_at(evidence: RevocationEvidence) -> datetime | None:
    try:
        refuse_nested(evidence.octets)
        if evidence.source is Source.OCSP:
            return load_der_ocsp_response(evidence.octets).this_update_utc
        return x509.load_der_x509_crl(evidence.octets).last_update_utc
    except _UNREADABLE:
        return None


def answers_nonce(response: bytes, nonce: bytes) -> bool:
    """Return whether a response does not carry another nonce than the request's (RFC 8954 §2.1).

    One without is an answer made beforehand, whose age its dates tell; one with another answers somebody else.
    """
    try:
        refuse_nested(response)
        stated = load_der_ocsp_response(response).extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except x509.ExtensionNotFound:
        return True
    except _UNREADABLE:
        return False
    return stated == nonce


def _case(path: CertificatePath, others: Iterable[Certificate], *, at: datetime) -> _Case:
    leaf, *authorities = (readable(one) for one in path.certificates)
    if not authorities:
        raise CertificateUnreadable("an anchor is trusted without evidence")
    anchor = CertTrustAnchor(authorities[-1])
    return _Case(ValidationPath(anchor, list(reversed(authorities[:-1])), leaf), leaf, tuple(readable_ones(others)), at)


def _judge_ocsp(case: _Case, evidence: RevocationEvidence) -> RevocationStatus:
    if len(evidence.octets) > OCSP_BYTES_MAX:
        return RevocationStatus.unknown(Doubt.UNVERIFIED)
    try:
        refuse_nested(evidence.octets)
        response = ocsp.OCSPResponse.load(evidence.octets, strict=True)
        if response["response_status"].native != "successful":
            return RevocationStatus.unknown(Doubt.NO_EVIDENCE)
        said = list(response.response_data["responses"])
        if len(said) != 1:
            return RevocationStatus.unknown(Doubt.UNVERIFIED)
        if said[0]["cert_id"]["serial_number"].native != case.leaf.serial_number:
            return RevocationStatus.unknown(Doubt.NOT_ABOUT_IT)
        refuse_answers_algorithms(response, case.certificates, at=case.at)
        stated, window = said[0]["cert_status"].name, _window(said[0])
        _ = said[0].native  # read to the end: what is read later would fail later
        completed(verify_ocsp_response(case.leaf, case.path, case.context(ocsps=[response])))
    except RevokedError as revoked:
        stated_reason = said[0]["cert_status"].chosen["revocation_reason"].native
        return _revoked(revoked, evidence, window=window, is_reasoned=stated_reason is not None)
    except OCSPNoMatchesError:
        return RevocationStatus.unknown(Doubt.NOT_ABOUT_IT)
    except OCSPValidationIndeterminateError as error:
        if stated == "unknown":
            return RevocationStatus.unknown(Doubt.NOT_ABOUT_IT)
        return RevocationStatus.unknown(Doubt.STALE if error.suspect_stale else Doubt.UNVERIFIED)
    except (ValidationError, *_UNREADABLE):
        return RevocationStatus.unknown(Doubt.UNVERIFIED)
    return _good(evidence, window)


def _judge_crls(case: _Case, evidences: Sequence[RevocationEvidence]) -> Iterator[RevocationStatus]:
    """Yield what each complete list says, and what all say together where none of them decides."""
    lists = [(one, read) for one in evidences if (read := _read_crl(case, one)) is not None]
    yield from [RevocationStatus.unknown(Doubt.UNVERIFIED)] * (len(evidences) > len(lists))
    deltas = [read for _, read in lists if read.delta_crl_indicator_value is not None]
    complete = [(one, read) for one, read in lists if read.delta_crl_indicator_value is None]
    undecided = True
    for one, read in complete:
        status = _judge_crl(case, one, together=[read, *deltas])
        undecided = undecided and status.state is RevocationState.UNKNOWN
        yield status
    if undecided and complete and len(lists) > 1:
        newest, _ = max(complete, key=lambda pair: _window_of_list(pair[1])[0])
        yield _judge_crl(case, newest, together=[read for _, read in lists])


def _judge_crl(
    case: _Case, evidence: RevocationEvidence, *, together: Sequence[crl.CertificateList]
) -> RevocationStatus:
    window = _window_of_list(together[0])
    try:
        completed(verify_crl(case.leaf, case.path, case.context(crls=together)))
    except RevokedError as revoked:
        return _revoked(revoked, evidence, window=window, is_reasoned=_is_reasoned(case.leaf.serial_number, together))
    except CRLNoMatchesError:
        return RevocationStatus.unknown(Doubt.NOT_ABOUT_IT)
    except CRLValidationIndeterminateError as error:
        return RevocationStatus.unknown(Doubt.STALE if error.suspect_stale else Doubt.UNVERIFIED)
    except (ValidationError, *_UNREADABLE):
        return RevocationStatus.unknown(Doubt.UNVERIFIED)
    return _good(evidence, window)


def _read_crl(case: _Case, evidence: RevocationEvidence) -> crl.CertificateList | None:
    """Return a list that can be read as far as is looked at, signed by algorithms of the table, or None."""
    if len(evidence.octets) > CRL_BYTES_MAX:
        return None
    try:
        refuse_nested(evidence.octets)
        # Reads every entry at once, and fast; the other library reads them one by one, when it comes to them.
        list(x509.load_der_x509_crl(evidence.octets).extensions)
        read = crl.CertificateList.load(evidence.octets, strict=True)
        _window_of_list(read)
        refuse_lists_algorithms(read, case.certificates, at=case.at)
    except _UNREADABLE:
        return None
    return read


_Window = tuple[datetime, datetime | None]


def _window_of_list(read: crl.CertificateList) -> _Window:
    return _window(read["tbs_cert_list"])


def _window(dated: Any) -> _Window:
    """Return when evidence was made and when it ends; raises `ValueError` for a year that no calendar has."""
    made, ends = dated["this_update"].native, dated["next_update"].native
    if not isinstance(made, datetime) or not isinstance(ends, datetime | None):
        raise ValueError("no moment")  # noqa: TRY004 - what a stranger wrote has no type
    return made, ends


def _good(evidence: RevocationEvidence, window: _Window) -> RevocationStatus:
    this_update, next_update = window
    return RevocationStatus(RevocationState.GOOD, evidence.source, this_update, next_update, evidence.digest)


def _is_reasoned(serial: int, lists: Sequence[crl.CertificateList]) -> bool:
    """Return whether an entry about this number states a reason that can be read."""
    try:
        entries = (x509.load_der_x509_crl(one.dump()).get_revoked_certificate_by_serial_number(serial) for one in lists)
        extensions = [each.value for entry in entries if entry is not None for each in entry.extensions]
    except _UNREADABLE:
        return False
    return any(isinstance(one, x509.CRLReason) for one in extensions)


def _revoked(
    revoked: RevokedError, evidence: RevocationEvidence, *, window: _Window, is_reasoned: bool
) -> RevocationStatus:
    """Return the state; the library says `unspecified` where no reason is stated, which stamps are judged by."""
    this_update, next_update = window
    since: Any = revoked.revocation_dt
    return RevocationStatus(
        RevocationState.REVOKED,
        evidence.source,
        this_update,
        next_update,
        evidence.digest,
        revoked_at=since if isinstance(since, datetime) else datetime.min.replace(tzinfo=UTC),  # the year 0
        reason=revoked.reason.native if is_reasoned else None,
    )
