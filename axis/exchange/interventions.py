"""The operator's hand: deliveries held, let go on and ended, one or many, each with a reason and an event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Final

from axis.clock import Clock
from axis.exchange.happenings import delivery_event, owed_for
from axis.timekeeper import Timekeeper
from envelopes.identifiers import DeliveryId
from routing.delivery import Delivery, next_state
from routing.errors import ImpossibleStep
from routing.events import EventTag
from routing.lifecycle import FINAL_STATES, DeliveryState, deadline_of
from storage.database.deliveries import find_deliveries, lock_deliveries, settle_delivery
from storage.database.envelopes import find_envelopes
from storage.database.events import append_events
from storage.database.owed import owe
from storage.database.transactions import Transactions, WriteSession
from storage.records import DeliveryFilter, EventRecord, OwedEvidence

CHOSEN_MAX: Final = 10_000
"""Deliveries that one command chooses: an outage of the largest agency leaves some thousand. Who means more says so in
several commands."""

BATCH: Final = 500
"""Deliveries changed in one transaction: nobody waits behind a whole command, and what was done stays done."""


@dataclass(frozen=True, slots=True)
class Word:
    """On whose word an operator acts, and why."""

    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class Intervened:
    """What came of it: deliveries as they are now, and those it does not apply to, as they were found."""

    changed: tuple[Delivery, ...] = ()
    passed_over: tuple[Delivery, ...] = ()


class Interventions:
    """Changes deliveries on an operator's word. A lease on one ends with it: who had it is told at the next call.

    Every change raises `ClockAstray` where the clock is not to be relied on.
    """

    def __init__(self, transactions: Transactions, clock: Clock, *, timekeeper: Timekeeper) -> None:
        """Take the database and the time alone: no bell is rung, the sweep finds what is due within seconds."""
        self._transactions = transactions
        self._clock = clock
        self._timekeeper = timekeeper

    def choose(self, wanted: DeliveryFilter, *, limit: int = CHOSEN_MAX) -> tuple[Delivery, ...]:
        """Return the deliveries that are not final and that are meant, oldest first."""
        with self._transactions.read() as session:
            return find_deliveries(session, wanted, limit=limit)

    def hold(self, chosen: Sequence[Delivery], word: Word) -> Intervened:
        """Stop deliveries for a while: nobody can lease, fetch or acknowledge one that is held."""
        return self._each(chosen, EventTag.DELIVERY_HELD, word=word)

    def resume(self, chosen: Sequence[Delivery], word: Word) -> Intervened:
        """Let held deliveries go on from where they were stopped; their deadlines are what they were."""
        return self._each(chosen, EventTag.DELIVERY_RESUMED, word=word)

    def end(self, chosen: Sequence[Delivery], word: Word) -> Intervened:
        """End deliveries for good, as if their time were over; the senders get evidence that names the reason."""
        return self._each(chosen, EventTag.DELIVERY_ENDED, word=word)

    def _each(self, chosen: Sequence[Delivery], tag: EventTag, *, word: Word) -> Intervened:
        self._timekeeper.require()
        changed: list[Delivery] = []
        passed: list[Delivery] = []
        ids = iter([one.delivery_id for one in chosen])
        while batch := tuple(islice(ids, BATCH)):
            done = self._transactions.run(partial(self._change, batch=batch, tag=tag, word=word))
            changed += done.changed
            passed += done.passed_over
        return Intervened(tuple(changed), tuple(passed))

    def _change(self, session: WriteSession, *, batch: Sequence[DeliveryId], tag: EventTag, word: Word) -> Intervened:
        found = lock_deliveries(session, batch)
        envelopes = find_envelopes(session, {one.envelope_id for one in found})
        changed: list[Delivery] = []
        events: list[EventRecord] = []
        owed: list[OwedEvidence] = []
        for delivery in found:
            steps = tuple(self._steps(delivery, tag, word=word))
            if not steps:
                continue
            event, after = steps[-1]
            settle_delivery(session, after)
            changed.append(after)
            events += [one for one, _ in steps]
            envelope = envelopes.get(delivery.envelope_id)
            is_status = envelope is not None and envelope.is_status
            owed += owed_for((event,), is_status=is_status, priority_rank=after.priority_rank)
        append_events(session, events)
        owe(session, owed)
        done = {one.delivery_id for one in changed}
        return Intervened(tuple(changed), tuple(one for one in found if one.delivery_id not in done))

    def _steps(self, delivery: Delivery, tag: EventTag, *, word: Word) -> Iterator[tuple[EventRecord, Delivery]]:
        """Yield each event with the delivery after it; nothing where it does not apply.

        What is held goes on before it is ended: the table knows no other way out of a hold.
        """
        is_held = delivery.state is DeliveryState.HELD
        for each in (EventTag.DELIVERY_RESUMED, tag) if is_held and tag is EventTag.DELIVERY_ENDED else (tag,):
            try:
                state = next_state(delivery, each)
            except ImpossibleStep:
                return
            event = delivery_event(self._clock, each, delivery=delivery, system=None)
            delivery = _after(delivery, state, at=event.at)
            yield replace(event, details={"actor": word.actor, "reason": word.reason}), delivery


def _after(delivery: Delivery, state: DeliveryState, *, at: datetime) -> Delivery:
    is_final = state in FINAL_STATES
    return replace(
        delivery,
        state=state,
        due_at=deadline_of(state, accepted_at=delivery.accepted_at, entered_at=at),
        lease=None,
        held_from=delivery.state if state is DeliveryState.HELD else None,
        final_at=at if is_final else None,
        alarm_at=None if is_final else delivery.alarm_at,
    )
