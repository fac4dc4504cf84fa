"""Files of agencies, CSV and JSON, in the product's own columns: read whole or not at all, and written back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from json.decoder import JSONDecodeError
from typing import Any, Final

from axis.enrolment.agency_rows import COLUMN_NAMES, Row, cell_of, native, portray, read_row
from axis.enrolment.reasons import FileCode, found
from axis.errors import Refused
from envelopes.errors import Finding, Phrase
from routing.agencies import Agency

FILE_BYTES_MAX: Final = 64 * 1024 * 1024
"""A file of agencies. 200,000 rows with two names, aliases and dates take about 35 MB; the file is read into memory."""

FAULTS_MAX: Final = 1_000
"""Findings in one answer: whoever has more has one mistake made in every row."""

_TOO_MUCH: Final = ("lồng nhau quá sâu, hoặc có số quá dài", "nested too deeply, or a number that is too long")

_JSON_BLANKS: Final = " \t\n\r"


class AgencyFormat(StrEnum):
    """How a file of agencies is written."""

    CSV = "csv"
    JSON = "json"


class AgencyFileRefused(Refused):
    """The file cannot be taken; nothing of it was. Each finding's path is `line:column`, lines counted from 1."""


class _Malformed(Exception):
    """From this place on the file cannot be read."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


def read_agencies(octets: bytes, kind: AgencyFormat) -> tuple[Agency, ...]:
    """Return every agency of a file in UTF-8 (with or without BOM), in its order; raises `AgencyFileRefused`.

    Columns and members are those of `agency_rows.COLUMNS`, all of them, in any order. CSV is RFC 4180 with a header;
    ids in one cell are separated by blanks or semicolons, empty cells are null, empty lines are skipped. JSON is a list
    of objects. Whether the agencies stand together is not judged here.
    """
    if len(octets) > FILE_BYTES_MAX:
        megabytes = {"limit": str(FILE_BYTES_MAX // 1024 // 1024)}
        raise AgencyFileRefused((found(FileCode.TOO_LARGE, "1", names=megabytes),))
    agencies: list[Agency] = []
    faults: list[Finding] = []
    try:
        text = _decoded(octets)
        for row in _csv_rows(text) if kind is AgencyFormat.CSV else _json_rows(text):
            outcome = read_row(row) if isinstance(row, Row) else row
            if isinstance(outcome, Agency):
                agencies.append(outcome)
            else:
                faults.extend(outcome)
            if len(faults) > FAULTS_MAX:
                break
    except _Malformed as error:
        faults.append(error.finding)
    if not faults and not agencies:
        faults.append(found(FileCode.EMPTY, "1"))
    if faults:
        raise AgencyFileRefused(_capped(faults))
    return tuple(agencies)


def write_agencies(agencies: Iterable[Agency], kind: AgencyFormat) -> bytes:
    """Return the agencies as a file that reads back to equal ones.

    CSV begins with a BOM and has CRLF, without which spreadsheet programs show Vietnamese letters wrongly.
    """
    if kind is AgencyFormat.JSON:
        lines = (json.dumps(portray(agency), ensure_ascii=False) for agency in agencies)
        return ("[\n" + ",\n".join(lines) + "\n]\n").encode()
    sink = io.StringIO(newline="")
    writer = csv.writer(sink)
    writer.writerow(COLUMN_NAMES)
    writer.writerows([cell_of(value) for value in portray(agency).values()] for agency in agencies)
    return sink.getvalue().encode("utf-8-sig")


def _decoded(octets: bytes) -> str:
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        raise _Malformed(found(FileCode.NOT_UTF8, str(line))) from error


def _csv_rows(text: str) -> Iterator[Row | tuple[Finding, ...]]:
    lines = _csv_lines(text)
    header = next(lines, None)
    if header is None:
        return
    line, names = header[0], [name.strip() for name in header[1]]
    if len(names) == 1 and (";" in names[0] or "\t" in names[0]):
        raise _Malformed(found(FileCode.SEPARATOR, str(line)))
    faults = tuple(_column_faults(names, str(line)))
    if faults:
        yield faults
        return
    for line, cells in lines:
        if len(cells) != len(names):
            counts = {"count": str(len(cells)), "expected": str(len(names))}
            yield (found(FileCode.ROW_LENGTH, str(line), names=counts),)
        else:
            yield Row(line, {name: native(name, cell) for name, cell in zip(names, cells, strict=True)})


def _csv_lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record that is not empty with the line it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            fault = ("dấu ngoặc kép không khép, hoặc có chữ sau dấu ngoặc kép đóng", str(error))
            raise _Malformed(found(FileCode.MALFORMED, str(line), names={"fault": fault})) from error
        if any(cell.strip() for cell in cells):
            yield line, cells
        line = reader.line_num + 1


def _column_faults(names: Sequence[str], place: str) -> Iterator[Finding]:
    seen: set[str] = set()
    for name in names:
        if name not in COLUMN_NAMES:
            yield found(
                FileCode.COLUMN_UNKNOWN,
                place,
                value=name,
                names={"columns": ", ".join(f'"{one}"' for one in COLUMN_NAMES)},
            )
        elif name in seen:
            yield found(FileCode.COLUMN_REPEATED, place, value=name)
        seen.add(name)
    for name in COLUMN_NAMES:
        if name not in seen:
            yield found(FileCode.COLUMN_MISSING, place, value=name, names={"column": name})


def _json_rows(text: str) -> Iterator[Row | tuple[Finding, ...]]:
    for line, value in _json_items(text):
        if not isinstance(value, _Members):
            yield (found(FileCode.ROW_KIND, str(line), names={"kind": ("đối tượng JSON", "{…}")}),)
            continue
        faults = tuple(_column_faults([name for name, _ in value], str(line)))
        yield faults or Row(line, dict(value))


class _Members(tuple[tuple[str, Any], ...]):
    """The members of a JSON object as they stand in the file, repeated ones too."""

    __slots__ = ()


def _json_items(text: str) -> Iterator[tuple[int, object]]:
    """Yield each item of the outermost list with the line it begins on."""
    decoder = json.JSONDecoder(object_pairs_hook=_Members)
    place, line, counted = _after_blanks(text, 0), 1, 0
    separator = "["
    while True:
        if text[place : place + 1] != separator:
            raise _malformed(text, place, fault=(f'cần dấu "{separator}"', f"expected {separator}"))
        place = _after_blanks(text, place + 1)
        if separator == "[" and text[place : place + 1] == "]":
            break
        line, counted = line + text.count("\n", counted, place), place
        try:
            value, place = decoder.raw_decode(text, place)
        except JSONDecodeError as error:
            raise _malformed(text, error.pos, fault=(f"sai cú pháp JSON ở cột {error.colno}", error.msg)) from error
        except (RecursionError, ValueError) as error:
            raise _malformed(text, place, fault=_TOO_MUCH) from error
        yield line, value
        place = _after_blanks(text, place)
        if text[place : place + 1] == "]":
            break
        separator = ","
    if _after_blanks(text, place + 1) != len(text):
        raise _malformed(text, place + 1, fault=("còn nội dung sau danh sách", "more after the list"))


def _after_blanks(text: str, place: int) -> int:
    while place < len(text) and text[place] in _JSON_BLANKS:
        place += 1
    return place


def _malformed(text: str, place: int, *, fault: Phrase) -> _Malformed:
    line = text.count("\n", 0, place) + 1
    return _Malformed(found(FileCode.MALFORMED, str(line), names={"fault": fault}))


def _capped(faults: Sequence[Finding]) -> tuple[Finding, ...]:
    if len(faults) <= FAULTS_MAX:
        return tuple(faults)
    return (*faults[:FAULTS_MAX], found(FileCode.TOO_MANY_FAULTS, faults[FAULTS_MAX].path))
