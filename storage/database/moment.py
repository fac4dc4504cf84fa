"""What time it is for the database's server."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import func, select

from storage.database.transactions import ReadSession


def database_moment(session: ReadSession) -> datetime:
    """Return the present moment by the server's clock, aware UTC: of this statement, not of its transaction."""
    moment: datetime = session.scalars(select(func.clock_timestamp())).one()
    return moment.astimezone(UTC)
