"""`axis doctor`: what is broken or stuck, why, and what to do about it.

What takes hold of the axis itself is imported where it is used, which takes a second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import typer
from rich.table import Table

from axis.cli.commands import command
from axis.cli.exits import ExitCode
from axis.cli.language import Language
from axis.cli.output import Label, Output
from axis.inquiry.complaints import Gravity

if TYPE_CHECKING:
    from axis.inquiry.doctor import Diagnosis

_GRAVITIES: Final[Mapping[Gravity, Label]] = {
    Gravity.BROKEN: ("Hỏng", "Broken"),
    Gravity.LATE: ("Chậm", "Late"),
    Gravity.KNOWN: ("Nên biết", "To know"),
}
_COLUMNS: Final[tuple[Label, ...]] = (
    ("Mức độ", "Gravity"),
    ("Mã", "Code"),
    ("Số lượng", "Number"),
    ("Lâu nhất", "Oldest"),
    ("Từ lúc", "Since"),
)
_SOUND: Final[Label] = ("Không có gì hỏng hoặc ứ đọng.", "Nothing is broken or stuck.")


def enrol(root: typer.Typer) -> None:
    """Add the command to the program."""
    command(root, "doctor")(doctor)


def doctor(output: Output) -> None:
    """Say what is broken or stuck on this axis, since when and why, and what to do about it.

    Looks at the database, the object store, the trust store and the seal's certificate that the settings name, on the
    machine it runs on; reads alone, whether or not the axis runs. Every look has its time, and counts to a thousand at
    most. Ends with 10 where something is broken or late, and with 0 where there is nothing but what one should know.
    """
    from axis.cli.examination import examine  # noqa: PLC0415 see the module's docstring

    found = examine()
    is_sound = all(one.gravity is Gravity.KNOWN for one in found)
    document = {"sound": is_sound, "findings": [_document(one) for one in found]}
    output.give(document, *([_SOUND] if is_sound else []), *_shown(output, found))
    if not is_sound:
        raise typer.Exit(ExitCode.STUCK)


def _shown(output: Output, found: Sequence[Diagnosis]) -> Iterator[Table | str]:
    """Yield what a person sees: a table, then each finding in words."""
    if not found:
        return
    rows = ((output.pick(_GRAVITIES[one.gravity]), one.complaint, _count(one), one.oldest, one.since) for one in found)
    yield output.table(_COLUMNS, rows)
    is_vi = output.language is Language.VI
    for one in found:
        words = one.words
        yield f"{output.pick(_GRAVITIES[one.gravity])}: {words.vi if is_vi else words.en} [{one.complaint}]"
        yield f"  → {words.do_vi if is_vi else words.do_en}"


def _count(one: Diagnosis) -> str:
    return f"{one.count}{'+' if one.is_more else ''}"


def _document(one: Diagnosis) -> dict[str, object]:
    words = one.words
    return {
        "code": one.complaint.value,
        "gravity": one.gravity.value,
        "count": one.count,
        "more": one.is_more,
        "oldest": one.oldest or None,
        "since": one.since,
        "about": one.about or None,
        "vi": words.vi,
        "en": words.en,
        "do_vi": words.do_vi,
        "do_en": words.do_en,
    }
