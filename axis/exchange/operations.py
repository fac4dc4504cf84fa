"""What an accepted message does to an earlier document: recalls, updates, take-backs, and the answers to them.

All of it happens in the transaction that accepts the message, with the document locked: whether something was fetched
is known only then, and one of two recalls at once finds what the other did.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from axis.clock import Clock
from axis.exchange.happenings import delivery_event, owed_for
from envelopes.codes import StatusCode
from envelopes.identifiers import EnvelopeId, OrganId
from routing.calendar import WorkingCalendar
from routing.delivery import Delivery
from routing.demands import Asked, Demand, DemandState, EarlierDemand, answer, answer_due, ask, event_of
from routing.events import EventTag
from routing.lifecycle import DeliveryState
from routing.precedents import Redirect
from storage.database.deliveries import bar_content, withdraw_deliveries
from storage.database.demands import (
    demands_of,
    insert_demands,
    insert_replacements,
    lock_carriers,
    lock_demand,
    lock_document,
    redirects_by,
    settle_demand,
    supersede,
)
from storage.database.transactions import WriteSession
from storage.records import (
    DeliveryRecord,
    DemandRecord,
    EnvelopeRecord,
    EventRecord,
    JsonObject,
    OwedEvidence,
    Replacement,
)


class Overtaken(Exception):
    """What the message was judged by has changed since: somebody recalled or answered the same meanwhile."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What an acceptance writes about deliveries: its own, what happened, and which evidence is owed for that."""

    deliveries: tuple[DeliveryRecord, ...]
    events: tuple[EventRecord, ...]
    owed: tuple[OwedEvidence, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """What was done: how many deliveries of earlier messages were withdrawn, and where each demand stands now.

    `withheld` are those who were not told, because the document had never reached whom they were to be told for.
    """

    rows: Rows
    withdrawn: int = 0
    states: tuple[DemandState, ...] = ()
    withheld: frozenset[OrganId] = frozenset()
    is_barred: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """What a message does to the document `original_id`, beside being delivered.

    `redirects` are those of its deliveries that the message was judged by.
    """

    clock: Clock
    calendar: WorkingCalendar
    original_id: EnvelopeId | None
    demands: tuple[Demand, ...] = ()
    answered: tuple[EarlierDemand, ...] = ()
    replacements: tuple[Replacement, ...] = ()
    redirects: tuple[Redirect, ...] = ()

    def carry_out(self, session: WriteSession, envelope: EnvelopeRecord, *, rows: Rows) -> Done:
        """Return what is to be written for the message itself; the rest is written here. Raises `Overtaken`."""
        insert_replacements(session, self.replacements)
        if self.answered:
            return self._hear_all(session, envelope, rows=rows)
        if self.demands and self.original_id is not None:
            return self._ask(session, envelope, original_id=self.original_id, rows=rows)
        return Done(rows)

    def _ask(self, session: WriteSession, envelope: EnvelopeRecord, *, original_id: EnvelopeId, rows: Rows) -> Done:
        """Make the demands.

        1. The document is locked, then every delivery that brings it to those who are asked: a fetch is before, or
           finds it withdrawn.
        2. Who was asked by another message since this one was judged, is not asked by this one; where a delivery was
           given to somebody else since, the message is judged anew.
        3. What was not fetched is withdrawn; who has nothing is not told, so that its notice is withdrawn as well.
        """
        lock_document(session, original_id)
        recipients = [demand.recipient for demand in self.demands]
        carried = lock_carriers(session, original_id, recipients=recipients)
        earlier = demands_of(session, (original_id,), recipients=recipients)
        if any(one.demand.is_barring for one in earlier) or not all(carried.get(one) for one in recipients):
            raise Overtaken
        if frozenset(redirects_by(session, original_id)) != frozenset(self.redirects):
            raise Overtaken
        asked = {demand: ask(demand.kind, carried[demand.recipient]) for demand in self.demands}
        now = self.clock.now()
        withdrawn = [delivery for one in asked.values() for delivery in one.withdrawn]
        withdraw_deliveries(session, withdrawn, at=now)
        supersede(session, original_id, recipients=recipients)
        insert_demands(session, self._records(envelope, original_id, asked=asked, carried=carried, at=now))
        by = {"by": str(envelope.envelope_id)}
        happened = [
            (delivery, self._event(EventTag.DELIVERY_WITHDRAWN, delivery, details=by)) for delivery in withdrawn
        ]
        happened += self._asked(asked, carried, details=by)
        needed = {demand.addressee for demand, one in asked.items() if one.needs_notice}
        withheld = frozenset(demand.addressee for demand in asked) - needed
        own = self._withhold(rows, withheld, is_status=envelope.is_status)
        states = tuple(one.state for one in asked.values())
        return Done(_with(own, happened), len(withdrawn), states, withheld)

    def _asked(
        self,
        asked: Mapping[Demand, Asked],
        carried: Mapping[OrganId, Sequence[Delivery]],
        *,
        details: JsonObject,
    ) -> Iterator[tuple[Delivery, EventRecord]]:
        """Yield that recipients were asked; what was withdrawn is told by its deliveries."""
        for demand, one in asked.items():
            tag = event_of(demand.kind, one.state)
            if tag is not None:
                about = carried[demand.recipient][0]
                yield about, self._event(tag, about, details=details)

    def _records(
        self,
        envelope: EnvelopeRecord,
        original_id: EnvelopeId,
        *,
        asked: Mapping[Demand, Asked],
        carried: Mapping[OrganId, Sequence[Delivery]],
        at: datetime,
    ) -> Iterator[DemandRecord]:
        for demand, one in asked.items():
            made = EarlierDemand(envelope.envelope_id, original_id, demand.recipient, demand.kind, one.state)
            due_at = answer_due(at, self.calendar) if one.state is DemandState.ASKED else None
            yield DemandRecord(made, carried[demand.recipient][0].delivery_id, at, due_at)

    def _hear_all(self, session: WriteSession, envelope: EnvelopeRecord, *, rows: Rows) -> Done:
        """Settle every demand that is answered: one who took over from several recipients answers for all at once."""
        done = Done(rows)
        for answered in self.answered:
            heard = self._hear(session, envelope, answered=answered, rows=done.rows)
            done = replace(heard, states=(*done.states, *heard.states), is_barred=done.is_barred or heard.is_barred)
        return done

    def _hear(self, session: WriteSession, envelope: EnvelopeRecord, *, answered: EarlierDemand, rows: Rows) -> Done:
        """Settle the demand that is answered; what is given back is not given out any more.

        The evidence of it rests on the recipient's status, which is kept with its receipt and named in the event.
        """
        lock_document(session, answered.original_id)
        record = lock_demand(session, answered.envelope_id, recipient=answered.recipient)
        if (
            record is None
            or record.demand.state is not answered.state
            or not isinstance(envelope.status_code, StatusCode)
        ):
            raise Overtaken
        now, state = self.clock.now(), answer(answered.state, envelope.status_code)
        carried = lock_carriers(session, answered.original_id, recipients=(answered.recipient,))[answered.recipient]
        settled = replace(record, demand=replace(answered, state=state), due_at=None)
        settle_demand(session, replace(settled, answered_at=now, answer_id=envelope.envelope_id))
        is_barred = state is DemandState.AGREED and answered.kind.gives_back
        if is_barred:
            bar_content(session, carried, at=now)
        details = {
            "by": str(answered.envelope_id),
            "answer": str(envelope.envelope_id),
            "reason": envelope.description,
        }
        about = next(one for one in carried if one.delivery_id == record.delivery_id)
        tag = event_of(answered.kind, state)
        happened = [] if tag is None else [(about, self._event(tag, about, details=details))]
        return Done(_with(rows, happened), states=(state,), is_barred=is_barred)

    def _withhold(self, rows: Rows, recipients: frozenset[OrganId], *, is_status: bool) -> Rows:
        """Return the rows of a message that some recipients do not get: the document never reached them.

        Their deliveries are born to be carried and withdrawn at once: they were never at the recipients' disposal. The
        notice may bring the very files that were withdrawn.
        """
        if not recipients:
            return rows
        ended = {one.delivery.delivery_id for one in rows.deliveries if one.delivery.recipient in recipients}
        withdrawn = [
            self._event(EventTag.DELIVERY_WITHDRAWN, one.delivery, details={})
            for one in rows.deliveries
            if one.delivery.delivery_id in ended
        ]
        at_disposal = (owed for owed in rows.owed if owed.delivery_id not in ended)
        rank = max(one.delivery.priority_rank for one in rows.deliveries)
        return Rows(
            deliveries=tuple(_withdrawn(one) if one.delivery.delivery_id in ended else one for one in rows.deliveries),
            events=(*(event for event in rows.events if event.delivery_id not in ended), *withdrawn),
            owed=(*at_disposal, *owed_for(withdrawn, is_status=is_status, priority_rank=rank)),
        )

    def _event(self, tag: EventTag, delivery: Delivery, *, details: JsonObject) -> EventRecord:
        return replace(delivery_event(self.clock, tag, delivery=delivery, system=None), details=details)


def _withdrawn(record: DeliveryRecord) -> DeliveryRecord:
    delivery = record.delivery
    ended = replace(delivery, state=DeliveryState.WITHDRAWN, due_at=None, final_at=delivery.accepted_at, alarm_at=None)
    return replace(record, delivery=ended)


def _with(rows: Rows, happened: Iterable[tuple[Delivery, EventRecord]]) -> Rows:
    """Return the rows with what happened to deliveries of documents, and the evidence that is owed for it."""
    more = tuple(happened)
    owed = (
        one
        for delivery, event in more
        for one in owed_for((event,), is_status=False, priority_rank=delivery.priority_rank)
    )
    return replace(rows, events=(*rows.events, *(event for _, event in more)), owed=(*rows.owed, *owed))
