"""One row of a file of agencies: its columns, and the agency it describes or everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from axis.enrolment.reasons import FileCode, found
from envelopes.errors import Finding, Phrase
from envelopes.identifiers import IdentifierError, OrganId
from envelopes.texts import is_carried_unchanged
from routing.agencies import NAME_MAX, Agency
from routing.errors import InvalidEntry


class Kind(StrEnum):
    """What a column holds; the value says it in JSON's words, `phrase` in both languages."""

    ID = "text"
    NAME = "text (name)"
    IDS = "list of texts"
    SWITCH = "true, false or null"
    DATE = "text YYYY-MM-DD or null"

    @property
    def phrase(self) -> Phrase:
        """The kind, for a place within a sentence."""
        return _KINDS_VI[self], self.value


_KINDS_VI: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        Kind.ID: "chuỗi ký tự",
        Kind.NAME: "chuỗi ký tự (tên)",
        Kind.IDS: "danh sách chuỗi ký tự",
        Kind.SWITCH: "true, false hoặc null",
        Kind.DATE: "chuỗi ký tự dạng YYYY-MM-DD hoặc null",
    }
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the product's own format, with what it means in both languages."""

    name: str
    kind: Kind
    vi: str
    en: str
    is_required: bool = False


COLUMNS: Final = (
    Column("organ_id", Kind.ID, "Mã định danh chính thức", "The canonical id; it never changes", is_required=True),
    Column("name_vi", Kind.NAME, "Tên tiếng Việt", "The Vietnamese name", is_required=True),
    Column("name_en", Kind.NAME, "Tên tiếng Anh", "The English name"),
    Column("aliases", Kind.IDS, "Các cách viết khác của mã", "Other spellings of the id"),
    Column("parent", Kind.ID, "Mã của cơ quan cấp trên", "The id of the agency above"),
    Column("is_group", Kind.SWITCH, "Chỉ dùng để gộp nhóm (mặc định false)", "Only groups others (false unless said)"),
    Column("is_receiving", Kind.SWITCH, "Có nhận văn bản (mặc định true)", "Takes documents (true unless said)"),
    Column("valid_from", Kind.DATE, "Ngày bắt đầu hoạt động", "The day it comes into being"),
    Column("valid_to", Kind.DATE, "Ngày đầu tiên không còn hoạt động", "The first day on which it no longer exists"),
    Column("successors", Kind.IDS, "Mã của các cơ quan kế thừa", "The ids of those that take over"),
    Column(
        "forwards_to",
        Kind.ID,
        "Mã của cơ quan kế thừa nhận thay văn bản khi cơ quan này ngừng hoạt động; để trống thì Trục từ chối",
        "The id of the successor that gets its mail once it is closed; empty: that mail is refused",
    ),
)
"""Every column stands in every file: a missing one would leave open whether an old value stays or goes."""

COLUMN_NAMES: Final = tuple(column.name for column in COLUMNS)

_BY_NAME: Final = {column.name: column for column in COLUMNS}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_BETWEEN_IDS = re.compile(r"[\s;]+")
_SWITCHES: Final = {"true": True, "false": False, "1": True, "0": False}


@dataclass(frozen=True, slots=True)
class Row:
    """One row as the file has it, its values as JSON knows them; `line` counts from 1."""

    line: int
    values: Mapping[str, object]

    def place(self, column: str) -> str:
        """Return where a value stands, as findings name it: `3:parent`."""
        return f"{self.line}:{column}"


class _Wrong(Exception):
    """One value cannot be taken; `code` says why."""

    def __init__(self, code: FileCode, value: object = None, **names: str | Phrase) -> None:
        super().__init__(code.value)
        self.code = code
        self.value = value
        self.names = names


def native(column: str, cell: str) -> object:
    """Return a cell of a CSV file as the value JSON has: empty is null, ids are split at blanks and semicolons."""
    text = cell.strip()
    kind = _BY_NAME[column].kind
    if kind is Kind.IDS:
        return [part for part in _BETWEEN_IDS.split(text) if part]
    if kind is Kind.SWITCH:
        return _SWITCHES.get(text.lower(), text or None)
    return text or None


def cell_of(value: object) -> str:
    """Return a value as a cell of a CSV file holds it."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list():
            return ";".join(map(str, value))
    return str(value)


def portray(agency: Agency) -> dict[str, object]:
    """Return an agency as a row's values, by column."""
    return {
        "organ_id": str(agency.organ_id),
        "name_vi": agency.name_vi,
        "name_en": agency.name_en,
        "aliases": [str(alias) for alias in agency.aliases],
        "parent": None if agency.parent is None else str(agency.parent),
        "is_group": agency.is_group,
        "is_receiving": agency.is_receiving,
        "valid_from": None if agency.valid_from is None else agency.valid_from.isoformat(),
        "valid_to": None if agency.valid_to is None else agency.valid_to.isoformat(),
        "successors": [str(successor) for successor in agency.successors],
        "forwards_to": None if agency.forwards_to is None else str(agency.forwards_to),
    }


def read_row(row: Row) -> Agency | tuple[Finding, ...]:
    """Return the agency that a row with every column describes, or everything that is wrong with it."""
    values: dict[str, Any] = {}
    findings = tuple(_read_values(row, values))
    if findings:
        return findings
    if values["is_receiving"] is None:
        values["is_receiving"] = True
    if values["is_group"] is None:
        values["is_group"] = False
    try:
        return Agency(**values)
    except InvalidEntry:
        return (found(FileCode.ROW_CONTRADICTION, row.place("organ_id"), value=values["organ_id"]),)


def _read_values(row: Row, values: dict[str, Any]) -> Iterator[Finding]:
    """Put every value into `values`, typed; yield what cannot be."""
    for column in COLUMNS:
        try:
            values[column.name] = _read_value(column, row.values[column.name])
        except _Wrong as wrong:
            yield found(wrong.code, row.place(column.name), value=wrong.value, names=wrong.names)


def _read_value(column: Column, value: object) -> object:
    typed = _READERS[column.kind](value)
    if column.is_required and typed is None:
        raise _Wrong(FileCode.ROW_NO_ID if column.kind is Kind.ID else FileCode.ROW_NAME, limit=str(NAME_MAX))
    return typed


def _read_id(value: object) -> OrganId | None:
    text = _text(value, Kind.ID)
    if text is None:
        return None
    try:
        return OrganId(text)
    except IdentifierError as error:
        raise _Wrong(FileCode.ROW_ID, text) from error


def _read_name(value: object) -> str | None:
    name = _text(value, Kind.NAME)
    if name is not None and (len(name) > NAME_MAX or not is_carried_unchanged(name)):
        raise _Wrong(FileCode.ROW_NAME, name, limit=str(NAME_MAX))
    return name


def _read_ids(value: object) -> tuple[OrganId, ...]:
    if not isinstance(value, list):
        raise _Wrong(FileCode.ROW_KIND, value, kind=Kind.IDS.phrase)
    ids = (_read_id(one) for one in value)
    return tuple(one for one in ids if one is not None)


def _read_switch(value: object) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise _Wrong(FileCode.ROW_SWITCH, value)


def _read_date(value: object) -> date | None:
    text = _text(value, Kind.DATE)
    if text is None:
        return None
    if not _DAY.fullmatch(text):
        raise _Wrong(FileCode.ROW_DATE, text)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise _Wrong(FileCode.ROW_DATE, text) from error


def _text(value: object, kind: Kind) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise _Wrong(FileCode.ROW_KIND, value, kind=kind.phrase)
    return value


_READERS: Final[Mapping[Kind, Callable[[object], object]]] = MappingProxyType(
    {Kind.ID: _read_id, Kind.NAME: _read_name, Kind.IDS: _read_ids, Kind.SWITCH: _read_switch, Kind.DATE: _read_date}
)
