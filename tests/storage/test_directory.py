"""The directory: what is saved is loaded as it was, each change has its version and its history."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from time import perf_counter

import pytest
from sqlalchemy import Engine

from envelopes.identifiers import OrganId, SystemId
from routing.agencies import Agency, RegisteredCertificate, System, SystemKey, SystemState
from routing.changes import compare
from routing.errors import InvalidDirectory
from storage.database.agencies import find_agencies, load_agencies, save_agencies
from storage.database.certificates import KeptCertificate, find_certificates, load_certificates, save_certificates
from storage.database.directory import load_directory
from storage.database.history import EntryKind, changes_of, directory_version, lock_directory
from storage.database.systems import find_systems, load_systems, save_systems
from storage.database.transactions import Transactions
from storage.errors import ConstraintBroken
from tests.fixtures.postgres import MOMENT
from tests.storage.records import SYSTEM, new_id, note

PROVINCE = Agency(OrganId("H51"), "Ủy ban nhân dân tỉnh Quảng Ngãi", aliases=(OrganId("000.00.00.H51"),), is_group=True)
OFFICE = Agency(
    OrganId("H51.15"),
    "Sở Nội vụ",
    aliases=(OrganId("000.00.15.H51"), OrganId("SNV.quangngai")),
    name_en="Department of Home Affairs",
    parent=OrganId("H51"),
    is_receiving=False,
    valid_from=date(2016, 4, 1),
    valid_to=date(2025, 7, 1),
    successors=(OrganId("H51.16"), OrganId("H51")),
    forwards_to=OrganId("H51"),
)
SUCCESSOR = Agency(OrganId("H51.16"), "Sở Nội vụ (mới)", parent=OrganId("000.00.00.H51"), valid_from=date(2025, 7, 1))
AGENCIES = (PROVINCE, OFFICE, SUCCESSOR)

KEY = SystemKey("k1", '{"kty":"OKP","crv":"Ed25519","x":"A"}', MOMENT)
SOFTWARE = System(
    SYSTEM,
    OFFICE.organ_id,
    "Phần mềm quản lý văn bản",
    scopes=(OrganId("H51"), OrganId("A12")),
    exact_scopes=(OrganId("000.00.15.H51"),),
    keys=(KEY, replace(KEY, kid="k0", valid_to=MOMENT + timedelta(days=365))),
)


def certificate(der: bytes = b"certificate", owner: OrganId = OFFICE.organ_id) -> KeptCertificate:
    fingerprint = hashlib.sha256(der).hexdigest()
    return KeptCertificate(RegisteredCertificate(fingerprint, owner, MOMENT, MOMENT + timedelta(days=730)), der)


def catalogue(size: int) -> tuple[Agency, ...]:
    """As many agencies on three levels, each with an alias."""
    heads = [Agency(OrganId(f"H{number:02}"), f"Tỉnh {number}") for number in range(1, 61)]
    rest = [
        Agency(
            OrganId(f"H{number % 60 + 1:02}.{number // 60}"),
            f"Ủy ban nhân dân xã số {number}",
            aliases=(OrganId(f"00.{number // 60}.H{number % 60 + 1:02}"),),
            parent=OrganId(f"H{number % 60 + 1:02}" + (f".{number // 600}" if number // 60 > 10 else "")),
        )
        for number in range(60, size)
    ]
    return (*heads, *rest)


def test_agencies_come_back_as_they_were_saved(transactions: Transactions) -> None:
    with transactions.begin() as session:
        assert save_agencies(session, AGENCIES, note=note()) == tuple(agency.organ_id for agency in AGENCIES)
    with transactions.read() as session:
        assert load_agencies(session) == AGENCIES
        assert find_agencies(session, [OrganId("H51.16"), OrganId("Z99")]) == {OrganId("H51.16"): SUCCESSOR}


def test_saving_again_writes_what_changed_and_nothing_else(transactions: Transactions) -> None:
    with transactions.begin() as session:
        save_agencies(session, AGENCIES, note=note())
    closed = replace(SUCCESSOR, aliases=(OrganId("M51.16"),), valid_to=date(2027, 1, 1), successors=(OFFICE.organ_id,))
    with transactions.begin() as session:
        assert save_agencies(session, [PROVINCE, closed], note=note()) == (SUCCESSOR.organ_id,)
        assert directory_version(session) == 2
        assert save_agencies(session, [PROVINCE, closed], note=note()) == ()
        assert directory_version(session) == 2
        assert load_agencies(session) == (PROVINCE, OFFICE, closed)


def test_an_alias_belongs_to_one_agency_in_whatever_case(transactions: Transactions) -> None:
    thief = Agency(OrganId("G22"), "Bộ khác", aliases=(OrganId("snv.QUANGNGAI"),))
    with transactions.begin() as session:
        save_agencies(session, AGENCIES, note=note())
    with pytest.raises(ConstraintBroken, match="pk_agency_aliases"), transactions.begin() as session:
        save_agencies(session, [thief], note=note())
    with transactions.read() as session:
        assert load_agencies(session) == AGENCIES
        assert directory_version(session) == 1


def test_the_history_tells_before_and_after_who_and_why(transactions: Transactions) -> None:
    renamed = replace(OFFICE, name_vi="Sở Nội vụ tỉnh")
    with transactions.begin() as session:
        save_agencies(session, AGENCIES, note=note(actor="import", reason=None))
        save_agencies(session, [renamed], note=note())
    with transactions.read() as session:
        first, second = changes_of(session, EntryKind.AGENCY, subject="H51.15")
    assert (first.before, first.actor, first.reason, first.version) == (None, "import", None, 1)
    assert first.after == {
        "organ_id": "H51.15",
        "name_vi": "Sở Nội vụ",
        "aliases": ["000.00.15.H51", "SNV.quangngai"],
        "name_en": "Department of Home Affairs",
        "parent": "H51",
        "is_group": False,
        "is_receiving": False,
        "valid_from": "2016-04-01",
        "valid_to": "2025-07-01",
        "successors": ["H51.16", "H51"],
        "forwards_to": "H51",
    }
    assert second.before == first.after
    assert second.after == {**first.after, "name_vi": "Sở Nội vụ tỉnh"}
    assert (second.actor, second.reason, second.version, second.at) == ("admin", "1234/QĐ-TTg", 2, MOMENT)


def test_certificates_are_kept_whole_and_suspended_with_their_history(transactions: Transactions) -> None:
    kept, other = certificate(), certificate(b"other")
    suspended = replace(kept, registration=replace(kept.registration, suspended_at=MOMENT))
    with transactions.begin() as session:
        assert save_certificates(session, [kept, other], note=note()) == 2
        assert save_certificates(session, [suspended, other], note=note()) == 1
    with transactions.read() as session:
        assert find_certificates(session, [kept.registration.fingerprint, "0" * 64]) == (suspended,)
        assert set(load_certificates(session)) == {suspended.registration, other.registration}
        *_, last = changes_of(session, EntryKind.CERTIFICATE, subject="H51.15")
    assert last.before is not None
    assert last.before["suspended_at"] is None
    assert last.after["suspended_at"] == MOMENT.isoformat()
    assert last.after["fingerprint"] == kept.registration.fingerprint


def test_systems_come_back_with_scopes_and_keys_in_their_order(transactions: Transactions) -> None:
    with transactions.begin() as session:
        assert save_systems(session, [SOFTWARE], note=note()) == (SYSTEM,)
    with transactions.read() as session:
        assert load_systems(session) == (SOFTWARE,)
        assert find_systems(session, [SystemId("nobody")]) == {}


def test_a_system_is_suspended_and_rekeyed_as_a_whole(transactions: Transactions) -> None:
    changed = replace(SOFTWARE, state=SystemState.SUSPENDED, scopes=(), keys=(replace(KEY, kid="k2"),))
    with transactions.begin() as session:
        save_systems(session, [SOFTWARE], note=note())
        assert save_systems(session, [changed], note=note()) == (SYSTEM,)
        assert save_systems(session, [changed], note=note()) == ()
        assert load_systems(session) == (changed,)
        first, second = changes_of(session, EntryKind.SYSTEM, subject=str(SYSTEM))
    assert first.after["keys"][0]["kid"] == "k1"
    assert second.after["state"] == "suspended"


def test_the_whole_directory_is_loaded_with_its_version(transactions: Transactions) -> None:
    with transactions.begin() as session:
        save_agencies(session, [*AGENCIES, Agency(OrganId("A12"), "Bộ Nội vụ")], note=note())
        save_certificates(session, [certificate()], note=note())
        save_systems(session, [SOFTWARE], note=note())
    with transactions.read() as session:
        directory = load_directory(session)
    assert directory.version == 3
    assert directory.resolve(OrganId("000.00.15.h51")) == OFFICE
    assert directory.system(SYSTEM) == SOFTWARE
    assert directory.certificate(certificate().registration.fingerprint) == certificate().registration


def test_what_did_not_change_is_not_loaded_anew(transactions: Transactions) -> None:
    with transactions.begin() as session:
        save_agencies(session, [*AGENCIES, Agency(OrganId("A12"), "Bộ Nội vụ")], note=note())
    with transactions.read() as session:
        first = load_directory(session)
        assert load_directory(session, first) is first
    with transactions.begin() as session:
        save_systems(session, [SOFTWARE], note=note())
    with transactions.read() as session:
        second = load_directory(session, first)
    assert second.version == 2
    assert second.catalogue is first.catalogue
    assert second.system(SYSTEM) == SOFTWARE
    with transactions.begin() as session:
        save_agencies(session, [replace(OFFICE, name_en=None)], note=note())
    with transactions.read() as session:
        third = load_directory(session, second)
    assert third.catalogue is not second.catalogue
    assert third.resolve(OFFICE.organ_id) == replace(OFFICE, name_en=None)


def test_a_database_that_was_restored_to_an_earlier_state_is_loaded_anew(transactions: Transactions) -> None:
    with transactions.read() as session:
        empty = load_directory(session)
    with transactions.begin() as session:
        save_agencies(session, AGENCIES, note=note())
    with transactions.read() as session:
        present = load_directory(session)
        later = replace(present, version=9)
        assert load_directory(session, later).catalogue is not present.catalogue
    assert empty.agencies == ()


def test_entries_that_contradict_each_other_are_no_directory(transactions: Transactions) -> None:
    with transactions.begin() as session:
        save_agencies(session, [OFFICE], note=note())
    with pytest.raises(InvalidDirectory, match="H51"), transactions.read() as session:
        load_directory(session)


def test_writers_of_the_directory_go_one_after_the_other(transactions: Transactions) -> None:
    def add(number: int) -> None:
        with transactions.begin() as session:
            version = lock_directory(session)
            before = load_directory(session)
            assert before.version == version == len(before.agencies)
            save_agencies(session, [Agency(OrganId(f"A{number}"), f"Bộ {number}")], note=note())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(24)))
    with transactions.read() as session:
        assert directory_version(session) == len(load_agencies(session)) == 24


def measure(transactions: Transactions, agencies: tuple[Agency, ...]) -> tuple[float, float]:
    """Seconds for importing a catalogue into an empty database, history and all, and for loading it."""
    begun = perf_counter()
    with transactions.begin() as session:
        lock_directory(session)
        difference = compare(load_directory(session).catalogue, agencies)
        assert difference.is_applicable
        save_agencies(session, difference.rows, note=note(new_id=new_id))
    imported = perf_counter()
    with transactions.read() as session:
        directory = load_directory(session)
    loaded = perf_counter()
    assert len(directory.agencies) == len(agencies)
    assert directory.resolve(agencies[-1].aliases[0]) == agencies[-1]
    return imported - begun, loaded - imported


def test_twenty_thousand_agencies_are_imported_and_loaded(own_engine: Engine) -> None:
    importing, loading = measure(Transactions(own_engine), catalogue(20_000))
    assert importing < 20, "a sixth of the two minutes that 150,000 may take"
    assert loading < 10
