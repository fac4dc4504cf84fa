"""Judges CRLs and OCSP answers about one certificate (RFC 5280 §6.3, RFC 6960 §3.2); fetches nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from asn1crypto import ocsp
from cryptography import x509
from cryptography.x509.ocsp import load_der_ocsp_response
from pyhanko_certvalidator.errors import (
    CRLNoMatchesError,
    CRLValidationIndeterminateError,
    OCSPNoMatchesError,
    OCSPValidationIndeterminateError,
    RevokedError,
    ValidationError,
)
from pyhanko_certvalidator.revinfo.validate_crl import verify_crl
from pyhanko_certvalidator.revinfo.validate_ocsp import verify_ocsp_response

from signing.certificates import UNREADABLE, Certificate
from signing.errors import CertificateUnreadable
from signing.nesting import UNREADABLE_ASN1, refuse_nested
from signing.paths import completed
from signing.revocation.algorithms import refuse_answers_algorithms, refuse_lists_algorithms
from signing.revocation.cases import Case
from signing.revocation.criticals import refuse_unknown_in_answer
from signing.revocation.lists import ReadList, Window, told_apart, window_of
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


def revocation_of(
    path: CertificatePath,
    evidence: Iterable[RevocationEvidence],
    *,
    at: datetime,
    others: Iterable[Certificate] = (),
) -> RevocationStatus:
    """Return the state of `path.signer`, judged at the aware moment the evidence was at hand.

    `others` are further certificates that may have signed evidence: those of CRL issuers, trusted for nothing.

    1. Evidence over its size, nested too deep, unreadable, or with a critical extension that is not known is not
       believed; a CRL neither where any of its entries has one (RFC 5280 §5.3).
    2. Nor is what is signed by an algorithm or a key that the table of allowances has no row for at the moment.
    3. Each OCSP response: about this certificate, signed by its issuer or a responder of it, not out of date.
    4. Each complete CRL by itself, and with each delta CRL at hand that follows it. Deltas are optional for a relying
       party: a `freshestCRL` (RFC 5280 §5.2.6) is not fetched, and a list that names one is believed without.
    5. Where no single CRL decides, all of them together, since lists may be divided by reason. Such a state names the
       newest as its evidence and the others in `beside`: it is proved by all of them, and by none alone.
    6. A revocation that is dated at the moment or later is one as well, from its own date on.
    7. What they say together: see `strongest`. So a final entry counts whatever a delta says.
    """
    if at.tzinfo is None:
        raise ValueError("evidence is judged at an aware moment")
    try:
        case = Case.of(path, others, at=at)
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


def _judge_ocsp(case: Case, evidence: RevocationEvidence) -> RevocationStatus:
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
        refuse_unknown_in_answer(response)
        stated, window = said[0]["cert_status"].name, window_of(said[0])
        _ = said[0].native  # read to the end: what is read later would fail later
        completed(verify_ocsp_response(case.leaf, case.path, case.context(ocsps=[response])))
    except RevokedError as revoked:
        stated_reason = said[0]["cert_status"].chosen["revocation_reason"].native
        return _revoked(revoked, _good(evidence, window), is_reasoned=stated_reason is not None)
    except OCSPNoMatchesError:
        return RevocationStatus.unknown(Doubt.NOT_ABOUT_IT)
    except OCSPValidationIndeterminateError as error:
        if stated == "unknown":
            return RevocationStatus.unknown(Doubt.NOT_ABOUT_IT)
        return RevocationStatus.unknown(Doubt.STALE if error.suspect_stale else Doubt.UNVERIFIED)
    except (ValidationError, *_UNREADABLE):
        return RevocationStatus.unknown(Doubt.UNVERIFIED)
    return _good(evidence, window)


def _judge_crls(case: Case, evidences: Iterable[RevocationEvidence]) -> Iterator[RevocationStatus]:
    """Yield what each complete list says, with each delta that follows it and alone; where none decides, all together.

    A delta is optional for whoever relies on a list (RFC 5280 §5.2.4): one that cannot be used leaves its list alone.
    """
    lists: list[ReadList] = []
    for one in evidences:
        try:
            lists.append(_read_list(case, one))
        except _UNREADABLE:
            yield RevocationStatus.unknown(Doubt.UNVERIFIED)
    complete = [one for one in lists if not one.is_delta]
    deltas = [one for one in lists if one.is_delta and one.is_in_force(case.at)]
    is_decided = False
    for base in complete:
        for given in (*([base, one] for one in deltas if one.follows(base)), [base]):
            status = _judge_lists(case, given)
            is_decided = is_decided or status.state is not RevocationState.UNKNOWN
            yield status
    if not is_decided:
        yield from _judge_together(case, lists)


def _judge_together(case: Case, lists: list[ReadList]) -> Iterator[RevocationStatus]:
    """Yield what several lists say of which none decides: divided by reason, or one about the issuer of another.

    Those out of date are left out: they say nothing, so they are no evidence of what the others say.
    """
    current = [one for one in told_apart(lists) if one.is_in_force(case.at)]
    complete = [one for one in current if not one.is_delta]
    deltas = [one for one in current if one.is_delta and one.follows_all(complete)]
    for given in ([*complete, *deltas], complete) if deltas else (complete,):
        if len(complete) > 1:
            yield _judge_lists(case, given)


def _judge_lists(case: Case, given: list[ReadList]) -> RevocationStatus:
    """Return what lists say together; with a delta among them, nothing unless the library finds one for each list."""
    use_deltas = any(one.is_delta for one in given)
    context = case.context(crls=[one.read for one in given])
    try:
        completed(verify_crl(case.leaf, case.path, context, use_deltas=use_deltas))
    except RevokedError as revoked:
        is_reasoned = any(one.is_reasoned(case.leaf.serial_number) for one in given)
        return _revoked(revoked, _good_by(given), is_reasoned=is_reasoned)
    except CRLNoMatchesError:
        return RevocationStatus.unknown(Doubt.NOT_ABOUT_IT)
    except CRLValidationIndeterminateError as error:
        return RevocationStatus.unknown(Doubt.STALE if error.suspect_stale else Doubt.UNVERIFIED)
    except (ValidationError, *_UNREADABLE):
        return RevocationStatus.unknown(Doubt.UNVERIFIED)
    return _good_by(given)


def _read_list(case: Case, evidence: RevocationEvidence) -> ReadList:
    """Return a list that is signed by algorithms of the table; raises one of `_UNREADABLE`."""
    if len(evidence.octets) > CRL_BYTES_MAX:
        raise ValueError("longer than a list that is read")
    listed = ReadList.of(evidence, case.certificates)
    refuse_lists_algorithms(listed.read, case.certificates, at=case.at)
    return listed


def _good(evidence: RevocationEvidence, window: Window, *, beside: tuple[bytes, ...] = ()) -> RevocationStatus:
    this_update, next_update = window
    digest = evidence.digest
    return RevocationStatus(RevocationState.GOOD, evidence.source, this_update, next_update, digest, beside=beside)


def _good_by(given: list[ReadList]) -> RevocationStatus:
    """Return the state that rests on lists which are in force: as new as the newest, and no longer than any of them."""
    newest, *others = sorted(given, key=lambda one: one.window[0], reverse=True)
    if not others:
        return _good(newest.evidence, newest.window)
    window = (newest.window[0], min(one.ends for one in given))
    return _good(newest.evidence, window, beside=tuple(one.evidence.digest for one in others))


def _revoked(revoked: RevokedError, good: RevocationStatus, *, is_reasoned: bool) -> RevocationStatus:
    """Return the state that rests on what a good one would rest on.

    The library says `unspecified` where no reason is stated, which stamps are judged by.
    """
    since: Any = revoked.revocation_dt
    return replace(
        good,
        state=RevocationState.REVOKED,
        revoked_at=since if isinstance(since, datetime) else datetime.min.replace(tzinfo=UTC),  # the year 0
        reason=revoked.reason.native if is_reasoned else None,
    )
