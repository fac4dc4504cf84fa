"""The faults of other floors in Vietnamese, for sentences that say why something did not work."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from axis.cli.faults import Fault
from axis.cli.terms import ENVIRONMENTS, EVIDENCES, PURPOSES, term
from axis.demo.errors import JourneyFailed, JourneyFault
from axis.sdk.errors import ReceiptFault, ReceiptRefused, SealFault, SealRefused
from axis.sdk.receipts import ANY
from envelopes.errors import InvalidModel, ModelFault, Phrase
from envelopes.limits import TEXT_MAX
from signing.errors import KeyFault, KeyUnusable, TrustFault, TrustUnusable
from signing.timestamping import TransportFailed, TransportFault
from storage.errors import (
    BlobKeysFault,
    BlobKeysUnusable,
    BlobStoreUnavailable,
    EmbeddedFault,
    EmbeddedUnavailable,
    StoreFault,
)

Faulty = (
    KeyUnusable
    | TrustUnusable
    | ReceiptRefused
    | SealRefused
    | EmbeddedUnavailable
    | JourneyFailed
    | BlobStoreUnavailable
    | BlobKeysUnusable
)
"""Errors that say why by a fault of a closed list, with the names it is about."""

_InVietnamese = Mapping[StrEnum, str]

_KEYS: Final[_InVietnamese] = {
    KeyFault.NOT_SET: "chưa khai báo {setting}",
    KeyFault.NO_FILE: "không đọc được tệp khai báo ở {setting}",
    KeyFault.UNREADABLE: "tệp không chứa khóa bí mật, hoặc sai mật khẩu",
    KeyFault.CONTAINER_UNREADABLE: "tệp không phải là PKCS#12, hoặc sai mật khẩu",
    KeyFault.CONTAINER_INCOMPLETE: "tệp PKCS#12 thiếu khóa hoặc thiếu chứng thư số của khóa",
    KeyFault.NO_CERTIFICATE: "không có chứng thư số cho khóa",
    KeyFault.OTHER_CERTIFICATE: "chứng thư số thuộc về khóa khác",
    KeyFault.FORBIDDEN: "chỉ dùng được RSA từ 2048 bit, ECDSA P-256 hoặc P-384",
    KeyFault.NOT_OF_A_SYSTEM: "tệp không chứa khóa bí mật dạng JWK hoặc PEM",
    KeyFault.URI: 'không phải địa chỉ PKCS#11 dạng "pkcs11:token=…;object=…?module-path=…" (RFC 7512)',
    KeyFault.PIN_IN_URI: "không ghi mã PIN trong địa chỉ PKCS#11, vì người khác có thể đọc được",
    KeyFault.NO_MODULE: 'không dùng được thư viện PKCS#11 "{module}"',
    KeyFault.NO_DEVICE: 'không có thiết bị lưu khóa "{token}"',
    KeyFault.SEVERAL_DEVICES: 'có nhiều thiết bị lưu khóa "{token}"; hãy chỉ rõ bằng số sê-ri',
    KeyFault.DEVICE_BUSY: 'thiết bị lưu khóa "{token}" không trả lời trong {seconds} giây',
    KeyFault.DEVICE_FAILED: 'thiết bị lưu khóa "{token}" gặp lỗi',
    KeyFault.NO_KEY: 'thiết bị lưu khóa "{token}" không có khóa bí mật này',
    KeyFault.SEVERAL_KEYS: 'thiết bị lưu khóa "{token}" có nhiều khóa như vậy; hãy chỉ rõ bằng định danh khóa',
    KeyFault.PIN_MISSING: 'thiết bị lưu khóa "{token}" cần mã PIN',
    KeyFault.PIN_WRONG: 'thiết bị lưu khóa "{token}" không chấp nhận mã PIN',
    KeyFault.PIN_LOCKED: 'mã PIN của thiết bị lưu khóa "{token}" đã bị khóa hoặc hết hạn',
}
_TRUST: Final[_InVietnamese] = {
    TrustFault.NOT_SET: "chưa khai báo {setting}",
    TrustFault.NO_ANCHOR: "không có chứng thư số nào của tổ chức chứng thực",
    TrustFault.NO_ANCHOR_FOR: 'không có tổ chức chứng thực gốc nào được tin cậy cho mục đích "{purpose}"',
    TrustFault.NO_SEAL: "không có chứng thư số của con dấu số; chỉ có tổ chức chứng thực thì mọi khóa được cấp đều qua",
    TrustFault.UNREADABLE: "không dựng được đường dẫn chứng thực từ chứng thư số này",
    TrustFault.NO_USAGE: 'chứng thư số "{subject}" không ghi mục đích sử dụng khóa hoặc định danh khóa',
    TrustFault.NO_AUTHORITY: 'chứng thư số "{subject}" không phải của tổ chức chứng thực',
}
_RECEIPTS: Final[_InVietnamese] = {
    ReceiptFault.SIGNATURE: "chữ ký số trên biên nhận không hợp lệ ({code})",
    ReceiptFault.UNREADABLE: "không đọc được biên nhận ({code})",
    ReceiptFault.OTHER_KEY: "biên nhận ký bằng khóa không phải của con dấu số",
    ReceiptFault.IS_PACKAGE: "tệp là gói tin, không phải biên nhận",
    ReceiptFault.OTHER_ORIGIN: 'biên nhận do một Trục khác cấp: {environment}, tên "{instance}", trong khi cần '
    '{wanted_environment}, tên "{wanted_instance}"',
    ReceiptFault.OTHER_OCTETS: "biên nhận nói về gói tin khác",
    ReceiptFault.OTHER_MESSAGE: "biên nhận nói về văn bản khác",
    ReceiptFault.NO_MESSAGE: "biên nhận nói về gói tin khác, và tệp đối chiếu không phải là văn bản",
    ReceiptFault.NO_ENVELOPE: "biên nhận không ghi mã trên Trục",
    ReceiptFault.NO_ACCEPTANCE: "{type} không phải là biên nhận tiếp nhận",
    ReceiptFault.NO_REJECTION: "{type} không phải là chứng cứ từ chối",
}
_SEALS: Final[_InVietnamese] = {
    SealFault.UNREADABLE: "không đọc được danh sách con dấu số",
    SealFault.FORGED: 'lời giới thiệu mang tên con dấu số "{seal}" không phải do con dấu số đó ký',
    SealFault.SEVERAL: 'con dấu số "{seal}" giới thiệu nhiều con dấu số kế tiếp khác nhau',
    SealFault.UNTRUSTED: 'chứng thư số của con dấu số "{seal}" không dẫn về tổ chức chứng thực đã ghim ({code})',
    SealFault.OTHER_ORIGIN: 'lời giới thiệu nói về một Trục khác ({environment}, tên "{instance}")',
}
_EMBEDDED: Final[_InVietnamese] = {
    EmbeddedFault.IN_USE: 'tiến trình {pid} đang chạy PostgreSQL trên thư mục "{folder}"',
    EmbeddedFault.SERVED: 'tiến trình {pid} không do chương trình này khởi động đang phục vụ thư mục "{folder}"',
    EmbeddedFault.PRODUCTION: "Trục đi kèm ký bằng khóa trình diễn, không bao giờ dùng để vận hành chính thức",
    EmbeddedFault.NOT_INSTALLED: 'chưa cài phần bổ sung "embedded"',
    EmbeddedFault.NO_ACCOUNT: "tài khoản sẽ chạy PostgreSQL không có trong /etc/passwd",
    EmbeddedFault.NO_RUNTIME: "không có thư mục tạm nào đủ ngắn và mở cho tài khoản chạy PostgreSQL",
    EmbeddedFault.NOT_PREPARED: "không chuẩn bị được thư mục hoặc chương trình",
    EmbeddedFault.NOT_MADE: "không tạo được dữ liệu ban đầu, xem postgres.log",
    EmbeddedFault.OTHER_OWNER: 'thư mục "{folder}" thuộc tài khoản số {owner}; chạy bằng tài khoản đã tạo ra nó',
    EmbeddedFault.OTHER_VERSION: 'thư mục "{folder}" do PostgreSQL {made} tạo, chương trình này cần {needed}',
    EmbeddedFault.ENDED: "PostgreSQL dừng ngay khi khởi động, xem postgres.log",
    EmbeddedFault.NOT_READY: "sau {seconds} giây PostgreSQL vẫn chưa sẵn sàng, xem postgres.log",
    EmbeddedFault.NO_CONNECTION: "PostgreSQL không nhận kết nối",
    EmbeddedFault.NOT_RUNNING: "PostgreSQL chưa chạy",
}
_JOURNEY: Final[_InVietnamese] = {
    JourneyFault.NO_EVIDENCE: "lời từ chối không kèm chứng cứ",
    JourneyFault.ALTERED_ACCEPTED: "gói tin bị sửa sau khi ký mà vẫn được tiếp nhận",
    JourneyFault.REVOKED_ACCEPTED: "gói tin ký bằng chứng thư số đã bị thu hồi mà vẫn được tiếp nhận",
    JourneyFault.NOT_TOLD: "cơ quan {organ_id} không được báo về văn bản đang chờ",
    JourneyFault.OTHER_OFFERS: "cơ quan {organ_id} nhận được những văn bản khác dự kiến",
    JourneyFault.NOT_VERIFIED: "cơ quan {organ_id} nhận được gói tin không kiểm chứng được",
    JourneyFault.NOT_WITHDRAWN: "văn bản mà cơ quan {organ_id} chưa lấy về vẫn chưa được rút lại khi thu hồi",
    JourneyFault.STILL_GIVEN_OUT: "cơ quan {organ_id} đã đồng ý thu hồi mà vẫn tải được văn bản đã thu hồi",
    JourneyFault.NOT_SEALED: "sau {seconds} giây chứng cứ giao nhận vẫn chưa được đóng dấu",
}
_MODEL: Final[_InVietnamese] = {
    ModelFault.TOO_LONG: f"dài quá {TEXT_MAX} ký tự",
    ModelFault.CHARACTERS: "trống, có khoảng trắng ở hai đầu, hoặc có ký tự mà XML không mang được",
    ModelFault.NUMBER: "số phải từ 0 đến 2147483647",
    ModelFault.TIME: "thời điểm phải tròn giây và thuộc các năm từ 1 đến 9999",
    ModelFault.FILE_NAME: "tên tệp hoặc phần mở rộng có đường dẫn hay ký tự không dùng được",
    ModelFault.CONTRADICTION: "các giá trị mâu thuẫn nhau",
}
_STORES: Final[_InVietnamese] = {
    StoreFault.DISK: "hệ điều hành từ chối đọc hoặc ghi",
    StoreFault.UNREACHABLE: "không kết nối được tới kho",
    StoreFault.UNTRUSTED: "chứng thư số của kho không được tin cậy",
    StoreFault.SLOW: "kho không trả lời kịp thời hạn",
    StoreFault.CUT_SHORT: "kho ngắt kết nối giữa chừng",
    StoreFault.FORBIDDEN: "kho không chấp nhận khóa truy cập",
    StoreFault.NO_BUCKET: "kho không có `bucket` này",
    StoreFault.NO_LOCK: "`bucket` không có chức năng khóa đối tượng (`object lock`)",
    StoreFault.FAILED: "kho báo lỗi",
    StoreFault.NO_KEY: "thư mục khóa thiếu khóa {key} đã dùng để mã hóa gói tin",
}
_STORE_KEYS: Final[_InVietnamese] = {
    BlobKeysFault.NO_FOLDER: "không đọc được thư mục khóa",
    BlobKeysFault.NO_NAMES: "thư mục thiếu tệp names.key",
    BlobKeysFault.NO_KEY: "thư mục không có khóa nào ngoài names.key",
    BlobKeysFault.NO_SUCH_KEY: 'thư mục không có tệp "{file}"',
    BlobKeysFault.UNREADABLE: 'tệp "{file}" không gồm đúng 64 chữ số thập lục phân',
    BlobKeysFault.TWICE: 'tệp "{file}" trùng khóa với một tệp khác',
}
VIETNAMESE: Final[_InVietnamese] = MappingProxyType(
    {**_KEYS, **_TRUST, **_RECEIPTS, **_SEALS, **_EMBEDDED, **_JOURNEY, **_MODEL, **_STORES, **_STORE_KEYS}
)
"""By fault; what a library or a server said in its own words stands in the English text alone."""

_PLACES: Final[Mapping[str, Mapping[str, Phrase]]] = MappingProxyType(
    {
        "environment": ENVIRONMENTS,
        "wanted_environment": {**ENVIRONMENTS, ANY: ("môi trường bất kỳ", ANY)},
        "wanted_instance": {ANY: ("bất kỳ", ANY)},
        "purpose": {one.value: words for one, words in PURPOSES.items()},
    }
)
"""Places that a member of an enumeration fills."""


def fault_of(error: Faulty) -> Fault:
    """Return why something did not work."""
    names = {name: _in_vietnamese(name, value) for name, value in error.names.items()}
    return Fault(code_of(error.fault), VIETNAMESE[error.fault].format_map(names), str(error))


def _in_vietnamese(name: str, value: str) -> str:
    """Return what fills a place of a Vietnamese sentence; a type of evidence with the name it has in files."""
    if name == "type":
        known = term(EVIDENCES, value)[0]
        return value if known == value else f"{known} ({value})"
    return term(_PLACES[name], value)[0] if name in _PLACES else value


def unanswered(failed: TransportFailed) -> Phrase:
    """Return why no answer came from a time-stamping authority."""
    vi, en = _UNANSWERED[failed.fault]
    return vi.format(reason=failed.reason), en.format(reason=failed.reason)


_UNANSWERED: Final[Mapping[TransportFault, Phrase]] = MappingProxyType(
    {
        TransportFault.NO_HOST: ("không tìm thấy máy chủ mang tên này (DNS)", "there is no host of this name (DNS)"),
        TransportFault.REFUSED: (
            "máy chủ từ chối kết nối tới cổng này",
            "its host refuses connections to this port",
        ),
        TransportFault.TOO_LONG: ("quá {reason} vẫn chưa có trả lời", "there was none within {reason}"),
        TransportFault.BROKEN: ("kết nối bị lỗi hoặc địa chỉ không đúng", "the connection failed ({reason})"),
        TransportFault.BUSY: ("tạm thời không phục vụ", "it cannot answer just now"),
        TransportFault.NO_AUTHORITY: ("trả lời không đúng", "it answers otherwise"),
    }
)
"""Within a sentence."""


def carried_fault(error: InvalidModel) -> Fault:
    """Return which value the format cannot carry."""
    place = f'"{error.place}" ' if error.place else ""
    return Fault(code_of(error.fault), f"{place}{VIETNAMESE[error.fault]}", str(error))


def code_of(fault: StrEnum) -> str:
    """Return the stable code of a fault: its name in the list."""
    return fault.name.lower().replace("_", "-")
