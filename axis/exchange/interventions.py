"""The operator's hand: deliveries held, let go on and ended, one or many, each with a reason and an event."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Final

from axis.clock import Clock
from axis.exchange.carriage import BY_AXIS
from axis.exchange.happenings import delivery_event, owed_for
from axis.timekeeper import Timekeeper
from envelopes.identifiers import DeliveryId
from routing.carriage import end_event
from routing.delivery import Delivery, next_state, stepped
from routing.errors import ImpossibleStep
from routing.events import EventTag
from routing.lifecycle import FINAL_STATES, DeliveryState
from storage.database.deliveries import find_deliveries, lock_deliveries, settle_delivery
from storage.database.envelopes import find_envelopes
from storage.database.events import append_events, holds_of
from storage.database.owed import owe
from storage.database.transactions import Transactions, WriteSession
from storage.database.webhooks import hasten_deliveries, systems_waiting, wake_receivers
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

    def holds(self, chosen: Iterable[Delivery]) -> Mapping[DeliveryId, Word]:
        """Return on whose word those of the deliveries that are held were stopped, and why."""
        held = [one for one in chosen if one.state is DeliveryState.HELD]
        with self._transactions.read() as session:
            found = holds_of(session, held)
        return {one: Word(str(details.get("actor")), str(details.get("reason"))) for one, details in found.items()}

    def retry(self, chosen: Sequence[Delivery], word: Word) -> Intervened:
        """Have what waits to be told or carried tried at once, whoever failed or crashed before, and how often.

        What the axis itself set aside goes on; what an operator holds does not.
        """
        return self._by_batches(chosen, partial(self._retry, word=word))

    def resume(self, chosen: Sequence[Delivery], word: Word) -> Intervened:
        """Let held deliveries go on from where they were stopped; their deadlines are what they were."""
        return self._each(chosen, EventTag.DELIVERY_RESUMED, word=word)

    def end(self, chosen: Sequence[Delivery], word: Word) -> Intervened:
        """End deliveries for good, as if their time were over; the senders get evidence that names the reason."""
        return self._each(chosen, EventTag.DELIVERY_ENDED, word=word)

    def _each(self, chosen: Sequence[Delivery], tag: EventTag, *, word: Word) -> Intervened:
        return self._by_batches(chosen, partial(self._change, tag=tag, word=word))

    def _by_batches(self, chosen: Sequence[Delivery], deed: Callable[..., Intervened]) -> Intervened:
        self._timekeeper.require()
        changed: list[Delivery] = []
        passed: list[Delivery] = []
        ids = iter([one.delivery_id for one in chosen])
        while batch := tuple(islice(ids, BATCH)):
            done = self._transactions.run(partial(deed, batch=batch))
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
        if tag is EventTag.DELIVERY_RESUMED:
            hasten_deliveries(session, tuple(done), now=self._clock.now())
        return Intervened(tuple(changed), tuple(one for one in found if one.delivery_id not in done))

    def _retry(self, session: WriteSession, *, batch: Sequence[DeliveryId], word: Word) -> Intervened:
        """Receivers first, then deliveries, then notices: the order in which couriers lock them."""
        now = self._clock.now()
        wake_receivers(session, systems_waiting(session, batch), now=now)
        found = {one.delivery_id: one for one in lock_deliveries(session, batch)}
        aside = holds_of(session, [one for one in found.values() if one.state is DeliveryState.HELD])
        events: list[EventRecord] = []
        for delivery_id, details in aside.items():
            for event, after in self._steps(found[delivery_id], EventTag.DELIVERY_RESUMED, word=word):
                if details.get("actor") == BY_AXIS:
                    settle_delivery(session, after)
                    found[delivery_id] = after
                    events.append(event)
        free = [one.delivery_id for one in found.values() if one.state not in _NOT_TRIED]
        hastened = hasten_deliveries(session, free, now=now)
        changed = tuple(one for one in found.values() if one.delivery_id in hastened)
        details = {"actor": word.actor, "reason": word.reason}
        for delivery in changed:
            event = delivery_event(self._clock, EventTag.DELIVERY_RETRIED, delivery=delivery, system=None)
            events.append(replace(event, details=details))
        append_events(session, events)
        return Intervened(changed, tuple(one for one in found.values() if one.delivery_id not in hastened))

    def _steps(self, delivery: Delivery, tag: EventTag, *, word: Word) -> Iterator[tuple[EventRecord, Delivery]]:
        """Yield each event with the delivery after it; nothing where it does not apply.

        What is held goes on before it is ended: the table knows no other way out of a hold. What is being carried is
        taken from its courier before it is held, so that it goes on as what is to be carried.
        """
        steps: list[tuple[EventRecord, Delivery]] = []
        for each in _ways(delivery, tag):
            try:
                state = next_state(delivery, each)
            except ImpossibleStep:
                return
            event = delivery_event(self._clock, each, delivery=delivery, system=None)
            delivery = stepped(delivery, state, at=event.at)
            steps.append((replace(event, details={"actor": word.actor, "reason": word.reason}), delivery))
        yield from steps


_NOT_TRIED: Final = frozenset({DeliveryState.HELD, DeliveryState.LEASED, *FINAL_STATES})
"""Where there is nothing to hasten: somebody stopped it, is carrying it right now, or it is over."""


def _ways(delivery: Delivery, tag: EventTag) -> tuple[EventTag, ...]:
    """Return the events by which an operator's wish comes true."""
    state = delivery.state
    if tag is EventTag.DELIVERY_HELD and state is DeliveryState.LEASED:
        return (EventTag.CARRIAGE_RELEASED, tag)
    if tag is not EventTag.DELIVERY_ENDED:
        return (tag,)
    if delivery.held_from is not None:
        return (EventTag.DELIVERY_RESUMED, end_event(delivery.held_from))
    return (end_event(state),)
