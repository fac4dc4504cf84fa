"""Giving a delivery to another agency than its recipient: to which, and which deliveries at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from envelopes.errors import Finding
from envelopes.identifiers import OrganId
from routing.agencies import Agency
from routing.delivery import Delivery, next_state
from routing.directory import Directory
from routing.errors import ImpossibleStep
from routing.events import EventTag
from routing.lifecycle import FINAL_STATES, DeliveryState
from routing.reasons import ReasonCode, found
from routing.recipients import Address, RefusedRecipient, find_route
from routing.succession import find_successors, name_successors


class Obstacle(StrEnum):
    """Why a delivery stays where it is."""

    FINAL = "final"
    FETCHED = "fetched"
    """The content has left the axis for its recipient: a second copy would be one that nobody asked for."""

    NOT_AT_DISPOSAL = "not_at_disposal"
    OWN_RECIPIENT = "own_recipient"
    OWN_SENDER = "own_sender"
    RECALLED = "recalled"
    """The document was asked back from the agency that it would go to."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of where a delivery would go: the agency, and the message's sender.

    `is_barred` is whether the document was asked back from that agency.
    """

    target: OrganId
    sender: OrganId
    is_barred: bool = False


def judge_target(directory: Directory, organ_id: OrganId, *, path: str, moment: datetime) -> Agency | Finding:
    """Return the agency that deliveries are to be given to, or why it cannot have any; any of its ids may be given.

    Whoever redirects says where to: a closed agency is refused, whatever its own rule is.
    """
    route = find_route(directory, Address(organ_id, 1, path), sender=None, moment=moment)
    if isinstance(route, RefusedRecipient):
        return route.finding
    if route.succeeds is None:
        return route.agency
    names = name_successors(find_successors(directory, route.succeeds, moment=moment))
    return found(ReasonCode.RECIPIENT_CLOSED, path, value=organ_id, names=names)


def find_obstacle(delivery: Delivery, event: EventTag, *, given: Circumstances) -> Obstacle | None:
    """Return what stands in the way of giving a delivery to another agency by `event`, None where nothing does."""
    if delivery.state in FINAL_STATES:
        return Obstacle.FINAL
    if delivery.fetched_at is not None:
        return Obstacle.FETCHED
    if given.target == delivery.recipient:
        return Obstacle.OWN_RECIPIENT
    if given.target == given.sender:
        return Obstacle.OWN_SENDER
    if given.is_barred:
        return Obstacle.RECALLED
    try:
        next_state(delivery, event)
    except ImpossibleStep:
        return Obstacle.NOT_AT_DISPOSAL
    return None


def has_it(delivery: Delivery) -> bool:
    """Return whether a delivery that is there stands for another one of the same message to the same agency."""
    return delivery.state not in FINAL_STATES or delivery.state is DeliveryState.HANDED_OVER
