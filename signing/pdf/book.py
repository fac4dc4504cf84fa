"""The verdict on a PDF, and what is known of its signers' revocation, put together (EN 319 102-1 clause 5.2.6.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from signing.pdf.verdict import (
    PdfFailure,
    PdfFailureCode,
    PdfSignature,
    PdfVerdict,
    Revocation,
    SignatureKind,
    StampState,
    pdf_outcome_of,
)
from signing.revocation.book import StatusBook, failure_in, findings_for, voiding
from signing.statuses import RevocationState, RevocationStatus
from signing.verdict import CertificatePath, FailureCode, RevocationFindings

_CODES: Final = {
    FailureCode.CERTIFICATE_REVOKED: PdfFailureCode.CERTIFICATE_REVOKED,
    FailureCode.CERTIFICATE_ON_HOLD: PdfFailureCode.CERTIFICATE_ON_HOLD,
    FailureCode.AUTHORITY_REVOKED: PdfFailureCode.AUTHORITY_REVOKED,
}
"""What a revoked certificate of a package's path stands for, in a document."""


def with_book(verdict: PdfVerdict, book: StatusBook) -> PdfVerdict:
    """Return the verdict with what is known of each signer's path, and of the authority of its stamp.

    1. A signature without a path stays as it is: nobody can be asked along none.
    2. A stamp that is void by the revocation of its authority (RFC 3161 §4, `voiding`) proves nothing.
    3. The states are those of the moment a trusted stamp proves, or of the judgement.
    4. A certificate revoked or on hold by then refuses a signature that passed, the signer's before its authorities';
       one that failed keeps its own reason. A time stamp on the whole document is refused where it is void.
    5. What passed by a void stamp alone is refused.
    6. A state that is unknown refuses nothing and marks the signature INDETERMINATE/TRY_LATER, as it does a package's:
       nobody may call it valid yet. It stays marked where nobody can be asked. So does what passes only by a stamp
       of whose authority nothing certain is known.
    """
    return replace(verdict, signatures=tuple(_with_book(one, verdict, book=book) for one in verdict.signatures))


def waiting_paths(verdict: PdfVerdict) -> Iterator[CertificatePath]:
    """Yield the paths that a judgement may change by: those of `unknown_paths`, and of what a hold refuses.

    A certificate on hold may come back, and the signature with it (EN 319 102-1 clause 5.2.6.4: TRY_LATER).
    """
    yield from unknown_paths(verdict)
    yield from (one.path for one in verdict.signatures if one.is_held and one.path is not None)


def unknown_paths(verdict: PdfVerdict) -> Iterator[CertificatePath]:
    """Yield the paths of signatures, and of their stamps' authorities, that nothing certain is known of."""
    for one in verdict.signatures:
        if one.failure is not None:
            continue
        if one.path is not None and one.revocation is Revocation.UNKNOWN:
            yield one.path
        if one.stamp_path is not None and one.stamp_revocation is Revocation.UNKNOWN:
            yield one.stamp_path


def _with_book(signature: PdfSignature, verdict: PdfVerdict, *, book: StatusBook) -> PdfSignature:
    path = signature.path
    if path is None:
        return signature
    signature = _with_stamp(signature, book)
    moment = signature.stamped_at or verdict.judged_at
    findings = findings_for(path, book, at=moment)
    signature = replace(signature, findings=findings)
    failure = _failure_in(findings)
    if _void(signature, book) is not None:
        failure = PdfFailure(PdfFailureCode.TIME_STAMP, "revoked")
    if failure is not None:
        is_held = signature.failure is None and _is_held(findings)
        return replace(_refused(signature, failure), revocation=Revocation.REVOKED, is_held=is_held)
    known = replace(signature, revocation=Revocation.UNKNOWN if findings.unknown else Revocation.GOOD)
    if signature.stamp_revocation is not Revocation.REVOKED or not signature.rests_on_stamp:
        is_open = findings.unknown or _is_carried(known, verdict, book=book)
        return _marked(known) if is_open else known
    if not all(one.is_in_force(moment) for one in path.certificates):
        return _refused(known, PdfFailure(FailureCode.CERTIFICATE_EXPIRED, "signer"))
    return _refused(known, PdfFailure(PdfFailureCode.TIME_STAMP, "revoked"))


def _failure_in(findings: RevocationFindings) -> PdfFailure | None:
    """Return what a path fails by, under the codes of documents."""
    failure = failure_in(findings)
    return None if failure is None else PdfFailure(_CODES[failure.code], failure.detail)


def _is_held(findings: RevocationFindings) -> bool:
    """Return whether certificates on hold alone refuse a signature: none of its path was revoked for good."""
    revoked = [status for _, status in findings.statuses if status.state is RevocationState.REVOKED]
    return bool(revoked) and all(one.is_hold for one in revoked)


def _with_stamp(signature: PdfSignature, book: StatusBook) -> PdfSignature:
    """Return the signature with what is known of its stamp's authority; a void stamp proves no time any more."""
    if signature.stamp_path is None or signature.stamped_at is None:
        return signature
    if voiding(signature.stamp_path, book, at=signature.stamped_at) is not None:
        return replace(signature, stamp=StampState.UNPROVED, stamped_at=None, stamp_revocation=Revocation.REVOKED)
    findings = findings_for(signature.stamp_path, book, at=signature.stamped_at)
    return replace(signature, stamp_revocation=Revocation.UNKNOWN if findings.unknown else Revocation.GOOD)


def _void(signature: PdfSignature, book: StatusBook) -> RevocationStatus | None:
    """Return the revocation by which a time stamp on the whole document is void; its own path is its authority's."""
    if signature.kind is not SignatureKind.TIME_STAMP or signature.path is None or signature.stamped_at is None:
        return None
    return voiding(signature.path, book, at=signature.stamped_at)


def _is_carried(signature: PdfSignature, verdict: PdfVerdict, *, book: StatusBook) -> bool:
    """Return whether a signature passes only by the time of a stamp whose authority may have been revoked."""
    if signature.stamp_path is None or signature.path is None or signature.stamp_revocation is not Revocation.UNKNOWN:
        return False
    now = findings_for(signature.path, book, at=verdict.judged_at)
    return signature.rests_on_stamp or any(one.state is RevocationState.REVOKED for _, one in now.statuses)


def _marked(signature: PdfSignature) -> PdfSignature:
    """Return a signature that nothing speaks against with the mark that its revocation is unknown."""
    if signature.failure is not None:
        return signature
    mark = FailureCode.REVOCATION_UNKNOWN
    indication, sub_indication = pdf_outcome_of(mark)
    return replace(signature, mark=mark, indication=indication, sub_indication=sub_indication)


def _refused(signature: PdfSignature, failure: PdfFailure) -> PdfSignature:
    """Return the signature refused; one that failed before keeps its own reason."""
    if signature.failure is not None:
        return signature
    indication, sub_indication = pdf_outcome_of(failure.code)
    return replace(signature, failure=failure, indication=indication, sub_indication=sub_indication)
