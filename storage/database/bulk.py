"""Many rows at once: COPY, which costs a tenth of inserting row by row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from psycopg import Connection, sql
from sqlalchemy import ARRAY, BindParameter, LargeBinary, Text, Uuid, any_, bindparam, text, true
from sqlalchemy.sql.elements import ColumnElement

from storage.database.tables import Base, table_of
from storage.database.transactions import WriteSession

_STAGE: Final = "incoming_rows"


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


def copy_rows(session: WriteSession, row: type[Base], rows: Iterable[Sequence[object]]) -> None:
    """Write `rows`, each with a value for every column of the table in its order."""
    _copy(session, sql.Identifier(table_of(row).name), row, rows)


def upsert_rows(session: WriteSession, row: type[Base], rows: Iterable[Sequence[object]]) -> None:
    """Write `rows` as `copy_rows` does; those whose primary key is there replace what it held."""
    table = table_of(row)
    keys = ", ".join(column.name for column in table.primary_key)
    values = ", ".join(f"{column.name} = excluded.{column.name}" for column in table.columns if not column.primary_key)
    session.execute(text(f"CREATE TEMPORARY TABLE {_STAGE} (LIKE {table.name}) ON COMMIT DROP"))
    _copy(session, sql.Identifier(_STAGE), row, rows)
    session.execute(
        text(
            f"INSERT INTO {table.name} SELECT * FROM {_STAGE}"  # noqa: S608 - names of our own tables and columns
            f" ON CONFLICT ({keys}) DO UPDATE SET {values}"
        )
    )
    session.execute(text(f"DROP TABLE {_STAGE}"))


def _copy(session: WriteSession, target: sql.Identifier, row: type[Base], rows: Iterable[Sequence[object]]) -> None:
    columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in table_of(row).columns)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(target, columns)
    driver = session.connection().connection.driver_connection
    if not isinstance(driver, Connection):
        raise TypeError("COPY is written for psycopg")
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for values in rows:
            copy.write_row(values)
