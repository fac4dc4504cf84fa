"""Which deliveries can be given to another agency, and to which."""

from __future__ import annotations

from dataclasses import replace

import pytest

from envelopes.errors import Finding
from routing.agencies import Agency
from routing.delivery import Delivery
from routing.directory import Catalogue, Directory
from routing.events import EventTag
from routing.lifecycle import FINAL_STATES, DeliveryState
from routing.precedents import Redirect
from routing.redirection import Circumstances, Obstacle, find_obstacle, has_it, judge_target
from tests.routing.examples import DIRECTORY, MERGER, NOW, agency, delivery, earlier, organ, organs

S = DeliveryState
BY_HAND, BY_RULE = EventTag.DELIVERY_REDIRECTED, EventTag.DELIVERY_FORWARDED


def given(target: str = "H13", sender: str = "H26", *, is_barred: bool = False) -> Circumstances:
    return Circumstances(organ(target), organ(sender), is_barred=is_barred)


def in_state(state: DeliveryState, **others: object) -> Delivery:
    """Return a delivery in a state, with what that state demands."""
    is_final = state in FINAL_STATES
    due = {"due_at": None, "final_at": NOW} if is_final else {}
    held = {"held_from": S.CONSIGNED} if state is S.HELD else {}
    return delivery(state, **due, **held, **others)


def obstacle(one: Delivery, *, by: EventTag = BY_HAND, to: Circumstances | None = None) -> Obstacle | None:
    return find_obstacle(one, by, given=given() if to is None else to)


@pytest.mark.parametrize("state", sorted(set(S) - FINAL_STATES))
def test_an_operator_gives_away_whatever_is_under_way(state: DeliveryState) -> None:
    assert obstacle(in_state(state)) is None


@pytest.mark.parametrize("state", sorted(set(S) - FINAL_STATES - {S.CONSIGNED}))
def test_a_rule_gives_away_only_what_waits(state: DeliveryState) -> None:
    assert obstacle(in_state(state), by=BY_RULE) is Obstacle.NOT_AT_DISPOSAL
    assert obstacle(in_state(S.CONSIGNED), by=BY_RULE) is None


@pytest.mark.parametrize("state", sorted(FINAL_STATES))
def test_what_is_over_stays(state: DeliveryState) -> None:
    assert obstacle(in_state(state)) is Obstacle.FINAL


def test_what_was_fetched_stays() -> None:
    assert obstacle(in_state(S.CONSIGNED, fetched_at=NOW)) is Obstacle.FETCHED


def test_nothing_comes_back_to_its_recipient_or_sender() -> None:
    one = in_state(S.CONSIGNED)
    assert obstacle(one, to=given(str(one.recipient))) is Obstacle.OWN_RECIPIENT
    assert obstacle(one, to=given("H26")) is Obstacle.OWN_SENDER


def test_what_was_asked_back_does_not_go_there_again() -> None:
    assert obstacle(in_state(S.CONSIGNED), to=given(is_barred=True)) is Obstacle.RECALLED


@pytest.mark.parametrize("state", S)
def test_one_that_waits_or_was_taken_over_stands_for_another(state: DeliveryState) -> None:
    assert has_it(in_state(state)) is (state not in {S.REFUSED, S.EXPIRED, S.WITHDRAWN})


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("X99", "recipient/unknown"),
        ("H13.99", "recipient/not-yet-open"),
        ("H26.50", "recipient/not-receiving"),
        ("H41.W00", "recipient/group"),
    ],
)
def test_who_cannot_be_given_anything(to: str, code: str) -> None:
    judged = judge_target(DIRECTORY, organ(to), path="--to", moment=NOW)
    assert isinstance(judged, Finding)
    assert (judged.code, judged.path) == (code, "--to")


def test_a_closed_agency_is_refused_whatever_its_rule_is() -> None:
    closed = agency("A", valid_to=MERGER, successors=organs("B"), forwards_to=organ("B"))
    within = Directory(1, Catalogue((closed, agency("B"))))
    judged = judge_target(within, organ("A"), path="--to", moment=NOW)
    assert isinstance(judged, Finding)
    assert judged.code == "recipient/closed"
    assert "B" in judged.words.vi


def test_any_id_of_an_agency_will_do() -> None:
    judged = judge_target(DIRECTORY, organ("000.00.15.H13"), path="--to", moment=NOW)
    assert isinstance(judged, Agency)
    assert judged.organ_id == organ("H13.15")


def test_heirs_are_found_through_all_redirects_and_circles_are_cut() -> None:
    steps = (("A", "B"), ("B", "C"), ("C", "A"), ("X", "Y"))
    document = replace(earlier("H26", "A"), redirects=tuple(Redirect(organ(one), organ(two)) for one, two in steps))
    assert set(document.heirs_of(organs("A"))) == set(organs("B", "C"))
    assert document.heirs_of(organs("Q")) == ()
