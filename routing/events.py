"""The closed catalogue of what can happen on the axis, as `<subject>.<past participle>`, and the evidence it owes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from envelopes.evidence import EvidenceType


class EventTag(StrEnum):
    """One kind of fact. The values stand in stored rows and never change.

    `carriage` is the axis's own work on a delivery it pushes; `delivery` is what happens at the recipient's disposal,
    and `notification` that a system was told of it.
    """

    ENVELOPE_ACCEPTED = "envelope.accepted"
    ENVELOPE_REFUSED = "envelope.refused"
    ENVELOPE_REPEATED = "envelope.repeated"
    STATUS_ACCEPTED = "status.accepted"
    STATUS_REFUSED = "status.refused"
    STATUS_REPEATED = "status.repeated"
    SIGNATURE_JUDGED = "signature.judged"
    DOCUMENT_JUDGED = "document.judged"

    CARRIAGE_LEASED = "carriage.leased"
    CARRIAGE_DEFERRED = "carriage.deferred"
    CARRIAGE_RELEASED = "carriage.released"
    CARRIAGE_LEASE_EXPIRED = "carriage.lease_expired"
    CARRIAGE_REFUSED = "carriage.refused"
    CARRIAGE_EXPIRED = "carriage.expired"
    CARRIAGE_ENDED = "carriage.ended"

    DELIVERY_CONSIGNED = "delivery.consigned"
    DELIVERY_LEASED = "delivery.leased"
    DELIVERY_RELEASED = "delivery.released"
    DELIVERY_LEASE_EXPIRED = "delivery.lease_expired"
    DELIVERY_FETCHED = "delivery.fetched"
    DELIVERY_HANDED_OVER = "delivery.handed_over"
    DELIVERY_REFUSED = "delivery.refused"
    DELIVERY_EXPIRED = "delivery.expired"
    DELIVERY_WITHDRAWN = "delivery.withdrawn"
    DELIVERY_REDIRECTED = "delivery.redirected"
    DELIVERY_FORWARDED = "delivery.forwarded"
    DELIVERY_HELD = "delivery.held"
    DELIVERY_RESUMED = "delivery.resumed"
    DELIVERY_DELAYED = "delivery.delayed"
    DELIVERY_ENDED = "delivery.ended"
    DELIVERY_RETRIED = "delivery.retried"
    ACKNOWLEDGEMENT_REFUSED = "acknowledgement.refused"

    NOTIFICATION_DELIVERED = "notification.delivered"
    NOTIFICATION_REFUSED = "notification.refused"
    NOTIFICATION_EXPIRED = "notification.expired"
    RECALL_ASKED = "recall.asked"
    RECALL_AGREED = "recall.agreed"
    RECALL_DECLINED = "recall.declined"
    RECALL_UNANSWERED = "recall.unanswered"
    UPDATE_ASKED = "update.asked"
    UPDATE_AGREED = "update.agreed"
    UPDATE_DECLINED = "update.declined"
    UPDATE_UNANSWERED = "update.unanswered"

    DIRECTORY_CHANGED = "directory.changed"
    CERTIFICATE_REGISTERED = "certificate.registered"
    CERTIFICATE_SUSPENDED = "certificate.suspended"
    SYSTEM_REGISTERED = "system.registered"
    SYSTEM_REKEYED = "system.rekeyed"
    SYSTEM_SUSPENDED = "system.suspended"
    SYSTEM_RESTORED = "system.restored"
    SYSTEM_REMOVED = "system.removed"
    SYSTEM_WEBHOOK_CHANGED = "system.webhook_changed"
    SYSTEM_NOTIFICATIONS_REPEATED = "system.notifications_repeated"
    TRESPASS_SUSPECTED = "trespass.suspected"


@dataclass(frozen=True, slots=True)
class EventRule:
    """What an event means, in both languages, and the evidence it owes, None for most.

    `also_for_statuses` says whether the evidence is owed when the message carried is a status: an agency's statement
    gets a receipt at acceptance and nothing later.
    """

    vi: str
    en: str
    evidence: EvidenceType | None = None
    also_for_statuses: bool = False


_MESSAGES: Final = {
    EventTag.ENVELOPE_ACCEPTED: EventRule(
        "Văn bản được Trục tiếp nhận", "A document message was accepted", EvidenceType.SUBMISSION_ACCEPTANCE
    ),
    EventTag.ENVELOPE_REFUSED: EventRule(
        "Văn bản bị Trục từ chối", "A document message was refused", EvidenceType.SUBMISSION_REJECTION
    ),
    EventTag.ENVELOPE_REPEATED: EventRule(
        "Văn bản đã tiếp nhận được gửi lại; trả biên nhận cũ",
        "An accepted document was submitted again and got its first receipt",
    ),
    EventTag.STATUS_ACCEPTED: EventRule(
        "Thông báo trạng thái được Trục tiếp nhận",
        "A status message was accepted",
        EvidenceType.SUBMISSION_ACCEPTANCE,
        also_for_statuses=True,
    ),
    EventTag.STATUS_REFUSED: EventRule(
        "Thông báo trạng thái bị Trục từ chối",
        "A status message was refused",
        EvidenceType.SUBMISSION_REJECTION,
        also_for_statuses=True,
    ),
    EventTag.STATUS_REPEATED: EventRule(
        "Thông báo trạng thái đã tiếp nhận được gửi lại; trả biên nhận cũ",
        "An accepted status was submitted again and got its first receipt",
    ),
}

_SIGNATURES: Final = {
    EventTag.SIGNATURE_JUDGED: EventRule(
        "Việc xác minh chữ ký số được hoàn tất khi có thông tin thu hồi chứng thư số",
        "The verdict on its signature was completed once its certificates' revocation was known",
        EvidenceType.SIGNATURE_VALIDATION,
        also_for_statuses=True,
    ),
    EventTag.DOCUMENT_JUDGED: EventRule(
        "Đã xác minh các chữ ký số trên văn bản và phụ lục kèm theo",
        "The signatures inside its documents were judged",
        EvidenceType.SIGNATURE_VALIDATION,
    ),
}

_CARRIAGE: Final = {
    EventTag.CARRIAGE_LEASED: EventRule("Trục bắt đầu chuyển đến bên nhận", "The axis began to carry it"),
    EventTag.CARRIAGE_DEFERRED: EventRule(
        "Chuyển chưa được, sẽ thử lại", "Carrying failed for now and will be tried again"
    ),
    EventTag.CARRIAGE_RELEASED: EventRule(
        "Trục trả lại lượt chuyển đang giữ", "The axis gave back its turn at carrying it"
    ),
    EventTag.CARRIAGE_LEASE_EXPIRED: EventRule(
        "Lượt chuyển bị gián đoạn, trở lại hàng đợi", "A carrier fell silent; the delivery went back into the queue"
    ),
    EventTag.CARRIAGE_REFUSED: EventRule(
        "Hệ thống bên nhận từ chối nhận gói tin",
        "The recipient's system refused to take the package",
        EvidenceType.CONTENT_CONSIGNMENT_FAILURE,
    ),
    EventTag.CARRIAGE_EXPIRED: EventRule(
        "Hết thời hạn mà chưa chuyển được đến bên nhận",
        "It could not be put at the recipient's disposal in time",
        EvidenceType.CONTENT_CONSIGNMENT_FAILURE,
    ),
    EventTag.CARRIAGE_ENDED: EventRule(
        "Người vận hành kết thúc lượt chuyển phát khi chưa chuyển được, có lý do",
        "An operator ended it before it was at the recipient's disposal, with a reason",
        EvidenceType.CONTENT_CONSIGNMENT_FAILURE,
    ),
}

_DELIVERY: Final = {
    EventTag.DELIVERY_CONSIGNED: EventRule(
        "Đã sẵn sàng để bên nhận lấy về",
        "It was put at the recipient's disposal",
        EvidenceType.CONTENT_CONSIGNMENT,
    ),
    EventTag.DELIVERY_LEASED: EventRule(
        "Hệ thống bên nhận đã giữ chỗ để lấy về", "A system of the recipient leased it"
    ),
    EventTag.DELIVERY_RELEASED: EventRule("Hệ thống bên nhận đã trả lại chỗ", "The system gave its lease back"),
    EventTag.DELIVERY_LEASE_EXPIRED: EventRule(
        "Lượt nhận hết hạn mà chưa xác nhận", "The lease ran out without an acknowledgement"
    ),
    EventTag.DELIVERY_FETCHED: EventRule(
        "Gói tin bắt đầu rời Trục, về phía bên nhận", "The first octet of the package left the axis"
    ),
    EventTag.DELIVERY_HANDED_OVER: EventRule(
        "Bên nhận ký xác nhận đã nhận đúng gói tin",
        "The recipient acknowledged, signed, that it has the package",
        EvidenceType.CONTENT_HANDOVER,
    ),
    EventTag.DELIVERY_REFUSED: EventRule(
        "Bên nhận ký xác nhận không nhận được, có lý do",
        "The recipient acknowledged failure, signed and with a reason",
        EvidenceType.CONTENT_HANDOVER_FAILURE,
    ),
    EventTag.DELIVERY_EXPIRED: EventRule(
        "Hết thời hạn mà bên nhận chưa xác nhận",
        "The recipient did not acknowledge it in time",
        EvidenceType.CONTENT_HANDOVER_FAILURE,
    ),
    EventTag.DELIVERY_WITHDRAWN: EventRule(
        "Bị rút lại trước khi bên nhận lấy về",
        "It was withdrawn before the recipient fetched it",
        EvidenceType.CONTENT_WITHDRAWAL,
    ),
    EventTag.DELIVERY_REDIRECTED: EventRule(
        "Người vận hành chuyển cho cơ quan khác nhận thay, có lý do",
        "An operator gave it to another agency instead, with a reason",
        EvidenceType.CONTENT_WITHDRAWAL,
    ),
    EventTag.DELIVERY_FORWARDED: EventRule(
        "Bên nhận đã ngừng hoạt động; chuyển cho cơ quan kế thừa nhận thay",
        "Its recipient had closed; it was given to the successor instead",
        EvidenceType.CONTENT_WITHDRAWAL,
    ),
    EventTag.DELIVERY_HELD: EventRule(
        "Việc chuyển phát bị tạm dừng", "It was stopped, by an operator or because its carrier kept dying over it"
    ),
    EventTag.DELIVERY_RESUMED: EventRule("Việc chuyển phát được tiếp tục", "It went on from where it was stopped"),
    EventTag.DELIVERY_ENDED: EventRule(
        "Người vận hành kết thúc lượt chuyển phát, có lý do",
        "An operator ended it, with a reason",
        EvidenceType.CONTENT_HANDOVER_FAILURE,
    ),
    EventTag.DELIVERY_RETRIED: EventRule(
        "Người vận hành cho thử lại ngay, có lý do", "An operator had it tried again at once, with a reason"
    ),
    EventTag.DELIVERY_DELAYED: EventRule(
        "Quá hạn tiếp nhận mà bên nhận chưa nhận", "The recipient had not taken it over by when it was due"
    ),
    EventTag.ACKNOWLEDGEMENT_REFUSED: EventRule(
        "Xác nhận của bên nhận không được chấp nhận", "An acknowledgement was refused; the delivery stays as it was"
    ),
}

_NOTIFICATIONS: Final = {
    EventTag.NOTIFICATION_DELIVERED: EventRule(
        "Hệ thống của bên nhận đã nhận thông báo có gói tin chờ lấy",
        "A system of the recipient took the notice that it waits there",
        EvidenceType.CONSIGNMENT_NOTIFICATION,
    ),
    EventTag.NOTIFICATION_REFUSED: EventRule(
        "Hệ thống của bên nhận trả lời dứt khoát là không nhận thông báo; gói tin vẫn chờ lấy về",
        "A system of the recipient refused the notice for good; the package still waits there",
        EvidenceType.CONSIGNMENT_NOTIFICATION_FAILURE,
    ),
    EventTag.NOTIFICATION_EXPIRED: EventRule(
        "Hết thời hạn mà chưa báo được cho hệ thống của bên nhận; gói tin vẫn chờ lấy về",
        "A system of the recipient could not be told in time; the package still waits there",
        EvidenceType.CONSIGNMENT_NOTIFICATION_FAILURE,
    ),
}
_DEMANDS: Final = {
    EventTag.RECALL_ASKED: EventRule(
        "Bên nhận đã lấy văn bản về; bên gửi yêu cầu hủy văn bản thu hồi",
        "The recipient has the document, and was asked to destroy it",
    ),
    EventTag.RECALL_AGREED: EventRule(
        "Bên nhận đồng ý thu hồi; Trục không cho tải văn bản nữa",
        "The recipient agreed to the recall; its content is no longer given out",
        EvidenceType.RECALL_AGREEMENT,
    ),
    EventTag.RECALL_DECLINED: EventRule(
        "Bên nhận không đồng ý thu hồi, có lý do",
        "The recipient declined the recall, with a reason",
        EvidenceType.RECALL_REFUSAL,
    ),
    EventTag.RECALL_UNANSWERED: EventRule(
        "Quá thời hạn mà bên nhận chưa trả lời yêu cầu thu hồi", "The recipient did not answer the recall in time"
    ),
    EventTag.UPDATE_ASKED: EventRule("Bên gửi yêu cầu cập nhật văn bản", "The recipient was asked to take an update"),
    EventTag.UPDATE_AGREED: EventRule("Bên nhận đồng ý cập nhật", "The recipient agreed to the update"),
    EventTag.UPDATE_DECLINED: EventRule(
        "Bên nhận không đồng ý cập nhật, có lý do", "The recipient declined the update, with a reason"
    ),
    EventTag.UPDATE_UNANSWERED: EventRule(
        "Quá thời hạn mà bên nhận chưa trả lời yêu cầu cập nhật", "The recipient did not answer the update in time"
    ),
}
"""What is asked about a document stands on the recipient's delivery of it. To an update the recipient's own signed
status answers, which has its receipt; of a recall the axis attests the end, because it bars the content itself."""

_DIRECTORY: Final = {
    EventTag.DIRECTORY_CHANGED: EventRule("Danh mục cơ quan thay đổi", "Agencies were added, changed or closed"),
    EventTag.CERTIFICATE_REGISTERED: EventRule(
        "Chứng thư số được đăng ký cho cơ quan", "A certificate was registered for an agency"
    ),
    EventTag.CERTIFICATE_SUSPENDED: EventRule(
        "Đăng ký chứng thư số bị tạm đình chỉ", "The registration of a certificate was suspended"
    ),
    EventTag.SYSTEM_REGISTERED: EventRule("Hệ thống kết nối được đăng ký", "A connected system was registered"),
    EventTag.SYSTEM_REKEYED: EventRule("Khóa của hệ thống kết nối thay đổi", "A system's keys were changed"),
    EventTag.SYSTEM_SUSPENDED: EventRule("Hệ thống kết nối bị tạm đình chỉ", "A system was suspended"),
    EventTag.SYSTEM_RESTORED: EventRule("Hệ thống kết nối được khôi phục", "A suspended system may call again"),
    EventTag.SYSTEM_REMOVED: EventRule("Hệ thống kết nối bị gỡ bỏ", "A system was removed for ever"),
    EventTag.SYSTEM_WEBHOOK_CHANGED: EventRule(
        "Địa chỉ nhận thông báo của hệ thống kết nối thay đổi", "A system's webhook was set, changed or removed"
    ),
    EventTag.SYSTEM_NOTIFICATIONS_REPEATED: EventRule(
        "Người vận hành cho gửi lại các thông báo của một khoảng thời gian",
        "An operator had the notices of a span of time sent again",
    ),
    EventTag.TRESPASS_SUSPECTED: EventRule(
        "Có dấu hiệu can thiệp vào văn bản của cơ quan khác",
        "A message spoke of a document that belongs to others",
    ),
}

EVENTS: Final[Mapping[EventTag, EventRule]] = MappingProxyType(
    {**_MESSAGES, **_SIGNATURES, **_CARRIAGE, **_DELIVERY, **_NOTIFICATIONS, **_DEMANDS, **_DIRECTORY}
)
"""Every event with its rule; the documentation's list is made from it."""


def evidence_owed(tag: EventTag, *, is_status: bool) -> EvidenceType | None:
    """Return the evidence an event owes, or None; `is_status` tells what kind of message it happened to."""
    rule = EVENTS[tag]
    return None if is_status and not rule.also_for_statuses else rule.evidence
