"""What is known of a certificate's revocation, as sentences in Vietnamese and English."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from axis.exchange.explaining_words import REASONS, SOURCES, UNKNOWN
from axis.exchange.judgements import Judgement
from envelopes.errors import Phrase
from envelopes.evidence_signatures import CertificateStatus, RevocationState
from envelopes.texts import in_vietnam
from signing.statuses import HOLD, Doubt

_MINUTE: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


def about_certificate(status: CertificateStatus, judgement: Judgement, *, position: int) -> Phrase:
    """Return the sentence about one certificate of a path, the signer's at position 0, its issuer's at 1."""
    who_vi, who_en = _whose(position)
    vi, en = state_of(status, judgement, existed_at=judgement.existed_at, at=_at(judgement))
    return f"{who_vi} {vi}.", f"{who_en} {en}."


def state_of(status: CertificateStatus, judgement: Judgement, *, existed_at: datetime, at: Phrase) -> Phrase:
    """Return what is known of a certificate that signed what existed at this moment, which `at` calls by its name."""
    match status.state:
        case RevocationState.GOOD:
            return _good(status, judgement, at=at)
        case RevocationState.REVOKED:
            return _revoked(status, existed_at=existed_at, at=at)
        case RevocationState.UNKNOWN:
            return _unknown(status)


def good_by(status: CertificateStatus, judgement: Judgement) -> Phrase:
    """Return that a certificate was good when the signature existed, what that rests on and how old it is."""
    return _good(status, judgement, at=_at(judgement))


def _good(status: CertificateStatus, judgement: Judgement, *, at: Phrase) -> Phrase:
    at_vi, at_en = at
    by_vi, by_en = _rests_on(status)
    old_vi, old_en = _age(status, judgement)
    return f"còn hiệu lực {at_vi}, {by_vi}{old_vi}", f"was in force {at_en}, {by_en}{old_en}"


def _whose(position: int) -> Phrase:
    if position == 0:
        return "Chứng thư số của người ký", "The signer's certificate"
    if position == 1:
        return "Chứng thư số của tổ chức cấp chứng thư số cho người ký", "The certificate of the signer's authority"
    return (
        f"Chứng thư số của tổ chức chứng thực cấp trên thứ {position}",
        f"The certificate of authority {position} above the signer",
    )


def _at(judgement: Judgement) -> Phrase:
    """Return the moment that is spoken of: of signing where a stamp proves it, else the first one that is known."""
    if judgement.signature.proven_at is not None:
        return "tại thời điểm ký", "at the time of signing"
    at = in_vietnam(judgement.existed_at)
    return f"lúc {at}", f"at {at}"


def _rests_on(status: CertificateStatus) -> Phrase:
    vi, en = SOURCES[status.source]
    from_vi, from_en = (" do người ký gửi kèm", " sent along by the signer") if status.is_supplied else ("", "")
    if status.this_update is None:
        return f"theo {vi}{from_vi}", f"according to {en}{from_en}"
    at = in_vietnam(status.this_update)
    return f"theo {vi} lúc {at}{from_vi}", f"according to {en} of {at}{from_en}"


def _age(status: CertificateStatus, judgement: Judgement) -> Phrase:
    """Return how much older than the judgement the evidence is; nothing below a minute, while clocks differ."""
    if status.this_update is None:
        return "", ""
    age = judgement.validation.time - status.this_update
    if age < _MINUTE:
        return "", ""
    vi, en = _span(age)
    return f" ({vi} trước khi kiểm tra)", f" ({en} before it was judged)"


def _span(age: timedelta) -> Phrase:
    """Return a span in its largest unit, cut: nobody decides by seconds."""
    for unit, vi, en in ((_DAY, "ngày", "day"), (_HOUR, "giờ", "hour"), (_MINUTE, "phút", "minute")):
        count = age // unit
        if count:
            return f"{count} {vi}", f"{count} {en}{'' if count == 1 else 's'}"
    return "chưa đầy một phút", "less than a minute"


def _revoked(status: CertificateStatus, *, existed_at: datetime, at: Phrase) -> Phrase:
    is_hold = status.reason == HOLD
    deed_vi, deed_en = ("tạm đình chỉ", "suspended") if is_hold else ("thu hồi", "revoked")
    why_vi, why_en = ("", "") if is_hold else (f" ({one})" for one in REASONS.get(status.reason, REASONS[None]))
    by_vi, by_en = _rests_on(status)
    moment = status.revoked_at
    at_vi, at_en = (f" lúc {in_vietnam(moment)}", f" at {in_vietnam(moment)}") if moment else ("", "")
    told_vi, told_en = f"đã bị {deed_vi}{at_vi}{why_vi}", f"was {deed_en}{at_en}{why_en}"
    if moment is None:
        return f"{told_vi}, {by_vi}", f"{told_en}, {by_en}"
    if moment > existed_at:
        vi, en = at
        return f"{told_vi}, sau khi ký: còn hiệu lực {vi}, {by_vi}", f"{told_en}, later: it was in force {en}, {by_en}"
    return (
        f"{told_vi}, {by_vi}, và không có gì chứng minh chữ ký số có trước đó",
        f"{told_en}, {by_en}, and nothing proves that the signature is older",
    )


def _unknown(status: CertificateStatus) -> Phrase:
    vi, en = UNKNOWN.get(status.reason, UNKNOWN[None])
    if status.reason != Doubt.STALE.value or status.this_update is None:
        return vi, en
    source_vi, source_en = SOURCES[status.source]
    at = in_vietnam(status.this_update)
    until_vi = until_en = ""
    if status.next_update is not None:
        until = in_vietnam(status.next_update)
        until_vi, until_en = f", dùng được đến {until}", f", good until {until}"
    return (
        f"{vi}: lần cuối biết là còn hiệu lực theo {source_vi} lúc {at}{until_vi}",
        f"{en}: it was last known to be in force by {source_en} of {at}{until_en}",
    )
