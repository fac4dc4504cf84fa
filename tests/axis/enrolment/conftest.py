"""A registrar on a real database with the demonstration's agencies, and keys to enrol."""

from __future__ import annotations

import time
from functools import cache

import pytest

from axis.atlas import Atlas
from axis.channels.guarded import Guard
from axis.channels.webhooks import Webhooks
from axis.clock import Clock, SettableClock
from axis.demo.authority import Authority, Credential, Hierarchy, Validity
from axis.demo.directory import agencies
from axis.enrolment.registrar import Instruction, Registrar
from axis.settings.hosts import Place
from axis.timekeeper import Timekeeper
from signing.assertions import AssertionKey
from storage.database.transactions import Transactions
from tests.fixtures.postgres import MOMENT

OWN = Place("axis.example.vn", 443)
WHY = Instruction("cli:tester", "Quyết định số 1/QĐ-MẪU")


@cache
def hierarchy() -> Hierarchy:
    """The infrastructure whose certificates are registered here."""
    return Hierarchy.found(MOMENT)


@cache
def credential(organ_id: str = "H51.15") -> Credential:
    """An agency's credential, the same one whenever the same is asked for."""
    return hierarchy().intermediate.issue_agency(organ_id, f"Cơ quan {organ_id}", validity=Validity.around(MOMENT))


@cache
def authority() -> Authority:
    """The authority itself."""
    return hierarchy().intermediate


@cache
def public_jwk(name: str = "first") -> bytes:
    """The public half of a system's key, as JWK."""
    return AssertionKey.generate().public_jwk().encode()


def webhooks(*addresses: str) -> Webhooks:
    """A way out that is never gone: every name leads to these addresses, to a public one unless told."""
    found = addresses or ("203.0.114.7",)
    return Webhooks(Guard((), 1.0, time.monotonic, lambda _host, _port: found), frozenset({OWN}))


@pytest.fixture
def clock() -> SettableClock:
    """A clock that stands at the tests' moment."""
    return SettableClock(MOMENT)


def registrar_of(transactions: Transactions, clock: Clock, atlas: Atlas | None = None, *addresses: str) -> Registrar:
    """A registrar on the database, for which every name leads to these addresses."""
    return Registrar(
        transactions,
        clock,
        atlas=atlas or Atlas(transactions, time.monotonic),
        webhooks=webhooks(*addresses),
        timekeeper=Timekeeper(transactions, clock, stopwatch=time.monotonic),
    )


@pytest.fixture
def registrar(transactions: Transactions, clock: SettableClock) -> Registrar:
    """A registrar of an empty directory."""
    return registrar_of(transactions, clock)


@pytest.fixture
def peopled(registrar: Registrar) -> Registrar:
    """A registrar of the demonstration's directory, imported as version 1."""
    registrar.import_agencies(agencies(), WHY)
    return registrar
