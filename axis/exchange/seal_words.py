"""Why a seal is not announced, in Vietnamese and English, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from axis.errors import Refused
from envelopes.errors import Finding, Severity, Words


class SealCode(StrEnum):
    """Reasons why the register of seals is not read or written. Stable."""

    NO_REGISTER = "seal/no-register"
    UNREADABLE = "seal/register-unreadable"
    SAME = "seal/same-seal"
    ANNOUNCED = "seal/another-announced"
    UNFIT = "seal/unfit"


_WORDS: Final[Mapping[SealCode, Words]] = MappingProxyType(
    {
        SealCode.NO_REGISTER: Words(
            vi="Chưa khai báo thư mục sổ con dấu số của Trục (AXIS_SEAL__REGISTER_FOLDER).",
            en="The axis has no register of seals (AXIS_SEAL__REGISTER_FOLDER).",
            do_vi="Tạo một thư mục, khai báo nó cho mọi tiến trình của Trục rồi chạy lại lệnh.",
            do_en="Make a folder, set it for all processes of the axis, and repeat the command.",
        ),
        SealCode.UNREADABLE: Words(
            vi="Một tệp trong sổ con dấu số không đọc được hoặc không kiểm chứng được.",
            en="A file of the register of seals cannot be read, or does not verify.",
            do_vi="Khôi phục tệp từ bản sao lưu, hoặc bỏ tệp ra khỏi thư mục.",
            do_en="Restore the file from a backup, or take it out of the folder.",
        ),
        SealCode.SAME: Words(
            vi="Đây là con dấu số đang dùng hoặc đã dùng, không phải con dấu số mới.",
            en="This is the present seal or a former one, not a new one.",
            do_vi="Đưa ra khóa mới cùng chứng thư số mới của con dấu số.",
            do_en="Give the new key with the new certificate of the seal.",
        ),
        SealCode.ANNOUNCED: Words(
            vi="Đã công bố một con dấu số kế tiếp khác; con dấu số hiện tại chỉ giới thiệu một con dấu số kế tiếp.",
            en="Another seal is announced already; a seal endorses one successor only.",
            do_vi="Chuyển sang con dấu số đã công bố; nếu không dùng được nữa, bỏ các tệp của nó khỏi sổ trước.",
            do_en="Change to the announced one; if it is of no use any more, take its files out of the register first.",
        ),
        SealCode.UNFIT: Words(
            vi="Đóng dấu thử bằng khóa mới, kết quả không kiểm chứng được với các tổ chức chứng thực được tin cậy.",
            en="What the new key sealed on trial does not verify under the trusted authorities.",
            do_vi="Kiểm tra chứng thư số mới: còn hiệu lực, dùng để ký, do tổ chức trong AXIS_TRUST__ANCHORS cấp.",
            do_en="Check the new certificate: in force, for signing, issued under an authority in AXIS_TRUST__ANCHORS.",
        ),
    }
)


def refused(code: SealCode, place: str = "", *, value: str | None = None) -> Refused:
    """Return the refusal, to be raised; `place` is a file, `value` a fingerprint or a cause."""
    return Refused((Finding(code.value, place, Severity.ERROR, _WORDS[code], value),))
