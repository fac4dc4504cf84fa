"""The months of the tables that grow: one partition for each, on the UUIDv7 `id`, made before the month begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from storage.database.tables import APPEND_ONLY, PARTITIONED

MONTHS_AHEAD: Final = 3
"""Months that stand ready: time to notice, over a long holiday too, that the schedule which makes them has stopped."""

_CLOCKS_APART: Final = timedelta(days=1)
"""How far two machines' clocks may stand apart: an id minted later by another one may begin with an earlier time."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_VERSION_7: Final = 0x7 << 76
_VARIANT: Final = 0b10 << 62
_DECEMBER: Final = 12

_LOCK: Final = 7_228_001
"""The advisory lock of whoever makes partitions; any number that nothing else here uses."""

_PRESENT: Final = text(
    "SELECT child.relname FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid"
    " WHERE inhparent = ANY (CAST(CAST(:parents AS text[]) AS regclass[]))"
)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month in UTC."""

    year: int
    number: int

    @classmethod
    def of(cls, moment: datetime) -> Month:
        """Return the month of the aware `moment`."""
        day = moment.astimezone(UTC)
        return cls(day.year, day.month)

    def __str__(self) -> str:
        return f"{self.year:04}_{self.number:02}"

    def next(self) -> Month:
        """Return the month after this one."""
        return Month(self.year + 1, 1) if self.number == _DECEMBER else Month(self.year, self.number + 1)

    def previous(self) -> Month:
        """Return the month before this one."""
        return Month(self.year - 1, _DECEMBER) if self.number == 1 else Month(self.year, self.number - 1)

    def lower_bound(self) -> UUID:
        """Return the smallest UUIDv7 of the month: its first millisecond, and zeros where an id has random bits."""
        return least_id(datetime(self.year, self.number, 1, tzinfo=UTC))


def least_id(moment: datetime) -> UUID:
    """Return the smallest UUIDv7 minted in the millisecond of `moment` (RFC 9562 §5.7)."""
    milliseconds = (moment - _EPOCH) // _MILLISECOND
    return UUID(int=milliseconds << 80 | _VERSION_7 | _VARIANT)


def least_descendant(ancestor: UUID) -> UUID:
    """Return an id below every id that was minted because of `ancestor`, so that a look-up can skip earlier months."""
    milliseconds = max((ancestor.int >> 80) - _CLOCKS_APART // _MILLISECOND, 0)
    return UUID(int=milliseconds << 80 | _VERSION_7 | _VARIANT)


def ensure(executor: Session | Connection, moment: datetime, *, ahead: int = MONTHS_AHEAD) -> tuple[str, ...]:
    """Return the names of the partitions it made, so that all from the month before `moment` to `ahead` after exist.

    The month before belongs to clocks that are behind. Reading and writing go on meanwhile: a partition is made beside
    its table and then attached, which locks out neither.
    """
    executor.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    absent = missing(executor, moment, ahead=ahead)
    for table, month in _wanted(moment, ahead):
        if f"{table}_{month}" in absent:
            _make(executor, table, month=month)
    return absent


def missing(executor: Session | Connection, moment: datetime, *, ahead: int = MONTHS_AHEAD) -> tuple[str, ...]:
    """Return the names of the partitions that should exist at `moment` and do not, table by table."""
    present = set(executor.scalars(_PRESENT, {"parents": list(PARTITIONED)}))
    names = (f"{table}_{month}" for table, month in _wanted(moment, ahead))
    return tuple(name for name in names if name not in present)


def _wanted(moment: datetime, ahead: int) -> Iterator[tuple[str, Month]]:
    for table in PARTITIONED:
        month = Month.of(moment).previous()
        for _ in range(ahead + 2):
            yield table, month
            month = month.next()


def _make(executor: Session | Connection, table: str, *, month: Month) -> None:
    name = f"{table}_{month}"
    executor.execute(text(f"CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"))
    executor.execute(
        text(
            f"ALTER TABLE {table} ATTACH PARTITION {name}"
            f" FOR VALUES FROM ('{month.lower_bound()}') TO ('{month.next().lower_bound()}')"
        )
    )
    if table in APPEND_ONLY:
        # Triggers for rows come with the attachment; one for TRUNCATE belongs to each table alone.
        executor.execute(
            text(
                f"CREATE TRIGGER {name}_stays BEFORE TRUNCATE ON {name}"
                " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
        )
