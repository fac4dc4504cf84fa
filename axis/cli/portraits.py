"""Entries of the directory as documents for programs and as tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from rich.table import Table

from axis.cli.exits import ExitCode
from axis.cli.failures import finding_document
from axis.cli.failures import finding_lines as lines_of
from axis.cli.output import Label, Output
from axis.cli.terms import SYSTEMS
from axis.enrolment.agency_rows import COLUMNS, cell_of, portray
from axis.enrolment.registrar import AgencyFile
from envelopes.errors import Finding
from routing.agencies import Agency, RegisteredCertificate, System
from routing.changes import Difference, FieldValue
from storage.database.history import DirectoryChange

REFUSED: Final = ExitCode.REFUSED
UNCHANGED: Final = ("Không có gì thay đổi.", "Nothing changed.")
_SHOWN_MAX: Final = 200
"""Rows of a difference that a person is shown; JSON has all of them."""


def agency(entry: Agency) -> dict[str, object]:
    """Return an agency in the columns of the import."""
    return portray(entry)


def certificate(entry: RegisteredCertificate) -> dict[str, object]:
    """Return a registration."""
    return {
        "fingerprint": entry.fingerprint,
        "organ_id": str(entry.organ_id),
        "valid_from": entry.valid_from,
        "valid_to": entry.valid_to,
        "suspended_at": entry.suspended_at,
    }


def system(entry: System) -> dict[str, object]:
    """Return a system with its public keys by id and window."""
    return {
        "system_id": str(entry.system_id),
        "organ_id": str(entry.organ_id),
        "name": entry.name,
        "state": entry.state.value,
        "scopes": [str(scope) for scope in entry.scopes],
        "exact_scopes": [str(scope) for scope in entry.exact_scopes],
        "webhook": None if entry.webhook is None else str(entry.webhook),
        "webhook_mode": None if entry.webhook is None else entry.webhook_mode.value,
        "keys": [{"kid": key.kid, "valid_from": key.valid_from, "valid_to": key.valid_to} for key in entry.keys],
    }


def history(changes: Iterable[DirectoryChange]) -> list[dict[str, object]]:
    """Return lines of the history, oldest first."""
    return [
        {
            "version": change.version,
            "at": change.at,
            "kind": change.kind.value,
            "actor": change.actor,
            "reason": change.reason,
            "before": change.before,
            "after": change.after,
        }
        for change in changes
    ]


def agency_file(found: AgencyFile) -> dict[str, object]:
    """Return everything about an agency."""
    return {
        "agency": agency(found.agency),
        "units": [str(child.organ_id) for child in found.children],
        "certificates": [certificate(one) for one in found.certificates],
        "systems": [system(one) for one in found.systems],
        "history": history(found.history),
    }


def agency_shown(output: Output, found: AgencyFile) -> Iterator[Table | Label | str]:
    """Yield what a person sees of an agency."""
    rows = ((_field(output, name), _shown(output, value)) for name, value in portray(found.agency).items())
    yield output.table((("Mục", "Field"), ("Giá trị", "Value")), [row for row in rows if row[1]])
    if found.certificates:
        columns = (("Chứng thư số (SHA-256)", "Certificate (SHA-256)"), *_WINDOW, ("Tạm đình chỉ từ", "Suspended from"))
        windows = [(one.fingerprint, one.valid_from, one.valid_to, one.suspended_at) for one in found.certificates]
        yield output.table(columns, windows)
    if found.systems:
        yield systems_shown(output, found.systems)
    if found.children:
        units = ((child.organ_id, child.name_vi) for child in found.children)
        yield output.table((("Đơn vị trực thuộc", "Unit"), ("Tên", "Name")), units)
    yield history_shown(output, found.history)


def systems_shown(output: Output, systems: Iterable[System]) -> Table:
    """Return a table of systems."""
    columns = (
        ("Hệ thống", "System"),
        ("Cơ quan", "Agency"),
        ("Tên", "Name"),
        ("Tình trạng", "State"),
        ("Phạm vi", "Acts for"),
    )
    rows = []
    for one in systems:
        below = [f"{scope} +" for scope in one.scopes]
        scopes = ", ".join([*below, *map(str, one.exact_scopes)])
        rows.append((one.system_id, one.organ_id, one.name, output.pick(SYSTEMS[one.state]), scopes))
    return output.table(columns, rows)


def keys_shown(output: Output, entry: System) -> Table:
    """Return a table of a system's keys."""
    rows = ((key.kid, key.valid_from, key.valid_to) for key in entry.keys)
    return output.table((("Mã khóa", "Key id"), *_WINDOW), rows)


def history_shown(output: Output, changes: Iterable[DirectoryChange]) -> Table:
    """Return a table of the history."""
    columns = (("Lúc", "At"), ("Phiên bản", "Version"), ("Người thực hiện", "By"), ("Lý do", "Why"))
    return output.table(columns, [(change.at, change.version, change.actor, change.reason) for change in changes])


def difference(found: Difference, version: int | None) -> dict[str, object]:
    """Return what an import changed, or (without a version) would change."""
    return {
        "applied": version is not None,
        "version": version,
        "added": [agency(one) for one in found.added],
        "changed": [
            {
                "organ_id": str(change.agency.organ_id),
                "fields": {one.field: [_told(one.old), _told(one.new)] for one in change.fields},
            }
            for change in found.changed
        ],
        "unchanged": found.unchanged,
        "absent": len(found.absent),
        "errors": [finding_document(finding) for finding in found.errors],
    }


def difference_shown(output: Output, found: Difference, *, version: int | None) -> Iterator[Table | Label]:
    """Yield what a person sees of an import."""
    rows: list[tuple[object, ...]] = [("+", one.organ_id, "", "", one.name_vi) for one in found.added]
    for change in found.changed:
        rows.extend(
            ("~", change.agency.organ_id, _field(output, one.field), *(_shown(output, of) for of in (one.old, one.new)))
            for one in change.fields
        )
    if rows:
        columns = (("", ""), ("Mã", "Id"), ("Mục", "Field"), ("Cũ", "Old"), ("Mới", "New"))
        yield output.table(columns, rows[:_SHOWN_MAX])
    if len(rows) > _SHOWN_MAX:
        more = len(rows) - _SHOWN_MAX
        yield f"… và {more} dòng khác (xem bằng --json).", f"… and {more} more lines (see them with --json)."
    counts = len(found.added), len(found.changed), found.unchanged, len(found.absent)
    yield (
        "Thêm {}, sửa {}, giữ nguyên {}; {} cơ quan ngoài tệp không bị động đến.".format(*counts),
        "{} added, {} changed, {} as they were; {} agencies outside the file stay.".format(*counts),
    )
    if version is None:
        yield "Chưa ghi gì (--dry-run).", "Nothing was written (--dry-run)."


def finding_lines(output: Output, findings: Iterable[Finding]) -> list[str]:
    """Return findings as lines for people."""
    return [line for finding in findings for line in lines_of(finding, output.language)]


_ANSWERS: Final[Mapping[bool, Label]] = {True: ("có", "yes"), False: ("không", "no")}
_WINDOW: Final = (("Từ", "From"), ("Đến trước", "Until before"))


def _told(value: FieldValue) -> object:
    if isinstance(value, tuple):
        return [str(one) for one in value]
    return value if value is None or isinstance(value, bool) else str(value)


def _field(output: Output, name: str) -> str:
    """Return what a column holds, in few words, and its name."""
    words = next((output.pick((one.vi, one.en)) for one in COLUMNS if one.name == name), "")
    return f"{words.partition(' (')[0].partition(';')[0]} [{name}]".lstrip()


def _shown(output: Output, value: object) -> str:
    match value:
        case bool():
            return output.pick(_ANSWERS[value])
        case tuple():
            return cell_of(list(value))
    return cell_of(value)
