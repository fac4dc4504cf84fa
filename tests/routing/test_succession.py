"""Who stands in for a closed agency."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.agencies import Agency, Standing
from routing.directory import Catalogue, Directory
from routing.errors import InvalidEntry
from routing.succession import (
    find_forwarding,
    find_predecessors,
    find_successors,
    kin_of,
    name_successors,
    voices_of,
)
from tests.routing.examples import MERGER, NOW, agency, organ, organs


def directory(*agencies: Agency) -> Directory:
    return Directory(1, Catalogue(agencies))


def successors_of(organ_id: str, within: Directory) -> list[str]:
    closed = within.resolve(organ(organ_id))
    assert closed is not None
    return [str(found.organ_id) for found in find_successors(within, closed, moment=NOW)]


def closed(organ_id: str, *successors: str) -> Agency:
    return agency(organ_id, valid_to=MERGER, successors=organs(*successors))


def test_a_closed_agency_without_successors_has_none() -> None:
    assert successors_of("A", directory(closed("A"))) == []


def test_a_split_agency_has_all_its_successors_in_the_order_named() -> None:
    within = directory(closed("A", "C", "B"), agency("B"), agency("C"))
    assert successors_of("A", within) == ["C", "B"]


def test_a_merger_of_mergers_is_followed_to_its_end_and_each_successor_named_once() -> None:
    within = directory(closed("A", "B", "C"), closed("B", "D"), closed("C", "D", "E"), agency("D"), agency("E"))
    assert successors_of("A", within) == ["D", "E"]


def test_a_circle_of_successors_is_cut() -> None:
    within = directory(closed("A", "B"), closed("B", "A", "C"), agency("C"))
    assert successors_of("A", within) == ["C"]
    assert successors_of("A", directory(closed("A", "B"), closed("B", "A"))) == []


def test_an_agency_never_succeeds_itself() -> None:
    alone = directory(agency("A", successors=organs("A", "B")), agency("B"))
    assert successors_of("A", alone) == ["B"]


def test_who_cannot_receive_is_no_successor() -> None:
    within = directory(
        closed("A", "G", "N", "F", "B"),
        agency("G", is_group=True),
        agency("N", is_receiving=False),
        agency("F", valid_from=date(2027, 1, 1), successors=organs("B")),
        agency("B"),
    )
    assert successors_of("A", within) == ["B"]


def test_an_open_agency_ends_the_trail_even_where_it_names_successors() -> None:
    within = directory(closed("A", "B"), agency("B", successors=organs("C")), agency("C"))
    assert successors_of("A", within) == ["B"]


def test_successors_named_by_an_alias_are_found() -> None:
    within = directory(closed("A", "000.00.00.H13"), agency("H13", aliases=["000.00.00.H13"]))
    assert successors_of("A", within) == ["H13"]


def test_a_long_chain_is_followed() -> None:
    chain = [closed(f"A{number}", f"A{number + 1}") for number in range(5_000)]
    assert successors_of("A0", directory(*chain, agency("A5000"))) == ["A5000"]


def test_words_name_successors_in_both_languages() -> None:
    named = name_successors((agency("H13", name_en="Can Tho"), agency("G22")))
    assert named["successors_vi"] == "H13 (Cơ quan H13), G22 (Cơ quan G22)"
    assert named["successors_en"] == "H13 (Can Tho), G22 (Cơ quan G22)"
    assert all(text for text in name_successors(()).values())


def forwarded(organ_id: str, *successors: str, to: str | None) -> Agency:
    heir = None if to is None else organ(to)
    return agency(organ_id, valid_to=MERGER, successors=organs(*successors), forwards_to=heir)


def heir_of(organ_id: str, within: Directory) -> str | None:
    closed = within.resolve(organ(organ_id))
    assert closed is not None
    heir = find_forwarding(within, closed, moment=NOW)
    return None if heir is None else str(heir.organ_id)


def test_mail_goes_where_the_rule_says_and_nowhere_without_one() -> None:
    within = directory(forwarded("A", "B", "C", to="C"), closed("D", "B"), agency("B"), agency("C"))
    assert (heir_of("A", within), heir_of("D", within)) == ("C", None)


def test_each_step_needs_a_rule_of_its_own() -> None:
    passing = directory(forwarded("A", "B", to="B"), forwarded("B", "C", to="C"), agency("C"))
    assert heir_of("A", passing) == "C"
    ending = directory(forwarded("A", "B", to="B"), closed("B", "C"), agency("C"))
    assert heir_of("A", ending) is None


def test_a_circle_of_rules_leads_nowhere() -> None:
    within = directory(forwarded("A", "B", to="B"), forwarded("B", "A", to="A"))
    assert (heir_of("A", within), heir_of("B", within)) == (None, None)


def test_mail_does_not_go_to_who_cannot_receive() -> None:
    for heir in (
        agency("B", is_group=True),
        agency("B", is_receiving=False),
        agency("B", valid_from=date(2027, 1, 1)),
    ):
        assert heir_of("A", directory(forwarded("A", "B", to="B"), heir)) is None


def test_a_rule_waits_until_the_agency_is_closed() -> None:
    within = directory(agency("A", successors=organs("B"), forwards_to=organ("B")), agency("B"))
    assert heir_of("A", within) == "A"


def test_a_rule_names_a_successor() -> None:
    with pytest.raises(InvalidEntry, match="no successor"):
        agency("A", successors=organs("B"), forwards_to=organ("C"))


def test_a_long_chain_of_rules_is_followed() -> None:
    chain = [forwarded(f"A{number}", f"A{number + 1}", to=f"A{number + 1}") for number in range(5_000)]
    assert heir_of("A0", directory(*chain, agency("A5000"))) == "A5000"


def test_an_agency_speaks_for_itself_and_those_it_took_over_from() -> None:
    within = directory(closed("A", "B"), closed("B", "C"), closed("D", "C", "E"), agency("C"), agency("E"))
    c, d = within.resolve(organ("C")), within.resolve(organ("D"))
    assert c is not None
    assert d is not None
    assert voices_of(within, c, moment=NOW)[0] == organ("C")
    assert set(voices_of(within, c, moment=NOW)) == set(organs("C", "A", "B", "D"))
    assert voices_of(within, d, moment=NOW) == organs("D"), "who has closed speaks for nobody else"
    assert set(kin_of(within, (d,), moment=NOW)) == set(organs("D", "C", "E", "A", "B"))


@given(
    st.dictionaries(st.integers(0, 9), st.lists(st.integers(0, 9), unique=True, max_size=4), min_size=1),
    st.sets(st.integers(0, 9)),
)
def test_successors_are_the_open_ends_that_can_be_reached_through_closed_agencies(
    named: Mapping[int, list[int]], still_open: set[int]
) -> None:
    rows = [
        agency(
            f"A{number}",
            successors=organs(*(f"A{other}" for other in named.get(number, ()))),
            valid_to=None if number in still_open else MERGER,
        )
        for number in range(10)
    ]
    within = directory(*rows)
    for row in rows:
        found = find_successors(within, row, moment=NOW)
        reached = _reach(int(str(row.organ_id)[1:]), named, still_open)
        assert {str(one.organ_id) for one in found} == {f"A{number}" for number in reached}
        assert len(found) == len(reached)
        assert all(one.standing_on(NOW) is Standing.OPEN for one in found)
    for row in rows:
        taken_over = {one.organ_id for one in find_predecessors(within, row, moment=NOW)}
        gone = (other for other in rows if other.standing_on(NOW) is Standing.CLOSED)
        assert taken_over == {one.organ_id for one in gone if row in find_successors(within, one, moment=NOW)}


def _reach(start: int, named: Mapping[int, list[int]], still_open: set[int]) -> set[int]:
    seen, waiting = {start}, [start]
    ends: set[int] = set()
    while waiting:
        for number in named.get(waiting.pop(), ()):
            if number not in seen:
                seen.add(number)
                (ends.add if number in still_open else waiting.append)(number)
    return ends
