"""One envelope on its way to one recipient, as a value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NewType
from uuid import UUID

from envelopes.identifiers import DeliveryId, EnvelopeId, OrganId, SystemId
from routing.errors import ImpossibleStep, InvalidEntry
from routing.events import EventTag
from routing.lifecycle import FINAL_STATES, HOLDABLE_STATES, DeliveryState, deadline_of, step

LeaseId = NewType("LeaseId", UUID)
"""One turn of one system at one or more deliveries."""

PRIORITY_RANK_MAX: Final = 3
"""The most urgent place in the lease order, `Priority.rank` of hỏa tốc."""

WITHDRAWALS: Final = frozenset({EventTag.DELIVERY_WITHDRAWN, EventTag.DELIVERY_REDIRECTED, EventTag.DELIVERY_FORWARDED})
"""The events by which a delivery is taken from its recipient before the first octet of the content has left."""

_LEASABLE: Final = frozenset({DeliveryState.LEASED, DeliveryState.CONSIGNED})


@dataclass(frozen=True, slots=True)
class Lease:
    """Who has a turn at a delivery, and until when (excluded, aware)."""

    lease_id: LeaseId
    system_id: SystemId
    until: datetime

    def __post_init__(self) -> None:
        _check_aware(self.until)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery at one moment; all times aware.

    `recipient` is the canonical id. `due_at` is when a worker must look at it next, None once it is final. `fetched_at`
    is when the first content octet left the axis; from then on a recall goes by notice. `recalled_at` is when its
    recipient agreed to give the document back: its content is not given out any more. `attempts` counts carriages.
    `alarm_at` is when somebody is told that nobody has taken it, None once that was done, or is not to be.
    """

    delivery_id: DeliveryId
    envelope_id: EnvelopeId
    recipient: OrganId
    state: DeliveryState
    priority_rank: int
    accepted_at: datetime
    due_at: datetime | None
    lease: Lease | None = None
    fetched_at: datetime | None = None
    attempts: int = 0
    held_from: DeliveryState | None = None
    final_at: datetime | None = None
    alarm_at: datetime | None = None
    recalled_at: datetime | None = None

    def __post_init__(self) -> None:
        moments = (self.accepted_at, self.due_at, self.fetched_at, self.final_at, self.alarm_at, self.recalled_at)
        for moment in moments:
            _check_aware(moment)
        if not 0 <= self.priority_rank <= PRIORITY_RANK_MAX or self.attempts < 0:
            raise InvalidEntry("a priority rank is 0 to 3, and attempts are not negative")
        if (self.state in FINAL_STATES) != (self.final_at is not None):
            raise InvalidEntry("a delivery has an end exactly when it is final")
        if (self.state in FINAL_STATES) != (self.due_at is None):
            raise InvalidEntry("a delivery is due exactly while it is not final")
        if self.state in FINAL_STATES and self.alarm_at is not None:
            raise InvalidEntry("no alarm is raised for what is over")
        if (self.state is DeliveryState.HELD) != (self.held_from in HOLDABLE_STATES):
            raise InvalidEntry("a held delivery, and no other, knows where it came from")
        if self.lease is not None and self.state not in _LEASABLE:
            raise InvalidEntry("only a delivery under way or at the recipient's disposal is leased")

    @property
    def is_final(self) -> bool:
        """True where nothing more can happen to it."""
        return self.state in FINAL_STATES


def next_state(delivery: Delivery, event: EventTag) -> DeliveryState:
    """Return the delivery's state after `event`; raises `ImpossibleStep`.

    Beyond the table: what the recipient has begun to fetch cannot be withdrawn any more.
    """
    if event in WITHDRAWALS and delivery.fetched_at is not None:
        raise ImpossibleStep("a delivery whose content has left the axis is recalled by notice, not withdrawn")
    return step(delivery.state, event, held_from=delivery.held_from)


def stepped(delivery: Delivery, state: DeliveryState, *, at: datetime) -> Delivery:
    """Return the delivery as it is once it has come to another state, at `at` (aware): without its lease."""
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


def _check_aware(moment: datetime | None) -> None:
    if moment is not None and moment.utcoffset() is None:
        raise InvalidEntry("times are aware")
