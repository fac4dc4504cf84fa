"""What to do about a fault where the advice of its whole kind does not fit it, in Vietnamese and English."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from axis.sdk.errors import ReceiptFault
from envelopes.errors import Phrase
from signing.errors import KeyFault, TrustFault
from signing.verdict import FailureCode

_SET: Final[Phrase] = (
    "Khai báo tham số còn thiếu; tên biến môi trường ghi trong docs/settings.md.",
    "Set what is missing; docs/settings.md has the name of its variable.",
)
_SEALED_OTHERWISE: Final[Phrase] = (
    "Kiểm tra chứng thư số con dấu số đã nêu hoặc đã ghim (`axis seal follow`); nếu đúng thì lấy lại biên nhận.",
    "Check the seal's certificates, given or pinned (`axis seal follow`); if they are right, get the receipt again.",
)
_COMPARED_WRONGLY: Final[Phrase] = (
    "Kiểm tra có chọn nhầm biên nhận hoặc tệp đối chiếu; gói tin đã dựng lại thì đối chiếu nội dung bằng --message.",
    "Check that it is the right receipt and the right file; compare a package that was built anew by --message.",
)
_NO_AUTHORITY_THERE: Final[Phrase] = (
    "Kiểm tra địa chỉ đã khai ở --timestamp: phải là nơi tổ chức cấp dấu thời gian nhận yêu cầu theo RFC 3161.",
    "Check the address given with --timestamp: it must be where a time-stamping authority takes RFC 3161 requests.",
)

_CHANGED: Final[Phrase] = (
    "Biên nhận đã bị thay đổi sau khi đóng dấu số; lấy lại từ Trục bằng `axis trace --evidences`.",
    "The receipt was changed after it was sealed; get it again from the axis with `axis trace --evidences`.",
)
_BY_HAND: Final[Phrase] = (
    "Kiểm tra có chọn nhầm tệp hoặc tệp đã bị sửa; lấy lại biên nhận từ Trục bằng `axis trace --evidences`.",
    "Check that it is the right file, as the axis gave it; `axis trace --evidences` gets the receipt again.",
)

RECEIPT_ADVICE: Final[Mapping[FailureCode, Phrase]] = MappingProxyType(
    {
        FailureCode.ALTERED: _CHANGED,
        FailureCode.INVALID: _CHANGED,
        FailureCode.MISSING: _BY_HAND,
        FailureCode.REPEATED: _BY_HAND,
        FailureCode.MISPLACED: _BY_HAND,
        FailureCode.MALFORMED: _BY_HAND,
        FailureCode.CERTIFICATE_NOT_YET_VALID: (
            (
                "Tại thời điểm kiểm tra (--at hoặc đồng hồ máy), chứng thư số của con dấu số chưa có hiệu lực: bỏ --at "
                "hoặc nêu thời điểm không sớm hơn lúc cấp biên nhận."
            ),
            (
                "At the moment judged for (--at, or this machine's clock) the seal's certificate did not exist yet: "
                "leave --at out, or name no moment before the receipt was issued."
            ),
        ),
        FailureCode.CERTIFICATE_EXPIRED: (
            "Tại thời điểm kiểm tra, chứng thư số của con dấu số đã hết hạn: nêu ở --at thời điểm cấp biên nhận.",
            "At the moment judged for the seal's certificate has expired: name with --at when the receipt was issued.",
        ),
    }
)
"""By what is wrong with a receipt's signature; for any other reason the seal's certificates are looked at."""

ADVICE: Final[Mapping[StrEnum, Phrase]] = MappingProxyType(
    {
        KeyFault.NOT_SET: _SET,
        TrustFault.NOT_SET: _SET,
        KeyFault.NO_FILE: (
            "Kiểm tra đường dẫn và quyền đọc của tài khoản chạy lệnh.",
            "Check the path, and that the account of this command may read it.",
        ),
        ReceiptFault.SIGNATURE: _SEALED_OTHERWISE,
        ReceiptFault.OTHER_KEY: _SEALED_OTHERWISE,
        ReceiptFault.UNREADABLE: (
            "Kiểm tra có chọn nhầm tệp; các chứng cứ của một văn bản lấy lại được bằng `axis trace --evidences`.",
            "Check that it is the right file; `axis trace --evidences` gets the evidence about a document again.",
        ),
        ReceiptFault.IS_PACKAGE: (
            "Kiểm tra có đổi chỗ hai tệp: biên nhận đứng ngay sau `axis verify`, gói tin đứng sau --package.",
            "Were the two swapped? The receipt follows `axis verify`, the package follows --package.",
        ),
        ReceiptFault.OTHER_ORIGIN: (
            "Sửa --environment, --instance (hoặc mục cùng tên trong hồ sơ kết nối), hay lấy biên nhận của đúng Trục.",
            "Correct --environment, --instance (or the profile's entries), or take the receipt of the axis expected.",
        ),
        ReceiptFault.OTHER_OCTETS: _COMPARED_WRONGLY,
        ReceiptFault.NO_MESSAGE: _COMPARED_WRONGLY,
        ReceiptFault.OTHER_MESSAGE: (
            "Kiểm tra có chọn nhầm biên nhận hoặc tệp đối chiếu.",
            "Check that it is the right receipt and the right file.",
        ),
    }
)
"""By fault; where none stands here, that of its kind fits."""

STAMPING_ADVICE: Final[Mapping[FailureCode, Phrase]] = MappingProxyType(
    {
        FailureCode.TIMESTAMP_MALFORMED: _NO_AUTHORITY_THERE,
        FailureCode.TIMESTAMP_UNTRUSTED: (
            (
                "Nêu chứng thư số gốc của tổ chức cấp dấu thời gian này ở mục `trust` của hồ sơ kết nối (với `axis "
                "envelope sign` thì ở --trust cũng được), hoặc dùng tổ chức khác."
            ),
            (
                "Name the anchor of this time-stamping authority as `trust` of the profile (`axis envelope sign` takes "
                "--trust too), or use another authority."
            ),
        ),
    }
)
"""For who asks an authority for a stamp; the words of the failures themselves speak to who got a stamped package."""
