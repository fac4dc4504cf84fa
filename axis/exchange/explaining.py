"""A judgement in a few sentences that a clerk can act on, in Vietnamese and English.

Every refusal names the rule (its code), the place and what to do. Times are those of clocks in Vietnam.
"""

from __future__ import annotations

from collections.abc import Iterator

from axis.exchange.explaining_words import (
    FOR_THE_REASONS,
    OPEN,
    OPEN_BUT_REFUSED,
    OUTCOMES,
    UNASKABLE,
    UNASKED,
    WAITING,
    words_of,
)
from axis.exchange.file_sentences import about_documents
from axis.exchange.judgements import Judgement, judgement_document
from axis.exchange.revocation_sentences import about_certificate, good_by
from axis.exchange.signature_words import SIGNATURE_PATH
from axis.exchange.stamp_sentences import DOUBTED, about_stamps, is_doubted, proof_in, relied_on_in
from envelopes.errors import Phrase
from envelopes.evidence_signatures import (
    RevocationState,
    SenderSignature,
    SignatureIndication,
)
from envelopes.texts import in_vietnam
from signing.statuses import Doubt
from signing.verdict import FailureCode
from storage.records import JsonObject

_NOT_JUDGED: Phrase = (
    "Chưa xét việc thu hồi chứng thư số.",
    "Whether certificates were revoked was not judged.",
)


def explained(judgement: Judgement) -> tuple[Phrase, ...]:
    """Return the sentences of a judgement, the outcome first, each in Vietnamese and English.

    1. Whose signature it is, when it was made and what it is worth; of a valid one also what its certificate's state
       rests on.
    2. Where it is not valid: why, by which rule and where in the package.
    3. What is known of each certificate that was not spoken of yet, or that nobody asked, and of whoever stamped it.
    4. The level that was verified.
    5. What to do, where anything is not as it should be.
    6. The documents and each signature inside them.
    """
    return (
        _outcome(judgement),
        *_why(judgement.signature),
        *_certificates(judgement),
        *about_stamps(judgement),
        *_level(judgement.signature),
        *_advice(judgement),
        *(() if judgement.documents is None else about_documents(judgement.documents)),
    )


def told(judgement: Judgement) -> JsonObject:
    """Return a judgement for programs, with the sentences for people beside it."""
    sentences = explained(judgement)
    words = {"words_vi": [vi for vi, _ in sentences], "words_en": [en for _, en in sentences]}
    return {**judgement_document(judgement), **words}


def summarized(judgement: Judgement) -> Phrase:
    """Return the first sentence alone: what fits into one line."""
    return _outcome(judgement)


def _outcome(judgement: Judgement) -> Phrase:
    signature = judgement.signature
    who_vi = f"Chữ ký số của {judgement.signer or 'bên gửi'}"
    who_en = f"The signature of {judgement.signer or 'the sender'}"
    when_vi, when_en = _when(judgement)
    vi, en = outcome_of(judgement)
    first = next(iter(judgement.validation.statuses), None)
    if signature.indication is SignatureIndication.TOTAL_PASSED and first and first.state is RevocationState.GOOD:
        state = good_by(first, judgement)
        vi, en = f"{vi}; chứng thư số {state[0]}", f"{en}; its certificate {state[1]}"
    return f"{who_vi}{when_vi} {vi}.", f"{who_en}{when_en} {en}."


def outcome_of(judgement: Judgement) -> Phrase:
    """Return what a signature is worth, as the end of a sentence about it."""
    if _is_open(judgement):
        return OPEN_BUT_REFUSED if judgement.is_refused else OPEN
    indication = judgement.signature.indication
    is_unasked = judgement.validation.revocation == "not-judged"
    return UNASKED if indication is SignatureIndication.TOTAL_PASSED and is_unasked else OUTCOMES[indication]


def _when(judgement: Judgement) -> Phrase:
    """Return when it was made: proved by a time stamp, or as the signer says, who may say anything or nothing."""
    signature = judgement.signature
    if signature.proven_at is not None:
        at, proof = in_vietnam(signature.proven_at), proof_in(judgement)
        vi, en = DOUBTED if proof is not None and is_doubted(proof) else ("", "")
        return f", có dấu thời gian lúc {at}{vi},", f", time-stamped at {at}{en},"
    if signature.claimed_at is None:
        return "", ""
    at = in_vietnam(signature.claimed_at)
    return f", ký lúc {at} theo thời điểm ghi trong chữ ký số,", f", made at {at} by the signer's own word,"


def _why(signature: SenderSignature) -> Iterator[Phrase]:
    if signature.verdict is None:
        return
    words = words_of(signature.verdict)
    yield words.vi, words.en
    outcome = ", ".join(filter(None, (signature.indication.value, signature.sub_indication)))
    place = f"edXMLHeader/{SIGNATURE_PATH}"
    yield (
        f"Quy tắc: `{signature.verdict}` ({outcome}); vị trí: {place}.",
        f"Rule: `{signature.verdict}` ({outcome}); place: {place}.",
    )


def _certificates(judgement: Judgement) -> Iterator[Phrase]:
    statuses = judgement.validation.statuses
    if not statuses:
        if judgement.validation.revocation == "not-judged":
            yield _NOT_JUDGED
        return
    is_told = judgement.signature.indication is SignatureIndication.TOTAL_PASSED
    for position, status in enumerate(statuses):
        if position or not is_told or status.state is not RevocationState.GOOD:
            yield about_certificate(status, judgement, position=position)


def _level(signature: SenderSignature) -> Iterator[Phrase]:
    if signature.level is not None:
        yield f"Mức chữ ký số đã kiểm tra: {signature.level}.", f"Level that was verified: {signature.level}."


def _advice(judgement: Judgement) -> Iterator[Phrase]:
    code = judgement.signature.verdict
    if code is None:
        return
    words = words_of(code)
    vi, en = words.do_vi, words.do_en
    if _is_open(judgement) and judgement.is_refused:
        vi, en = FOR_THE_REASONS
    elif _is_open(judgement):
        vi, en = UNASKABLE if _is_unaskable(judgement) else WAITING
    elif code == FailureCode.REVOCATION_UNKNOWN and _is_unaskable(judgement):
        vi, en = UNASKABLE
    yield f"Cần làm: {vi}", f"What to do: {en}"


def _is_open(judgement: Judgement) -> bool:
    """Return whether nothing speaks against a signature while not all is known, and nobody refused it for that."""
    is_blamed = judgement.is_refused and judgement.is_reason
    return judgement.signature.verdict == FailureCode.REVOCATION_UNKNOWN and not is_blamed


def _is_unaskable(judgement: Judgement) -> bool:
    """Return whether all that is unknown stays so, because the certificates name nobody to ask."""
    stamp = relied_on_in(judgement)
    statuses = (*judgement.validation.statuses, *(stamp.statuses if stamp else ()))
    doubts = {one.reason for one in statuses if one.state is RevocationState.UNKNOWN}
    return doubts == {Doubt.NO_SOURCE.value}
