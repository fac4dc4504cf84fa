"""Every change of the directory is one transaction with history and event, checked, versioned, and never a deletion."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from axis.clock import SettableClock
from axis.demo.directory import agencies, agency
from axis.enrolment.amendments import SystemApplication
from axis.enrolment.reason_words import WORDS
from axis.enrolment.reasons import EnrolmentCode
from axis.enrolment.registrar import Instruction, Registrar
from axis.errors import NotFound, Refused
from envelopes.identifiers import OrganId, SystemId
from routing.agencies import Agency, SystemState
from storage.database.transactions import Transactions
from tests.axis.enrolment.conftest import WHY, credential, public_jwk
from tests.fixtures.postgres import MOMENT

MARCH = date(2027, 3, 1)
DEPARTMENT, OFFICE, PROVINCE = OrganId("H51.15"), OrganId("H51.18"), OrganId("H51")
SOFTWARE = SystemId("van-thu-h51")
APPLICATION = SystemApplication(SOFTWARE, OrganId("000.00.00.H51"), "Phần mềm văn thư", (OrganId("000.00.00.h51"),))


def events(transactions: Transactions) -> list[tuple[str, str | None, str, str]]:
    """Tag, agency, actor and reason of every event, oldest first."""
    query = text("SELECT tag, organ_id, details->>'actor', details->>'reason' FROM events ORDER BY id")
    with transactions.read() as session:
        return [(row[0], row[1], row[2], row[3]) for row in session.execute(query)]


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [finding.code for finding in refused.value.findings]


# ── importing ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_import_makes_the_directory_and_one_event(registrar: Registrar, transactions: Transactions) -> None:
    entered = registrar.import_agencies(agencies(), WHY)
    assert entered.version == 1
    assert len(entered.entry.added) == len(agencies())
    assert registrar.agency(OrganId("000.00.15.H51")).agency == agency("H51.15")
    assert events(transactions) == [("directory.changed", None, WHY.actor, WHY.reason)]


def test_the_same_import_again_leaves_no_trace(peopled: Registrar, transactions: Transactions) -> None:
    again = peopled.import_agencies(agencies(), WHY)
    assert (again.is_change, again.version) == (False, 1)
    assert len(events(transactions)) == 1


def test_a_comparison_changes_nothing(peopled: Registrar, transactions: Transactions) -> None:
    renamed = replace(agency("H51.15"), name_vi="Sở Nội vụ mới")
    difference = peopled.compare([renamed, Agency(OrganId("H51.99"), "Đơn vị mẫu", parent=PROVINCE)])
    assert [change.fields[0].field for change in difference.changed] == ["name_vi"]
    assert [str(added.organ_id) for added in difference.added] == ["H51.99"]
    assert peopled.agency(DEPARTMENT).agency == agency("H51.15")
    assert len(events(transactions)) == 1


def test_an_import_with_errors_names_them_all_and_changes_nothing(peopled: Registrar) -> None:
    rows = [
        Agency(OrganId("H51.99"), "Một", parent=OrganId("X99")),
        Agency(OrganId("H51.98"), "Hai", aliases=(OrganId("000.00.15.H51"),)),
        Agency(OrganId("H51.97"), "Ba"),
    ]
    with pytest.raises(Refused) as refused:
        peopled.import_agencies(rows, WHY)
    assert sorted(codes(refused)) == ["directory/alias-clash", "directory/unknown-parent"]
    with pytest.raises(NotFound):
        peopled.agency(OrganId("H51.97"))


# ── closing ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_closed_agency_stays_with_its_date_its_successor_and_its_history(
    peopled: Registrar, transactions: Transactions
) -> None:
    entered = peopled.close(DEPARTMENT, MARCH, successors=[OrganId("000.00.18.h51")], instruction=WHY)
    assert (entered.is_change, entered.version) == (True, 2)
    kept = peopled.agency(DEPARTMENT)
    assert (kept.agency.valid_to, kept.agency.successors) == (MARCH, (OFFICE,))
    first, last = kept.history
    assert first.before is None
    assert last.before is not None
    assert (last.before["valid_to"], last.after["valid_to"]) == (None, "2027-03-01")
    assert (last.actor, last.reason, last.version, last.at) == (WHY.actor, WHY.reason, 2, MOMENT)
    assert events(transactions)[-1] == ("directory.changed", "H51.15", WHY.actor, WHY.reason)


def test_closing_twice_on_one_day_is_one_closing(peopled: Registrar) -> None:
    peopled.close(DEPARTMENT, MARCH, successors=[OFFICE], instruction=WHY)
    again = peopled.close(DEPARTMENT, MARCH, instruction=WHY)
    assert (again.is_change, again.version, again.entry.successors) == (False, 2, (OFFICE,))


def test_a_closing_date_is_not_moved_in_passing(peopled: Registrar) -> None:
    with pytest.raises(Refused) as refused:
        peopled.close(OrganId("G04"), MARCH, instruction=WHY)
    assert codes(refused) == ["enrolment/already-closed"]
    assert "2025-03-01" in refused.value.findings[0].words.vi


@pytest.mark.parametrize(
    ("organ_id", "successors", "expected"),
    [
        ("X99", [], "directory/unknown-agency"),
        ("H51.15", ["X99"], "directory/unknown-successor"),
        ("H51.15", ["H51.15"], "directory/succession-cycle"),
        ("H51.15", ["H51.23"], "directory/succession-cycle"),
    ],
)
def test_a_closing_that_makes_no_sense_is_refused(
    peopled: Registrar, organ_id: str, successors: list[str], expected: str
) -> None:
    with pytest.raises(Refused) as refused:
        peopled.close(OrganId(organ_id), MARCH, successors=[OrganId(one) for one in successors], instruction=WHY)
    assert codes(refused) == [expected]


def test_an_agency_cannot_close_before_it_opens(peopled: Registrar) -> None:
    peopled.import_agencies([Agency(OrganId("H51.99"), "Mới", valid_from=MARCH)], WHY)
    with pytest.raises(Refused) as refused:
        peopled.close(OrganId("H51.99"), MARCH, instruction=WHY)
    assert codes(refused) == ["enrolment/closes-before-opening"]


def test_successors_are_replaced_as_a_whole(peopled: Registrar) -> None:
    entered = peopled.succeed(OrganId("H51.23"), [OFFICE, DEPARTMENT, OFFICE], instruction=WHY)
    assert entered.entry.successors == (OFFICE, DEPARTMENT)
    with pytest.raises(Refused) as refused:
        peopled.succeed(OrganId("H51.23"), [], instruction=WHY)
    assert codes(refused) == ["enrolment/no-successor"]


# ── certificates ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_certificate_is_registered_suspended_and_restored(
    peopled: Registrar, transactions: Transactions, clock: SettableClock
) -> None:
    entered = peopled.add_certificate(OrganId("000.00.15.H51"), credential().certificates_pem, instruction=WHY)
    fingerprint = entered.entry.fingerprint
    assert entered.entry.organ_id == DEPARTMENT
    assert entered.entry.is_registered_at(MOMENT)
    later = clock.advance(timedelta(hours=1))
    peopled.suspend_certificate(fingerprint, instruction=WHY)
    (suspended,) = peopled.agency(DEPARTMENT).certificates
    assert suspended.suspended_at == later
    peopled.restore_certificate(fingerprint, instruction=WHY)
    assert peopled.agency(DEPARTMENT).certificates == (entered.entry,)
    assert [tag for tag, *_ in events(transactions)][1:] == [
        "certificate.registered",
        "certificate.suspended",
        "certificate.registered",
    ]


def test_two_certificates_of_one_agency_may_overlap(peopled: Registrar) -> None:
    for name in ("old", "new"):
        peopled.add_certificate(DEPARTMENT, credential(name).certificates_pem, instruction=WHY)
    assert sum(one.is_registered_at(MOMENT) for one in peopled.agency(DEPARTMENT).certificates) == 2


def test_registering_again_moves_only_what_is_said(peopled: Registrar, clock: SettableClock) -> None:
    first = peopled.add_certificate(DEPARTMENT, credential().certificates_pem, instruction=WHY).entry
    clock.advance(timedelta(days=1))
    assert not peopled.add_certificate(DEPARTMENT, credential().certificates_pem, instruction=WHY).is_change
    end = MOMENT + timedelta(days=10)
    shorter = peopled.add_certificate(DEPARTMENT, credential().certificates_pem, end=end, instruction=WHY)
    assert (shorter.is_change, shorter.entry.valid_from, shorter.entry.valid_to) == (True, first.valid_from, end)


def test_a_certificate_of_one_agency_is_no_other_agencys(peopled: Registrar) -> None:
    entered = peopled.add_certificate(DEPARTMENT, credential().certificates_pem, instruction=WHY)
    with pytest.raises(Refused) as refused:
        peopled.add_certificate(PROVINCE, credential().certificates_pem, instruction=WHY)
    assert codes(refused) == ["enrolment/certificate-of-another"]
    peopled.suspend_certificate(entered.entry.fingerprint, instruction=WHY)
    with pytest.raises(Refused) as refused:
        peopled.add_certificate(DEPARTMENT, credential().certificates_pem, instruction=WHY)
    assert codes(refused) == ["enrolment/certificate-suspended"]
    with pytest.raises(Refused) as refused:
        peopled.suspend_certificate("0" * 64, instruction=WHY)
    assert codes(refused) == ["enrolment/certificate-unknown"]


# ── systems ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_system_is_registered_under_canonical_ids(peopled: Registrar, transactions: Transactions) -> None:
    system = peopled.add_system(APPLICATION, public_jwk(), instruction=WHY).entry
    assert (system.organ_id, system.scopes, system.state) == (PROVINCE, (PROVINCE,), SystemState.ACTIVE)
    assert system.key(system.keys[0].kid, MOMENT) is not None
    with transactions.read() as session:
        row = session.execute(text("SELECT tag, system_id, organ_id FROM events ORDER BY id DESC LIMIT 1")).one()
    assert tuple(row) == ("system.registered", "van-thu-h51", "H51")


def test_a_systems_life_ends_for_ever(peopled: Registrar, transactions: Transactions) -> None:
    peopled.add_system(APPLICATION, public_jwk(), instruction=WHY)
    peopled.suspend_system(SOFTWARE, instruction=WHY)
    assert not peopled.suspend_system(SOFTWARE, instruction=WHY).is_change
    peopled.restore_system(SOFTWARE, instruction=WHY)
    peopled.remove_system(SOFTWARE, instruction=WHY)
    with pytest.raises(Refused) as refused:
        peopled.restore_system(SOFTWARE, instruction=WHY)
    assert codes(refused) == ["enrolment/system-removed"]
    with pytest.raises(Refused) as refused:
        peopled.add_system(APPLICATION, public_jwk("other"), instruction=WHY)
    assert codes(refused) == ["enrolment/system-exists"]
    system, history = peopled.system(SOFTWARE)
    assert system.state is SystemState.REMOVED
    assert [line.after["state"] for line in history] == ["active", "suspended", "active", "removed"]
    assert [tag for tag, *_ in events(transactions)][1:] == [
        "system.registered",
        "system.suspended",
        "system.restored",
        "system.removed",
    ]


def test_old_and_new_key_overlap_and_then_only_the_new_one_counts(peopled: Registrar, clock: SettableClock) -> None:
    old = peopled.add_system(APPLICATION, public_jwk(), instruction=WHY).entry.keys[0]
    moment = clock.advance(timedelta(days=1))
    hours = timedelta(hours=2)
    system = peopled.rotate_key(SOFTWARE, public_jwk("second"), overlap=hours, instruction=WHY).entry
    new = system.keys[1]
    assert system.key(old.kid, moment + hours - timedelta(seconds=1)) is not None
    assert system.key(new.kid, moment) == new
    assert system.key(old.kid, moment + hours) is None


def test_a_leaked_key_ends_at_once(peopled: Registrar, clock: SettableClock) -> None:
    old = peopled.add_system(APPLICATION, public_jwk(), instruction=WHY).entry.keys[0]
    system = peopled.rotate_key(SOFTWARE, public_jwk("second"), overlap=timedelta(), instruction=WHY).entry
    assert system.key(old.kid, clock.advance(timedelta(milliseconds=1))) is None
    again = peopled.rotate_key(SOFTWARE, public_jwk("third"), instruction=WHY).entry
    assert again.keys[0] == system.keys[0]


@pytest.mark.parametrize(
    ("key", "overlap", "expected"),
    [
        ("first", timedelta(), "enrolment/key-repeated"),
        ("second", timedelta(seconds=-1), "enrolment/overlap"),
        ("second", timedelta(days=91), "enrolment/overlap"),
    ],
)
def test_a_rotation_that_makes_no_sense_is_refused(
    peopled: Registrar, key: str, overlap: timedelta, expected: str
) -> None:
    peopled.add_system(APPLICATION, public_jwk("first"), instruction=WHY)
    with pytest.raises(Refused) as refused:
        peopled.rotate_key(SOFTWARE, public_jwk(key), overlap=overlap, instruction=WHY)
    assert codes(refused) == [expected]


@pytest.mark.parametrize(
    ("application", "expected"),
    [
        (replace(APPLICATION, scopes=()), "enrolment/system-without-scope"),
        (replace(APPLICATION, scopes=(OrganId("X99"),)), "directory/unknown-agency"),
        (replace(APPLICATION, organ_id=OrganId("X99")), "directory/unknown-agency"),
        (replace(APPLICATION, name=" "), "enrolment/system-name"),
    ],
)
def test_an_application_that_makes_no_sense_is_refused(
    peopled: Registrar, application: SystemApplication, expected: str
) -> None:
    with pytest.raises(Refused) as refused:
        peopled.add_system(application, public_jwk(), instruction=WHY)
    assert codes(refused) == [expected]
    assert peopled.systems() == ()


def test_a_system_nobody_knows_is_told_so(peopled: Registrar) -> None:
    with pytest.raises(NotFound):
        peopled.system(SOFTWARE)
    with pytest.raises(Refused) as refused:
        peopled.suspend_system(SOFTWARE, instruction=WHY)
    assert codes(refused) == ["enrolment/system-unknown"]


# ── who and why ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("actor", "reason"), [("", "x"), ("x", " "), ("x" * 201, "x"), ("x", "x" * 2001), ("x", "\0")])
def test_nothing_is_changed_without_an_author_and_a_reason(actor: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        Instruction(actor, reason)
    assert codes(refused) == ["enrolment/no-reason"]


def test_every_reason_has_words() -> None:
    assert set(WORDS) == {code.value for code in EnrolmentCode}
