"""What members of enumerations are called, in Vietnamese and English: one table for each that people get to see.

Those that lower floors explain themselves are there: states of deliveries in `routing.state_words`, what is said of
signatures and documents in `axis.exchange.explaining_words`, events in `routing.events`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, TypeVar

from axis.anchorage.words import TrustCode
from axis.cli.output import Label
from axis.exchange.seals import SealState
from axis.settings import Environment
from envelopes.acknowledgement import AckOutcome
from envelopes.codes import BusinessDocType, StatusCode
from envelopes.evidence import EvidenceType
from envelopes.evidence_facts import Decision, MessageKind
from routing.agencies import SystemState
from routing.webhooks import CallOutcome, NoticeState, WebhookMode
from signing.purposes import AuthorityKind, Purpose

Member = TypeVar("Member", bound=str)

STATUSES: Final[Mapping[StatusCode, Label]] = MappingProxyType(
    {
        StatusCode.ARRIVED: ("Đã đến", "Arrived"),
        StatusCode.REFUSED: ("Từ chối tiếp nhận", "Refused"),
        StatusCode.RECEIVED: ("Đã tiếp nhận", "Received and registered"),
        StatusCode.ASSIGNED: ("Phân công", "Assigned"),
        StatusCode.IN_PROCESS: ("Đang xử lý", "In process"),
        StatusCode.COMPLETED: ("Hoàn thành", "Completed"),
        StatusCode.TAKE_BACK_ASKED: ("Lấy lại", "To be taken back"),
        StatusCode.TAKE_BACK_AGREED: ("Đồng ý lấy lại/cập nhật", "Agrees to the take-back or update"),
        StatusCode.TAKE_BACK_REFUSED: ("Từ chối lấy lại/cập nhật", "Refuses the take-back or update"),
    }
)
"""What an agency says about a document."""

MESSAGES: Final[Mapping[MessageKind, Label]] = MappingProxyType(
    {
        MessageKind.DOCUMENT: ("thông điệp văn bản", "document"),
        MessageKind.STATUS: ("thông báo trạng thái", "status"),
        MessageKind.UNVERIFIED: ("chưa xác định", "unverified"),
    }
)
"""What kind of message a package holds."""

BUSINESS_TYPES: Final[Mapping[BusinessDocType, Label]] = MappingProxyType(
    {
        BusinessDocType.NEW: ("văn bản mới", "new"),
        BusinessDocType.RECALL: ("thu hồi", "recall"),
        BusinessDocType.UPDATE: ("cập nhật", "update"),
        BusinessDocType.REPLACE: ("thay thế", "replacement"),
    }
)
"""What a document message does."""

DECISIONS: Final[Mapping[Decision, Label]] = MappingProxyType(
    {
        Decision.ACCEPTED: ("tiếp nhận để chuyển", "accepted for delivery"),
        Decision.REFUSED: ("từ chối", "refused"),
        Decision.MERGED: ("nêu hai lần, gộp làm một", "named twice, delivered once"),
    }
)
"""What was decided for one recipient of a submission."""

ACKNOWLEDGED: Final[Mapping[AckOutcome, Label]] = MappingProxyType(
    {AckOutcome.DONE: ("đã nhận đủ", "done"), AckOutcome.FAIL: ("không nhận được", "failed")}
)
"""What a recipient acknowledges."""

CALLS: Final[Mapping[CallOutcome, Label]] = MappingProxyType(
    {
        CallOutcome.TAKEN: ("đã nhận thông báo", "took the notice"),
        CallOutcome.GONE: (
            "trả lời 410: không nhận thông báo này nữa, Trục không gọi lại",
            "answered 410: it wants this notice no more, and is not called about it again",
        ),
        CallOutcome.REDIRECTED: (
            "chuyển hướng sang địa chỉ khác; Trục không đi theo, cần khai báo địa chỉ mới",
            "redirected elsewhere; nobody follows, the new address has to be set",
        ),
        CallOutcome.DECLINED: ("không nhận thông báo", "did not take the notice"),
        CallOutcome.BROKEN: ("hệ thống nhận gặp lỗi", "the receiver itself failed"),
        CallOutcome.WRONG_DIGEST: (
            "trả lời 2xx nhưng không nêu đúng giá trị băm của gói tin đã nhận",
            "answered 2xx without the digest of the package it got",
        ),
        CallOutcome.CALLED_OFF: (
            "Trục dừng giữa chừng: văn bản bị rút lại, bị tạm dừng hoặc hệ thống bị đình chỉ",
            "called off by the axis: withdrawn or held, or the system suspended, meanwhile",
        ),
        CallOutcome.NOT_READ: (
            "Trục không đọc được gói tin từ kho lưu trữ",
            "the axis could not read the package from its own store",
        ),
        CallOutcome.NOT_ALLOWED: (
            "Trục không được gọi địa chỉ này: dùng http, hoặc là địa chỉ của chính Trục",
            "this address may not be called: it is http, or the axis's own",
        ),
        CallOutcome.PRIVATE: (
            "tên máy chủ dẫn đến địa chỉ mạng nội bộ chưa được cho phép",
            "the host's name leads to an address inside that nobody allowed",
        ),
        CallOutcome.UNRESOLVED: ("không tra được tên máy chủ", "the host's name has no address"),
        CallOutcome.NOT_LOOKED_UP: (
            "Trục chưa tra được tên máy chủ vì quá nhiều lượt tra cứu khác chưa xong",
            "the axis did not look the host's name up: too many look-ups do not end",
        ),
        CallOutcome.UNREACHABLE: (
            "không kết nối được, chứng thư TLS không hợp lệ hoặc phản hồi không phải HTTP",
            "no connection, no valid TLS certificate, or no HTTP",
        ),
        CallOutcome.TOO_SLOW: ("không trả lời trong thời gian cho phép", "no answer in the time there is"),
    }
)
"""What became of a call to a webhook."""

MODES: Final[Mapping[WebhookMode, Label]] = MappingProxyType(
    {
        WebhookMode.EVENT: ("được báo có văn bản chờ lấy", "is told that something waits"),
        WebhookMode.PACKAGE: ("nhận trọn gói tin", "gets whole packages"),
    }
)
"""What a system gets at its webhook."""

NOTICES: Final[Mapping[NoticeState, Label]] = MappingProxyType(
    {
        NoticeState.WAITING: ("đang chờ gửi", "waiting"),
        NoticeState.TAKEN: ("đã nhận", "taken"),
        NoticeState.REFUSED: ("bị từ chối dứt khoát", "refused for good"),
        NoticeState.EXPIRED: ("hết thời hạn", "expired"),
        NoticeState.NEEDLESS: ("không còn cần gửi", "no longer needed"),
    }
)
"""Where a notice to a connected system is."""

EVIDENCES: Final[Mapping[EvidenceType, Label]] = MappingProxyType(
    {
        EvidenceType.SUBMISSION_ACCEPTANCE: ("biên nhận tiếp nhận", "receipt of acceptance"),
        EvidenceType.SUBMISSION_REJECTION: ("chứng cứ từ chối tiếp nhận", "evidence of a refusal"),
        EvidenceType.CONTENT_CONSIGNMENT: ("chứng cứ sẵn sàng giao", "evidence of consignment"),
        EvidenceType.CONTENT_CONSIGNMENT_FAILURE: ("chứng cứ không chuyển được", "evidence of a failed consignment"),
        EvidenceType.CONSIGNMENT_NOTIFICATION: ("chứng cứ đã báo bên nhận", "evidence of a notification"),
        EvidenceType.CONSIGNMENT_NOTIFICATION_FAILURE: (
            "chứng cứ không báo được bên nhận",
            "evidence of a failed notification",
        ),
        EvidenceType.CONTENT_HANDOVER: ("chứng cứ giao nhận", "evidence of handover"),
        EvidenceType.CONTENT_HANDOVER_FAILURE: ("chứng cứ không giao được", "evidence of a failed handover"),
        EvidenceType.RELAY_ACCEPTANCE: ("chứng cứ nhận chuyển tiếp", "evidence of an accepted relay"),
        EvidenceType.RELAY_REJECTION: ("chứng cứ từ chối chuyển tiếp", "evidence of a refused relay"),
        EvidenceType.RELAY_FAILURE: ("chứng cứ không chuyển tiếp được", "evidence of a failed relay"),
        EvidenceType.RELAY_TO_NON_ERDS: (
            "chứng cứ chuyển ra hệ thống không cấp chứng cứ",
            "evidence of a relay to a system that gives none",
        ),
        EvidenceType.RECEIVED_FROM_NON_ERDS: (
            "chứng cứ nhận từ hệ thống không cấp chứng cứ",
            "evidence of what came from a system that gives none",
        ),
        EvidenceType.SIGNATURE_VALIDATION: ("chứng cứ kiểm tra chữ ký số", "evidence of a completed validation"),
        EvidenceType.CONTENT_WITHDRAWAL: ("chứng cứ rút lại", "evidence of a withdrawal"),
        EvidenceType.RECALL_AGREEMENT: ("chứng cứ đồng ý thu hồi", "evidence of an agreed recall"),
        EvidenceType.RECALL_REFUSAL: ("chứng cứ không đồng ý thu hồi", "evidence of a refused recall"),
    }
)
"""What an evidence is; `axis.cli.proofs.MEANINGS` says what it proves."""

ENVIRONMENTS: Final[Mapping[str, Label]] = MappingProxyType(
    {
        Environment.DEVELOPMENT.value: ("môi trường phát triển", "development"),
        Environment.TEST.value: ("môi trường thử nghiệm", "test"),
        Environment.PRODUCTION.value: ("môi trường chính thức", "production"),
    }
)
"""What an axis is run for, by the value that its settings and, but for development, its evidence name."""

SYSTEMS: Final[Mapping[SystemState, Label]] = MappingProxyType(
    {
        SystemState.ACTIVE: ("đang hoạt động", "active"),
        SystemState.SUSPENDED: ("bị tạm đình chỉ", "suspended"),
        SystemState.REMOVED: ("đã gỡ bỏ", "removed"),
    }
)
"""Whether a connected system may call."""

SEALS: Final[Mapping[SealState, Label]] = MappingProxyType(
    {
        SealState.ANNOUNCED: ("sẽ dùng", "announced"),
        SealState.ACTIVE: ("đang dùng", "active"),
        SealState.RETIRED: ("đã dùng", "retired"),
    }
)
"""Where a seal stands."""

PURPOSES: Final[Mapping[Purpose, Label]] = MappingProxyType(
    {
        Purpose.PACKAGE: ("gói tin", "packages"),
        Purpose.DOCUMENT: ("văn bản", "documents"),
        Purpose.TIMESTAMP: ("dấu thời gian", "time stamps"),
        Purpose.SEAL: ("con dấu số", "seals"),
    }
)
"""What an authority's signers are believed in."""

AUTHORITIES: Final[Mapping[AuthorityKind | None, Label]] = MappingProxyType(
    {
        AuthorityKind.PUBLIC_DUTY: ("chuyên dùng công vụ", "public duty"),
        AuthorityKind.LICENSED: ("công cộng được cấp phép", "licensed"),
        AuthorityKind.TEST: ("thử nghiệm", "test"),
        None: ("", ""),
    }
)
"""Which authority it is by law; nothing where nobody said."""

ROLES: Final[Mapping[bool, Label]] = MappingProxyType({True: ("gốc", "anchor"), False: ("trung gian", "intermediate")})
"""Whether an authority is an anchor."""

TROUBLES: Final[Mapping[TrustCode, Label]] = MappingProxyType(
    {
        TrustCode.FOLDER_UNREADABLE: ("không đọc được thư mục", "folder unreadable"),
        TrustCode.FOLDER_NOT_SET: ("chưa khai báo thư mục", "folder not set"),
        TrustCode.NOT_SET: ("chưa khai báo", "not set"),
        TrustCode.TOO_MANY: ("quá nhiều tệp", "too many files"),
        TrustCode.ENTRY_UNREADABLE: ("không đọc được tệp mô tả", "file about it unreadable"),
        TrustCode.ENTRY_INVALID: ("tệp mô tả sai", "file about it wrong"),
        TrustCode.ENTRY_MISSING: ("thiếu tệp mô tả", "no file about it"),
        TrustCode.CERTIFICATE_UNREADABLE: ("không đọc được chứng thư số", "certificate unreadable"),
        TrustCode.NO_CERTIFICATE: ("không có chứng thư số", "no certificate"),
        TrustCode.SEVERAL_CERTIFICATES: ("nhiều chứng thư số", "several certificates"),
        TrustCode.OTHER_CERTIFICATE: ("chứng thư số khác", "another certificate"),
        TrustCode.REPEATED: ("trùng lặp", "repeated"),
        TrustCode.NOT_AUTHORITY: ("không phải của tổ chức chứng thực", "not an authority's"),
        TrustCode.WEAK_KEY: ("khóa yếu", "weak key"),
        TrustCode.DEMAND_BROKEN: ("trái RFC 5280", "breaks RFC 5280"),
        TrustCode.PURPOSE_UNSERVED: ("mục đích chưa có ai phục vụ", "purpose unserved"),
        TrustCode.PURPOSE_LACKING: ("không được tin cậy cho mục đích này", "not for this purpose"),
        TrustCode.EXPIRED: ("ngoài thời hạn hiệu lực", "not in force"),
        TrustCode.WINDOW_CLOSED: ("ngoài thời gian tin cậy", "outside its window"),
    }
)
"""What is wrong with an authority, in a cell of a table; the sentence about it stands in `axis.anchorage.words`."""


def term(table: Mapping[Member, Label], value: str) -> Label:
    """Return what a value is called; one that a newer axis may know is told as it is."""
    return next((label for member, label in table.items() if member == value), (value, value))


def coded(table: Mapping[Member, Label], value: str) -> Label:
    """Return what a value is called, behind the value itself where people know the thing by that code, too."""
    known = next((label for member, label in table.items() if member == value), None)
    return (value, value) if known is None else (f"{value} {known[0]}", f"{value} {known[1]}")
