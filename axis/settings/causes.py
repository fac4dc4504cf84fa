"""Why a value cannot be used, in Vietnamese: the validator itself speaks English only."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pydantic_core import ErrorDetails

HTTP_ADDRESS: Final = "an http or https address without query"
DATABASE_ADDRESS: Final = "an address that begins with postgresql+psycopg://"

_BY_TYPE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "int_parsing": "cần số nguyên",
        "int_type": "cần số nguyên",
        "int_from_float": "cần số nguyên",
        "greater_than_equal": "không được nhỏ hơn {ge}",
        "less_than_equal": "không được lớn hơn {le}",
        "enum": "cần một trong các giá trị {expected}",
        "string_pattern_mismatch": "chỉ gồm a–z, 0–9, dấu chấm và gạch nối, tối đa 64 ký tự",
        "string_type": "cần chuỗi ký tự",
        "path_type": "cần đường dẫn",
        "extra_forbidden": "không có tham số này",
    }
)
"""By the validator's type of error."""

_BY_DEMAND: Final[Mapping[str, str]] = MappingProxyType(
    {
        HTTP_ADDRESS: "cần địa chỉ http hoặc https không có phần truy vấn",
        DATABASE_ADDRESS: "cần địa chỉ bắt đầu bằng postgresql+psycopg://",
    }
)
"""By what a check of ours demands."""


def cause_vi(problem: ErrorDetails) -> str:
    """Return the cause of an invalid value; that of the validator, in English, where it is none of those known here."""
    context = problem.get("ctx", {})
    demanded = _BY_DEMAND.get(str(context.get("error", "")))
    known = demanded or _BY_TYPE.get(problem["type"], problem["msg"])
    names = {name: str(value).replace(" or ", " hoặc ") for name, value in context.items()}
    return known.format_map(names) if problem["type"] in _BY_TYPE else known
