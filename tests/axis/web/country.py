"""A directory with two provinces, and the systems that knock at the door in these tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

from envelopes.identifiers import OrganId, SystemId
from routing.agencies import Agency, System, SystemKey, SystemState
from routing.directory import Catalogue, Directory
from signing.assertions import AssertionKey

NOW: Final = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
LONG_AGO: Final = NOW - timedelta(days=400)

MINISTRY: Final = OrganId("G22")
PROVINCE: Final = OrganId("H51")
DEPARTMENT: Final = OrganId("H51.15")
OTHER: Final = OrganId("H26")

CATALOGUE: Final = Catalogue(
    (
        Agency(MINISTRY, "Bộ Thông tin và Truyền thông", aliases=(OrganId("000.00.00.G22"),)),
        Agency(PROVINCE, "Ủy ban nhân dân tỉnh A", aliases=(OrganId("000.00.00.H51"),)),
        Agency(DEPARTMENT, "Sở Nội vụ", aliases=(OrganId("000.00.15.H51"),), parent=PROVINCE),
        Agency(OTHER, "Ủy ban nhân dân tỉnh B"),
    )
)


@cache
def key_of(name: str) -> AssertionKey:
    """The private key of a system, the same whenever it is asked for."""
    return AssertionKey.generate()


def system_key(name: str, *, valid_to: datetime | None = None) -> SystemKey:
    key = key_of(name)
    return SystemKey(key.kid, key.public_jwk(), LONG_AGO, valid_to)


def system(
    name: str, *scopes: OrganId, state: SystemState = SystemState.ACTIVE, key: SystemKey | None = None
) -> System:
    keys = (key or system_key(name),)
    return System(SystemId(name), scopes[0], f"Phần mềm {name}", scopes, state=state, keys=keys)


def directory(*systems: System, version: int = 1) -> Directory:
    return Directory(version, CATALOGUE, systems=systems)


def everybody() -> Directory:
    return directory(
        system("vpcp", MINISTRY),
        system("tinh-a", PROVINCE),
        system("tinh-b", OTHER),
        system("bi-dung", MINISTRY, state=SystemState.SUSPENDED),
    )
