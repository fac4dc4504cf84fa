"""The database's shape: bringing it up to date, and saying which one it has."""

from __future__ import annotations

from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from storage.database import partitions
from storage.database.faults import translated
from storage.database.transactions import Transactions
from storage.errors import SchemaOutdated

_LOCK: Final = 7_228_000
"""The advisory lock of whoever changes the shape; any number that nothing else here uses."""

_LIMITS: Final = (
    # For the lock above all: another process may be upgrading, and its whole upgrade has to be waited for.
    "SET LOCAL lock_timeout = '15min'",
    "SELECT pg_advisory_xact_lock(:key)",
    # A change that waits for a table blocks everybody behind it, so it gives up soon and is started again.
    "SET LOCAL lock_timeout = '5s'",
    # A change of many rows that takes longer belongs into a job of small steps, not into a migration.
    "SET LOCAL statement_timeout = '10min'",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
)


def upgrade(engine: Engine, moment: datetime) -> None:
    """Bring an empty or used database up to date, in one transaction; harmless where it is.

    Migrations know no time: the partitions around `moment` are made after them, in the same transaction, and also where
    no migration was due. Several processes may call it at once.
    """
    with translated(), engine.begin() as connection:
        for statement in _LIMITS:
            connection.execute(text(statement), {"key": _LOCK} if ":key" in statement else {})
        command.upgrade(_configuration(connection), "head")
        partitions.ensure(connection, moment)


def current_revision(engine: Engine) -> str | None:
    """Return the revision the database has, None where it is empty."""
    with translated(), engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str | None:
    """Return the revision this program was written for."""
    return ScriptDirectory.from_config(_configuration()).get_current_head()


def check_connection(transactions: Transactions) -> None:
    """Return where the database answers; raises `StorageError` where it does not."""
    with transactions.read() as session:
        session.execute(text("SELECT 1"))


def check_revision(engine: Engine) -> None:
    """Raise `SchemaOutdated` where the database has another revision than this program's."""
    current, newest = current_revision(engine), newest_revision()
    if current != newest:
        raise SchemaOutdated(f"the database has revision {current or 'none'}, this program needs {newest}")


def _configuration(connection: Connection | None = None) -> Config:
    """Return the configuration of Alembic, made here: an .ini file would have to be found at run time."""
    package = find_spec("migrations")
    if package is None or package.origin is None:
        raise SchemaOutdated("the package `migrations` is not installed")
    configuration = Config(attributes={"connection": connection})
    configuration.set_main_option("script_location", str(Path(package.origin).parent).replace("%", "%%"))
    configuration.set_main_option("path_separator", "os")
    return configuration
