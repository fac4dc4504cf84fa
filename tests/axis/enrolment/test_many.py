"""The registrar at the size of the country, and beside others who change the directory at the same moment."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from axis.atlas import FRESH_SECONDS, Atlas
from axis.clock import SettableClock
from axis.enrolment.agency_files import AgencyFormat, read_agencies, write_agencies
from axis.enrolment.amendments import SystemApplication
from axis.enrolment.registrar import Registrar
from envelopes.identifiers import OrganId, SystemId
from routing.agencies import Agency
from storage.database.transactions import Transactions
from tests.axis.enrolment.conftest import WHY, public_jwk, registrar_of
from tests.fixtures.postgres import MOMENT

COUNTRY = 150_000
SECONDS_MAX = 120
LOAD_SECONDS_MAX = 30


def country() -> list[Agency]:
    """As many agencies as the national catalogue has, in four levels."""
    rows = [Agency(OrganId(f"H{number:02}"), f"Ủy ban nhân dân tỉnh Mẫu {number}") for number in range(1, 64)]
    for number in range(len(rows), COUNTRY):
        parent = rows[number // 40]
        code = OrganId(f"{parent.organ_id.value[:20]}.{number}")
        rows.append(Agency(code, f"Đơn vị mẫu số {number}", (OrganId(f"M.{number}"),), parent=parent.organ_id))
    return rows


@pytest.mark.slow
def test_a_file_of_the_whole_country_is_imported_in_under_two_minutes_and_loaded_in_half_of_one(
    registrar: Registrar, transactions: Transactions
) -> None:
    octets = write_agencies(country(), AgencyFormat.CSV)
    began = time.monotonic()
    entered = registrar.import_agencies(read_agencies(octets, AgencyFormat.CSV), WHY)
    assert time.monotonic() - began < SECONDS_MAX
    assert len(entered.entry.added) == COUNTRY
    imported = time.monotonic()
    assert len(Atlas(transactions, time.monotonic).directory().agencies) == COUNTRY
    assert time.monotonic() - imported < LOAD_SECONDS_MAX
    assert registrar.agency(OrganId("m.149999")).agency.organ_id.value.endswith(".149999")


def test_changes_made_at_one_moment_are_made_one_after_the_other(peopled: Registrar) -> None:
    organ_ids = [OrganId(f"H{number:02}") for number in range(1, 9)]
    with ThreadPoolExecutor(len(organ_ids)) as pool:
        closed = pool.map(lambda one: peopled.close(one, date(2027, 1, 1), instruction=WHY), organ_ids)
        versions = sorted(entered.version for entered in closed)
    assert versions == list(range(2, 2 + len(organ_ids)))
    assert {one.organ_id for one in peopled.agencies() if one.valid_to == date(2027, 1, 1)} == set(organ_ids)


def test_another_process_sees_a_suspension_within_ten_seconds(peopled: Registrar, transactions: Transactions) -> None:
    passed = [0.0]
    elsewhere = Atlas(transactions, lambda: passed[0])
    software = SystemId("van-thu-h51")
    application = SystemApplication(software, OrganId("H51"), "Phần mềm văn thư", (OrganId("H51"),))
    key = peopled.add_system(application, public_jwk(), instruction=WHY).entry.keys[0]
    before = elsewhere.directory().system(software)
    assert before is not None
    assert before.key(key.kid, MOMENT) is not None
    peopled.suspend_system(software, instruction=WHY)
    passed[0] += FRESH_SECONDS
    after = elsewhere.directory().system(software)
    assert after is not None
    assert after.key(key.kid, MOMENT) is None


def test_a_change_by_somebody_else_is_what_the_next_change_rests_on(
    peopled: Registrar, transactions: Transactions
) -> None:
    other = registrar_of(transactions, SettableClock(MOMENT), Atlas(transactions, lambda: 0.0))
    assert len(other.agencies()) == len(peopled.agencies())
    peopled.import_agencies([Agency(OrganId("H51.99"), "Đơn vị mẫu mới", parent=OrganId("H51"))], WHY)
    entered = other.succeed(OrganId("H51.23"), [OrganId("H51.99")], instruction=WHY)
    assert entered.entry.successors == (OrganId("H51.99"),)
