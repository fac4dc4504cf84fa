"""When a delivery is told of or carried, and what an answer does to it: by the table, whatever its state."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envelopes.identifiers import DeliveryId, EnvelopeId, OrganId, SystemId
from routing.carriage import LOOK_AGAIN, SWEPT_SOON, Occasion, carriage_event, end_event, later, occasion
from routing.delivery import Delivery, Lease, LeaseId, next_state
from routing.errors import ImpossibleStep
from routing.events import EVENTS, EventTag
from routing.leases import LEASE_TIME_DEFAULT
from routing.lifecycle import DEADLINES, FINAL_STATES, TRANSITIONS, DeliveryState, step
from routing.webhooks import CallOutcome, WebhookMode, judge_package_answer
from tests.routing.examples import NOW

S = DeliveryState
LEASE = Lease(LeaseId(UUID(int=7)), SystemId("qlvb"), NOW + LEASE_TIME_DEFAULT)


def delivery(state: DeliveryState = S.READY, **changes: Any) -> Delivery:
    is_final = state in FINAL_STATES
    made = Delivery(
        DeliveryId(UUID(int=1)),
        EnvelopeId(UUID(int=2)),
        OrganId("H51.15"),
        state,
        priority_rank=0,
        accepted_at=NOW,
        due_at=None if is_final else NOW + timedelta(days=1),
        held_from=S.READY if state is S.HELD else None,
        final_at=NOW if is_final else None,
    )
    return replace(made, **changes)


@pytest.mark.parametrize("mode", WebhookMode)
@pytest.mark.parametrize("state", S)
def test_nobody_is_called_about_what_has_ended_or_was_given_back(mode: WebhookMode, state: DeliveryState) -> None:
    given_back = delivery(state, recalled_at=NOW)
    assert occasion(mode, given_back, moment=NOW) is Occasion.NEVER
    assert (occasion(mode, delivery(state), moment=NOW) is Occasion.NEVER) == (state in FINAL_STATES)


def test_an_event_waits_until_it_is_true() -> None:
    told = {state for state in S if occasion(WebhookMode.EVENT, delivery(state), moment=NOW) is Occasion.NOW}
    assert told == {S.CONSIGNED}
    assert occasion(WebhookMode.EVENT, delivery(S.CONSIGNED, lease=LEASE), moment=NOW) is Occasion.NOW


def test_a_package_goes_out_where_nobody_has_a_turn() -> None:
    carried = {state for state in S if occasion(WebhookMode.PACKAGE, delivery(state), moment=NOW) is Occasion.NOW}
    assert carried == {S.READY, S.DEFERRED, S.CONSIGNED}
    leased = delivery(S.CONSIGNED, lease=LEASE)
    assert occasion(WebhookMode.PACKAGE, leased, moment=NOW) is Occasion.LATER
    assert later(leased, NOW) == LEASE.until
    assert occasion(WebhookMode.PACKAGE, leased, moment=LEASE.until) is Occasion.NOW
    assert later(delivery(S.HELD), NOW) == NOW + LOOK_AGAIN


def test_what_a_dead_courier_had_is_looked_at_again_as_soon_as_it_is_swept() -> None:
    """A sweep comes after the courier that finds it: it must not wait as long as what somebody holds."""
    left = delivery(S.LEASED, lease=LEASE)
    assert occasion(WebhookMode.PACKAGE, left, moment=LEASE.until) is Occasion.LATER
    assert later(left, LEASE.until) == LEASE.until + SWEPT_SOON
    long = replace(left, lease=replace(LEASE, until=NOW + timedelta(hours=1)))
    assert later(long, NOW) == NOW + LOOK_AGAIN


@pytest.mark.parametrize("outcome", CallOutcome)
def test_every_outcome_of_a_call_is_a_step_of_the_table(outcome: CallOutcome) -> None:
    after = step(S.LEASED, carriage_event(outcome))
    expected = {CallOutcome.TAKEN: S.CONSIGNED, CallOutcome.GONE: S.REFUSED}
    assert after is expected.get(outcome, S.DEFERRED)


@pytest.mark.parametrize("state", [S.READY, S.DEFERRED, S.CONSIGNED])
def test_an_operators_end_owes_the_evidence_of_how_far_it_came(state: DeliveryState) -> None:
    event = end_event(state)
    assert step(state, event) is S.EXPIRED
    assert EVENTS[event].evidence is EVENTS[DEADLINES[state].event].evidence


def test_what_is_being_carried_is_not_ended_under_its_courier() -> None:
    with pytest.raises(ImpossibleStep):
        step(S.LEASED, end_event(S.LEASED))


def test_what_has_left_is_not_withdrawn_though_it_is_being_carried() -> None:
    assert next_state(delivery(S.LEASED), EventTag.DELIVERY_WITHDRAWN) is S.WITHDRAWN
    with pytest.raises(ImpossibleStep):
        next_state(delivery(S.LEASED, fetched_at=NOW), EventTag.DELIVERY_WITHDRAWN)


@given(st.binary(min_size=32, max_size=32), st.none() | st.binary(max_size=40), st.integers(100, 599))
def test_only_a_2xx_with_the_very_digest_counts(digest: bytes, echoed: bytes | None, status: int) -> None:
    outcome = judge_package_answer(status, echoed, digest=digest)
    assert (outcome is CallOutcome.TAKEN) == (200 <= status < 300 and echoed == digest)
    assert judge_package_answer(200, digest, digest=digest) is CallOutcome.TAKEN


@given(st.lists(st.sampled_from([*CallOutcome, "sweep", "turned over", "again"]), max_size=30))
def test_no_row_of_calls_leaves_the_table_or_a_delivery_stuck(calls: list[CallOutcome | str]) -> None:
    state = S.READY
    for one in calls:
        if state in FINAL_STATES:
            break
        if one == "turned over" and state in {S.READY, S.DEFERRED}:
            state = step(state, EventTag.DELIVERY_CONSIGNED)
        elif state in {S.READY, S.DEFERRED}:
            state = step(state, EventTag.CARRIAGE_LEASED)
        elif state is S.LEASED and isinstance(one, CallOutcome):
            state = step(state, carriage_event(one))
        elif state is S.LEASED:
            state = step(state, DEADLINES[state].event)
    assert state in FINAL_STATES or any(source is state for source, _ in TRANSITIONS)
