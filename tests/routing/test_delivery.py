"""A delivery that contradicts itself cannot be made, and one whose content has left is not withdrawn."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from envelopes.identifiers import SystemId
from routing.delivery import PRIORITY_RANK_MAX, Delivery, Lease, LeaseId, next_state
from routing.errors import ImpossibleStep, InvalidEntry
from routing.events import EventTag
from routing.lifecycle import FINAL_STATES, HOLDABLE_STATES, DeliveryState
from tests.routing.examples import NOW, delivery

LEASE = Lease(LeaseId(UUID(int=1)), SystemId("van-thu.h41"), NOW)
S = DeliveryState


@pytest.mark.parametrize(
    "contradiction",
    [
        {"priority_rank": -1},
        {"priority_rank": PRIORITY_RANK_MAX + 1},
        {"attempts": -1},
        {"final_at": NOW},
        {"due_at": None},
        {"held_from": S.READY},
        {"state": S.HELD},
        {"state": S.HELD, "held_from": S.HANDED_OVER},
        {"state": S.HANDED_OVER},
        {"state": S.HANDED_OVER, "final_at": NOW},
        {"state": S.HANDED_OVER, "due_at": None},
        {"state": S.HANDED_OVER, "final_at": NOW, "due_at": None, "lease": LEASE},
        {"state": S.READY, "lease": LEASE},
        {"state": S.HELD, "held_from": S.CONSIGNED, "lease": LEASE},
        {"due_at": NOW.replace(tzinfo=None)},
        {"fetched_at": NOW.replace(tzinfo=None)},
    ],
)
def test_a_contradiction_is_refused(contradiction: dict[str, object]) -> None:
    with pytest.raises(InvalidEntry):
        delivery(**contradiction)  # type: ignore[arg-type]


def test_a_lease_ends_at_an_aware_moment() -> None:
    with pytest.raises(InvalidEntry, match="aware"):
        Lease(LEASE.lease_id, LEASE.system_id, NOW.replace(tzinfo=None))


@pytest.mark.parametrize("rank", [0, PRIORITY_RANK_MAX])
def test_the_least_and_the_most_urgent_have_a_rank(rank: int) -> None:
    assert delivery(priority_rank=rank).priority_rank == rank


@pytest.mark.parametrize("state", DeliveryState)
def test_every_state_can_be_represented(state: DeliveryState) -> None:
    assert made_in(state).is_final == (state in FINAL_STATES)


def made_in(state: DeliveryState) -> Delivery:
    if state in FINAL_STATES:
        return delivery(state, due_at=None, final_at=NOW)
    return delivery(state, held_from=S.CONSIGNED if state is S.HELD else None)


@pytest.mark.parametrize("state", sorted(HOLDABLE_STATES))
def test_a_delivery_is_withdrawn_only_before_its_content_has_left(state: DeliveryState) -> None:
    assert next_state(delivery(state), EventTag.DELIVERY_WITHDRAWN) is S.WITHDRAWN
    with pytest.raises(ImpossibleStep, match="by notice"):
        next_state(delivery(state, fetched_at=NOW), EventTag.DELIVERY_WITHDRAWN)


def test_a_held_delivery_goes_back_to_where_it_came_from() -> None:
    assert next_state(delivery(S.HELD, held_from=S.DEFERRED), EventTag.DELIVERY_RESUMED) is S.DEFERRED


def test_a_step_outside_the_table_is_impossible() -> None:
    with pytest.raises(ImpossibleStep):
        next_state(delivery(S.READY), EventTag.DELIVERY_HANDED_OVER)
    with pytest.raises(ImpossibleStep):
        next_state(made_in(S.EXPIRED), EventTag.DELIVERY_HELD)


def test_fetching_does_not_end_a_delivery() -> None:
    fetched = delivery(fetched_at=NOW, due_at=NOW + timedelta(days=1))
    assert next_state(fetched, EventTag.DELIVERY_HANDED_OVER) is S.HANDED_OVER
    assert next_state(fetched, EventTag.DELIVERY_EXPIRED) is S.EXPIRED
