"""What is known of the signatures inside documents, as sentences in Vietnamese and English."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from axis.exchange.explaining_words import (
    CHANGES,
    COVERAGES,
    OPEN,
    OPEN_BESIDES,
    OPEN_DOCUMENT,
    OUTCOMES,
    REVOCATIONS,
    SIGNATURE,
    STAMP,
    STAMP_UNKNOWN,
    UNJUDGED_FILE,
    WORTHS,
    words_in_documents,
)
from axis.exchange.inside_words import UNKNOWN_INSIDE
from axis.exchange.judgements import Judgement
from axis.exchange.revocation_sentences import about_certificate, good_by
from envelopes.errors import Phrase
from envelopes.evidence_signatures import (
    DocumentSummary,
    DocumentWorth,
    FileSignature,
    FileSignatureKind,
    FileVerdict,
    RevocationState,
    SenderSignature,
    SignatureIndication,
    ValidationSummary,
)
from envelopes.texts import in_vietnam
from routing.authenticity import DocumentVerdict
from routing.authenticity_words import CANNOT_BE_JUDGED, VERDICT_WORDS

_OPEN_WORTHS = frozenset({DocumentWorth.PERSON_AND_AGENCY, DocumentWorth.AGENCY_ONLY, DocumentWorth.PERSON_ONLY})
"""What a document is worth by signatures that count."""


def about_documents(documents: DocumentSummary) -> Iterator[Phrase]:
    """Yield what the documents are worth together and what follows, then each file, its doubts and its signatures.

    While it is not known whether a certificate was revoked, no document is said to replace paper.
    """
    is_open = documents.worth in _OPEN_WORTHS and any(map(_is_open, _signatures(documents)))
    replaces_paper = documents.worth is DocumentWorth.PERSON_AND_AGENCY
    words = VERDICT_WORDS[DocumentVerdict(documents.worth.value)]
    if is_open and replaces_paper:
        words = OPEN_DOCUMENT
    elif documents.worth is DocumentWorth.BROKEN and all(_is_unjudgeable(one) for one in _broken(documents)):
        words = CANNOT_BE_JUDGED
    at = in_vietnam(documents.time)
    yield f"Kiểm tra các tệp lúc {at}: {words.vi}", f"The files, judged at {at}: {words.en}"
    if is_open and not replaces_paper:
        yield OPEN_BESIDES
    yield f"Sử dụng: {words.do_vi}", f"Use: {words.do_en}"
    if documents.verdict is not None:
        yield _why(documents.verdict, place=("các tệp", "the files"))
    for file in documents.files:
        yield from _about_file(file, at=documents.time)


def _signatures(documents: DocumentSummary) -> Iterator[FileSignature]:
    return (signature for file in documents.files for signature in file.signatures)


def _broken(documents: DocumentSummary) -> Iterator[FileVerdict]:
    return (file for file in documents.files if file.worth is DocumentWorth.BROKEN)


def _is_unjudgeable(file: FileVerdict) -> bool:
    """Return whether a file counts as broken though no signature in it is known to be, nor that it was changed."""
    return file.worth is DocumentWorth.BROKEN and file.verdict is not None and not file.signatures


def _is_open(signature: FileSignature) -> bool:
    """Return whether nothing speaks against a signature while it is not known whether a certificate was revoked.

    Evidence of earlier versions calls such a signature passed and says of its certificate that nothing is known.
    """
    is_unknown = signature.revocation is RevocationState.UNKNOWN
    is_passed = signature.indication is SignatureIndication.TOTAL_PASSED
    return signature.verdict in UNKNOWN_INSIDE or (is_passed and is_unknown)


def _about_file(file: FileVerdict, *, at: datetime) -> Iterator[Phrase]:
    vi, en = UNJUDGED_FILE if _is_unjudgeable(file) else WORTHS[file.worth]
    yield f"Tệp {file.number}: {vi}.", f"File {file.number}: {en}."
    if file.verdict is not None:
        yield _why(file.verdict, place=(f"tệp {file.number}", f"file {file.number}"))
    for code in file.doubts:
        yield _why(code, place=(f"tệp {file.number}", f"file {file.number}"))
    for signature in file.signatures:
        yield from _about_signature(signature, number=file.number, at=at)


def _about_signature(signature: FileSignature, *, number: int, at: datetime) -> Iterator[Phrase]:
    """Yield whose signature it is, when it was made and what it is worth, then what that rests on.

    Who signed is told where the certificate leads to somebody trusted; any other name is a stranger's word.
    """
    place = f'tệp {number}, trường "{signature.field}"', f'file {number}, field "{signature.field}"'
    is_stamp = signature.kind is FileSignatureKind.TIME_STAMP
    what_vi, what_en = STAMP if is_stamp else SIGNATURE
    who_vi, who_en = ("", "") if signature.signer is None else (f" của {signature.signer}", f" of {signature.signer}")
    vi, en = OPEN if _is_open(signature) else OUTCOMES[signature.indication]
    when_vi, when_en = _stamped(signature) if is_stamp else _when(signature)
    state_vi, state_en = _state(signature, at=at)
    yield (
        f"{what_vi}{who_vi} ở {place[0]}{when_vi} {vi}; {state_vi}.",
        f"{what_en}{who_en} in {place[1]}{when_en} {en}; {state_en}.",
    )
    yield from _made(signature)
    if not is_stamp:
        yield from _doubtful(signature, at=at)
    if signature.verdict is not None:
        yield _why(signature.verdict, place=place, outcome=signature)


def _state(signature: FileSignature, *, at: datetime) -> Phrase:
    """Return what is known of the signer's certificate; where it was good, by what that is known."""
    first = next(iter(signature.statuses), None)
    if signature.revocation is RevocationState.GOOD and first is not None and first.state is RevocationState.GOOD:
        vi, en = good_by(first, _as_judgement(signature, at=at))
        return f"chứng thư số {vi}", f"its certificate {en}"
    return REVOCATIONS[signature.revocation]


def _doubtful(signature: FileSignature, *, at: datetime) -> Iterator[Phrase]:
    """Yield a sentence for each certificate that was revoked or may have been, and for whoever stamped."""
    for position, status in enumerate(signature.statuses):
        if status.state is not RevocationState.GOOD:
            yield about_certificate(status, _as_judgement(signature, at=at), position=position)
    if signature.stamp_revocation is RevocationState.UNKNOWN:
        yield STAMP_UNKNOWN


def _as_judgement(signature: FileSignature, *, at: datetime) -> Judgement:
    """Return as much of a signature as sentences about its certificates speak of, judged at this moment."""
    return Judgement(
        SenderSignature(SignatureIndication.TOTAL_PASSED, proven_at=signature.stamped_at),
        ValidationSummary(at, "-", "-"),
        existed_at=signature.existed_at or signature.stamped_at or at,
    )


def _made(signature: FileSignature) -> Iterator[Phrase]:
    """Yield how a signature was made, what of the file it covers and what was done since, where that is told."""
    if signature.coverage is None:
        return
    vi, en = COVERAGES.get(signature.coverage, COVERAGES[None])
    if signature.changes is not None:
        since_vi, since_en = CHANGES.get(signature.changes, CHANGES[None])
        vi, en = f"{vi}; {since_vi}", f"{en}; {since_en}"
    if signature.docmdp is not None:
        vi, en = f"{vi}; mức cho phép thay đổi `{signature.docmdp}`", f"{en}; it permits `{signature.docmdp}`"
    if signature.subfilter is not None:
        vi, en = f"{vi}; kiểu `{signature.subfilter}`", f"{en}; encoded as `{signature.subfilter}`"
    if signature.algorithm is not None:
        vi, en = f"{vi}; thuật toán `{signature.algorithm}`", f"{en}; algorithm `{signature.algorithm}`"
    yield f"{vi}.", f"{en}."


def _stamped(signature: FileSignature) -> Phrase:
    if signature.stamped_at is None:
        return "", ""
    at = in_vietnam(signature.stamped_at)
    return f", lúc {at},", f", of {at},"


def _when(signature: FileSignature) -> Phrase:
    if signature.stamped_at is not None:
        at = in_vietnam(signature.stamped_at)
        return f", có dấu thời gian lúc {at},", f", time-stamped at {at},"
    if signature.claimed_at is not None:
        at = in_vietnam(signature.claimed_at)
        return f", ký lúc {at} theo thời điểm ghi trong chữ ký số,", f", made at {at} by the signer's own word,"
    return "", ""


def _why(code: str, *, place: Phrase, outcome: FileSignature | None = None) -> Phrase:
    """Return what is wrong, by which rule and where, and what to do."""
    words = words_in_documents(code)
    told = "" if outcome is None else f" ({outcome.indication.value}, {outcome.sub_indication})"
    return (
        f"{words.vi} Quy tắc: `{code}`{told}; vị trí: {place[0]}. Cần làm: {words.do_vi}",
        f"{words.en} Rule: `{code}`{told}; place: {place[1]}. What to do: {words.do_en}",
    )
