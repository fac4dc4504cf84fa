"""`axis db`: the database's shape."""

from __future__ import annotations

from typing import Final

import typer

from axis.cli.commands import command
from axis.cli.opening import upgrade_database
from axis.cli.output import Output

group: Final = typer.Typer(help="The database.")


@command(group, "upgrade")
def upgrade(output: Output) -> None:
    """Bring the database up to date: an empty one, one of an earlier version, or one that already is.

    Made in one transaction; several may start it at once. The address is AXIS_DATABASE__URL.
    """
    done = upgrade_database()
    output.give(
        {"before": done.before, "after": done.after, "changed": done.before != done.after},
        (
            f"Cơ sở dữ liệu ở phiên bản {done.after} (trước đó: {done.before or 'trống'}).",
            f"The database has revision {done.after} (before: {done.before or 'empty'}).",
        ),
    )
