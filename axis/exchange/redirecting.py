"""The operator's hand: deliveries that nobody has fetched, one or many, given to another agency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from axis.atlas import Atlas
from axis.errors import Refused
from axis.exchange.interventions import CHOSEN_MAX, Interventions, Word
from axis.exchange.redirections import PassedOver, Redirect, Redirected, Redirections, in_batches
from axis.timekeeper import Timekeeper
from envelopes.errors import Finding
from envelopes.identifiers import OrganId
from routing.agencies import Agency
from routing.delivery import Delivery
from routing.events import EventTag
from routing.redirection import judge_target
from storage.records import DeliveryFilter

BATCH = 200
"""Deliveries changed in one transaction, with their documents locked: a recall waits half a second at most."""


@dataclass(frozen=True, slots=True)
class ToAgency:
    """Which agency deliveries are given to, on whose word and why."""

    target: Agency
    word: Word


@dataclass(frozen=True, slots=True)
class Redirecting:
    """Gives deliveries to an agency on an operator's word. A lease on one ends with it: who had it is told then."""

    redirections: Redirections
    interventions: Interventions
    atlas: Atlas
    timekeeper: Timekeeper

    def find_target(self, organ_id: OrganId, *, path: str) -> Agency:
        """Return the agency with this id or alias; raises `Refused` where it cannot be given anything."""
        moment = self.redirections.clock.now()
        found = judge_target(self.atlas.refresh(), organ_id, path=path, moment=moment)
        if isinstance(found, Finding):
            raise Refused((found,))
        return found

    def choose(self, wanted: DeliveryFilter, *, limit: int = CHOSEN_MAX) -> tuple[Delivery, ...]:
        """Return the deliveries that are not final and that are meant, oldest first."""
        return self.interventions.choose(wanted, limit=limit)

    def sort(self, chosen: Sequence[Delivery], meant: ToAgency) -> tuple[tuple[Delivery, ...], tuple[PassedOver, ...]]:
        """Return which deliveries would be given to the agency as things stand now, and which not; changes nothing."""
        hindered = tuple(
            one for batch in in_batches(chosen, BATCH) for one in self.redirections.hindered(batch, _redirect(meant))
        )
        stay = {one.delivery.delivery_id for one in hindered}
        return tuple(one for one in chosen if one.delivery_id not in stay), hindered

    def redirect(self, chosen: Sequence[Delivery], meant: ToAgency) -> Redirected:
        """Give deliveries to the agency; what it does not apply to stays as it was, and is told with the reason.

        Repeating it is harmless: what was given away is over. What was done before an interruption stays done. Raises
        `ClockAstray` where the clock is not to be relied on: new deadlines are counted from now.
        """
        directory, done = self.atlas.directory(), Redirected()
        for batch in in_batches(chosen, BATCH):
            self.timekeeper.require()
            done += self.redirections.give(batch, _redirect(meant), directory=directory)
        return done


def _redirect(meant: ToAgency) -> Redirect:
    word = {"actor": meant.word.actor, "reason": meant.word.reason}
    return Redirect(meant.target, EventTag.DELIVERY_REDIRECTED, word)
