"""Wake-up calls between processes: PostgreSQL's LISTEN and NOTIFY."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, LiteralString, Self

from psycopg import sql
from sqlalchemy import Engine

from storage.database.bulk import driver_of
from storage.database.engine import connect_beside
from storage.database.faults import translated
from storage.database.transactions import WriteSession

_NAME: Final = "axis listener"
"""What the connection is called in `pg_stat_activity`."""

PAYLOAD_BYTES_MAX: Final = 7999
"""PostgreSQL's own limit is under 8,000."""

_NOTIFY: Final[LiteralString] = "SELECT pg_notify(%s, payload) FROM unnest(%s::text[]) AS payload"


@dataclass(frozen=True, slots=True)
class Notice:
    """One wake-up call. It may come twice or never: whoever waits looks at the rows themselves, also now and then."""

    channel: str
    payload: str


def notify(session: WriteSession, channel: str, *, payloads: Sequence[str]) -> None:
    """Wake the listeners of `channel` when the session commits; equal payloads are told once.

    Call it in a transaction of its own, after the deed's commit: PostgreSQL lets notifying transactions commit only one
    after the other, and inside the deed that would queue every acceptance behind one disk write.
    """
    driver_of(session).execute(_NOTIFY, (channel, list(payloads)))


class Listener:
    """A connection of its own that hears notices of some channels; for one thread."""

    def __init__(self, engine: Engine, channels: Sequence[str]) -> None:
        with translated():
            self._connection = connect_beside(engine, name=_NAME)
            for channel in channels:
                self._connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def wait(self, timeout: float) -> tuple[Notice, ...]:
        """Return the notices that arrived together, none after `timeout` seconds of silence.

        Raises `DatabaseUnavailable` when the connection broke; whoever listens then makes a new listener and looks at
        the rows, because what was told meanwhile is lost.
        """
        with translated():
            heard = self._connection.notifies(timeout=timeout, stop_after=1)
            return tuple(Notice(notice.channel, notice.payload) for notice in heard)

    def close(self) -> None:
        """End the connection; a waiting thread gets `DatabaseUnavailable`."""
        self._connection.close()
