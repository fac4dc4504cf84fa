"""Tables of the directory: agencies, their certificates, connected systems, and the history of all of them.

Foreign keys hold the parts of one entry together. Between entries there are none: a parent, an owner or a scope may be
written by an alias, and what an id means is the directory's to say.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from routing.agencies import JWK_MAX, KID_MAX, NAME_MAX
from routing.webhooks import ADDRESS_MAX
from storage.database.tables.base import ORDINAL, Base, CodeText, Json, Number, OrganText, SystemText, sha256

ACTOR_MAX: Final = 200
"""Characters in the name of who changed the directory: a system's id, or a person's account."""

REASON_MAX: Final = 2000
"""Characters in the reason given: a decree's number and a sentence."""


class AgencyRow(Base):
    """One agency under its canonical id; closed by its dates, never removed."""

    __tablename__ = "agencies"
    organ_id: Mapped[OrganText] = mapped_column(primary_key=True)
    name_vi: Mapped[str] = mapped_column(String(NAME_MAX))
    name_en: Mapped[str | None] = mapped_column(String(NAME_MAX))
    parent: Mapped[OrganText | None]
    is_group: Mapped[bool]
    is_receiving: Mapped[bool]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    forwards_to: Mapped[OrganText | None]


class AgencyAliasRow(Base):
    """Every text an agency is found under, its canonical id included, so that one key keeps all of them unique."""

    __tablename__ = "agency_aliases"
    __table_args__ = (Index(None, "organ_id"),)
    alias_key: Mapped[OrganText] = mapped_column(primary_key=True)
    organ_id: Mapped[OrganText] = mapped_column(ForeignKey("agencies.organ_id"))
    spelling: Mapped[OrganText]
    position: Mapped[int] = mapped_column(SmallInteger)  # 0 is the canonical id


class AgencySuccessorRow(Base):
    """Who took over from a closed agency, in the order of the decree."""

    __tablename__ = "agency_successors"
    organ_id: Mapped[OrganText] = mapped_column(ForeignKey("agencies.organ_id"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    successor: Mapped[OrganText]


class AgencyCertificateRow(Base):
    """A certificate registered for an agency, kept whole: old signatures are judged by it when its issuer is gone."""

    __tablename__ = "agency_certificates"
    __table_args__ = (Index(None, "organ_id"), sha256("fingerprint"))
    fingerprint: Mapped[bytes] = mapped_column(primary_key=True)
    organ_id: Mapped[OrganText]
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime]
    suspended_at: Mapped[datetime | None]
    der: Mapped[bytes]


class SystemRow(Base):
    """A connected software."""

    __tablename__ = "systems"
    system_id: Mapped[SystemText] = mapped_column(primary_key=True)
    organ_id: Mapped[OrganText]
    name: Mapped[str] = mapped_column(String(NAME_MAX))
    state: Mapped[CodeText]
    webhook: Mapped[str | None] = mapped_column(String(ADDRESS_MAX))
    webhook_mode: Mapped[CodeText] = mapped_column(server_default=text("'event'"))


class SystemScopeRow(Base):
    """An agency that a system may act for, alone (`is_exact`) or with all below it."""

    __tablename__ = "system_scopes"
    system_id: Mapped[SystemText] = mapped_column(ForeignKey("systems.system_id"), primary_key=True)
    is_exact: Mapped[bool] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    organ_id: Mapped[OrganText]


class SystemKeyRow(Base):
    """A public key that a system authenticates with."""

    __tablename__ = "system_keys"
    system_id: Mapped[SystemText] = mapped_column(ForeignKey("systems.system_id"), primary_key=True)
    kid: Mapped[str] = mapped_column(String(KID_MAX, collation=ORDINAL), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger)
    jwk: Mapped[str] = mapped_column(String(JWK_MAX))
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]


class DirectoryVersionRow(Base):
    """One row: a counter that grows with each change, so that every process notices by asking for one number.

    `agencies_version` is the version in which agencies last changed: the large part of the directory is loaded anew
    only then. The row's lock also lets the writers of the directory go one after the other.
    """

    __tablename__ = "directory_versions"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)
    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    version: Mapped[Number]
    agencies_version: Mapped[Number]


class DirectoryChangeRow(Base):
    """What was changed in the directory: before, after, by whom, why, when. Only grows."""

    __tablename__ = "directory_changes"
    __table_args__ = (Index(None, "kind", "subject", "id"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[Number]
    kind: Mapped[CodeText]
    subject: Mapped[SystemText]
    before: Mapped[Json | None]
    after: Mapped[Json]
    actor: Mapped[str] = mapped_column(String(ACTOR_MAX))
    reason: Mapped[str | None] = mapped_column(String(REASON_MAX))
    at: Mapped[datetime]
