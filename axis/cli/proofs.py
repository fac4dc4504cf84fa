"""What a verified evidence proves, said in both languages: no more than it says, and for whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from axis.cli.output import Label, local
from axis.cli.terms import DECISIONS
from axis.exchange.advising import advice_on
from axis.exchange.document_words import is_in_file
from axis.exchange.explaining import explained
from axis.exchange.judgements import judgement_of
from envelopes.evidence import Evidence, EvidenceType
from envelopes.evidence_facts import EnvironmentKind, Reason, Recipient

MEANINGS: Final[Mapping[EvidenceType, Label]] = MappingProxyType(
    {
        EvidenceType.SUBMISSION_ACCEPTANCE: (
            "Trục đã tiếp nhận gói tin này, đã kiểm tra chữ ký số của bên gửi và nhận trách nhiệm chuyển đi.",
            "The axis accepted this package, verified its sender's signature and took on its delivery.",
        ),
        EvidenceType.SUBMISSION_REJECTION: (
            "Trục đã từ chối gói tin này, với các lý do nêu dưới đây.",
            "The axis refused this package, for the reasons below.",
        ),
        EvidenceType.CONTENT_CONSIGNMENT: (
            "Gói tin đã sẵn sàng để bên nhận lấy về.",
            "The package was put at the recipient's disposal.",
        ),
        EvidenceType.CONTENT_CONSIGNMENT_FAILURE: (
            "Gói tin không chuyển được đến bên nhận, với lý do nêu dưới đây.",
            "The package could not be put at the recipient's disposal, for the reason below.",
        ),
        EvidenceType.CONSIGNMENT_NOTIFICATION: (
            "Bên nhận đã được báo là có gói tin.",
            "The recipient was told of the package.",
        ),
        EvidenceType.CONSIGNMENT_NOTIFICATION_FAILURE: (
            "Không báo được cho hệ thống của bên nhận là có gói tin, với lý do nêu dưới đây; gói tin vẫn chờ lấy về.",
            "A system of the recipient could not be told of the package, for the reason below; it still waits there.",
        ),
        EvidenceType.CONTENT_HANDOVER: (
            "Bên nhận đã ký xác nhận là đã nhận đúng gói tin; xác nhận đó nằm trong chứng cứ này.",
            "The recipient acknowledged, signed, that it has the package; its own statement is inside this evidence.",
        ),
        EvidenceType.CONTENT_HANDOVER_FAILURE: (
            "Gói tin không được bên nhận xác nhận, với lý do nêu dưới đây.",
            "The recipient did not take the package over, for the reason below.",
        ),
        EvidenceType.RELAY_ACCEPTANCE: ("Hệ thống khác đã nhận chuyển tiếp.", "Another service took it on."),
        EvidenceType.RELAY_REJECTION: ("Hệ thống khác từ chối chuyển tiếp.", "Another service refused to take it on."),
        EvidenceType.RELAY_FAILURE: ("Không chuyển tiếp được.", "It could not be relayed."),
        EvidenceType.RELAY_TO_NON_ERDS: (
            "Đã chuyển ra hệ thống không cấp chứng cứ.",
            "It left for a system that gives no evidence.",
        ),
        EvidenceType.RECEIVED_FROM_NON_ERDS: (
            "Được nhận từ hệ thống không cấp chứng cứ.",
            "It came from a system that gives no evidence.",
        ),
        EvidenceType.SIGNATURE_VALIDATION: (
            "Việc xác minh chữ ký số của gói tin đã được hoàn tất sau khi tiếp nhận; kết quả nêu dưới đây.",
            "The verdict on the package's signature was completed after its acceptance; the result is below.",
        ),
        EvidenceType.CONTENT_WITHDRAWAL: (
            "Gói tin đã được rút lại trước khi bên nhận lấy về.",
            "The package was withdrawn before the recipient fetched it.",
        ),
        EvidenceType.RECALL_AGREEMENT: ("Bên nhận đồng ý cho thu hồi.", "The recipient agreed to the recall."),
        EvidenceType.RECALL_REFUSAL: (
            "Bên nhận không đồng ý cho thu hồi.",
            "The recipient did not agree to the recall.",
        ),
    }
)
"""By type of evidence."""

_TEST: Final = (
    "CHÚ Ý: chứng cứ của môi trường thử nghiệm, không có giá trị chứng minh.",
    "NOTE: evidence of a test environment; it proves nothing about real documents.",
)
_LIMITS: Final = (
    "Thời điểm do đồng hồ của Trục ghi nhận, chưa có dấu thời gian độc lập.",
    "Times are the axis's own clock, without an independent time stamp.",
)


def proof(evidence: Evidence, comparison: Label | None) -> Iterator[Label]:
    """Yield, in both languages, what a verified evidence proves; `comparison` says what it was compared with."""
    if evidence.environment.kind is not EnvironmentKind.PRODUCTION:
        yield _TEST
    yield MEANINGS[evidence.type]
    at = local(evidence.event_time)
    yield f"Lúc: {at}", f"When: {at}"
    issuer = f"{evidence.issuer.identifier} ({evidence.environment.instance})"
    yield f"Bên cấp: {issuer}", f"By: {issuer}"
    sender = evidence.sender.organ_id
    yield f"Bên gửi: {sender} {evidence.sender.name or ''}", f"Sender: {sender} {evidence.sender.name or ''}"
    message = evidence.message
    if message.document_id is not None:
        yield f"Mã văn bản: {message.document_id}", f"Document id: {message.document_id}"
    if message.envelope_id is not None:
        yield f"Mã trên Trục: {message.envelope_id}", f"Envelope id: {message.envelope_id}"
    for recipient in evidence.recipients:
        yield _recipient(recipient)
    for reason in evidence.reasons:
        yield from _reason(reason, evidence)
    if (judgement := judgement_of(evidence)) is not None:
        yield from explained(judgement)
    yield comparison or _UNCOMPARED
    yield _LIMITS


def _reason(reason: Reason, evidence: Evidence) -> Iterator[Label]:
    """Yield why something happened, or what accompanies an acceptance, and what to do about it."""
    vi, en = _WARNING if evidence.type is EvidenceType.SUBMISSION_ACCEPTANCE else _REASON
    place_vi, place_en = (f" ({word} {reason.place})" if reason.place else "" for word in ("vị trí", "at"))
    yield f"{vi}: {reason.vi} [{reason.code}]{place_vi}", f"{en}: {reason.en} [{reason.code}]{place_en}"
    do_vi, do_en = advice_on(reason)
    if do_vi and not _is_of_signature(reason, evidence):
        yield f"Cần làm: {do_vi}", f"What to do: {do_en}"


def _is_of_signature(reason: Reason, evidence: Evidence) -> bool:
    """Return whether a reason is the package's own signature, of which the judgement tells everything."""
    signature = evidence.sender_signature
    return signature is not None and reason.code == signature.verdict and not is_in_file(reason.place)


_REASON: Final = ("Lý do", "Reason")
_WARNING: Final = ("Cảnh báo", "Warning")


def _recipient(recipient: Recipient) -> Label:
    party = f"{recipient.party.organ_id} {recipient.party.name or ''}".rstrip()
    if recipient.decision is None:
        return f"Bên nhận: {party}", f"Recipient: {party}"
    vi, en = DECISIONS[recipient.decision.decision]
    return f"Bên nhận: {party}: {vi}", f"Recipient: {party}: {en}"


_UNCOMPARED: Final = (
    "Chưa đối chiếu với gói tin nào: dùng --package hoặc --message để biết biên nhận nói về văn bản nào.",
    "It was compared with no package: use --package or --message to see which document it speaks of.",
)
