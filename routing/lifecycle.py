"""The life of a delivery: the one transition table, its deadlines, and the picture of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from routing.errors import ImpossibleStep
from routing.events import EventTag


class DeliveryState(StrEnum):
    """Where a delivery is. The values stand in stored rows and never change."""

    READY = "ready"
    """The axis has still to carry it."""

    LEASED = "leased"
    """The axis's courier is carrying it. A recipient's lease is no state of its own."""

    DEFERRED = "deferred"
    """Carrying failed; it waits for the next attempt."""

    CONSIGNED = "consigned"
    """At the recipient's disposal. A delivery for a recipient that pulls is born here."""

    HELD = "held"
    """Stopped by an operator, or by the axis because carrying it kills the carrier."""

    HANDED_OVER = "handed_over"
    REFUSED = "refused"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


INITIAL_STATES: Final = frozenset({DeliveryState.READY, DeliveryState.CONSIGNED})
"""Where a delivery is born: for a recipient that is pushed to, and for one that pulls."""

FINAL_STATES: Final = frozenset(
    {DeliveryState.HANDED_OVER, DeliveryState.REFUSED, DeliveryState.EXPIRED, DeliveryState.WITHDRAWN}
)
"""Where nothing more happens to a delivery."""

HOLDABLE_STATES: Final = frozenset(
    {DeliveryState.READY, DeliveryState.LEASED, DeliveryState.DEFERRED, DeliveryState.CONSIGNED}
)
"""What an operator can stop, and where a stopped delivery goes back to."""

_READY, _LEASED, _DEFERRED = DeliveryState.READY, DeliveryState.LEASED, DeliveryState.DEFERRED
_CONSIGNED, _HELD = DeliveryState.CONSIGNED, DeliveryState.HELD

TRANSITIONS: Final[Mapping[tuple[DeliveryState, EventTag], DeliveryState]] = MappingProxyType(
    {
        (_READY, EventTag.CARRIAGE_LEASED): _LEASED,
        (_READY, EventTag.DELIVERY_CONSIGNED): _CONSIGNED,
        (_READY, EventTag.CARRIAGE_ENDED): DeliveryState.EXPIRED,
        (_READY, EventTag.CARRIAGE_EXPIRED): DeliveryState.EXPIRED,
        (_READY, EventTag.DELIVERY_WITHDRAWN): DeliveryState.WITHDRAWN,
        (_READY, EventTag.DELIVERY_REDIRECTED): DeliveryState.WITHDRAWN,
        (_READY, EventTag.DELIVERY_HELD): _HELD,
        (_LEASED, EventTag.DELIVERY_FETCHED): _LEASED,
        (_LEASED, EventTag.DELIVERY_CONSIGNED): _CONSIGNED,
        (_LEASED, EventTag.CARRIAGE_DEFERRED): _DEFERRED,
        (_LEASED, EventTag.CARRIAGE_RELEASED): _READY,
        (_LEASED, EventTag.CARRIAGE_LEASE_EXPIRED): _READY,
        (_LEASED, EventTag.CARRIAGE_REFUSED): DeliveryState.REFUSED,
        (_LEASED, EventTag.DELIVERY_WITHDRAWN): DeliveryState.WITHDRAWN,
        (_LEASED, EventTag.DELIVERY_REDIRECTED): DeliveryState.WITHDRAWN,
        (_LEASED, EventTag.DELIVERY_HELD): _HELD,
        (_DEFERRED, EventTag.CARRIAGE_LEASED): _LEASED,
        (_DEFERRED, EventTag.DELIVERY_CONSIGNED): _CONSIGNED,
        (_DEFERRED, EventTag.CARRIAGE_ENDED): DeliveryState.EXPIRED,
        (_DEFERRED, EventTag.CARRIAGE_EXPIRED): DeliveryState.EXPIRED,
        (_DEFERRED, EventTag.DELIVERY_WITHDRAWN): DeliveryState.WITHDRAWN,
        (_DEFERRED, EventTag.DELIVERY_REDIRECTED): DeliveryState.WITHDRAWN,
        (_DEFERRED, EventTag.DELIVERY_HELD): _HELD,
        (_CONSIGNED, EventTag.DELIVERY_LEASED): _CONSIGNED,
        (_CONSIGNED, EventTag.DELIVERY_RELEASED): _CONSIGNED,
        (_CONSIGNED, EventTag.DELIVERY_LEASE_EXPIRED): _CONSIGNED,
        (_CONSIGNED, EventTag.DELIVERY_FETCHED): _CONSIGNED,
        (_CONSIGNED, EventTag.DELIVERY_HANDED_OVER): DeliveryState.HANDED_OVER,
        (_CONSIGNED, EventTag.DELIVERY_REFUSED): DeliveryState.REFUSED,
        (_CONSIGNED, EventTag.DELIVERY_EXPIRED): DeliveryState.EXPIRED,
        (_CONSIGNED, EventTag.DELIVERY_WITHDRAWN): DeliveryState.WITHDRAWN,
        (_CONSIGNED, EventTag.DELIVERY_REDIRECTED): DeliveryState.WITHDRAWN,
        (_CONSIGNED, EventTag.DELIVERY_FORWARDED): DeliveryState.WITHDRAWN,
        (_CONSIGNED, EventTag.DELIVERY_HELD): _HELD,
        (_CONSIGNED, EventTag.DELIVERY_ENDED): DeliveryState.EXPIRED,
        (_HELD, EventTag.DELIVERY_WITHDRAWN): DeliveryState.WITHDRAWN,
        (_HELD, EventTag.DELIVERY_REDIRECTED): DeliveryState.WITHDRAWN,
    }
)
"""Every step there is, but one: `delivery.resumed` leads from HELD to the state the delivery came from."""


class Since(StrEnum):
    """From when a deadline counts."""

    ACCEPTED = "accepted"
    ENTERED = "entered"


@dataclass(frozen=True, slots=True)
class Deadline:
    """How long a state may last, counted from when, the event that ends it, and why so long."""

    after: timedelta
    since: Since
    event: EventTag
    reason: str


_UNCARRIED: Final = Deadline(
    timedelta(days=12),
    Since.ACCEPTED,
    EventTag.CARRIAGE_EXPIRED,
    "An office may be switched off for the whole Tết holiday, up to nine days, and needs a day or two after it.",
)

DEADLINES: Final[Mapping[DeliveryState, Deadline]] = MappingProxyType(
    {
        _READY: _UNCARRIED,
        _DEFERRED: _UNCARRIED,
        _LEASED: Deadline(
            timedelta(minutes=10),
            Since.ENTERED,
            EventTag.CARRIAGE_LEASE_EXPIRED,
            "The largest package takes seven minutes over a 1 Mbit/s line; a courier silent for longer is dead.",
        ),
        _CONSIGNED: Deadline(
            timedelta(days=30),
            Since.ACCEPTED,
            EventTag.DELIVERY_EXPIRED,
            "Documents are registered on the day they arrive (NĐ 30/2020 Art. 23); after a month nobody is coming, and "
            "the sender must be told.",
        ),
        _HELD: Deadline(
            timedelta(days=30),
            Since.ENTERED,
            EventTag.DELIVERY_RESUMED,
            "A forgotten hold ends by itself, but no sooner than every other deadline has passed: the delivery goes "
            "back and expires, so that its sender gets evidence and nothing that was stopped is let through silently.",
        ),
    }
)
"""For each state that is not final: when a sweep ends it, and how."""


def step(state: DeliveryState, event: EventTag, *, held_from: DeliveryState | None = None) -> DeliveryState:
    """Return the state after `event`; raises `ImpossibleStep` where the table has none.

    `held_from` is the state a held delivery came from, and None for all others.
    """
    if (state is DeliveryState.HELD) != (held_from is not None):
        raise ImpossibleStep(f"{state}: held_from is given for held deliveries, and only for them")
    if state is DeliveryState.HELD and event is EventTag.DELIVERY_RESUMED and held_from in HOLDABLE_STATES:
        return held_from
    try:
        return TRANSITIONS[state, event]
    except KeyError as error:
        raise ImpossibleStep(f"{event} cannot happen to a delivery that is {state}") from error


def deadline_of(state: DeliveryState, *, accepted_at: datetime, entered_at: datetime) -> datetime | None:
    """Return when a sweep ends this state, or None for a final one."""
    deadline = DEADLINES.get(state)
    if deadline is None:
        return None
    return (accepted_at if deadline.since is Since.ACCEPTED else entered_at) + deadline.after


def draw() -> str:
    """Return the table as a Mermaid state diagram, for the documentation."""
    births = [f"    [*] --> {state.name}" for state in DeliveryState if state in INITIAL_STATES]
    steps = [f"    {source.name} --> {target.name}: {event}" for (source, event), target in TRANSITIONS.items()]
    returns = [
        f"    HELD --> {state.name}: {EventTag.DELIVERY_RESUMED}" for state in DeliveryState if state in HOLDABLE_STATES
    ]
    ends = [f"    {state.name} --> [*]" for state in DeliveryState if state in FINAL_STATES]
    return "\n".join(["stateDiagram-v2", *births, *steps, *returns, *ends]) + "\n"
