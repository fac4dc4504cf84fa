"""Notices to connected systems: sorted by their occasion, and ended with the event and the evidence that is owed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from axis.clock import Clock
from axis.exchange.happenings import owed_for
from axis.logs import LogEvent, logger
from envelopes.identifiers import DeliveryId, EventId
from routing.backoff import CRASHES_MAX
from routing.carriage import Occasion, later, occasion
from routing.delivery import Delivery
from routing.events import EventTag
from routing.lifecycle import DeliveryState
from routing.webhooks import TOLD_WITHIN, CallOutcome, NoticeState, WebhookMode
from storage.database.events import append_events, was_recorded
from storage.database.owed import owe
from storage.database.transactions import WriteSession
from storage.database.webhooks import settle_notice
from storage.records import EventRecord, Notice, WebhookCall


@dataclass(frozen=True, slots=True)
class SortedOut:
    """Notices that are due, by what is to be done: call now, look again at a moment, nothing ever, or set aside."""

    now: tuple[Notice, ...]
    later: Mapping[datetime, tuple[Notice, ...]]
    never: tuple[Notice, ...]
    crashing: tuple[Notice, ...]


def take_apart(
    notices: Iterable[Notice],
    deliveries: Mapping[DeliveryId, Delivery],
    *,
    mode: WebhookMode,
    moment: datetime,
    following: Collection[DeliveryId] = (),
) -> SortedOut:
    """Return due notices, sorted out by where their deliveries stand; each kind in the order they came in.

    Those that are just `following` the rule of a closed agency are looked at again later.
    """
    now, never, crashing = list[Notice](), list[Notice](), list[Notice]()
    waiting = defaultdict[datetime, list[Notice]](list)
    for notice in notices:
        delivery = deliveries.get(notice.delivery_id)
        fits = Occasion.NEVER if delivery is None else occasion(mode, delivery, moment=moment)
        if delivery is None or fits is Occasion.NEVER:
            never.append(notice)
        elif fits is Occasion.LATER or delivery.delivery_id in following:
            waiting[later(delivery, moment)].append(notice)
        elif notice.crashes >= CRASHES_MAX:
            crashing.append(notice)
        else:
            now.append(notice)
    put_off = {until: tuple(some) for until, some in waiting.items()}
    return SortedOut(tuple(now), put_off, tuple(never), tuple(crashing))


def was_consigned(delivery: Delivery) -> bool:
    """Return whether a delivery that is not final has come to its recipient's disposal."""
    return (delivery.held_from or delivery.state) is DeliveryState.CONSIGNED


def settle(session: WriteSession, notice: Notice, *, state: NoticeState, clock: Clock, is_told: bool = True) -> None:
    """Write the end of a notice, with its event and the evidence it owes; nothing where it is not ours any more.

    Who took it once was told: neither a second time nor a later failure is attested; nor is a second failure of one
    that an operator had repeated. `is_told` is False where nothing is attested either: of a package, whose delivery
    says more, and of what never came to its recipient's disposal.
    """
    now = clock.now()
    taken_at = notice.taken_at or (now if state is NoticeState.TAKEN else None)
    is_ours = settle_notice(session, notice, settled=replace(notice, state=state, due_at=None, taken_at=taken_at))
    tag = _EVENTS.get(state)
    if not is_ours or tag is None or notice.taken_at is not None or not is_told:
        return
    event = EventRecord(
        EventId(clock.mint(now)),
        tag,
        now,
        envelope_id=notice.envelope_id,
        delivery_id=notice.delivery_id,
        system_id=notice.system_id,
        organ_id=notice.recipient,
        details={"notice": str(notice.notice_id), "attempts": notice.attempts},
    )
    is_repeated = notice.expires_at != notice.consigned_at + TOLD_WITHIN
    if tag in _FAILURES and is_repeated and was_recorded(session, event, tags=_FAILURES):
        return
    append_events(session, (event,))
    owe(session, owed_for((event,), is_status=notice.is_status))


def tell_log(call: WebhookCall, *, failures: int) -> None:
    """Log what became of a call."""
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

_FAILURES: Final = frozenset({EventTag.NOTIFICATION_REFUSED, EventTag.NOTIFICATION_EXPIRED})
"""Those that are not told."""
