"""What an import would change is said without changing it, and nothing is ever taken away."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.agencies import Agency
from routing.changes import Difference, FieldChange, compare
from routing.directory import Catalogue
from tests.routing.examples import AGENCIES, CATALOGUE, MERGER, agency, organ, organs


def codes(difference: Difference) -> list[str]:
    return sorted(finding.code for finding in difference.errors)


def test_importing_what_is_there_changes_nothing() -> None:
    difference = compare(CATALOGUE, AGENCIES)
    assert (difference.added, difference.changed, difference.absent, difference.errors) == ((), (), (), ())
    assert difference.unchanged == len(AGENCIES)
    assert difference.is_applicable
    assert difference.rows == ()


def test_an_empty_import_deletes_nothing() -> None:
    difference = compare(CATALOGUE, ())
    assert len(difference.absent) == len(AGENCIES)
    assert difference.rows == ()
    assert difference.is_applicable


def test_a_new_row_is_added_and_rows_left_out_are_absent_but_untouched() -> None:
    new = agency("H26.90", "H26")
    difference = compare(CATALOGUE, [new])
    assert difference.added == (new,)
    assert difference.rows == (new,)
    assert organ("H26") in difference.absent
    assert difference.is_applicable


def test_a_change_is_told_field_by_field_with_old_and_new() -> None:
    row = agency("H41", name_vi="UBND tỉnh", is_receiving=False, valid_to=date(2027, 1, 1), successors=organs("H26"))
    (change,) = compare(CATALOGUE, [row]).changed
    assert change.agency == row
    assert set(change.fields) == {
        FieldChange("name_vi", "Cơ quan H41", "UBND tỉnh"),
        FieldChange("is_receiving", old=True, new=False),
        FieldChange("valid_to", None, date(2027, 1, 1)),
        FieldChange("successors", (), organs("H26")),
    }


def test_aliases_are_only_added() -> None:
    row = agency("G22", aliases=["G22-CU", "000.00.00.g22"])
    (change,) = compare(CATALOGUE, [row]).changed
    assert change.fields == (FieldChange("aliases", organs("000.00.00.G22"), organs("000.00.00.G22", "G22-CU")),)


def test_an_alias_cannot_move_to_another_agency() -> None:
    difference = compare(CATALOGUE, [agency("G22"), agency("H41", aliases=["000.00.00.G22"])])
    assert codes(difference) == ["directory/alias-clash"]
    assert not difference.is_applicable


def test_an_alias_of_a_row_that_the_import_leaves_out_is_still_taken() -> None:
    (finding,) = compare(CATALOGUE, [agency("H99", aliases=["000.00.00.H26"])]).errors
    assert finding.code == "directory/alias-clash"
    assert "H26" in finding.words.en
    assert "H99" in finding.words.en


def test_a_canonical_id_never_changes_into_its_alias() -> None:
    difference = compare(CATALOGUE, [agency("000.00.18.H26", "H26", aliases=["H26.18"])])
    assert "directory/alias-clash" in codes(difference)


def test_the_case_of_a_canonical_id_never_changes() -> None:
    difference = compare(CATALOGUE, [agency("h41", name_vi="Cơ quan H41")])
    assert (difference.unchanged, difference.changed, difference.errors) == (1, (), ())


def test_a_repeated_row_is_an_error_named_once() -> None:
    rows = [agency("H26", aliases=["ALIAS"]), agency("H26", aliases=["ALIAS"])]
    assert codes(compare(CATALOGUE, rows)) == ["directory/repeated-row"]


def test_a_new_row_repeated_is_an_error_and_added_once() -> None:
    difference = compare(CATALOGUE, [agency("H77"), agency("h77")])
    assert codes(difference) == ["directory/repeated-row"]
    assert len(difference.added) == 1


def test_unknown_relatives_are_errors() -> None:
    row = agency("H77", "H78", successors=organs("H79"))
    assert codes(compare(CATALOGUE, [row])) == ["directory/unknown-parent", "directory/unknown-successor"]


def test_relatives_may_come_with_the_same_import_in_any_order() -> None:
    difference = compare(CATALOGUE, [agency("H77.1", "H77"), agency("H77")])
    assert difference.is_applicable
    assert len(difference.added) == 2


def test_a_parent_given_by_an_alias_is_no_change() -> None:
    row = agency("H26.18", "000.00.00.H26")
    assert compare(CATALOGUE, [row]).unchanged == 1


def test_successors_given_twice_under_two_ids_count_once() -> None:
    row = agency("H41", successors=organs("H26", "000.00.00.H26"))
    (change,) = compare(CATALOGUE, [row]).changed
    assert change.fields == (FieldChange("successors", (), organs("H26")),)


@pytest.mark.parametrize("parent", ["H26.18.07", "000.00.00.H26", "H26"])
def test_a_circle_of_parents_is_an_error(parent: str) -> None:
    assert codes(compare(CATALOGUE, [agency("H26", parent)])) == ["directory/parent-cycle"]


@pytest.mark.parametrize("successor", ["H51", "H13.15"])
def test_a_circle_of_successors_is_an_error(successor: str) -> None:
    rows = [agency("H13", successors=organs(successor)), agency("H13.15", "H13", successors=organs("H51"))]
    assert codes(compare(CATALOGUE, rows)) == ["directory/succession-cycle"]


def test_an_old_circle_of_successors_does_not_stop_an_import_that_has_nothing_to_do_with_it() -> None:
    circle = (
        agency("A1", valid_to=MERGER, successors=organs("A2")),
        agency("A2", valid_to=MERGER, successors=organs("A1")),
    )
    assert compare(Catalogue(circle), [agency("A3")]).is_applicable
    assert not compare(Catalogue(circle), [circle[0]]).is_applicable


ids = st.sampled_from(["H1", "H2", "H3", "H4", "h4", "A1", "A2"])


@st.composite
def rows(draw: st.DrawFn) -> Agency:
    organ_id = draw(ids)
    aliases = draw(st.lists(ids.filter(lambda one: one.upper() != organ_id.upper()), max_size=2, unique_by=str.upper))
    parent = draw(st.none() | ids)
    return agency(organ_id, parent, aliases=aliases, is_group=draw(st.booleans()))


@given(st.lists(rows(), max_size=6), st.lists(rows(), max_size=6))
def test_what_is_applicable_makes_a_catalogue_and_importing_it_again_changes_nothing(
    first: list[Agency], second: list[Agency]
) -> None:
    catalogue = Catalogue(())
    for incoming in (first, second):
        difference = compare(catalogue, incoming)
        if not difference.is_applicable:
            continue
        written = {row.organ_id: row for row in (*catalogue.agencies, *difference.rows)}
        assert len(written) >= len(catalogue.agencies)
        catalogue = Catalogue(tuple(written.values()))
        again = compare(catalogue, incoming)
        assert (again.rows, again.errors, again.unchanged) == ((), (), len(incoming))
