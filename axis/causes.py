"""Why a value cannot be used, in Vietnamese: the validator itself speaks English only."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_UNKNOWN: Final = "giá trị không dùng được"

_BY_TYPE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "missing": "còn thiếu",
        "extra_forbidden": "không có tham số này",
        "json_invalid": "không phải là JSON đúng cú pháp",
        "model_type": "cần đối tượng JSON",
        "model_attributes_type": "cần đối tượng JSON",
        "dict_type": "cần đối tượng JSON",
        "list_type": "cần danh sách",
        "too_long": "có nhiều hơn {max_length} mục",
        "too_short": "có ít hơn {min_length} mục",
        "int_parsing": "cần số nguyên",
        "int_parsing_size": "số quá lớn",
        "int_type": "cần số nguyên",
        "int_from_float": "cần số nguyên",
        "bool_parsing": "cần true hoặc false",
        "bool_type": "cần true hoặc false",
        "greater_than_equal": "không được nhỏ hơn {ge}",
        "less_than_equal": "không được lớn hơn {le}",
        "enum": "cần một trong các giá trị {expected}",
        "literal_error": "cần một trong các giá trị {expected}",
        "string_type": "cần chuỗi ký tự",
        "string_unicode": "có ký tự không hợp lệ",
        "string_too_short": "ngắn hơn {min_length} ký tự",
        "string_too_long": "dài hơn {max_length} ký tự",
        "string_pattern_mismatch": "không đúng dạng",
        "uuid_parsing": "không phải là UUID",
        "uuid_type": "không phải là UUID",
        "path_type": "cần đường dẫn",
    }
)
"""By the validator's type of error."""


def cause_vi(problem: Mapping[str, Any], known: Mapping[str, str] = _NOTHING) -> str:
    """Return the cause of an invalid value, for a place within a sentence; never the validator's own English.

    `problem` is one of the validator's errors. `known` holds words for types of errors, and for what checks of our own
    demand, where the caller knows more than is known here.
    """
    context = problem.get("ctx", {})
    demanded = known.get(str(context.get("error", "")))
    words = demanded or known.get(problem["type"]) or _BY_TYPE.get(problem["type"], _UNKNOWN)
    return words.format_map({name: str(value).replace(" or ", " hoặc ") for name, value in context.items()})
