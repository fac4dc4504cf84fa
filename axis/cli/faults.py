"""What is wrong with a command line, a profile or a description: each fault with its code, in both languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from json import JSONDecodeError
from types import MappingProxyType
from typing import Any, Final

import typer

from envelopes.errors import Phrase


@dataclass(frozen=True, slots=True)
class Fault:
    """Why something did not work: a stable code, and words for a place within a sentence.

    What a library says in its own words stands in the English ones alone.
    """

    code: str
    vi: str
    en: str

    @property
    def phrase(self) -> Phrase:
        """The words, Vietnamese first."""
        return self.vi, self.en


class InputFault(StrEnum):
    """Every fault of what people write themselves. Stable: scripts read them with --json."""

    UNKNOWN_OPTION = "unknown-option"
    MISSING_PARAMETER = "missing-parameter"
    PARAMETER_VALUE = "parameter-value"
    OPTION_USE = "option-use"
    COMMAND_USE = "command-use"

    SYNTAX = "syntax"
    SYNTAX_AT_END = "syntax-at-end"
    NOT_UTF8 = "not-utf8"
    TOO_DEEP = "too-deep"
    NUMBER_TOO_LONG = "number-too-long"

    UNKNOWN_ENTRY = "unknown-entry"
    NOT_A_TEXT = "not-a-text"
    MISSING_ENTRY = "missing-entry"
    ADDRESS = "address"
    SYSTEM_ID = "system-id"
    AGENCY = "agency"
    ENVIRONMENT = "environment"


_WORDS: Final[Mapping[InputFault, Phrase]] = MappingProxyType(
    {
        InputFault.UNKNOWN_OPTION: ('không có tham số "{name}"', "{said}"),
        InputFault.MISSING_PARAMETER: ('thiếu "{name}"', "{said}"),
        InputFault.PARAMETER_VALUE: ('giá trị của "{name}" không hợp lệ', "{said}"),
        InputFault.OPTION_USE: ('tham số "{name}" dùng không đúng cách', "{said}"),
        InputFault.COMMAND_USE: ("không có lệnh như vậy, hoặc thừa từ sau lệnh", "{said}"),
        InputFault.SYNTAX: ("sai cú pháp {format} ở dòng {line}, cột {column}", "{said}"),
        InputFault.SYNTAX_AT_END: ("sai cú pháp {format}: nội dung kết thúc giữa chừng", "{said}"),
        InputFault.NOT_UTF8: ("không phải bảng mã UTF-8, từ byte thứ {place}", "not UTF-8, from byte {place} on"),
        InputFault.TOO_DEEP: ("các phần lồng nhau quá sâu", "nested too deeply"),
        InputFault.NUMBER_TOO_LONG: ("có số quá dài", "a number is too long"),
        InputFault.UNKNOWN_ENTRY: ('không có mục "{name}"', 'there is no entry "{name}"'),
        InputFault.NOT_A_TEXT: ('mục "{name}" phải là chuỗi không rỗng', '"{name}" must be a text that is not empty'),
        InputFault.MISSING_ENTRY: ("thiếu mục {names}", "{names} missing"),
        InputFault.ADDRESS: ('mục "url" phải là địa chỉ http hoặc https', '"url" must be an http or https address'),
        InputFault.SYSTEM_ID: ('mục "system_id" không phải là mã hệ thống', '"system_id" is no system id'),
        InputFault.AGENCY: ('mục "agency" không phải là mã định danh cơ quan', '"agency" is no agency id'),
        InputFault.ENVIRONMENT: (
            'mục "environment" phải là "production" hoặc "test"',
            '"environment" is production or test',
        ),
    }
)

_USAGES: Final[Mapping[str, InputFault]] = MappingProxyType(
    {
        "NoSuchOption": InputFault.UNKNOWN_OPTION,
        "MissingParameter": InputFault.MISSING_PARAMETER,
        "BadParameter": InputFault.PARAMETER_VALUE,
        "BadOptionUsage": InputFault.OPTION_USE,
    }
)
"""By the name of Typer's class, which is not public. Every other is a use of the command that it does not have."""

_TOML_PLACE: Final = re.compile(r"\(at line (\d+), column (\d+)\)$")


def input_fault(kind: InputFault, **names: object) -> Fault:
    """Return a fault with its words filled."""
    vi, en = (text.format_map(names) for text in _WORDS[kind])
    return Fault(kind.value, vi, en)


def usage_fault(error: typer.TyperException) -> Fault:
    """Return what is wrong with a command line."""
    given: Any = error
    parameter = getattr(given, "param", None)
    name = getattr(given, "option_name", None) or (parameter.get_error_hint() if parameter else "")
    kind = _USAGES.get(type(error).__name__, InputFault.COMMAND_USE)
    return input_fault(kind, name=name.strip("'"), said=error.format_message().rstrip("."))


def syntax_fault(error: ValueError | RecursionError, language: str) -> Fault:
    """Return where a text in TOML or JSON cannot be read."""
    match error:
        case UnicodeDecodeError():
            return input_fault(InputFault.NOT_UTF8, place=error.start + 1)
        case RecursionError():
            return input_fault(InputFault.TOO_DEEP)
        case JSONDecodeError():
            place = {"line": error.lineno, "column": error.colno}
            return input_fault(InputFault.SYNTAX, format=language, said=error, **place)
    found = _TOML_PLACE.search(str(error))
    if found:
        return input_fault(InputFault.SYNTAX, format=language, said=error, line=found[1], column=found[2])
    if str(error).endswith("(at end of document)"):
        return input_fault(InputFault.SYNTAX_AT_END, format=language, said=error)
    return input_fault(InputFault.NUMBER_TOO_LONG)
