"""Arguments and options that several commands share, each described once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Final, TypeVar
from uuid import UUID

import typer

from axis.cli.exits import ExitCode
from axis.cli.failures import Unable
from axis.cli.words import CliCode
from axis.clock import SystemClock
from axis.errors import NotFound
from envelopes.errors import Phrase
from envelopes.identifiers import IdentifierError, OrganId, SystemId
from envelopes.texts import VIETNAM

Identifier = TypeVar("Identifier", OrganId, SystemId)

_KINDS: Final[Mapping[type[OrganId | SystemId], Phrase]] = {
    OrganId: ("mã định danh cơ quan", "an agency id"),
    SystemId: ("mã hệ thống kết nối", "a system id"),
}

ProfileFile = Annotated[
    Path | None,
    typer.Option("--profile", help="The system's profile (TOML). Without it, the one AXIS_PROFILE names."),
]
Reason = Annotated[str, typer.Option("--reason", help="Why: the decision or request, kept in the history.")]
Actor = Annotated[
    str | None,
    typer.Option("--actor", help="On whose word. Without it, the account that runs the command."),
]
Agency = Annotated[str, typer.Argument(metavar="ORGAN_ID", help="The agency's id, or any of its aliases.")]
SystemArgument = Annotated[str, typer.Argument(metavar="SYSTEM_ID", help="The system's id.")]
Successors = Annotated[
    list[str] | None,
    typer.Option("--successor", metavar="ORGAN_ID", help="Who takes over; several times for several, in order."),
]


def present() -> datetime:
    """Return the moment at which a command is given."""
    clock = SystemClock()
    return clock.now()


def organ_id(text: str, place: str = "ORGAN_ID") -> OrganId:
    """Return an agency id from the command line; raises `Unable`."""
    return _identifier(OrganId, text, place=place)


def organ_ids(texts: list[str] | None, place: str) -> tuple[OrganId, ...]:
    """Return agency ids from a repeated option; raises `Unable`."""
    return tuple(organ_id(text, place) for text in texts or ())


def system_id(text: str) -> SystemId:
    """Return a system id from the command line; raises `Unable`."""
    return _identifier(SystemId, text, place="SYSTEM_ID")


def uuid(text: str, place: str) -> UUID:
    """Return an id the axis gave; raises `Unable`."""
    try:
        return UUID(text)
    except ValueError as error:
        raise Unable(CliCode.VALUE_INVALID, place, kind="UUID") from error


def day(text: str, place: str) -> date:
    """Return a day; raises `Unable`."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Unable(CliCode.VALUE_INVALID, place, kind=("ngày dạng YYYY-MM-DD", "YYYY-MM-DD")) from error


def moment(text: str | None, place: str) -> datetime | None:
    """Return a moment, aware; one without an offset, or a mere day, is Vietnam time. Raises `Unable`."""
    if text is None:
        return None
    try:
        read = datetime.fromisoformat(text)
        return (read if read.tzinfo else read.replace(tzinfo=VIETNAM)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        layout = "YYYY-MM-DD[THH:MM:SS[+07:00]]"
        raise Unable(CliCode.VALUE_INVALID, place, kind=(f"thời điểm dạng {layout}", layout)) from error


def _identifier(kind: type[Identifier], text: str, *, place: str) -> Identifier:
    try:
        return kind(text)
    except IdentifierError as error:
        raise Unable(CliCode.VALUE_INVALID, place, kind=_KINDS[kind]) from error


@contextmanager
def of_directory(identifier: str) -> Iterator[None]:
    """Say of an id that names nothing that it was looked for in the directory; raises `Unable`."""
    try:
        yield
    except NotFound as error:
        raise Unable(CliCode.NO_ENTRY, identifier, exit_code=ExitCode.NOTHING_THERE) from error
