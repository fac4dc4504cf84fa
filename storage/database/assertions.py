"""Client assertions that were used: each buys one token, in whichever process it is presented."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from storage.database.tables import UsedAssertionRow, table_of
from storage.database.transactions import WriteSession
from storage.records import UsedAssertion

_TABLE = table_of(UsedAssertionRow)


def use_assertion(session: WriteSession, assertion: UsedAssertion) -> bool:
    """Return whether this is its first use; of two at once one is told so."""
    values = {
        "system_id": str(assertion.system_id),
        "jti": assertion.jti,
        "expires_at": assertion.expires_at,
    }
    claim = insert(_TABLE).values(values).on_conflict_do_nothing().returning(_TABLE.c.jti)
    return session.execute(claim).one_or_none() is not None


def forget_assertions(session: WriteSession, now: datetime) -> int:
    """Return how many expired assertions were forgotten: an expired one is refused for its age."""
    gone = session.scalars(delete(_TABLE).where(_TABLE.c.expires_at <= now).returning(_TABLE.c.jti))
    return len(gone.all())
