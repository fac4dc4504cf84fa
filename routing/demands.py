"""What a sender asks of those who have its document: to give it back, or to take a change; and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from envelopes.codes import StatusCode
from envelopes.identifiers import EnvelopeId, OrganId
from routing.calendar import WorkingCalendar
from routing.delivery import Delivery, next_state
from routing.errors import ImpossibleStep
from routing.events import EventTag

ANSWER_WITHIN: Final = timedelta(hours=8)
"""How long a recipient has before its silence raises an alarm: office hours, those of one working day. QĐ 28/2018 Art.
9.2 wants the destruction told "at the same time" and names no number."""


CLOCKS_DIFFER: Final = timedelta(seconds=5)
"""How far behind the axis's clock that of an agency may be when it says when it answered. Both follow one time (QĐ
28/2018 Art. 14.4), so that they differ by milliseconds; a system that answers at once shall not be refused for them."""


class DemandKind(StrEnum):
    """What is asked. The values stand in stored rows and never change."""

    RECALL = "recall"
    """A recall message (type 1): destroy the document (QĐ 28/2018 Art. 9.2)."""

    REMOVAL = "removal"
    """An update (type 2) that takes the agency off the recipients: as a recall, for this agency."""

    TAKE_BACK = "take_back"
    """A status 13: the same, asked of one recipient."""

    UPDATE = "update"
    """An update (type 2): put the change into effect."""

    @property
    def gives_back(self) -> bool:
        """True where the document is to be given back; False where it only changes."""
        return self is not DemandKind.UPDATE


class DemandState(StrEnum):
    """Where one recipient stands with what it was asked. The values stand in stored rows and never change."""

    WITHDRAWN = "withdrawn"
    """No octet had left the axis, and none will."""

    NEVER_FETCHED = "never_fetched"
    """Its deliveries had ended before, and no octet had left: there is nothing to give back."""

    ASKED = "asked"
    AGREED = "agreed"
    """By status 15: destroyed, or changed."""

    DECLINED = "declined"
    """By status 16, with a reason."""

    SUPERSEDED = "superseded"
    """Another demand about the same document took its place before it was answered."""


_ASKED, _AGREED, _DECLINED = DemandState.ASKED, DemandState.AGREED, DemandState.DECLINED

DEMAND_STEPS: Final[Mapping[tuple[DemandState, StatusCode], DemandState]] = MappingProxyType(
    {
        (_ASKED, StatusCode.TAKE_BACK_AGREED): _AGREED,
        (_ASKED, StatusCode.TAKE_BACK_REFUSED): _DECLINED,
    }
)
"""Every step a recipient's answer makes. One that is not here cannot happen: nobody answers what was not asked."""

ANSWERS: Final = frozenset({StatusCode.TAKE_BACK_AGREED, StatusCode.TAKE_BACK_REFUSED})
"""The statuses that answer a demand."""

_EVENTS: Final[Mapping[tuple[bool, DemandState], EventTag]] = MappingProxyType(
    {
        (True, _ASKED): EventTag.RECALL_ASKED,
        (True, _AGREED): EventTag.RECALL_AGREED,
        (True, _DECLINED): EventTag.RECALL_DECLINED,
        (False, _ASKED): EventTag.UPDATE_ASKED,
        (False, _AGREED): EventTag.UPDATE_AGREED,
        (False, _DECLINED): EventTag.UPDATE_DECLINED,
    }
)


@dataclass(frozen=True, slots=True)
class Demand:
    """What a message asks of one recipient (canonical id); `told` is who gets the message where it is another.

    That is who took over from a recipient that has closed, or was given its delivery.
    """

    recipient: OrganId
    kind: DemandKind
    told: OrganId | None = None

    @property
    def addressee(self) -> OrganId:
        """Who gets the message that asks."""
        return self.told or self.recipient


@dataclass(frozen=True, slots=True)
class EarlierDemand:
    """A demand that was made: by which message, about which document (both by envelope), of whom, and its state.

    `reached_at` is when the first octet of the message that makes it left for who was asked, or else when its delivery
    ended; None where neither has happened, or where nothing hangs on it because nothing else was asked.
    """

    envelope_id: EnvelopeId
    original_id: EnvelopeId
    recipient: OrganId
    kind: DemandKind
    state: DemandState
    reached_at: datetime | None = None

    def speaks_of(self, envelope_ids: Iterable[EnvelopeId]) -> bool:
        """Return whether the document it is about, or the message that makes it, is among these."""
        known = frozenset(envelope_ids)
        return self.original_id in known or self.envelope_id in known

    def had_reached(self, said_at: datetime | None) -> bool:
        """Return whether who said something at `said_at` (its own clock, whole seconds) can have known of it."""
        if said_at is None or self.reached_at is None:
            return False
        return said_at >= self.reached_at.replace(microsecond=0) - CLOCKS_DIFFER

    @property
    def was_asked(self) -> bool:
        """True where its recipient was asked, and may have answered, or be about to."""
        return self.state not in {DemandState.WITHDRAWN, DemandState.NEVER_FETCHED}

    @property
    def is_barring(self) -> bool:
        """True where it stands in the way of any other demand of the same recipient about the same document.

        What is given back, or asked for, is not asked for again, nor changed. Who declined may be asked once more.
        """
        return self.kind.gives_back and self.state not in {DemandState.DECLINED, DemandState.SUPERSEDED}

    @property
    def is_yielding(self) -> bool:
        """True where it ends unanswered as soon as another demand is made: an open update does."""
        return self.kind is DemandKind.UPDATE and self.state is DemandState.ASKED


@dataclass(frozen=True, slots=True)
class Asked:
    """What becomes of a demand when it is made: its state, and the deliveries that are withdrawn on the spot."""

    state: DemandState
    withdrawn: tuple[Delivery, ...] = ()

    @property
    def needs_notice(self) -> bool:
        """True where the recipient has to be told: of what never reached it, it is told nothing more."""
        return self.state is DemandState.ASKED


def ask(kind: DemandKind, deliveries: Iterable[Delivery]) -> Asked:
    """Return what becomes of a demand, given all the recipient's deliveries that carry the document, locked.

    To be given back: each that was not fetched is withdrawn, whatever became of the others; where one was fetched, the
    recipient has the document and is asked. A change is asked of everybody.
    """
    carried = tuple(deliveries)
    if not kind.gives_back:
        return Asked(DemandState.ASKED)
    waiting = tuple(one for one in carried if not one.is_final and one.fetched_at is None)
    for one in waiting:
        next_state(one, EventTag.DELIVERY_WITHDRAWN)
    if any(one.fetched_at is not None for one in carried):
        return Asked(DemandState.ASKED, waiting)
    return Asked(DemandState.WITHDRAWN if waiting else DemandState.NEVER_FETCHED, waiting)


def answer(state: DemandState, status: StatusCode) -> DemandState:
    """Return the state after a recipient's status 15 or 16; raises `ImpossibleStep` where nothing is open."""
    try:
        return DEMAND_STEPS[state, status]
    except KeyError as error:
        raise ImpossibleStep(f"a demand that is {state} is not answered by {status}") from error


def event_of(kind: DemandKind, state: DemandState) -> EventTag | None:
    """Return the event by which a demand came to this state; None where deliveries tell it, or nothing happened."""
    return _EVENTS.get((kind.gives_back, state))


def unanswered_event(kind: DemandKind) -> EventTag:
    """Return the event of a demand that nobody answered in time."""
    return EventTag.RECALL_UNANSWERED if kind.gives_back else EventTag.UPDATE_UNANSWERED


def answer_due(moment: datetime, calendar: WorkingCalendar) -> datetime:
    """Return when the silence of who was asked at `moment` raises an alarm: the one place that counts the hours."""
    return calendar.add_working(moment, ANSWER_WITHIN)
