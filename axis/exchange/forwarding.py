"""What waited at an agency when it closed: given to the one that its rule names, in small steps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from axis.atlas import Atlas
from axis.clock import is_due_again
from axis.exchange.premises import Premises
from axis.exchange.redirections import Redirect, Redirections, find_hindered
from axis.logs import LogEvent, logger
from axis.metrics import DeliveryOutcome
from axis.seam import survive
from axis.timekeeper import Timekeeper
from envelopes.identifiers import DeliveryId, OrganId
from routing.agencies import Agency
from routing.calendar import WorkingCalendar
from routing.delivery import Delivery
from routing.directory import Directory
from routing.events import EventTag
from routing.succession import find_forwarding
from storage.database.deliveries import recipients_waiting, waiting_deliveries
from storage.database.envelopes import find_envelopes
from storage.database.transactions import ReadSession

BATCH: Final = 200
"""Deliveries in one transaction: its documents are locked meanwhile, and a recall waits half a second at most."""

BATCHES_MAX: Final = 20
"""Batches in one turn; other work of the worker has its turn after some seconds."""

_NOTHING: Final = (0, 0)

LOOK_EVERY: Final = timedelta(minutes=1)
"""Between two looks where nothing was left: an agency closes at midnight, and its mail may follow a minute later."""


@dataclass(slots=True)
class Forwarding:
    """Follows the rules of closed agencies for what was sent to them while they were open.

    Harmless to repeat, and in several processes at once. Who dies in between leaves whole batches done.
    """

    premises: Premises
    atlas: Atlas
    calendar: WorkingCalendar
    timekeeper: Timekeeper
    _looked_at: datetime | None = field(default=None, init=False)

    def forward_due(self) -> int:
        """Return how many deliveries were taken from closed agencies; 0 where nothing waits, or a look is not due.

        What is in a system's hand, was fetched, or is held by an operator stays: it goes on, or ends, as before. An
        agency whose mail cannot be moved hinders no other.
        """
        now = self.premises.clock.now()
        if not is_due_again(self._looked_at, now, every=LOOK_EVERY):
            return 0
        directory = self.atlas.directory()
        rules = rules_in(directory, moment=now)
        with self.premises.transactions.read() as session:
            closed = recipients_waiting(session, tuple(rules), now=now)
        left, total = BATCHES_MAX, 0
        for organ_id in closed:
            step = partial(self._forward, organ_id, rules[organ_id], directory=directory, limit=left)
            used, taken = survive("forward", step, otherwise=_NOTHING)
            left, total = left - used, total + taken
        self._looked_at = now if left > 0 else None
        return total

    def _forward(self, closed: OrganId, target: Agency, *, directory: Directory, limit: int) -> tuple[int, int]:
        """Return how many batches were looked at, `limit` at most, and how many deliveries were taken."""
        redirections = Redirections(self.premises.transactions, self.premises.clock, self.calendar)
        redirect = Redirect(target, EventTag.DELIVERY_FORWARDED)
        last: Delivery | None = None
        total = 0
        for number in range(limit):
            now = self.premises.clock.now()
            with self.premises.transactions.read() as session:
                waiting = waiting_deliveries(session, closed, now=now, after=last, limit=BATCH)
            if not waiting or not self.timekeeper.is_right():
                return number, total
            done = redirections.give(waiting, redirect, directory=directory)
            last, total = waiting[-1], total + len(done.taken)
            self.premises.metrics.count_delivery(DeliveryOutcome.WITHDRAWN, len(done.taken))
            self.premises.metrics.count_delivery(DeliveryOutcome.CONSIGNED, len(done.made))
            if done.taken:
                logger.info(LogEvent.DELIVERIES_FORWARDED, agency=closed, deliveries_count=len(done.taken))
            for envelope_id in {one.envelope_id for one in done.taken}:
                self.premises.bell.ring(envelope_id, (target.organ_id,))
        return limit, total


def rules_in(directory: Directory, *, moment: datetime) -> dict[OrganId, Agency]:
    """Return the closed agencies whose mail goes on to another, each with the one that gets it."""
    ruled = (agency for agency in directory.agencies if agency.forwards_to is not None)
    found = ((agency, find_forwarding(directory, agency, moment=moment)) for agency in ruled)
    return {agency.organ_id: heir for agency, heir in found if heir is not None and heir is not agency}


def about_to_follow(
    session: ReadSession, deliveries: Iterable[Delivery], *, directory: Directory, moment: datetime
) -> frozenset[DeliveryId]:
    """Return which of the deliveries the next look gives to another agency: nothing hinders their recipient's rule.

    Whoever is given a first octet of them before takes them from that rule for good.
    """
    moving: dict[Agency, list[Delivery]] = {}
    for delivery in deliveries:
        agency = directory.resolve(delivery.recipient)
        heir = None if agency is None else find_forwarding(directory, agency, moment=moment)
        if heir is not None and heir is not agency:
            moving.setdefault(heir, []).append(delivery)
    followers = set[DeliveryId]()
    for heir, some in moving.items():
        envelopes = find_envelopes(session, {one.envelope_id for one in some})
        redirect = Redirect(heir, EventTag.DELIVERY_FORWARDED)
        followers |= {one.delivery_id for one in some}
        followers -= find_hindered(session, some, redirect=redirect, envelopes=envelopes).keys()
    return frozenset(followers)
