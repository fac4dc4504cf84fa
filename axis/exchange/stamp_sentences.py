"""What is known of the authorities that stamped a signature, as sentences in Vietnamese and English."""

from __future__ import annotations

from collections.abc import Iterator

from axis.exchange.judgements import Judgement
from axis.exchange.revocation_sentences import state_of
from envelopes.errors import Phrase
from envelopes.evidence_signatures import RevocationState, SignatureTimestamp
from envelopes.texts import in_vietnam

DOUBTED: Phrase = (
    " (chưa rõ chứng thư số của tổ chức cấp dấu thời gian có bị thu hồi hay không)",
    " (whether the certificate of the time-stamping authority was revoked is not known)",
)
"""Said of a time stamp beside its time."""

NOT_TAKEN: Phrase = (
    ", chưa được dùng để chứng minh thời điểm ký",
    ", which is no proof of the time of signing for the moment",
)


RELIED_ON: Phrase = (
    ", căn cứ duy nhất chứng minh chữ ký số có từ lúc đó",
    ", the only proof that the signature is that old",
)

_STAMPING: Phrase = ("tại thời điểm cấp dấu thời gian", "at the time of the stamp")


def is_doubted(stamp: SignatureTimestamp) -> bool:
    """Return whether something is not known of its authority's certificates."""
    return any(one.state is RevocationState.UNKNOWN for one in stamp.statuses)


def proof_in(judgement: Judgement) -> SignatureTimestamp | None:
    """Return the time stamp that proves when the signature was made, where it is told apart."""
    at = judgement.signature.proven_at
    return next((one for one in judgement.validation.timestamps if one.time == at), None)


def relied_on_in(judgement: Judgement) -> SignatureTimestamp | None:
    """Return the time stamp of a not quite known authority without which the signature would not have passed."""
    return next((one for one in judgement.validation.timestamps if one.is_relied_on), None)


def about_stamps(judgement: Judgement) -> Iterator[Phrase]:
    """Yield a sentence for the certificate of each authority, and for each above it of which not all is well."""
    proof = proof_in(judgement)
    for stamp in judgement.validation.timestamps:
        at = in_vietnam(stamp.time)
        role_vi, role_en = _role(stamp, is_proof=stamp == proof)
        for position, status in enumerate(stamp.statuses):
            if position and status.state is RevocationState.GOOD:
                continue
            who_vi, who_en = _whose(position)
            vi, en = state_of(status, judgement, existed_at=stamp.time, at=_STAMPING)
            yield f"Dấu thời gian lúc {at}{role_vi}: {who_vi} {vi}.", f"The time stamp of {at}{role_en}: {who_en} {en}."


def _role(stamp: SignatureTimestamp, *, is_proof: bool) -> Phrase:
    if stamp.is_relied_on:
        return RELIED_ON
    return NOT_TAKEN if is_doubted(stamp) and not is_proof else ("", "")


def _whose(position: int) -> Phrase:
    if position == 0:
        return "chứng thư số của tổ chức cấp dấu thời gian", "the certificate of the time-stamping authority"
    return (
        f"chứng thư số của tổ chức chứng thực cấp trên thứ {position} của tổ chức cấp dấu thời gian",
        f"the certificate of authority {position} above the time-stamping authority",
    )
