"""The words of what is wrong with a description of a message, in Vietnamese and English."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from envelopes.errors import Finding, Phrase, Severity, Words


class DraftCode(StrEnum):
    """Every reason for which a description is refused. Stable: scripts read them with --json."""

    MALFORMED = "draft/malformed"
    UNKNOWN = "draft/unknown"
    MISSING = "draft/missing"
    KIND = "draft/kind"
    ORGAN_ID = "draft/organ-id"
    DOCUMENT_ID = "draft/document-id"
    CHOICE = "draft/choice"
    FILE = "draft/file"


DRAFT_WORDS: Final[Mapping[DraftCode, Words]] = MappingProxyType(
    {
        DraftCode.MALFORMED: Words(
            vi="Bản mô tả sai cú pháp: {fault}.",
            en="The description is malformed: {fault}.",
            do_vi="Sửa cú pháp TOML hoặc JSON, bảng mã UTF-8.",
            do_en="Correct the TOML or JSON; the encoding is UTF-8.",
        ),
        DraftCode.UNKNOWN: Words(
            vi="Bản mô tả không có mục nào tên như vậy.",
            en="A description has no such entry.",
            do_vi="Các mục ở đây là: {names}.",
            do_en="The entries here are: {names}.",
        ),
        DraftCode.MISSING: Words(
            vi="Thiếu mục bắt buộc.",
            en="A required entry is missing.",
            do_vi="Bổ sung mục này.",
            do_en="Add it.",
        ),
        DraftCode.KIND: Words(
            vi="Giá trị sai kiểu: cần {kind}.",
            en="The value is of the wrong kind: {kind} is needed.",
            do_vi="Sửa giá trị; chuỗi và ngày trong JSON đặt trong ngoặc kép.",
            do_en="Correct it; in JSON texts and dates stand in double quotes.",
        ),
        DraftCode.ORGAN_ID: Words(
            vi="Đây không phải là mã định danh cơ quan.",
            en="This is no agency id.",
            do_vi="Tra mã trong danh mục (QĐ 20/2020/QĐ-TTg).",
            do_en="Look the id up in the directory (QĐ 20/2020).",
        ),
        DraftCode.DOCUMENT_ID: Words(
            vi="Đây không phải là mã văn bản: 1 đến 255 ký tự, không có khoảng trắng ở hai đầu.",
            en="This is no document id: 1 to 255 characters without blanks at the ends.",
            do_vi="Sửa mã, hoặc bỏ mục này để chương trình đặt mã từ cơ quan, ngày, số và ký hiệu.",
            do_en="Correct it, or leave it out: it is then made of agency, date, number and notation.",
        ),
        DraftCode.CHOICE: Words(
            vi="Giá trị không thuộc danh sách cho phép.",
            en="The value is none of those allowed.",
            do_vi="Chọn một trong: {names}.",
            do_en="Choose one of: {names}.",
        ),
        DraftCode.FILE: Words(
            vi="Không đọc được tệp đính kèm.",
            en="The attachment cannot be read.",
            do_vi="Kiểm tra đường dẫn (tính từ thư mục của bản mô tả), quyền đọc và độ lớn.",
            do_en="Check the path (from the description's folder), that you may read it, and its size.",
        ),
    }
)
"""By code."""


KINDS: Final[Mapping[str, Phrase]] = MappingProxyType(
    {
        "text": ("chuỗi ký tự", "text"),
        "whole number": ("số nguyên", "whole number"),
        "switch": ('"true" hoặc "false"', "true | false"),
        "day": ("ngày dạng YYYY-MM-DD", "YYYY-MM-DD"),
        "list": ("danh sách", "list"),
        "table": ("bảng các mục", "table"),
        "text or table": ("chuỗi ký tự hoặc bảng các mục", "text | table"),
    }
)
"""What an entry may have to be."""


def draft_finding(code: DraftCode, path: str, *, value: str | None = None, **names: str | Phrase) -> Finding:
    """Return a reason as a finding at an entry of the description (`attachments[2].file`)."""
    return Finding(code.value, path, Severity.ERROR, DRAFT_WORDS[code].filled(names), value)
