"""Who of all processes on a database does what one of them has to do: whoever holds a lock of PostgreSQL's."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Final, LiteralString

import psycopg
from sqlalchemy import Engine, text

from storage.database.engine import connect_beside
from storage.database.faults import translated
from storage.database.transactions import ReadSession
from storage.errors import StorageError

_LOCK: Final = 7_228_002
"""The advisory lock of the leader; any number that nothing else here uses."""

_NAME: Final = "axis leadership"
"""What the connection is called in `pg_stat_activity`: with `pg_locks` it tells which machine leads."""

_TRY: Final[LiteralString] = "SELECT pg_try_advisory_lock(%s)"
_ASK: Final[LiteralString] = "SELECT true"


_HELD: Final = text(
    "SELECT host(activity.client_addr) AS address, activity.backend_start AS since FROM pg_locks"
    " JOIN pg_stat_activity AS activity ON activity.pid = pg_locks.pid"
    " JOIN pg_database ON pg_database.oid = pg_locks.database"
    " WHERE locktype = 'advisory' AND granted AND pg_database.datname = current_database()"
    " AND classid = CAST(0 AS oid) AND objid = CAST(:key AS oid) AND objsubid = 1"
)
"""Who holds the lock: one of 64 bits stands in `pg_locks` in two halves, with the mark 1 (PostgreSQL 15, 54.12)."""


@dataclass(frozen=True, slots=True)
class Leader:
    """The process that leads: the machine it is connected from, empty for the database's own, and since when."""

    address: str
    since: datetime


def find_leader(session: ReadSession) -> Leader | None:
    """Return who leads at present, without asking for it; None where nobody does."""
    row = session.execute(_HELD, {"key": _LOCK}).one_or_none()
    return None if row is None else Leader(row.address or "", row.since)


class Leadership:
    """A candidate. The lock belongs to a connection of its own, so it is free again as soon as its process is gone.

    Where the whole machine is gone, nothing tells the server so: its own keepalive does, within half a minute.

    Two may believe to lead for a moment, when a connection was lost that nobody has missed yet: what a leader does must
    be harmless to do twice, and harmless to do late.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._connection: psycopg.Connection | None = None
        self._is_leading = False

    def is_leading(self) -> bool:
        """Return whether this process leads, having asked for it if it does not: one turn with the server.

        Raises `DatabaseUnavailable` where it cannot be asked; then somebody else may lead by now.
        """
        with self._lock:
            try:
                with translated():
                    self._is_leading = self._ask()
            except (StorageError, psycopg.Error):
                self._drop()
                raise
            return self._is_leading

    def close(self) -> None:
        """Lead no longer, and end the connection."""
        with self._lock:
            self._drop()

    def _ask(self) -> bool:
        if self._connection is None:
            self._connection = connect_beside(self._engine, name=_NAME)
        statement, values = (_ASK, ()) if self._is_leading else (_TRY, (_LOCK,))
        row = self._connection.execute(statement, values).fetchone()
        return row is not None and bool(row[0])

    def _drop(self) -> None:
        connection, self._connection, self._is_leading = self._connection, None, False
        if connection is not None:
            connection.close()
