"""Deliveries: who gets a turn, in which order, for how long."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from time import perf_counter
from typing import Any

import pytest

from envelopes.identifiers import DeliveryId, EnvelopeId, OrganId, SystemId
from routing.delivery import Delivery
from routing.lifecycle import DeliveryState
from storage.database.deliveries import (
    deliveries_of,
    due_deliveries,
    expire_leases,
    get_delivery,
    insert_deliveries,
    lease_deliveries,
    lock_delivery,
    release,
    settle_delivery,
)
from storage.database.transactions import Transactions
from storage.records import DeliveryRecord, LeasedDelivery
from tests.fixtures.postgres import MOMENT
from tests.storage.records import MINUTE, RECIPIENT, delivery, lease, new_id

OTHER = OrganId("G22.1")


def keep(transactions: Transactions, *records: DeliveryRecord) -> list[DeliveryId]:
    with transactions.begin() as session:
        insert_deliveries(session, records)
    return [record.delivery.delivery_id for record in records]


def take(
    transactions: Transactions, *, limit: int = 10, at: int = 0, recipients: tuple[OrganId, ...] = (RECIPIENT,)
) -> list[Delivery]:
    """What a lease of five minutes gets that begins `at` minutes after the moment."""
    now = MOMENT + at * MINUTE
    with transactions.begin() as session:
        taken = lease_deliveries(session, recipients, lease=lease(now + 5 * MINUTE), limit=limit, now=now)
    return [leased.delivery for leased in taken]


def ids(deliveries: list[Delivery]) -> list[DeliveryId]:
    return [delivery.delivery_id for delivery in deliveries]


def test_a_delivery_comes_back_as_it_was_written(transactions: Transactions) -> None:
    plain = delivery()
    leased = delivery(lease=lease(MOMENT + MINUTE), fetched_at=MOMENT, attempts=3)
    held = delivery(state=DeliveryState.HELD, held_from=DeliveryState.CONSIGNED)
    done = delivery(state=DeliveryState.HANDED_OVER, due_at=None, final_at=MOMENT, priority_rank=3)
    records = (plain, leased, held, done)
    keep(transactions, *records)
    with transactions.read() as session:
        assert [get_delivery(session, record.delivery.delivery_id) for record in records] == [
            record.delivery for record in records
        ]


def test_an_unknown_delivery_is_none(transactions: Transactions) -> None:
    with transactions.begin() as session:
        assert get_delivery(session, DeliveryId(new_id())) is None
        assert lock_delivery(session, DeliveryId(new_id())) is None


def test_the_deliveries_of_a_message_come_in_the_order_they_were_minted_in(transactions: Transactions) -> None:
    message = EnvelopeId(new_id())
    records = [delivery(message, recipient=organ_id) for organ_id in (RECIPIENT, OTHER)]
    keep(transactions, records[1], records[0], delivery())
    with transactions.read() as session:
        assert deliveries_of(session, message) == tuple(records)
        assert deliveries_of(session, message, recipients=[OTHER]) == (records[1],)
        assert deliveries_of(session, message, recipients=[]) == ()


def test_a_delivery_redirected_in_a_later_month_belongs_to_its_message(transactions: Transactions) -> None:
    message = EnvelopeId(new_id())
    later = delivery(message, MOMENT + timedelta(days=40))
    keep(transactions, later)
    with transactions.read() as session:
        assert deliveries_of(session, message) == (later,)


def test_a_lease_takes_urgent_ones_first_and_then_the_oldest(transactions: Transactions) -> None:
    kept = keep(transactions, *(delivery(priority_rank=rank) for rank in (0, 3, 1, 3)))
    assert ids(take(transactions, limit=3)) == [kept[1], kept[3], kept[2]]
    assert ids(take(transactions)) == [kept[0]]
    assert take(transactions) == []


def test_a_lease_is_written_with_who_has_it_and_until_when(transactions: Transactions) -> None:
    keep(transactions, delivery())
    (taken,) = take(transactions)
    assert taken.lease is not None
    assert taken.lease.until == MOMENT + 5 * MINUTE
    with transactions.read() as session:
        assert get_delivery(session, taken.delivery_id) == taken


@pytest.mark.parametrize(
    "changes",
    [
        {"recipient": OTHER},
        {"state": DeliveryState.READY},
        {"state": DeliveryState.HELD, "held_from": DeliveryState.CONSIGNED},
        {"state": DeliveryState.HANDED_OVER, "due_at": None, "final_at": MOMENT},
        {"due_at": MOMENT},
        {"lease": lease(MOMENT + timedelta(milliseconds=1))},
    ],
    ids=["another's", "not yet there", "held", "final", "past its deadline", "another's turn"],
)
def test_a_lease_passes_over_what_is_not_to_be_had(transactions: Transactions, changes: dict[str, Any]) -> None:
    keep(transactions, delivery(**changes))
    assert take(transactions) == []


def test_a_system_that_acts_for_many_agencies_leases_for_all_of_them(transactions: Transactions) -> None:
    kept = keep(transactions, delivery(recipient=OTHER), delivery(priority_rank=2))
    agencies = (*(OrganId(f"H51.{number}") for number in range(5_000)), RECIPIENT, OTHER)
    assert ids(take(transactions, recipients=agencies)) == [kept[1], kept[0]]


def test_an_expired_lease_comes_back_and_the_next_one_hears_of_it(transactions: Transactions) -> None:
    keep(transactions, delivery())
    (first,) = take(transactions)
    assert take(transactions, at=4) == []
    now = MOMENT + 5 * MINUTE
    with transactions.begin() as session:
        (second,) = lease_deliveries(session, [RECIPIENT], lease=lease(now + MINUTE), limit=1, now=now)
    assert second.delivery.delivery_id == first.delivery_id
    assert second.lapsed == first.lease


def test_sweeping_ends_the_leases_that_have_run_out_and_no_others(transactions: Transactions) -> None:
    keep(transactions, delivery(), delivery())
    (early,), (late,) = take(transactions, limit=1), take(transactions, limit=1, at=1)
    with transactions.begin() as session:
        assert expire_leases(session, MOMENT + 5 * MINUTE, limit=10) == (early,)
        assert get_delivery(session, early.delivery_id) == replace(early, lease=None)
        assert get_delivery(session, late.delivery_id) == late


def test_releasing_gives_back_only_what_this_lease_has(transactions: Transactions) -> None:
    keep(transactions, delivery(), delivery())
    (mine,), (other,) = take(transactions, limit=1), take(transactions, limit=1)
    assert mine.lease is not None
    with transactions.begin() as session:
        both = (mine.delivery_id, other.delivery_id)
        assert release(session, mine.lease.lease_id, delivery_ids=both) == (replace(mine, lease=None),)
        assert release(session, mine.lease.lease_id, delivery_ids=both) == ()
    assert ids(take(transactions)) == [mine.delivery_id]


def test_two_pullers_at_once_never_get_the_same_delivery(transactions: Transactions) -> None:
    rounds, together = 25, Barrier(2)
    for _ in range(rounds):
        keep(transactions, delivery(), delivery(), delivery())

    def pull(system_id: str) -> list[DeliveryId]:
        taken: list[LeasedDelivery] = []
        for _ in range(rounds):
            together.wait(30)
            with transactions.begin() as session:
                turn = lease(MOMENT + MINUTE, SystemId(system_id))
                taken += lease_deliveries(session, [RECIPIENT], lease=turn, limit=2, now=MOMENT)
        return [leased.delivery.delivery_id for leased in taken]

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(pull, ["one", "other"])
    assert set(one).isdisjoint(other)
    assert len(one) + len(other) == len({*one, *other})
    assert len(one) + len(other) + len(take(transactions, limit=100)) == 3 * rounds


def test_a_delivery_that_another_is_just_taking_is_passed_over_not_waited_for(transactions: Transactions) -> None:
    kept = keep(transactions, delivery(), delivery())
    with transactions.begin() as session:
        (first,) = lease_deliveries(session, [RECIPIENT], lease=lease(MOMENT + MINUTE), limit=1, now=MOMENT)
        assert ids(take(transactions)) == [kept[1]]
        assert first.delivery.delivery_id == kept[0]


def test_settling_writes_everything_that_may_change(transactions: Transactions) -> None:
    record = delivery(lease=lease(MOMENT + MINUTE))
    (kept,) = keep(transactions, record)
    done = replace(
        record.delivery,
        state=DeliveryState.HANDED_OVER,
        lease=None,
        due_at=None,
        final_at=MOMENT + MINUTE,
        fetched_at=MOMENT,
        attempts=2,
    )
    with transactions.begin() as session:
        assert lock_delivery(session, kept) == record.delivery
        settle_delivery(session, done)
    with transactions.read() as session:
        assert get_delivery(session, kept) == done


def test_a_held_delivery_remembers_where_it_came_from(transactions: Transactions) -> None:
    record = delivery()
    keep(transactions, record)
    held = replace(record.delivery, state=DeliveryState.HELD, held_from=DeliveryState.CONSIGNED)
    with transactions.begin() as session:
        settle_delivery(session, held)
        assert get_delivery(session, held.delivery_id) == held


def test_due_deliveries_are_given_to_one_worker_at_a_time_and_final_ones_to_none(transactions: Transactions) -> None:
    kept = keep(
        transactions,
        delivery(due_at=MOMENT),
        delivery(due_at=MOMENT - MINUTE),
        delivery(due_at=MOMENT + MINUTE),
        delivery(state=DeliveryState.EXPIRED, due_at=None, final_at=MOMENT),
    )
    with transactions.begin() as one, transactions.begin() as other:
        assert ids(list(due_deliveries(one, MOMENT, limit=10))) == [kept[1], kept[0]]
        assert due_deliveries(other, MOMENT, limit=10) == ()


def test_twenty_thousand_deliveries_are_written_at_once_and_leased_in_order(transactions: Transactions) -> None:
    message = EnvelopeId(new_id())
    records = [delivery(message, recipient=OrganId(f"H51.{number}")) for number in range(20_000)]
    begun = perf_counter()
    keep(transactions, *records)
    elapsed = perf_counter() - begun
    with transactions.read() as session:
        assert len(deliveries_of(session, message)) == 20_000
    assert elapsed < 20, "bulk writing has become row by row"
    assert ids(take(transactions, recipients=(OrganId("H51.19999"),))) == [records[-1].delivery.delivery_id]
