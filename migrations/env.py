"""Runs the migrations on the connection it is given, inside the transaction that stands open there."""

from __future__ import annotations

import re
from typing import Final

from alembic import context

from storage.database.tables import PARTITIONED, Base

_PARTITION: Final = re.compile(rf"({'|'.join(PARTITIONED)})_\d{{4}}_\d{{2}}")


def is_compared(name: str | None, kind: str, _parents: object) -> bool:
    """Return whether autogeneration looks at this: partitions follow their table."""
    return kind != "table" or name is None or _PARTITION.fullmatch(name) is None


def run() -> None:
    """Run what is due; the caller commits."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=Base.metadata,
        include_name=is_compared,
        compare_type=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
