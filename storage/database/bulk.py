"""Rows by the handful and by the thousand, each in the way that is cheapest for so many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import chain, islice
from typing import Any, Final
from uuid import UUID

from psycopg import Connection, sql
from sqlalchemy import ARRAY, BindParameter, LargeBinary, Text, Uuid, any_, bindparam, text, true
from sqlalchemy.sql.elements import ColumnElement

from storage.database.tables import Base, table_of
from storage.database.transactions import ReadSession, WriteSession

_STAGE: Final = "incoming_rows"

HANDFUL: Final = 40
"""Rows up to which one INSERT is cheaper than COPY, which takes four turns with the server whatever it carries.
Twenty thousand rows cost a tenth by COPY; one row costs twice as much."""


def texts_of(texts: Iterable[str]) -> BindParameter[Sequence[str]]:
    """Return one parameter that holds all the texts: a list of parameters would be compiled anew for each length."""
    return bindparam(None, list(texts), ARRAY(Text))


def ids_of(ids: Iterable[UUID]) -> BindParameter[Sequence[UUID]]:
    """Return one parameter that holds all the ids."""
    return bindparam(None, list(ids), ARRAY(Uuid))


def digests_of(digests: Iterable[bytes]) -> BindParameter[Sequence[bytes]]:
    """Return one parameter that holds all the digests."""
    return bindparam(None, list(digests), ARRAY(LargeBinary))


def among(column: ColumnElement[str], texts: Sequence[str] | None) -> ColumnElement[bool]:
    """Return the condition that `column` holds one of the texts; None stands for every text there is."""
    return true() if texts is None else column == any_(texts_of(texts))


@contextmanager
def in_one_turn(session: WriteSession, most_rows: int) -> Iterator[bool]:
    """Send what is written inside to the server in one turn, and hear of failures at the end of the block.

    Each turn costs as much as writing a row. Where a table gets more than a handful, COPY is used, which knows no such
    turns; then every table has its own. Yields whether it is one turn.
    """
    if most_rows > HANDFUL:
        yield False
        return
    with driver_of(session).pipeline():
        yield True


def write_rows(session: WriteSession, row: type[Base], *, rows: Iterable[Sequence[object]]) -> None:
    """Write `rows`, each with a value for every column of the table in its order."""
    waiting = iter(rows)
    first = list(islice(waiting, HANDFUL))
    following = next(waiting, None)
    if following is None:
        _insert(session, row, rows=first)
    else:
        _copy(session, sql.Identifier(table_of(row).name), row=row, rows=chain(first, (following,), waiting))


def upsert_rows(session: WriteSession, row: type[Base], *, rows: Iterable[Sequence[object]]) -> None:
    """Write `rows` as `write_rows` does; those whose primary key is there replace what it held."""
    table = table_of(row)
    keys = ", ".join(column.name for column in table.primary_key)
    values = ", ".join(f"{column.name} = excluded.{column.name}" for column in table.columns if not column.primary_key)
    session.execute(text(f"CREATE TEMPORARY TABLE {_STAGE} (LIKE {table.name}) ON COMMIT DROP"))
    _copy(session, sql.Identifier(_STAGE), row=row, rows=rows)
    session.execute(
        text(
            f"INSERT INTO {table.name} SELECT * FROM {_STAGE}"  # noqa: S608 - names of our own tables and columns
            f" ON CONFLICT ({keys}) DO UPDATE SET {values}"
        )
    )
    session.execute(text(f"DROP TABLE {_STAGE}"))


def _insert(session: WriteSession, row: type[Base], *, rows: Sequence[Sequence[object]]) -> None:
    if rows:
        with driver_of(session).cursor() as cursor:
            cursor.execute(_insert_statement(row, len(rows)), [value for values in rows for value in values])


@cache
def _insert_statement(row: type[Base], count: int) -> bytes:
    """Return the statement for so many rows, spelled once; the driver prepares what it is given often."""
    table = table_of(row)
    columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)
    one = sql.SQL("({})").format(sql.SQL(", ").join([sql.Placeholder()] * len(table.columns)))
    values = sql.SQL(", ").join([one] * count)
    return sql.SQL("INSERT INTO {} ({}) VALUES {}").format(sql.Identifier(table.name), columns, values).as_bytes()


def _copy(session: WriteSession, target: sql.Identifier, *, row: type[Base], rows: Iterable[Sequence[object]]) -> None:
    columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in table_of(row).columns)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(target, columns)
    with driver_of(session).cursor() as cursor, cursor.copy(statement) as copy:
        for values in rows:
            copy.write_row(values)


def driver_of(session: ReadSession) -> Connection[Any]:
    """Return the driver's own connection of a session, for statements that are spelled once and for all.

    Building one anew from its parts each time costs more than the server takes for a row.
    """
    driver = session.connection().connection.driver_connection
    if not isinstance(driver, Connection):
        raise TypeError("these statements are for psycopg")
    return driver
