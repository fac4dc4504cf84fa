"""The transition table: nothing leaves it, final is final, and nothing waits for ever."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envelopes.evidence import EvidenceType
from routing.errors import ImpossibleStep
from routing.events import EVENTS, EventTag
from routing.lifecycle import (
    DEADLINES,
    FINAL_STATES,
    HOLDABLE_STATES,
    INITIAL_STATES,
    TRANSITIONS,
    DeliveryState,
    Since,
    deadline_of,
    draw,
    step,
)
from tests.routing.examples import NOW

S = DeliveryState

ARCHITECTURE = {
    S.READY: {S.LEASED, S.CONSIGNED, S.EXPIRED, S.WITHDRAWN, S.HELD},
    S.LEASED: {S.CONSIGNED, S.DEFERRED, S.READY, S.REFUSED, S.WITHDRAWN, S.HELD},
    S.DEFERRED: {S.LEASED, S.CONSIGNED, S.EXPIRED, S.WITHDRAWN, S.HELD},
    S.CONSIGNED: {S.HANDED_OVER, S.REFUSED, S.EXPIRED, S.WITHDRAWN, S.HELD},
    S.HELD: {S.WITHDRAWN},
}
"""The moves the architecture allows, written a second time."""


def test_the_table_holds_the_moves_of_the_architecture_and_no_others() -> None:
    moves: dict[DeliveryState, set[DeliveryState]] = {}
    for (source, _), target in TRANSITIONS.items():
        if source is not target:
            moves.setdefault(source, set()).add(target)
    assert moves == ARCHITECTURE


@pytest.mark.parametrize(("state", "event"), list(product(sorted(FINAL_STATES), EventTag)))
def test_nothing_happens_to_a_delivery_that_has_ended(state: DeliveryState, event: EventTag) -> None:
    with pytest.raises(ImpossibleStep):
        step(state, event)


WAYS_OUT_OF_A_HOLD = {EventTag.DELIVERY_RESUMED, EventTag.DELIVERY_WITHDRAWN, EventTag.DELIVERY_REDIRECTED}


@pytest.mark.parametrize("event", sorted(set(EventTag) - WAYS_OUT_OF_A_HOLD))
def test_a_held_delivery_does_nothing_but_go_on_or_be_withdrawn(event: EventTag) -> None:
    with pytest.raises(ImpossibleStep):
        step(S.HELD, event, held_from=S.READY)


def test_a_recall_reaches_what_an_operator_holds() -> None:
    assert step(S.HELD, EventTag.DELIVERY_WITHDRAWN, held_from=S.CONSIGNED) is S.WITHDRAWN


@pytest.mark.parametrize("came_from", sorted(HOLDABLE_STATES))
def test_a_held_delivery_goes_back_to_where_it_came_from(came_from: DeliveryState) -> None:
    assert step(came_from, EventTag.DELIVERY_HELD) is S.HELD
    assert step(S.HELD, EventTag.DELIVERY_RESUMED, held_from=came_from) is came_from


@pytest.mark.parametrize("came_from", [None, S.HELD, *sorted(FINAL_STATES)])
def test_a_held_delivery_does_not_go_where_it_cannot_have_been(came_from: DeliveryState | None) -> None:
    with pytest.raises(ImpossibleStep):
        step(S.HELD, EventTag.DELIVERY_RESUMED, held_from=came_from)


def test_only_a_held_delivery_remembers_where_it_came_from() -> None:
    with pytest.raises(ImpossibleStep, match="held_from"):
        step(S.READY, EventTag.CARRIAGE_LEASED, held_from=S.READY)


def test_a_recipients_lease_moves_nothing() -> None:
    events = (
        EventTag.DELIVERY_LEASED,
        EventTag.DELIVERY_RELEASED,
        EventTag.DELIVERY_LEASE_EXPIRED,
        EventTag.DELIVERY_FETCHED,
    )
    assert {step(S.CONSIGNED, event) for event in events} == {S.CONSIGNED}
    with pytest.raises(ImpossibleStep, match=r"delivery\.leased cannot happen to a delivery that is ready"):
        step(S.READY, EventTag.DELIVERY_LEASED)


@given(st.sampled_from(sorted(INITIAL_STATES)), st.lists(st.sampled_from(EventTag), max_size=40))
def test_no_row_of_events_leaves_the_table(state: DeliveryState, events: list[EventTag]) -> None:
    held_from: DeliveryState | None = None
    for event in events:
        try:
            after = step(state, event, held_from=held_from)
        except ImpossibleStep:
            continue
        assert state not in FINAL_STATES
        assert after in (ARCHITECTURE[state] | ({state} if state is not S.HELD else {held_from}))
        held_from = state if after is S.HELD else None
        state = after


def test_every_state_that_is_not_final_has_a_way_out_and_a_deadline() -> None:
    living = set(DeliveryState) - FINAL_STATES
    assert set(DEADLINES) == living
    assert {source for source, _ in TRANSITIONS} == living
    for state in living:
        held_from = S.READY if state is S.HELD else None
        assert step(state, DEADLINES[state].event, held_from=held_from) is not state
        assert DEADLINES[state].reason.strip()
        assert DEADLINES[state].after > timedelta()


@pytest.mark.parametrize("state", sorted(INITIAL_STATES))
def test_a_delivery_left_to_its_deadlines_ends(state: DeliveryState) -> None:
    seen = [state]
    while seen[-1] not in FINAL_STATES:
        seen.append(step(seen[-1], DEADLINES[seen[-1]].event))
        assert len(seen) < 5
    assert seen[-1] is S.EXPIRED


def test_every_state_can_be_reached() -> None:
    reached = set(INITIAL_STATES)
    for _ in DeliveryState:
        reached |= {target for (source, _), target in TRANSITIONS.items() if source in reached}
    assert reached == set(DeliveryState)


def test_a_forgotten_hold_outlasts_every_other_deadline() -> None:
    others = [deadline.after for state, deadline in DEADLINES.items() if state is not S.HELD]
    assert DEADLINES[S.HELD].after >= max(others)
    held_at = NOW + timedelta(hours=1)
    resumed_at = deadline_of(S.HELD, accepted_at=NOW, entered_at=held_at)
    assert resumed_at is not None
    for state in INITIAL_STATES:
        due = deadline_of(state, accepted_at=NOW, entered_at=resumed_at)
        assert due is not None
        assert due <= resumed_at


def test_attempts_do_not_prolong_a_delivery() -> None:
    first = deadline_of(S.DEFERRED, accepted_at=NOW, entered_at=NOW)
    assert first == deadline_of(S.DEFERRED, accepted_at=NOW, entered_at=NOW + timedelta(days=5))
    assert DEADLINES[S.LEASED].since is Since.ENTERED


@pytest.mark.parametrize("state", sorted(FINAL_STATES))
def test_what_has_ended_has_no_deadline(state: DeliveryState) -> None:
    assert deadline_of(state, accepted_at=NOW, entered_at=NOW) is None


@pytest.mark.parametrize(("source", "event"), list(TRANSITIONS))
def test_every_end_owes_evidence_that_fits_how_far_it_came(source: DeliveryState, event: EventTag) -> None:
    target = TRANSITIONS[source, event]
    evidence = EVENTS[event].evidence
    if target in {S.EXPIRED, S.REFUSED}:
        is_at_disposal = source is S.CONSIGNED
        expected = EvidenceType.CONTENT_HANDOVER_FAILURE if is_at_disposal else EvidenceType.CONTENT_CONSIGNMENT_FAILURE
        assert evidence is expected
    elif target in FINAL_STATES or (target is S.CONSIGNED and source is not S.CONSIGNED):
        assert evidence is not None
    else:
        assert evidence is None


def test_the_picture_shows_every_step() -> None:
    lines = draw().splitlines()
    assert lines[0] == "stateDiagram-v2"
    assert "    [*] --> READY" in lines
    assert "    CONSIGNED --> HANDED_OVER: delivery.handed_over" in lines
    assert "    HELD --> CONSIGNED: delivery.resumed" in lines
    assert "    EXPIRED --> [*]" in lines
    arrows = len(INITIAL_STATES) + len(TRANSITIONS) + len(HOLDABLE_STATES) + len(FINAL_STATES)
    assert len(lines) == 1 + arrows == len(set(lines))
    assert draw().endswith("\n")
