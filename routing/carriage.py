"""When a delivery is told of or carried to a connected system, and what an answer there does to it."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final

from routing.delivery import Delivery, Lease
from routing.events import EventTag
from routing.lifecycle import DEADLINES, DeliveryState
from routing.webhooks import CallOutcome, WebhookMode

CARRIED_WITHIN: Final = DEADLINES[DeliveryState.LEASED].after
"""How long a package is one courier's; who is silent for longer is dead."""

LOOK_AGAIN: Final = timedelta(minutes=10)
"""When what cannot be told or carried now is looked at again, though nobody said that it can: holds last hours."""

SWEPT_SOON: Final = timedelta(seconds=3)
"""When what a sweep is just about to return is looked at again: it comes by every two seconds."""

_CARRIED: Final = frozenset({DeliveryState.READY, DeliveryState.DEFERRED})


class Occasion(Enum):
    """Whether something is to be said about a delivery."""

    NOW = auto()
    LATER = auto()
    NEVER = auto()


def occasion(mode: WebhookMode, delivery: Delivery, *, moment: datetime) -> Occasion:
    """Return whether a system in this mode is called about a delivery at a moment.

    Never about what has ended or was given back. A thin event is true of what is at the recipient's disposal; so it
    waits for what is held, and for what another system is to have pushed. A package goes out where nobody has a turn
    at the delivery: while one does, the other systems of an agency wait, as they do when they pull.
    """
    if delivery.is_final or delivery.recalled_at is not None:
        return Occasion.NEVER
    if mode is WebhookMode.EVENT:
        return Occasion.NOW if delivery.state is DeliveryState.CONSIGNED else Occasion.LATER
    if delivery.state in _CARRIED:
        return Occasion.NOW
    is_free = delivery.state is DeliveryState.CONSIGNED and not _is_anothers(delivery.lease, moment)
    return Occasion.NOW if is_free else Occasion.LATER


def later(delivery: Delivery, moment: datetime) -> datetime:
    """Return when to look again at what waits for its occasion: when the turn that somebody has is over.

    Of a courier that died the turn is over already, and a sweep returns what it had.
    """
    if delivery.lease is None:
        return moment + LOOK_AGAIN
    return min(max(delivery.lease.until, moment + SWEPT_SOON), moment + LOOK_AGAIN)


def carriage_event(outcome: CallOutcome) -> EventTag:
    """Return what becomes of a delivery that was being carried, by what became of the call."""
    if outcome is CallOutcome.TAKEN:
        return EventTag.DELIVERY_CONSIGNED
    if outcome.is_permanent:
        return EventTag.CARRIAGE_REFUSED
    return EventTag.CARRIAGE_DEFERRED


def end_event(state: DeliveryState) -> EventTag:
    """Return the event by which an operator ends a delivery in this state: how far it came decides the evidence."""
    return EventTag.CARRIAGE_ENDED if state in _CARRIED else EventTag.DELIVERY_ENDED


def _is_anothers(lease: Lease | None, moment: datetime) -> bool:
    return lease is not None and moment < lease.until
