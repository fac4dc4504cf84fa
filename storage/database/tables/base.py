"""What all tables share: the metadata, the names of constraints, and the column types of our identifiers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, LargeBinary, MetaData, String, Table, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

from envelopes.limits import DOCUMENT_ID_MAX, ORGAN_ID_MAX, SYSTEM_ID_MAX

ORDINAL: Final = "C"
"""The collation of identifiers: octet order, the same on every machine and after every upgrade of its locales."""

CODE_MAX: Final = 40
"""Characters in a code of ours (a state, a kind, an event's tag); the longest has 27."""

OrganText = Annotated[str, mapped_column(String(ORGAN_ID_MAX, collation=ORDINAL))]
DocumentText = Annotated[str, mapped_column(String(DOCUMENT_ID_MAX, collation=ORDINAL))]
SystemText = Annotated[str, mapped_column(String(SYSTEM_ID_MAX, collation=ORDINAL))]
CodeText = Annotated[str, mapped_column(String(CODE_MAX, collation=ORDINAL))]
Number = Annotated[int, mapped_column(BigInteger)]
Json = Annotated[dict[str, Any], mapped_column(JSONB)]
JsonList = Annotated[list[dict[str, Any]], mapped_column(JSONB)]


class Base(DeclarativeBase):
    """The registry of all rows."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        bytes: LargeBinary,
        UUID: Uuid,
    }


def sha256(column: str) -> CheckConstraint:
    """Return the constraint that `column` holds a SHA-256 digest."""
    return CheckConstraint(f"octet_length({column}) = 32", name=column)


def table_of(row: type[Base]) -> Table:
    """Return the table of a row class: statements are built on it, without the mapper and its memory of rows."""
    table = row.__table__
    if not isinstance(table, Table):
        raise TypeError(f"{row.__name__} is mapped to no table")
    return table
