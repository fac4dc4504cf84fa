"""Deliveries that are pushed, in the database: who may take them, who carries them, and what waits for whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from envelopes.identifiers import DeliveryId, EventId, OrganId, SystemId
from routing.agencies import Agency, System, SystemState
from routing.leases import PUSHED_FIRST
from routing.lifecycle import DEADLINES, DeliveryState
from routing.webhooks import NoticeState, WebhookAddress, WebhookMode
from storage.database.agencies import save_agencies
from storage.database.carried import uncarried
from storage.database.deliveries import get_delivery, insert_deliveries, lease_deliveries
from storage.database.systems import find_systems, save_systems
from storage.database.transactions import Transactions
from storage.database.webhooks import (
    due_notices,
    extend_receiver,
    free_receiver,
    get_receiver,
    give_back_notices,
    hasten_deliveries,
    insert_notices,
    lease_receiver,
    note_answer,
    open_receiver,
    put_off,
    settle_notice,
    systems_waiting,
    take_notices,
    wake_receivers,
)
from storage.records import DeliveryRecord, Notice, Receiver
from tests.fixtures.postgres import MOMENT
from tests.storage.records import RECIPIENT, SYSTEM, delivery, lease, new_id, note

S = DeliveryState
MINUTE = timedelta(minutes=1)
URL = WebhookAddress("https://qlvb.example.vn/axis")


def pushed(state: DeliveryState = S.READY, **changes: Any) -> DeliveryRecord:
    return delivery(state=state, due_at=MOMENT + DEADLINES[S.READY].after, **changes)


def notice(of: DeliveryRecord, system_id: SystemId = SYSTEM, **changes: object) -> Notice:
    one = of.delivery
    made = Notice(
        EventId(new_id()),
        system_id,
        one.envelope_id,
        one.delivery_id,
        one.recipient,
        one.priority_rank,
        is_status=False,
        consigned_at=MOMENT,
        expires_at=MOMENT + timedelta(days=12),
        due_at=MOMENT,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def store(transactions: Transactions, *records: DeliveryRecord, notices: tuple[Notice, ...] = ()) -> None:
    with transactions.begin() as session:
        insert_deliveries(session, records)
        insert_notices(session, notices)


def connect(transactions: Transactions, **changes: object) -> None:
    system = System(SYSTEM, OrganId("H51"), "QLVB", (OrganId("H51"),), webhook=URL, webhook_mode=WebhookMode.PACKAGE)
    with transactions.begin() as session:
        save_agencies(session, (Agency(OrganId("H51"), "UBND tỉnh"),), note=note())
        save_systems(session, (replace(system, **changes),), note=note())  # type: ignore[arg-type]
        open_receiver(session, SYSTEM, now=MOMENT)


def taken(transactions: Transactions, at: timedelta = timedelta()) -> list[DeliveryId]:
    now = MOMENT + at
    with transactions.begin() as session:
        found = lease_deliveries(session, (RECIPIENT,), lease=lease(now + MINUTE), limit=10, now=now)
    return [one.delivery.delivery_id for one in found]


def test_what_is_to_be_pushed_is_leased_as_the_rule_says(transactions: Transactions) -> None:
    fresh, tried, deferred = pushed(), pushed(attempts=1), pushed(S.DEFERRED, attempts=1)
    store(transactions, fresh, tried, deferred, pushed(S.LEASED, attempts=1), pushed(recalled_at=MOMENT))
    assert taken(transactions) == [tried.delivery.delivery_id, deferred.delivery.delivery_id]
    assert taken(transactions, PUSHED_FIRST - timedelta(seconds=1)) == []
    assert taken(transactions, PUSHED_FIRST) == [
        fresh.delivery.delivery_id,
        tried.delivery.delivery_id,
        deferred.delivery.delivery_id,
    ]


def test_who_leases_it_has_it_at_its_disposal_until_that_deadline(transactions: Transactions) -> None:
    record = pushed(S.DEFERRED, attempts=2)
    store(transactions, record)
    with transactions.begin() as session:
        (one,) = lease_deliveries(session, (RECIPIENT,), lease=lease(MOMENT + MINUTE), limit=10, now=MOMENT)
        after = get_delivery(session, record.delivery.delivery_id)
    assert (one.came_from, one.lapsed) == (S.DEFERRED, None)
    assert after == one.delivery
    assert (one.delivery.state, one.delivery.due_at) == (S.CONSIGNED, MOMENT + DEADLINES[S.CONSIGNED].after)


def test_urgent_ones_come_first_wherever_they_wait(transactions: Transactions) -> None:
    waiting, urgent = delivery(), pushed(S.DEFERRED, attempts=1, priority_rank=3)
    store(transactions, waiting, urgent)
    assert taken(transactions) == [urgent.delivery.delivery_id, waiting.delivery.delivery_id]


@pytest.mark.parametrize(
    "changes",
    [{"webhook": None}, {"webhook_mode": WebhookMode.EVENT}, {"state": SystemState.REMOVED}],
    ids=["no webhook", "told by events", "removed"],
)
def test_what_nobody_carries_any_more_is_found(transactions: Transactions, changes: dict[str, object]) -> None:
    ready, deferred = pushed(), pushed(S.DEFERRED, attempts=1)
    store(transactions, ready, deferred, delivery(), notices=(notice(ready), notice(deferred)))
    connect(transactions)
    with transactions.begin() as session:
        assert uncarried(session, MOMENT, limit=10) == ()
    connect(transactions, **changes)
    with transactions.begin() as session:
        assert uncarried(session, MOMENT, limit=10) == (ready.delivery, deferred.delivery)
        assert uncarried(session, MOMENT + DEADLINES[S.READY].after, limit=10) == (), "its time is over anyhow"


def test_whose_notice_has_ended_is_carried_by_nobody(transactions: Transactions) -> None:
    record = pushed()
    told = notice(record)
    store(transactions, record, notices=(told,))
    connect(transactions)
    with transactions.begin() as session:
        assert settle_notice(session, told, settled=replace(told, state=NoticeState.NEEDLESS, due_at=None))
        assert uncarried(session, MOMENT, limit=10) == (record.delivery,)


def test_a_suspended_system_still_gets_it_once_it_is_restored(transactions: Transactions) -> None:
    record = pushed()
    store(transactions, record, notices=(notice(record),))
    connect(transactions, state=SystemState.SUSPENDED)
    with transactions.begin() as session:
        assert uncarried(session, MOMENT, limit=10) == ()


def test_the_mode_is_kept(transactions: Transactions) -> None:
    connect(transactions)
    with transactions.read() as session:
        assert find_systems(session, (SYSTEM,))[SYSTEM].webhook_mode is WebhookMode.PACKAGE


def test_calls_without_an_end_are_counted_and_from_the_second_on_come_after_all_others(
    transactions: Transactions,
) -> None:
    records = [pushed(priority_rank=rank) for rank in (3, 0)]
    urgent, other = (notice(one) for one in records)
    store(transactions, *records, notices=(urgent, other))
    connect(transactions)
    later = MOMENT + MINUTE
    with transactions.begin() as session:
        (first, _) = due_notices(session, SYSTEM, now=MOMENT, limit=10)
        assert first == urgent
        (in_hand,) = take_notices(session, [first], until=later)
    assert (in_hand.attempts, in_hand.crashes) == (1, 1)
    with transactions.begin() as session:
        found = due_notices(session, SYSTEM, now=later, limit=10)
        assert [one.notice_id for one in found] == [urgent.notice_id, other.notice_id], "once may be a power cut"
        (again,) = take_notices(session, found[:1], until=later)
        found = due_notices(session, SYSTEM, now=later, limit=10)
        assert [one.notice_id for one in found] == [other.notice_id, urgent.notice_id]
        assert due_notices(session, SYSTEM, now=later, limit=1) == found[:1]
        give_back_notices(session, [again], due_at=later)
        give_back_notices(session, [in_hand], due_at=later)
        assert due_notices(session, SYSTEM, now=later, limit=10)[0].crashes == 0


def test_an_end_that_was_seen_forgets_the_crashes(transactions: Transactions) -> None:
    record = pushed()
    store(transactions, record, notices=(notice(record),))
    connect(transactions)
    with transactions.begin() as session:
        (due,) = due_notices(session, SYSTEM, now=MOMENT, limit=1)
        (once,) = take_notices(session, [due], until=MOMENT + MINUTE)
        assert settle_notice(session, once, settled=replace(once, due_at=MOMENT))
        (again,) = due_notices(session, SYSTEM, now=MOMENT, limit=1)
    assert (again.attempts, again.crashes) == (1, 0)


def test_what_waits_for_a_delivery_is_hastened_but_for_what_is_in_hand(transactions: Transactions) -> None:
    held, busy = pushed(), pushed()
    far = MOMENT + timedelta(hours=1)
    waiting, called = notice(held, due_at=far, crashes=3), notice(busy)
    store(transactions, held, busy, notices=(waiting, called))
    connect(transactions)
    ids = (held.delivery.delivery_id, busy.delivery.delivery_id)
    with transactions.begin() as session:
        receiver = lease_receiver(session, MOMENT, until=MOMENT + MINUTE)
        assert receiver is not None
        extended = extend_receiver(session, receiver, until=MOMENT + 10 * MINUTE)
        assert extended is not None
        assert extend_receiver(session, receiver, until=far) is None, "it is not what it was"
        take_notices(session, [called], until=extended.busy_until)
        assert systems_waiting(session, ids) == (SYSTEM,)
        assert hasten_deliveries(session, ids, now=MOMENT) == {held.delivery.delivery_id}
        (due,) = due_notices(session, SYSTEM, now=MOMENT, limit=10)
        free_receiver(session, extended, now=MOMENT)
    assert (due.notice_id, due.crashes) == (waiting.notice_id, 0)


def test_what_an_operator_makes_due_while_it_is_sorted_out_is_not_put_off(transactions: Transactions) -> None:
    record = pushed()
    waiting = notice(record)
    store(transactions, record, notices=(waiting,))
    connect(transactions)
    retried, later = MOMENT + timedelta(seconds=1), MOMENT + MINUTE
    with transactions.begin() as session:
        (seen,) = due_notices(session, SYSTEM, now=MOMENT, limit=10)
        hasten_deliveries(session, (record.delivery.delivery_id,), now=retried)
        put_off(session, (seen,), until=later)
        (due,) = due_notices(session, SYSTEM, now=retried, limit=10)
        put_off(session, (due,), until=later)
        assert due_notices(session, SYSTEM, now=retried, limit=10) == ()
    assert due.due_at == retried


def test_a_receiver_that_rests_is_woken(transactions: Transactions) -> None:
    record = pushed()
    store(transactions, record, notices=(notice(record),))
    connect(transactions)
    with transactions.begin() as session:
        note_answer(session, Receiver(SYSTEM, 9, MOMENT, MOMENT + timedelta(minutes=5)))
        assert lease_receiver(session, MOMENT, until=MOMENT + MINUTE) is None
        wake_receivers(session, (SYSTEM,), now=MOMENT)
        assert get_receiver(session, SYSTEM) == Receiver(SYSTEM, 0, MOMENT, MOMENT)


def test_the_receiver_of_what_is_most_urgent_is_served_first_then_who_waited_longest(
    transactions: Transactions,
) -> None:
    long, crashed, urgent, once, short = (
        SystemId(f"{name}.h51") for name in ("long", "crashed", "urgent", "once", "short")
    )
    ranks = {long: 0, crashed: 3, urgent: 2, once: 3, short: 0}
    records = {name: pushed(priority_rank=rank) for name, rank in ranks.items()}
    crashes = {crashed: 2, once: 1}
    notices = [notice(one, name, crashes=crashes.get(name, 0)) for name, one in records.items()]
    plain = [pushed(), pushed()]
    more = [notice(one, name) for one, name in zip(plain, (crashed, once), strict=True)]
    store(transactions, *records.values(), *plain, notices=(*notices, *more))
    with transactions.begin() as session:
        for ahead, name in enumerate(ranks):
            open_receiver(session, name, now=MOMENT - MINUTE + timedelta(seconds=ahead))
        served = [lease_receiver(session, MOMENT, until=MOMENT + MINUTE) for _ in range(6)]
    assert [one.system_id for one in served if one] == [once, urgent, long, crashed, short]


def test_who_serves_one_mode_leaves_the_receivers_of_the_other_to_others(transactions: Transactions) -> None:
    record = pushed()
    store(transactions, record, notices=(notice(record),))
    connect(transactions)
    with transactions.begin() as session:
        assert lease_receiver(session, MOMENT, until=MOMENT + MINUTE, mode=WebhookMode.EVENT) is None
        assert lease_receiver(session, MOMENT, until=MOMENT + MINUTE, mode=WebhookMode.PACKAGE) is not None
