"""From the ids a sender wrote to the agencies that will get the message, one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from envelopes import paths
from envelopes.errors import Finding, Phrase
from envelopes.identifiers import OrganId
from envelopes.model import Organization
from envelopes.parser import Tag
from routing.agencies import Agency, Standing
from routing.directory import Directory
from routing.reasons import ReasonCode, found
from routing.succession import find_forwarding, find_successors, name_successors


@dataclass(frozen=True, slots=True)
class Address:
    """One recipient as a message writes it: None where it names none, its place counted from 1, and its path.

    `is_listed` where an update lists it as added or taken off: it may stand in `To` as well.
    """

    asked_as: OrganId | None
    position: int
    path: str
    is_listed: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """One agency that gets the message; `position` is its place among the recipients, counted from 1, `path` where.

    `succeeds` is the closed agency that was written, where this one gets its mail.
    """

    agency: Agency
    asked_as: OrganId
    position: int
    path: str = ""
    succeeds: Agency | None = None


@dataclass(frozen=True, slots=True)
class RefusedRecipient:
    """One recipient that does not get the message, and why; `successors` are canonical ids, for a closed agency."""

    asked_as: OrganId | None
    position: int
    finding: Finding
    successors: tuple[OrganId, ...] = ()


@dataclass(frozen=True, slots=True)
class Resolution:
    """What became of the recipients, each list in the order written.

    A warning for each that was merged away, and for each closed one whose mail is forwarded.
    """

    routes: tuple[Route, ...]
    refused: tuple[RefusedRecipient, ...]
    warnings: tuple[Finding, ...]


_STANDINGS: Final = {
    Standing.CLOSED: ReasonCode.RECIPIENT_CLOSED,
    Standing.NOT_YET_OPEN: ReasonCode.RECIPIENT_NOT_YET_OPEN,
}


def find_addressee(directory: Directory, address: Address, *, moment: datetime) -> Agency | RefusedRecipient:
    """Return the agency that gets what is addressed so, where it is known, open and no group; else why not.

    Enough for a status: whoever sent a document must hear of it, receiving or not. Of a closed agency it is the one its
    rule forwards to.
    """
    agency = None if address.asked_as is None else directory.resolve(address.asked_as)
    if agency is None:
        return _refuse(address, ReasonCode.RECIPIENT_UNKNOWN)
    code = _STANDINGS.get(agency.standing_on(moment))
    if code is ReasonCode.RECIPIENT_CLOSED:
        heir = find_forwarding(directory, agency, moment=moment)
        return heir if heir is not None else _refuse_closed(address, find_successors(directory, agency, moment=moment))
    if code is None and agency.is_group:
        code = ReasonCode.RECIPIENT_GROUP
    return agency if code is None else _refuse(address, code)


def addresses_of(recipients: Iterable[Organization]) -> Iterator[Address]:
    """Yield the recipients in `To` with their places."""
    for position, recipient in enumerate(recipients, start=1):
        path = paths.inside(paths.numbered(paths.TO, position), Tag.ORGAN_ID)
        yield Address(recipient.organ_id, position, path)


def resolve_recipients(
    directory: Directory, addresses: Iterable[Address], *, sender: Agency | None, moment: datetime
) -> Resolution:
    """Return what becomes of each recipient of a document; an agency written twice, under whatever ids, gets one route.

    `sender` is None where it is unknown; otherwise it is refused among its own recipients.
    """
    routes: dict[OrganId, Route] = {}
    refused: list[RefusedRecipient] = []
    warnings: list[Finding] = []
    for address in addresses:
        route = find_route(directory, address, sender=sender, moment=moment)
        if isinstance(route, RefusedRecipient):
            refused.append(route)
            continue
        warnings.extend(warn_of_succession(route))
        if route.agency.organ_id in routes:
            if not address.is_listed:
                warnings.append(_merge(address, routes[route.agency.organ_id]))
        else:
            routes[route.agency.organ_id] = route
    return Resolution(tuple(routes.values()), tuple(refused), tuple(warnings))


def warn_of_succession(route: Route) -> Iterator[Finding]:
    """Yield the warning that a recipient has closed and another agency gets its mail; it names both."""
    if route.succeeds is None:
        return
    closed, heir = route.succeeds, route.agency
    vi, en = (f"{closed.organ_id} ({name})" for name in (closed.name_vi, closed.name_en or closed.name_vi))
    names: dict[str, str | Phrase] = {"closed": (vi, en), **name_successors((heir,))}
    yield found(ReasonCode.RECIPIENT_FORWARDED, route.path, value=route.asked_as, names=names)


def route_to(directory: Directory, address: Address, *, agency: Agency) -> Route:
    """Return the route of an address to the agency that gets what is addressed so (`find_addressee`)."""
    asked_as = address.asked_as or agency.organ_id
    written = directory.resolve(asked_as)
    return Route(agency, asked_as, address.position, address.path, None if written is agency else written)


def find_route(
    directory: Directory, address: Address, *, sender: Agency | None, moment: datetime
) -> Route | RefusedRecipient:
    """Return the route of one address of a document, or why there is none; `sender` as for `resolve_recipients`."""
    addressee = find_addressee(directory, address, moment=moment)
    if isinstance(addressee, RefusedRecipient):
        return addressee
    if sender is not None and addressee.organ_id == sender.organ_id:
        return _refuse(address, ReasonCode.RECIPIENT_IS_SENDER)
    if not addressee.is_receiving:
        return _refuse(address, ReasonCode.RECIPIENT_NOT_RECEIVING)
    return route_to(directory, address, agency=addressee)


def _refuse(address: Address, code: ReasonCode) -> RefusedRecipient:
    return RefusedRecipient(address.asked_as, address.position, found(code, address.path, value=address.asked_as))


def _refuse_closed(address: Address, successors: tuple[Agency, ...]) -> RefusedRecipient:
    names = name_successors(successors)
    finding = found(ReasonCode.RECIPIENT_CLOSED, address.path, value=address.asked_as, names=names)
    ids = tuple(successor.organ_id for successor in successors)
    return RefusedRecipient(address.asked_as, address.position, finding, ids)


def _merge(address: Address, earlier: Route) -> Finding:
    names = {"first": str(earlier.position)}
    return found(ReasonCode.RECIPIENT_DUPLICATE, address.path, value=address.asked_as, names=names)
