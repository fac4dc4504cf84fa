"""What the driver's errors mean to us: one table from SQLSTATE to the errors of storage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from sqlalchemy import exc

from storage.errors import (
    AppendOnly,
    ConstraintBroken,
    Contention,
    DatabaseUnavailable,
    LockTimeout,
    PartitionMissing,
    SchemaOutdated,
    StatementTooSlow,
    StorageError,
)

APPEND_ONLY_STATE: Final = "AX001"
"""The SQLSTATE our triggers raise; classes beginning with A are not used by PostgreSQL or the standard."""

_CHECK_VIOLATION: Final = "23514"

_MEANINGS: Final[dict[str, type[StorageError]]] = {
    "40001": Contention,  # serialization_failure
    "40P01": Contention,  # deadlock_detected
    "55P03": LockTimeout,  # lock_not_available
    "57014": StatementTooSlow,  # query_canceled
    "25P03": StatementTooSlow,  # idle_in_transaction_session_timeout
    "42P01": SchemaOutdated,  # undefined_table
    "42703": SchemaOutdated,  # undefined_column
    "53300": DatabaseUnavailable,  # too_many_connections
    "53100": DatabaseUnavailable,  # disk_full
    "25006": DatabaseUnavailable,  # read_only_sql_transaction: a replica, or a write in a reading session
    "57P01": DatabaseUnavailable,  # admin_shutdown
    "57P02": DatabaseUnavailable,  # crash_shutdown
    "57P03": DatabaseUnavailable,  # cannot_connect_now
    APPEND_ONLY_STATE: AppendOnly,
}

_QUOTING_CLASSES: Final = ("22", "23")
"""Data exceptions and integrity violations: their details quote values of the row."""


@contextmanager
def translated() -> Iterator[None]:
    """Let errors of the driver leave as errors of storage."""
    try:
        yield
    except exc.TimeoutError as error:
        raise DatabaseUnavailable("every connection of the pool is busy") from error
    except exc.DBAPIError as error:
        _raise(error, error.orig)
    except psycopg.Error as error:
        _raise(error, error)


def _raise(error: Exception, cause: BaseException | None) -> None:
    state = getattr(cause, "sqlstate", None) or ""
    if state[:2] in _QUOTING_CLASSES and isinstance(cause, psycopg.Error):
        # Without its cause: PostgreSQL's detail quotes the row, and a row may hold words of a document.
        raise _without_values(cause) from None
    meaning = _MEANINGS.get(state)
    if meaning is None and not state:
        meaning = DatabaseUnavailable if isinstance(cause, psycopg.OperationalError) else None
    if meaning is None:
        raise error
    raise meaning(f"PostgreSQL: {state or 'connection lost'}") from error


def _without_values(cause: psycopg.Error) -> StorageError:
    place = ".".join(part for part in (cause.diag.table_name, cause.diag.constraint_name) if part)
    if cause.sqlstate == _CHECK_VIOLATION and cause.diag.constraint_name is None:
        return PartitionMissing(f"table {cause.diag.table_name} has no partition for the month of this id")
    return ConstraintBroken(f"PostgreSQL: {cause.sqlstate} {place}".rstrip())
