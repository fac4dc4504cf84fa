"""Tells connected systems at their webhooks what waits for them, until they take it or its time is over."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Final

from axis.channels.webhooks import Webhooks
from axis.exchange.notices import Herald
from axis.exchange.premises import Premises
from axis.logs import LogEvent, logger
from envelopes.identifiers import DeliveryId, EventId, SystemId
from routing.agencies import System, SystemState
from routing.backoff import BREAKER_AFTER, pause_after, rest_after
from routing.directory import Directory
from routing.events import EventTag, evidence_owed
from routing.webhooks import CallOutcome, NoticeState, WebhookAddress
from storage.database.events import append_events
from storage.database.owed import owe
from storage.database.transactions import WriteSession
from storage.database.webhooks import (
    ended_among,
    free_receiver,
    give_back_notices,
    hasten,
    lease_receiver,
    note_answer,
    overdue_notices,
    record_call,
    settle_notice,
    take_notices,
)
from storage.records import EventRecord, Notice, OwedEvidence, Receiver, WebhookCall

BATCH: Final = 20
"""Notices of one receiver in one turn: then the others have theirs."""

TURN: Final = timedelta(seconds=30)
"""How long one receiver's turn goes on: the last call begins before its end."""

LEASE: Final = timedelta(minutes=2)
"""How long a receiver is one worker's: its turn and the longest call there can be. Who dies over it costs so long."""

SUSPENDED_FOR: Final = timedelta(minutes=10)
"""When a suspended system's notices are looked at again: suspensions last hours or days."""

OVERDUE_MAX: Final = 500
"""Notices ended in one transaction, because their time is over."""

_RANDOM: Final = SystemRandom()


@dataclass(frozen=True, slots=True)
class _Turn:
    """A receiver and what is to be told to it; of `ended` deliveries nothing is told any more."""

    receiver: Receiver
    notices: tuple[Notice, ...]
    ended: frozenset[DeliveryId]
    until: datetime


class Courier:
    """Carries notices. Any number may run at once: a receiver is one worker's for a while, and so is each notice.

    `look_up` returns the directory as it is now: by one some seconds old, a notice to a system that was given its
    webhook a moment ago would be dropped.
    """

    def __init__(
        self, premises: Premises, webhooks: Webhooks, *, herald: Herald, look_up: Callable[[], Directory]
    ) -> None:
        self._transactions = premises.transactions
        self._clock = premises.clock
        self._metrics = premises.metrics
        self._bell = premises.bell
        self._webhooks = webhooks
        self._herald = herald
        self._look_up = look_up
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Make no further call; what is in hand and was not called about is given back."""
        self._stopping.set()

    def carry_due(self) -> int:
        """Return how many notices were looked at; 0 when none was due.

        1. The receiver that waited longest is leased, and of what is due for it the most urgent. A receiver that failed
           several times in a row gets one call, to see whether it is back.
        2. For each notice, outside of any transaction: one call, signed anew; then one transaction that writes what
           became of it, the event and the owed evidence where it was taken or refused for good.
        3. A receiver that does not answer ends its turn. What was not called about is given back, as if not taken.

        Who dies in between leaves the notice to be told again, under the same id.
        """
        turn = self._begin()
        if turn is None:
            return 0
        directory = self._look_up()
        system = directory.system(turn.receiver.system_id)
        if system is None or system.webhook is None or system.state is SystemState.REMOVED:
            self._drop(turn.notices)
            left: Sequence[Notice] = ()
        elif system.state is SystemState.SUSPENDED:
            self._end(turn, turn.notices, due_at=self._clock.now() + SUSPENDED_FOR)
            return len(turn.notices)
        else:
            left = self._tell(turn, system, address=system.webhook, directory=directory)
        self._end(turn, left, due_at=self._clock.now())
        return len(turn.notices)

    def end_overdue(self) -> int:
        """Return how many notices could not be told in their time; each is an event, with evidence that says so.

        The delivery itself stays at its recipient's disposal.
        """
        with self._transactions.begin() as session:
            overdue = overdue_notices(session, self._clock.now(), limit=OVERDUE_MAX)
            ended = ended_among(session, overdue)
            for notice in overdue:
                state = NoticeState.NEEDLESS if notice.delivery_id in ended else NoticeState.EXPIRED
                self._settle(session, notice, state=state)
        for envelope_id in {one.envelope_id for one in overdue}:
            self._bell.ring(envelope_id, ())
        return len(overdue)

    def test(self, system_id: SystemId, address: WebhookAddress) -> WebhookCall:
        """Return what became of a call that tells nothing but that it is a test; it stands in the log of calls."""
        now = self._clock.now()
        body = self._herald.test(EventId(self._clock.mint(now)), at=now)
        call = self._call(system_id, address, body=body)
        with self._transactions.begin() as session:
            record_call(session, call)
        return call

    def _begin(self) -> _Turn | None:
        if self._stopping.is_set():
            return None
        now = self._clock.now()
        with self._transactions.begin() as session:
            receiver = lease_receiver(session, now, until=now + LEASE)
            if receiver is None:
                return None
            limit = 1 if receiver.failures >= BREAKER_AFTER else BATCH
            notices = take_notices(session, receiver, now=now, until=receiver.busy_until, limit=limit)
            return _Turn(receiver, notices, ended_among(session, notices), now + TURN)

    def _tell(self, turn: _Turn, system: System, *, address: WebhookAddress, directory: Directory) -> Sequence[Notice]:
        """Return the notices that were not called about."""
        receiver = turn.receiver
        for place, notice in enumerate(turn.notices):
            if self._stopping.is_set() or self._clock.now() >= turn.until:
                return turn.notices[place:]
            if notice.delivery_id in turn.ended or not directory.may_act_for(system, notice.recipient):
                self._drop((notice,))
                continue
            call = self._call(system.system_id, address, body=self._herald.event(notice), notice=notice)
            receiver = self._note(receiver, notice, call=call)
            if receiver.failures >= BREAKER_AFTER or not call.outcome.is_answer:
                return turn.notices[place + 1 :]
        return ()

    def _call(
        self, system_id: SystemId, address: WebhookAddress, *, body: bytes, notice: Notice | None = None
    ) -> WebhookCall:
        begun = self._clock.now()
        answered = self._webhooks.call(address, self._herald.signed(address, body, at=begun), body=body)
        took = max(self._clock.now() - begun, timedelta())
        self._metrics.count_call(answered.outcome)
        return WebhookCall(
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

    def _note(self, receiver: Receiver, notice: Notice, *, call: WebhookCall) -> Receiver:
        """Return the receiver after a call, having written everything that follows from it."""
        now, failed = self._clock.now(), call.outcome is not CallOutcome.TAKEN
        failures = receiver.failures + 1 if failed and not call.outcome.is_permanent else 0
        after = replace(receiver, failures=failures, rests_until=now + rest_after(failures))
        with self._transactions.begin() as session:
            record_call(session, call)
            note_answer(session, after)
            if receiver.failures and not failures:
                hasten(session, receiver.system_id, now=now)
            if not failed:
                self._settle(session, notice, state=NoticeState.TAKEN)
            elif call.outcome.is_permanent:
                self._settle(session, notice, state=NoticeState.REFUSED)
            else:
                due_at = now + pause_after(notice.attempts, jitter=_RANDOM.random())
                settle_notice(session, notice, settled=replace(notice, due_at=due_at))
        _tell_log(call, failures=failures)
        self._bell.ring(notice.envelope_id, ())
        return after

    def _settle(self, session: WriteSession, notice: Notice, *, state: NoticeState) -> None:
        """Write the end of a notice, with its event and the evidence it owes; nothing where it is not ours any more.

        Who took it once was told: neither a second time nor a later failure is attested.
        """
        now = self._clock.now()
        taken_at = notice.taken_at or (now if state is NoticeState.TAKEN else None)
        settled = replace(notice, state=state, due_at=None, taken_at=taken_at)
        is_ours = settle_notice(session, notice, settled=settled)
        tag = _EVENTS.get(state)
        if not is_ours or tag is None or notice.taken_at is not None:
            return
        event = EventRecord(
            EventId(self._clock.mint(now)),
            tag,
            now,
            envelope_id=notice.envelope_id,
            delivery_id=notice.delivery_id,
            system_id=notice.system_id,
            organ_id=notice.recipient,
            details={"notice": str(notice.notice_id), "attempts": notice.attempts},
        )
        append_events(session, (event,))
        kind = evidence_owed(tag, is_status=notice.is_status)
        if kind is not None:
            owe(session, (OwedEvidence(event.event_id, kind, notice.envelope_id, notice.delivery_id, now, now),))

    def _drop(self, notices: Sequence[Notice]) -> None:
        with self._transactions.begin() as session:
            for notice in notices:
                self._settle(session, notice, state=NoticeState.NEEDLESS)

    def _end(self, turn: _Turn, left: Sequence[Notice], *, due_at: datetime) -> None:
        with self._transactions.begin() as session:
            give_back_notices(session, left, due_at=due_at)
            free_receiver(session, turn.receiver, now=self._clock.now())


def _tell_log(call: WebhookCall, *, failures: int) -> None:
    if call.outcome is CallOutcome.TAKEN:
        logger.info(LogEvent.NOTICE_TAKEN, system=call.system_id, delivery=call.delivery_id, attempt=call.attempt)
        return
    logger.warning(
        LogEvent.NOTICE_FAILED,
        system=call.system_id,
        delivery=call.delivery_id,
        attempt=call.attempt,
        cause=call.outcome,
        status=call.http_status,
        failures_count=failures,
    )


_EVENTS: Final = {
    NoticeState.TAKEN: EventTag.NOTIFICATION_DELIVERED,
    NoticeState.REFUSED: EventTag.NOTIFICATION_REFUSED,
    NoticeState.EXPIRED: EventTag.NOTIFICATION_EXPIRED,
}
"""What the end of a notice is in the history of its message; a needless one is none."""
