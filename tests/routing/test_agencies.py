"""What cannot stand in the directory, and from when to when things are in force."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from envelopes.identifiers import OrganId, SystemId
from envelopes.texts import VIETNAM
from routing.agencies import (
    JWK_MAX,
    KID_MAX,
    NAME_MAX,
    RegisteredCertificate,
    Standing,
    System,
    SystemKey,
    SystemState,
)
from routing.errors import InvalidEntry
from tests.routing.examples import EC_KEY, NOW, agency, certificate, fingerprint, organ, organs, system


@pytest.mark.parametrize("name", ["", " H26", "H26 ", "a\x00b", "x" * (NAME_MAX + 1)])
def test_an_agency_needs_a_name_that_can_be_shown(name: str) -> None:
    with pytest.raises(InvalidEntry, match="name"):
        agency("H26", name_vi=name)
    with pytest.raises(InvalidEntry, match="name"):
        agency("H26", name_en=name)


@pytest.mark.parametrize("aliases", [["H26"], ["h26"], ["000.00.00.H26", "000.00.00.h26"]])
def test_an_agency_lists_each_of_its_ids_once_whatever_the_case(aliases: list[str]) -> None:
    with pytest.raises(InvalidEntry, match="twice"):
        agency("H26", aliases=aliases)


def test_an_agency_lists_each_successor_once() -> None:
    with pytest.raises(InvalidEntry, match="successor"):
        agency("H51", successors=organs("H13", "h13"))


def test_an_agency_does_not_close_on_the_day_it_opens() -> None:
    day = date(2025, 7, 1)
    with pytest.raises(InvalidEntry, match="closes"):
        agency("H51", valid_from=day, valid_to=day)


def test_the_closing_day_is_the_first_day_without_the_agency() -> None:
    closed = agency("H51", valid_to=date(2025, 7, 1))
    midnight = datetime(2025, 7, 1, tzinfo=VIETNAM)
    assert closed.standing_on(midnight - timedelta(microseconds=1)) is Standing.OPEN
    assert closed.standing_on(midnight) is Standing.CLOSED


def test_the_opening_day_is_the_first_day_with_the_agency() -> None:
    new = agency("H13", valid_from=date(2025, 7, 1))
    midnight = datetime(2025, 7, 1, tzinfo=VIETNAM)
    assert new.standing_on(midnight - timedelta(microseconds=1)) is Standing.NOT_YET_OPEN
    assert new.standing_on(midnight) is Standing.OPEN


def test_days_are_vietnamese_days_wherever_the_clock_stands() -> None:
    closed = agency("H51", valid_to=date(2025, 7, 1))
    assert closed.standing_on(datetime(2025, 6, 30, 16, 59, tzinfo=UTC)) is Standing.OPEN
    assert closed.standing_on(datetime(2025, 6, 30, 17, 0, tzinfo=UTC)) is Standing.CLOSED


def test_an_agency_without_dates_is_open() -> None:
    assert agency("H26").standing_on(NOW) is Standing.OPEN


@pytest.mark.parametrize("text", ["", "ab", fingerprint("a").upper(), fingerprint("a") + "0", "g" * 64])
def test_a_fingerprint_is_a_sha_256_in_lower_case_hexadecimal(text: str) -> None:
    with pytest.raises(InvalidEntry, match="fingerprint"):
        replace(certificate("H26"), fingerprint=text)


def test_a_registration_has_aware_times_and_some_length() -> None:
    with pytest.raises(InvalidEntry, match="aware"):
        replace(certificate("H26"), valid_from=NOW.replace(tzinfo=None))
    with pytest.raises(InvalidEntry, match="aware"):
        replace(certificate("H26"), suspended_at=NOW.replace(tzinfo=None))
    with pytest.raises(InvalidEntry, match="ends after"):
        RegisteredCertificate(fingerprint("a"), organ("H26"), NOW, NOW)


def test_a_registration_begins_with_its_first_moment_and_ends_before_its_last() -> None:
    one = RegisteredCertificate(fingerprint("a"), organ("H26"), NOW, NOW + timedelta(days=1))
    tick = timedelta(microseconds=1)
    moments = (NOW - tick, NOW, NOW + timedelta(days=1) - tick, NOW + timedelta(days=1))
    assert [one.is_registered_at(moment) for moment in moments] == [False, True, True, False]


def test_a_suspension_counts_from_its_own_moment() -> None:
    one = certificate("H26", suspended_at=NOW)
    assert not one.is_suspended_at(NOW - timedelta(microseconds=1))
    assert one.is_suspended_at(NOW)
    assert not certificate("H26").is_suspended_at(NOW)


@pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi", "oth", "k"])
def test_a_private_key_never_enters_the_directory(member: str) -> None:
    jwk = json.dumps({"kty": "RSA", "n": "AQ", "e": "AQAB", member: "secret"})
    with pytest.raises(InvalidEntry, match="private") as caught:
        SystemKey("k1", jwk, NOW)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "jwk", ["", "[]", "null", "{}", '{"kty": "oct"}', "[" * 5000, '{"kty": "EC"' + " " * 9000 + "}"]
)
def test_what_is_no_public_key_is_refused(jwk: str) -> None:
    with pytest.raises(InvalidEntry, match="not a public key"):
        SystemKey("k1", jwk, NOW)


@pytest.mark.parametrize("kid", ["", "a\nb", "k" * (KID_MAX + 1)])
def test_a_key_id_is_short_and_printable(kid: str) -> None:
    with pytest.raises(InvalidEntry, match="key id"):
        SystemKey(kid, EC_KEY, NOW)


def test_names_key_ids_and_keys_may_be_as_long_as_their_limits() -> None:
    assert len(agency("H26", name_vi="x" * NAME_MAX).name_vi) == NAME_MAX
    longest = SystemKey("k" * KID_MAX, EC_KEY.ljust(JWK_MAX), NOW)
    assert longest.public_key["kty"] == "EC"
    with pytest.raises(InvalidEntry, match="too long"):
        SystemKey("k1", EC_KEY.ljust(JWK_MAX + 1), NOW)


def test_a_key_shows_its_members_but_does_not_let_them_be_changed() -> None:
    members = SystemKey("k1", EC_KEY, NOW).public_key
    assert members["crv"] == "P-256"
    with pytest.raises(TypeError):
        members["crv"] = "P-384"  # type: ignore[index]


def test_a_system_that_acts_for_nobody_is_refused() -> None:
    with pytest.raises(InvalidEntry, match="acts for no agency"):
        System(SystemId("a"), organ("H26"), "Phần mềm")


def test_two_keys_of_a_system_have_two_ids() -> None:
    key = SystemKey("k1", EC_KEY, NOW)
    with pytest.raises(InvalidEntry, match="one id"):
        replace(system("a", "H26"), keys=(key, key))


def test_keys_overlap_while_they_are_changed() -> None:
    old = SystemKey("old", EC_KEY, NOW - timedelta(days=9), NOW + timedelta(days=1))
    new = SystemKey("new", EC_KEY, NOW)
    both = replace(system("a", "H26"), keys=(old, new))
    assert both.key("old", NOW) is old
    assert both.key("new", NOW) is new
    assert both.key("old", NOW + timedelta(days=1)) is None
    assert both.key("new", NOW - timedelta(seconds=1)) is None
    assert both.key("other", NOW) is None


@pytest.mark.parametrize("state", [SystemState.SUSPENDED, SystemState.REMOVED])
def test_a_system_out_of_action_has_no_key(state: SystemState) -> None:
    assert system("a", "H26").key("k1", NOW) is not None
    assert system("a", "H26", state=state).key("k1", NOW) is None


def test_ids_in_errors_are_those_of_the_row() -> None:
    with pytest.raises(InvalidEntry, match=r"H26\.18"):
        agency("H26.18", aliases=["H26.18"])
    assert OrganId("H26.18").key in agency("H26.18").keys
