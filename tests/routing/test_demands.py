"""The state machine of a demand: what is withdrawn, what is asked, and what may be answered."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envelopes.codes import StatusCode
from envelopes.identifiers import DeliveryId
from routing.calendar import WORKING_DAYS
from routing.delivery import Delivery
from routing.demands import (
    ANSWER_WITHIN,
    ANSWERS,
    DEMAND_STEPS,
    DemandKind,
    DemandState,
    EarlierDemand,
    answer,
    answer_due,
    ask,
    event_of,
    unanswered_event,
)
from routing.errors import ImpossibleStep
from routing.events import EVENTS
from routing.lifecycle import FINAL_STATES, DeliveryState
from tests.routing.examples import NOW, delivery, envelope_id, organ

GIVES_BACK = [kind for kind in DemandKind if kind.gives_back]
LIVING = sorted(set(DeliveryState) - FINAL_STATES)


def at(state: DeliveryState, *, is_fetched: bool = False, number: int = 0) -> Delivery:
    """Return a delivery in a state."""
    changes: dict[str, object] = {"fetched_at": NOW if is_fetched else None}
    if state in FINAL_STATES:
        changes |= {"final_at": NOW, "due_at": None}
    if state is DeliveryState.HELD:
        changes["held_from"] = DeliveryState.CONSIGNED
    return replace(delivery(state, **changes), delivery_id=DeliveryId(UUID(int=number)))


@pytest.mark.parametrize(("kind", "state"), list(product(GIVES_BACK, LIVING)))
def test_what_was_not_fetched_is_withdrawn_in_whatever_state(kind: DemandKind, state: DeliveryState) -> None:
    asked = ask(kind, [at(state)])
    assert (asked.state, asked.withdrawn, asked.needs_notice) == (DemandState.WITHDRAWN, (at(state),), False)


@pytest.mark.parametrize("state", DeliveryState)
@pytest.mark.parametrize("kind", DemandKind)
def test_who_fetched_it_is_asked_in_whatever_state(kind: DemandKind, state: DeliveryState) -> None:
    asked = ask(kind, [at(state, is_fetched=True)])
    assert (asked.state, asked.withdrawn, asked.needs_notice) == (DemandState.ASKED, (), True)


@pytest.mark.parametrize("state", sorted(FINAL_STATES))
def test_where_it_ended_unfetched_there_is_nothing_to_give_back(state: DeliveryState) -> None:
    asked = ask(DemandKind.RECALL, [at(state)])
    assert (asked.state, asked.withdrawn, asked.needs_notice) == (DemandState.NEVER_FETCHED, (), False)


def test_of_several_deliveries_those_not_fetched_are_withdrawn_and_one_fetched_is_enough_to_ask() -> None:
    waiting = at(DeliveryState.CONSIGNED, number=2)
    asked = ask(DemandKind.RECALL, [at(DeliveryState.HANDED_OVER, is_fetched=True, number=1), waiting])
    assert (asked.state, asked.withdrawn) == (DemandState.ASKED, (waiting,))


@pytest.mark.parametrize("state", DeliveryState)
def test_an_update_withdraws_nothing(state: DeliveryState) -> None:
    assert ask(DemandKind.UPDATE, [at(state)]).withdrawn == ()


@given(st.sampled_from(DemandKind), st.lists(st.tuples(st.sampled_from(DeliveryState), st.booleans()), min_size=1))
def test_nothing_that_was_fetched_is_ever_withdrawn_and_nothing_else_is_left(
    kind: DemandKind, states: list[tuple[DeliveryState, bool]]
) -> None:
    carried = [at(state, is_fetched=fetched, number=number) for number, (state, fetched) in enumerate(states)]
    asked = ask(kind, carried)
    assert all(one.fetched_at is None and not one.is_final for one in asked.withdrawn)
    if kind.gives_back:
        left = [one for one in carried if one not in asked.withdrawn]
        assert all(one.is_final or one.fetched_at is not None for one in left)
        assert asked.needs_notice is any(one.fetched_at is not None for one in carried)


@pytest.mark.parametrize(("state", "status"), list(product(DemandState, sorted(ANSWERS))))
def test_only_what_was_asked_is_answered_and_only_once(state: DemandState, status: StatusCode) -> None:
    if state is DemandState.ASKED:
        assert answer(state, status) is DEMAND_STEPS[state, status]
    else:
        with pytest.raises(ImpossibleStep):
            answer(state, status)


@pytest.mark.parametrize("kind", DemandKind)
def test_every_demand_that_is_open_has_a_way_out_and_an_alarm(kind: DemandKind) -> None:
    assert answer_due(NOW, WORKING_DAYS) == WORKING_DAYS.add_working(NOW, ANSWER_WITHIN) > NOW
    assert unanswered_event(kind) in EVENTS
    told = {state: event_of(kind, state) for state in DemandState}
    assert {state for state, tag in told.items() if tag} == {
        DemandState.ASKED,
        DemandState.AGREED,
        DemandState.DECLINED,
    }


@pytest.mark.parametrize(("kind", "state"), list(product(DemandKind, DemandState)))
def test_what_is_given_back_or_asked_for_bars_every_other_demand(kind: DemandKind, state: DemandState) -> None:
    made = EarlierDemand(envelope_id(2), envelope_id(1), organ("H41"), kind, state)
    free = {DemandState.DECLINED, DemandState.SUPERSEDED}
    assert made.is_barring is (kind is not DemandKind.UPDATE and state not in free)
    assert made.is_yielding is (kind is DemandKind.UPDATE and state is DemandState.ASKED)
