"""Tells connected systems at their webhooks what waits for them, or carries it there, until its time is over."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import takewhile
from random import SystemRandom
from typing import Final

from axis.channels.webhooks import Answered, Webhooks
from axis.errors import ClockAstray
from axis.exchange.carriage import Carriage, Carried, Landed
from axis.exchange.courier_turns import CourierTurn, CourierTurns
from axis.exchange.forwarding import about_to_follow
from axis.exchange.notices import Herald
from axis.exchange.premises import Premises
from axis.exchange.tellings import settle, take_apart, tell_log, was_consigned
from axis.logs import LogEvent, logger
from envelopes.identifiers import DeliveryId, EventId, SystemId
from routing.agencies import System, SystemState
from routing.backoff import BREAKER_AFTER, pause_after, rest_after
from routing.carriage import CARRIED_WITHIN, LOOK_AGAIN, Occasion, occasion
from routing.directory import Directory
from routing.webhooks import CallOutcome, NoticeState, WebhookAddress, WebhookMode
from signing.errors import KeyUnusable
from storage.database.deliveries import deliveries_named, get_delivery
from storage.database.transactions import WriteSession
from storage.database.webhooks import (
    due_notices,
    extend_receiver,
    hasten,
    lease_receiver,
    note_answer,
    overdue_notices,
    put_off,
    record_call,
    settle_notice,
    take_notices,
)
from storage.errors import StorageError
from storage.records import Notice, Receiver, WebhookCall

BATCH: Final = 20
"""Notices of one receiver in one turn: then the others have theirs."""

TURN: Final = timedelta(seconds=30)
"""How long one receiver's turn goes on: the last call begins before its end."""

LEASE: Final = timedelta(minutes=2)
"""How long a receiver is one worker's: its turn and the longest call there can be. Who dies over it costs so long."""

SUSPENDED_FOR: Final = timedelta(minutes=10)
"""When a suspended system's notices are looked at again: suspensions last hours or days."""

LATER: Final = timedelta(minutes=1)
"""When what the axis itself could not do is tried again: a token that does not sign, a database that is away."""

OVERDUE_MAX: Final = 500
"""Notices ended in one transaction, because their time is over."""

_RANDOM: Final = SystemRandom()


class Courier:
    """Carries notices and packages. Any number may run at once: a receiver is one worker's for a while, with its work.

    `look_up` returns the directory as it is now: by one some seconds old, a notice to a system that was given its
    webhook a moment ago would be dropped.
    """

    def __init__(
        self,
        premises: Premises,
        webhooks: Webhooks,
        *,
        herald: Herald,
        carriage: Carriage,
        look_up: Callable[[], Directory],
    ) -> None:
        self._transactions = premises.transactions
        self._clock = premises.clock
        self._metrics = premises.metrics
        self._bell = premises.bell
        self._webhooks = webhooks
        self._herald = herald
        self._carriage = carriage
        self._look_up = look_up
        self._stopping = threading.Event()
        self._turns = CourierTurns(premises, carriage)

    def stop(self) -> None:
        """Make no further call; what is in hand and was not called about is given back."""
        self._stopping.set()

    def abandon(self) -> None:
        """Give back everything in hand, what somebody is being called about too: its process ends."""
        self.stop()
        self._turns.abandon()

    def carry_due(self, mode: WebhookMode | None = None) -> int:
        """Return how many notices were looked at; 0 when none was due. With a `mode` only receivers of it are served.

        1. The receiver of the most urgent is leased. A receiver that failed several times in a row gets one call, to
           see whether it is back.
        2. Of what is due for it, what has no occasion now is put off or dropped, and what killed its workers is set
           aside. The most urgent is taken: some events, or one package, whose delivery is leased with it.
        3. For each, outside of any transaction: one call, signed anew; then one transaction that writes what became of
           it, the events and the owed evidence.
        4. A receiver that does not answer ends its turn. What was not called about is given back, as if not taken.

        Who dies in between leaves the notice to be told again, under the same id. Who cannot write what became of it
        gives it back, at once or before the next turn.
        """
        if self._stopping.is_set():
            return 0
        self._turns.give_back_owed()
        with self._transactions.begin() as session:
            now = self._clock.now()
            receiver = lease_receiver(session, now, until=now + LEASE, mode=mode)
        if receiver is None:
            return 0
        turn = CourierTurn(receiver, (), now)
        try:
            directory = self._look_up()
            count, turn = self._begin(receiver, directory)
            self._turns.take(turn)
            left = self._work(turn, directory)
        except (KeyUnusable, StorageError, ClockAstray):
            # Nothing is wrong with what was to be told: it is not counted against it.
            self._turns.give_back(turn, due_at=self._clock.now() + LATER)
            raise
        finally:
            is_ours = self._turns.drop(turn)
        if is_ours:
            self._turns.end(turn, left)
        return count

    def turn_over(self) -> int:
        """Return how many deliveries that nobody is to carry any more were put at their recipients' disposal."""
        return self._carriage.turn_over()

    def end_overdue(self) -> int:
        """Return how many notices could not be told in their time; each is an event, with evidence that says so.

        The delivery itself stays at its recipient's disposal; of one that never came there, its own end says more.
        """
        with self._transactions.begin() as session:
            overdue = overdue_notices(session, self._clock.now(), limit=OVERDUE_MAX)
            found = deliveries_named(session, [one.delivery_id for one in overdue])
            for notice in overdue:
                delivery = found.get(notice.delivery_id)
                is_over = delivery is None or delivery.is_final
                state = NoticeState.NEEDLESS if is_over else NoticeState.EXPIRED
                is_told = delivery is not None and was_consigned(delivery)
                settle(session, notice, state=state, clock=self._clock, is_told=is_told)
        for envelope_id in {one.envelope_id for one in overdue}:
            self._bell.ring(envelope_id, ())
        return len(overdue)

    def test(self, system_id: SystemId, address: WebhookAddress) -> WebhookCall:
        """Return what became of a call that tells nothing but that it is a test; it stands in the log of calls."""
        now = self._clock.now()
        body = self._herald.test(EventId(self._clock.mint(now)), at=now)
        call, _ = self._timed(system_id, None, call=lambda: self._tell(address, body))
        with self._transactions.begin() as session:
            record_call(session, call)
        return call

    def _begin(self, receiver: Receiver, directory: Directory) -> tuple[int, CourierTurn]:
        """Return how many notices were looked at, and those of them to be called about now."""
        system = directory.system(receiver.system_id)
        nothing = CourierTurn(receiver, (), self._clock.now())
        if system is None or system.webhook is None or system.state is not SystemState.ACTIVE:
            return self._transactions.run(partial(self._leave, receiver=receiver, system=system)), nothing
        sort_out = partial(self._sort_out, receiver=receiver, system=system, directory=directory)
        count, turn, crashing = self._transactions.run(sort_out)
        for notice in crashing:
            self._metrics.count_set_aside()
            logger.error(LogEvent.NOTICE_SET_ASIDE, system=system.system_id, delivery=notice.delivery_id)
        return count, turn or nothing

    def _leave(self, session: WriteSession, *, receiver: Receiver, system: System | None) -> int:
        """Return how many notices were due for a system that is not called: dropped, or put off while suspended."""
        now = self._clock.now()
        due = due_notices(session, receiver.system_id, now=now, limit=BATCH)
        if system is not None and system.webhook is not None and system.state is SystemState.SUSPENDED:
            put_off(session, due, until=now + SUSPENDED_FOR)
        else:
            self._drop(session, due)
        return len(due)

    def _sort_out(
        self, session: WriteSession, *, receiver: Receiver, system: System, directory: Directory
    ) -> tuple[int, CourierTurn | None, Sequence[Notice]]:
        """Return how many notices were put in their places, the turn, and those that were set aside.

        Deliveries are locked before notices, as everywhere.
        """
        now, mode = self._clock.now(), system.webhook_mode
        due = due_notices(session, receiver.system_id, now=now, limit=BATCH)
        allowed = [one for one in due if directory.may_act_for(system, one.recipient)]
        found = deliveries_named(session, [one.delivery_id for one in allowed])
        following = frozenset[DeliveryId]()
        if mode is WebhookMode.PACKAGE:
            following = about_to_follow(session, found.values(), directory=directory, moment=now)
        sorted_out = take_apart(allowed, found, mode=mode, moment=now, following=following)
        held = [mode is WebhookMode.PACKAGE and self._carriage.set_aside(session, one) for one in sorted_out.crashing]
        turn = self._take(session, receiver, notices=sorted_out.now, system=system)
        for notice, is_held in zip(sorted_out.crashing, held, strict=True):
            # An event that nobody can send waits until its time is over; an operator makes either due again.
            put_off(session, (notice,), until=now + LOOK_AGAIN if is_held else notice.expires_at)
        for until, waiting in sorted_out.later.items():
            put_off(session, waiting, until=until)
        self._drop(session, [*sorted_out.never, *(one for one in due if one not in allowed)])
        waits = len(sorted_out.now) - (0 if turn is None else max(len(turn.notices), 1))
        return len(due) - waits, turn, sorted_out.crashing

    def _take(
        self, session: WriteSession, receiver: Receiver, *, notices: Sequence[Notice], system: System
    ) -> CourierTurn | None:
        """Return a turn with the most urgent of the notices: one package, one that killed a worker, or some events.

        It is empty where the package's occasion has passed meanwhile. None where there is none, or it is not our turn.
        """
        now = self._clock.now()
        if not notices:
            return None
        if system.webhook_mode is WebhookMode.PACKAGE:
            until = now + CARRIED_WITHIN
            extended = extend_receiver(session, receiver, until=until)
            if extended is None:
                return None
            carried = self._carriage.take(session, notices[0], system=system, until=until)
            if carried is None:  # while this waited for its lock somebody else had it: whoever looks next sees that
                return CourierTurn(extended, (), now + TURN)
            (notice,) = take_notices(session, notices[:1], until=until)
            return CourierTurn(extended, (notice,), now + TURN, replace(carried, notice=notice))
        is_single = receiver.failures >= BREAKER_AFTER or notices[0].crashes > 0
        chosen = notices[:1] if is_single else [*takewhile(lambda one: one.crashes == 0, notices)]
        return CourierTurn(receiver, take_notices(session, chosen, until=receiver.busy_until), now + TURN)

    def _work(self, turn: CourierTurn, directory: Directory) -> Sequence[Notice]:
        """Return the notices that were not called about."""
        system = directory.system(turn.receiver.system_id)
        if system is None or system.webhook is None:
            return turn.notices
        if turn.carried is not None and self._stopping.is_set():
            self._turns.give_back(turn, due_at=self._clock.now())
            return ()
        if turn.carried is not None:
            self._carry(turn, turn.carried, address=system.webhook)
            return ()
        return self._tell_each(turn, address=system.webhook)

    def _tell_each(self, turn: CourierTurn, *, address: WebhookAddress) -> Sequence[Notice]:
        """Return the notices that were not called about.

        A turn takes half a minute, in which systems are suspended and deliveries taken back. So before each call it is
        looked whether it is still to be made; what is not goes back, for the next turn to sort out.
        """
        receiver, left = turn.receiver, list[Notice]()
        for place, notice in enumerate(turn.notices):
            rest = turn.notices[place:]
            if self._stopping.is_set() or self._clock.now() >= turn.until:
                return [*left, *rest]
            directory = self._look_up()
            system = directory.system(receiver.system_id)
            if system is None or not system.is_told_at(address):
                return [*left, *rest]
            if not directory.may_act_for(system, notice.recipient) or not self._waits(notice):
                left.append(notice)
                continue
            receiver, call = self._tell_of(receiver, notice, address=address)
            if receiver.failures >= BREAKER_AFTER or not call.outcome.is_answer:
                return [*left, *rest[1:]]
        return left

    def _waits(self, notice: Notice) -> bool:
        """Return whether a delivery is at its recipient's disposal now, so that an event about it is true."""
        with self._transactions.glance() as session:
            delivery = get_delivery(session, notice.delivery_id)
        now = self._clock.now()
        return delivery is not None and occasion(WebhookMode.EVENT, delivery, moment=now) is Occasion.NOW

    def _tell_of(self, receiver: Receiver, notice: Notice, *, address: WebhookAddress) -> tuple[Receiver, WebhookCall]:
        body = self._herald.event(notice)
        call, _ = self._timed(receiver.system_id, notice, call=lambda: self._tell(address, body))
        after = self._answering(receiver, call.outcome)
        with self._transactions.begin() as session:
            note_answer(session, after)
            if receiver.failures and not after.failures:
                hasten(session, receiver.system_id, now=self._clock.now())
            record_call(session, call)
            self._settle(session, notice, call=call)
        tell_log(call, failures=after.failures)
        self._bell.ring(notice.envelope_id, ())
        return after, call

    def _carry(self, turn: CourierTurn, carried: Carried, *, address: WebhookAddress) -> None:
        """Carry one package, and write what follows: the receiver first, then the delivery, then the notice."""
        receiver, notice = turn.receiver, carried.notice
        call, answered = self._timed(receiver.system_id, notice, call=lambda: self._carriage.call(carried, address))
        directory = self._look_up()
        heard, carried = self._carriage.hear(carried, answered, directory=directory), carried.among(directory)
        after = self._answering(receiver, call.outcome)

        def write(session: WriteSession) -> Landed:
            note_answer(session, after)
            landed = self._carriage.settle(session, carried, answered=answered, heard=heard)
            if receiver.failures and not after.failures:
                hasten(session, receiver.system_id, now=self._clock.now())
            record_call(session, replace(call, acknowledgement=landed.remark))
            self._settle(session, notice, call=call, landed=landed)
            return landed

        landed = self._transactions.run(write)
        tell_log(call, failures=after.failures)
        self._carriage.tell(landed)
        self._bell.ring(notice.envelope_id, ())

    def _tell(self, address: WebhookAddress, body: bytes) -> Answered:
        return self._webhooks.call(address, self._herald.signed(address, body, at=self._clock.now()), body=body)

    def _timed(
        self, system_id: SystemId, notice: Notice | None, *, call: Callable[[], Answered]
    ) -> tuple[WebhookCall, Answered]:
        """Return what became of a call, as a line of the log and as it was answered."""
        begun = self._clock.now()
        answered = call()
        took = max(self._clock.now() - begun, timedelta())
        self._metrics.count_call(answered.outcome)
        line = WebhookCall(
            call_id=EventId(self._clock.mint(begun)),
            system_id=system_id,
            at=begun,
            outcome=answered.outcome,
            milliseconds=took // timedelta(milliseconds=1),
            attempt=1 if notice is None else notice.attempts,
            http_status=answered.status,
            notice_id=None if notice is None else notice.notice_id,
            delivery_id=None if notice is None else notice.delivery_id,
        )
        return line, answered

    def _answering(self, receiver: Receiver, outcome: CallOutcome) -> Receiver:
        """Return the receiver after a call; what the axis itself was the reason for says nothing about it."""
        if outcome.is_own:
            return receiver
        failures = 0 if outcome is CallOutcome.TAKEN or outcome.is_permanent else receiver.failures + 1
        return replace(receiver, failures=failures, rests_until=self._clock.now() + rest_after(failures))

    def _settle(
        self, session: WriteSession, notice: Notice, *, call: WebhookCall, landed: Landed | None = None
    ) -> None:
        """Write what became of a notice; one whose package is not ours any more is looked at again."""
        is_ours = landed is None or landed.delivery is not None
        if is_ours and call.outcome is CallOutcome.TAKEN:
            settle(session, notice, state=NoticeState.TAKEN, clock=self._clock, is_told=landed is None)
        elif is_ours and call.outcome.is_permanent:
            settle(session, notice, state=NoticeState.REFUSED, clock=self._clock, is_told=landed is None)
        else:
            due_at = self._clock.now() + pause_after(notice.attempts, jitter=_RANDOM.random())
            settle_notice(session, notice, settled=replace(notice, due_at=due_at))

    def _drop(self, session: WriteSession, notices: Iterable[Notice]) -> None:
        for notice in notices:
            settle(session, notice, state=NoticeState.NEEDLESS, clock=self._clock)
