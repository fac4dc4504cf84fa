"""The directory resolves, knows who stands below whom, and refuses contradictions."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envelopes.identifiers import OrganId, SystemId
from routing.agencies import Agency, SystemState
from routing.directory import Catalogue, Directory
from routing.errors import InvalidDirectory
from tests.routing.examples import (
    AGENCIES,
    CATALOGUE,
    DIRECTORY,
    agency,
    certificate,
    fingerprint,
    organ,
    organs,
    system,
)


def refusal(*agencies: Agency) -> InvalidDirectory:
    with pytest.raises(InvalidDirectory) as caught:
        Catalogue(agencies)
    return caught.value


def test_an_alias_of_two_agencies_is_refused_and_both_are_named() -> None:
    error = refusal(agency("H26", aliases=["000.00.00.H26"]), agency("H41", aliases=["000.00.00.h26"]))
    assert [finding.code for finding in error.findings] == ["directory/alias-clash"]
    assert "H26" in str(error)
    assert "H41" in str(error)
    assert "000.00.00.H26" in error.findings[0].words.vi


def test_an_alias_that_is_anothers_canonical_id_is_refused() -> None:
    error = refusal(agency("H26"), agency("H41", aliases=["h26"]))
    assert [(finding.code, finding.path, finding.value) for finding in error.findings] == [
        ("directory/alias-clash", "H41", "H26")
    ]


def test_an_agency_listed_twice_is_refused() -> None:
    error = refusal(agency("H26"), agency("h26"))
    assert [finding.code for finding in error.findings] == ["directory/repeated-row"]


def test_an_unknown_parent_and_an_unknown_successor_are_refused_together() -> None:
    error = refusal(agency("H26", "H99", successors=organs("H98")))
    assert {(finding.code, finding.value) for finding in error.findings} == {
        ("directory/unknown-parent", "H99"),
        ("directory/unknown-successor", "H98"),
    }


def test_a_circle_of_parents_is_refused_once_with_all_its_members() -> None:
    error = refusal(agency("A1", "A2"), agency("A2", "A3"), agency("A3", "A1"), agency("A4", "A1"))
    assert [finding.code for finding in error.findings] == ["directory/parent-cycle"]
    assert "A1 → A2 → A3 → A1" in error.findings[0].words.en


@pytest.mark.parametrize("own", ["H26", "000.00.00.H26"])
def test_an_agency_that_is_its_own_parent_is_refused_under_any_of_its_ids(own: str) -> None:
    error = refusal(agency("H26", own, aliases=["000.00.00.H26"]))
    assert [finding.code for finding in error.findings] == ["directory/parent-cycle"]


def test_a_chain_of_parents_may_be_long() -> None:
    chain = [agency("A0")] + [agency(f"A{number}", f"A{number - 1}") for number in range(1, 5_000)]
    catalogue = Catalogue(tuple(reversed(chain)))
    assert catalogue.is_within(organ("A4999"), organ("A0"))


def test_certificates_and_systems_of_unknown_agencies_are_refused() -> None:
    with pytest.raises(InvalidDirectory) as caught:
        Directory(1, CATALOGUE, (certificate("H99"),), (system("a", "H26", "H98"),))
    assert {(finding.code, finding.value) for finding in caught.value.findings} == {
        ("directory/unknown-agency", "H99"),
        ("directory/unknown-agency", "H98"),
    }


def test_a_certificate_and_a_system_are_registered_once() -> None:
    with pytest.raises(InvalidDirectory) as caught:
        Directory(
            1,
            CATALOGUE,
            (certificate("H26", "one"), certificate("H41", "one")),
            (system("a", "H26"), system("a", "H41")),
        )
    assert {finding.code for finding in caught.value.findings} == {
        "directory/repeated-certificate",
        "directory/repeated-system",
    }
    assert "and 1 more" in str(caught.value)


def test_an_agency_is_found_by_every_id_it_has_in_either_case() -> None:
    for text in ("H26.18", "h26.18", "000.00.18.H26", "000.00.18.h26"):
        found = DIRECTORY.resolve(OrganId(text))
        assert found is not None
        assert found.organ_id == OrganId("H26.18")


def test_an_id_is_not_turned_round_to_find_an_agency() -> None:
    mechanical = OrganId("H41").counterpart()
    assert mechanical == OrganId("000.00.00.H41")
    assert DIRECTORY.resolve(mechanical) is None


def test_below_means_at_any_depth_and_includes_the_root() -> None:
    assert DIRECTORY.is_within(organ("H26.18.07"), organ("000.00.00.H26"))
    assert DIRECTORY.is_within(organ("H26"), organ("H26"))
    assert not DIRECTORY.is_within(organ("H26"), organ("H26.18"))
    assert not DIRECTORY.is_within(organ("H26.18"), organ("H41"))


def test_unknown_agencies_are_within_nothing() -> None:
    assert not DIRECTORY.is_within(organ("H99"), organ("H26"))
    assert not DIRECTORY.is_within(organ("H26"), organ("H99"))
    assert not DIRECTORY.is_within(organ("H99"), organ("H99"))
    assert DIRECTORY.children(organ("H99")) == ()
    assert list(CATALOGUE.subtree(organ("H99"))) == []


def test_children_stand_directly_below() -> None:
    below = [str(child.organ_id) for child in DIRECTORY.children(organ("000.00.00.H26"))]
    assert below == ["H26.18", "H26.50"]
    assert DIRECTORY.children(organ("H26.18.07")) == ()


def test_a_child_that_names_its_parent_by_an_alias_is_its_child_all_the_same() -> None:
    catalogue = Catalogue((agency("H26", aliases=["000.00.00.H26"]), agency("H26.18", "000.00.00.h26")))
    assert [str(child.organ_id) for child in catalogue.children(organ("H26"))] == ["H26.18"]
    assert catalogue.is_within(organ("H26.18"), organ("H26"))


def test_a_system_acts_for_a_subtree_and_for_nothing_else() -> None:
    acting = system("a", "H26")
    assert DIRECTORY.may_act_for(acting, organ("H26"))
    assert DIRECTORY.may_act_for(acting, organ("000.00.18.H26"))
    assert DIRECTORY.may_act_for(acting, organ("H26.18.07"))
    assert not DIRECTORY.may_act_for(acting, organ("H41"))
    assert not DIRECTORY.may_act_for(acting, organ("H99"))


def test_a_system_does_not_act_for_the_agency_above() -> None:
    assert not DIRECTORY.may_act_for(system("a", "H26.18"), organ("H26"))


def test_an_exact_scope_leaves_out_what_is_below() -> None:
    acting = replace(system("a", "H26"), scopes=(), exact_scopes=organs("000.00.00.H26"))
    assert DIRECTORY.may_act_for(acting, organ("H26"))
    assert not DIRECTORY.may_act_for(acting, organ("H26.18"))
    assert [str(found.organ_id) for found in DIRECTORY.agencies_of(acting)] == ["H26"]


def test_home_gives_no_right() -> None:
    acting = replace(system("a", "H26"), scopes=organs("H41.21"))
    assert not DIRECTORY.may_act_for(acting, organ("H26"))


@pytest.mark.parametrize("state", [SystemState.SUSPENDED, SystemState.REMOVED])
def test_a_system_out_of_action_acts_for_nobody(state: SystemState) -> None:
    acting = system("a", "H26", state=state)
    assert not DIRECTORY.may_act_for(acting, organ("H26"))
    assert DIRECTORY.agencies_of(acting) == ()


def test_a_system_still_acts_for_an_agency_that_closed() -> None:
    assert DIRECTORY.may_act_for(system("a", "H51"), organ("H51.15"))


def test_the_agencies_of_a_system_are_exactly_those_it_may_act_for() -> None:
    acting = replace(system("a", "H26", "H26.18", "H41"), exact_scopes=organs("H13", "000.00.00.H26"))
    listed = DIRECTORY.agencies_of(acting)
    allowed = [one for one in DIRECTORY.agencies if DIRECTORY.may_act_for(acting, one.organ_id)]
    assert len(listed) == len(set(listed))
    assert set(listed) == set(allowed)
    assert len(allowed) == 8


def test_certificates_and_systems_are_found_or_not() -> None:
    found = DIRECTORY.certificate(fingerprint("H26"))
    assert found is not None
    assert found.organ_id == organ("H26")
    assert DIRECTORY.certificate(fingerprint("H99")) is None
    assert DIRECTORY.system(SystemId("nobody")) is None


def test_a_new_version_shares_the_catalogue_and_leaves_the_old_one_alone() -> None:
    suspended = replace(system("van-thu.h26", "H26"), state=SystemState.SUSPENDED)
    later = Directory(2, DIRECTORY.catalogue, DIRECTORY.certificates, (suspended,))
    assert not later.may_act_for(suspended, organ("H26"))
    assert later.catalogue is DIRECTORY.catalogue
    before = DIRECTORY.system(SystemId("van-thu.h26"))
    assert before is not None
    assert before.state is SystemState.ACTIVE


@given(st.dictionaries(st.integers(0, 12), st.none() | st.integers(0, 12), min_size=1))
def test_a_catalogue_is_built_exactly_when_parents_are_known_and_run_in_no_circle(
    parents: Mapping[int, int | None],
) -> None:
    rows = tuple(agency(f"A{child}", None if parent is None else f"A{parent}") for child, parent in parents.items())
    try:
        catalogue = Catalogue(rows)
    except InvalidDirectory:
        assert any(parent is not None and _never_ends(child, parents) for child, parent in parents.items())
        return
    for child in parents:
        above = _ancestors(child, parents)
        for other in parents:
            assert catalogue.is_within(organ(f"A{child}"), organ(f"A{other}")) == (other in above)


def _ancestors(child: int, parents: Mapping[int, int | None]) -> list[int]:
    trail = [child]
    while (parent := parents.get(trail[-1])) is not None and len(trail) <= len(parents):
        trail.append(parent)
    return trail


def _never_ends(child: int, parents: Mapping[int, int | None]) -> bool:
    trail = _ancestors(child, parents)
    return len(trail) > len(parents) or trail[-1] not in parents


def test_the_example_is_complete() -> None:
    assert len(CATALOGUE.agencies) == len(AGENCIES)


@pytest.mark.slow
def test_a_whole_country_is_built_in_seconds_and_resolved_in_microseconds() -> None:
    rows = tuple(_country(150_000))
    begun = time.process_time()
    catalogue = Catalogue(rows)
    built = time.process_time()
    asked = [row.aliases[0] for row in rows[:: len(rows) // 10_000]][:10_000]
    found = [catalogue.resolve(alias) for alias in asked]
    resolved = time.process_time()
    assert None not in found
    assert built - begun < 20
    assert (resolved - built) / len(asked) < 0.001


def _country(count: int) -> list[Agency]:
    rows = []
    for number in range(count):
        parent = None if number < 100 else OrganId(f"X{(number - 100) // 10}")
        row = Agency(OrganId(f"X{number}"), f"Cơ quan số {number}", (OrganId(f"000.{number}"),), parent=parent)
        rows.append(row)
    return rows
