"""The verdict on a PDF, and what is known of its signers' revocation, put together (EN 319 102-1 clause 5.2.6.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from signing.pdf.verdict import (
    PdfFailure,
    PdfFailureCode,
    PdfSignature,
    PdfVerdict,
    Revocation,
    pdf_outcome_of,
)
from signing.revocation.book import StatusBook, findings_for
from signing.statuses import RevocationState
from signing.verdict import CertificatePath


def with_book(verdict: PdfVerdict, book: StatusBook) -> PdfVerdict:
    """Return the verdict with what is known of each signer's path.

    1. A signature without a path stays as it is: nobody can be asked along none.
    2. The states are those of the moment a trusted stamp proves, or of the judgement.
    3. A certificate revoked by then refuses a signature that passed; one that failed keeps its own reason.
    4. A state that is unknown is told and refuses nothing.
    """
    return replace(verdict, signatures=tuple(_with_book(one, verdict, book=book) for one in verdict.signatures))


def waiting_paths(verdict: PdfVerdict) -> Iterator[CertificatePath]:
    """Yield the paths of signatures that nothing certain is known of."""
    for one in verdict.signatures:
        if one.path is not None and one.failure is None and one.revocation is Revocation.UNKNOWN:
            yield one.path


def _with_book(signature: PdfSignature, verdict: PdfVerdict, *, book: StatusBook) -> PdfSignature:
    if signature.path is None:
        return signature
    findings = findings_for(signature.path, book, at=signature.stamped_at or verdict.judged_at)
    revoked = [status for _, status in findings.statuses if status.state is RevocationState.REVOKED]
    if not revoked:
        known = Revocation.UNKNOWN if findings.unknown else Revocation.GOOD
        return replace(signature, revocation=known)
    if signature.failure is not None:
        return replace(signature, revocation=Revocation.REVOKED)
    since = revoked[0].revoked_at
    failure = PdfFailure(PdfFailureCode.CERTIFICATE_REVOKED, since.isoformat() if since else "")
    indication, sub_indication = pdf_outcome_of(failure.code)
    return replace(
        signature,
        failure=failure,
        indication=indication,
        sub_indication=sub_indication,
        revocation=Revocation.REVOKED,
    )
