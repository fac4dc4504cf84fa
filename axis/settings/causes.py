"""What settings demand beyond their type, in the words of the checks and in Vietnamese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

HTTP_ADDRESS: Final = "an http or https address without query"
DATABASE_ADDRESS: Final = "an address that begins with postgresql+psycopg://"

DEMANDS_VI: Final[Mapping[str, str]] = MappingProxyType(
    {
        HTTP_ADDRESS: "cần địa chỉ http hoặc https không có phần truy vấn",
        DATABASE_ADDRESS: "cần địa chỉ bắt đầu bằng postgresql+psycopg://",
        "string_pattern_mismatch": "chỉ gồm a–z, 0–9, dấu chấm và gạch nối, tối đa 64 ký tự",
    }
)
"""By what a check of ours demands, and by the validator's type of error."""
