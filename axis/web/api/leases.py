"""Leases: a recipient's system takes waiting deliveries in hand, or waits for them without holding anything."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from axis.caller import Caller
from axis.exchange.offers import LeaseGrant
from axis.web import examples, schemas
from axis.web.documentation import WITH_BODY, problems, request_body, success
from axis.web.door import AuthorizationPart, CallerPart, Door, DoorPart
from axis.web.presence import departure
from axis.web.presenting import answer, lease_body
from axis.web.problem_codes import ProblemCode
from axis.web.reports import ParameterFault, Problem, faults_of, invalid_parameters
from axis.web.spool import SMALL, read_small, refuse_encoded, require_media_type
from axis.web.waiting import LOOK_SECONDS, Seat
from envelopes.identifiers import IdentifierError, OrganId
from routing.delivery import LeaseId
from routing.leases import LeaseTerms

router = APIRouter(prefix="/v1/leases", tags=["deliveries"])

_JSON: Final = "application/json"
_BODY: Final = {
    _JSON: {"schema": {"$ref": "#/components/schemas/LeaseRequest"}, "example": examples.LEASE_REQUEST},
}


async def request_of(request: Request, _caller: CallerPart) -> schemas.LeaseRequest:
    """Return what is asked for; an empty body asks for the defaults."""
    refuse_encoded(request)
    octets = await read_small(request, SMALL)
    if not octets:
        return schemas.LeaseRequest()
    require_media_type(request, _JSON)
    try:
        return schemas.LeaseRequest.model_validate_json(octets)
    except ValidationError as error:
        if any(one["type"] == "json_invalid" for one in error.errors(include_input=False)):
            raise Problem.of(ProblemCode.UNREADABLE_REQUEST) from error
        raise Problem(invalid_parameters(faults_of(error.errors(include_input=False), "body"))) from error


@dataclass(frozen=True, slots=True)
class _Turn:
    """One call for deliveries, asked anew each time it looks: who may no longer call gets nothing more."""

    door: Door
    authorization: str | None
    recipients: tuple[OrganId, ...]
    terms: LeaseTerms

    def take(self) -> LeaseGrant:
        caller = self.door.identity.again(self.authorization)
        return self.door.parts.handover.lease(caller, recipients=self.recipients or None, terms=self.terms)

    def give_back(self, lease_id: LeaseId) -> None:
        self.door.parts.handover.release(lease_id, self.door.identity.again(self.authorization))


@router.post(
    "",
    operation_id="leaseDeliveries",
    summary="Take waiting deliveries in hand",
    description="Reserves deliveries for this system, most urgent first, for `seconds`; after that they come back. "
    "With `wait` the call is held until something arrives, or that long (long poll). Without a body: the defaults.",
    response_model=schemas.LeaseBody,
    responses=problems(
        *WITH_BODY,
        ProblemCode.UNREADABLE_REQUEST,
        ProblemCode.INVALID_REQUEST,
        ProblemCode.NOT_FOUND,
        ProblemCode.BODY_TOO_LARGE,
        ProblemCode.TOO_MANY_WAITING,
        ProblemCode.BUSY,
        others={200: success("What waits; perhaps nothing.", examples.LEASE)},
    ),
    openapi_extra=request_body("What is asked for.", _BODY),
)
async def lease_deliveries(
    request: Request,
    caller: CallerPart,
    asked: Annotated[schemas.LeaseRequest, Depends(request_of)],
    authorization: AuthorizationPart,
    door: DoorPart,
) -> Response:
    """Answer with deliveries, at once or when some arrive."""
    recipients = tuple(_canonical(text, caller) for text in asked.recipients or ())
    terms = LeaseTerms(asked.limit, timedelta(seconds=asked.seconds), timedelta(seconds=asked.wait))
    turn = _Turn(door, authorization, recipients, terms)
    grant = await run_in_threadpool(turn.take)
    if grant.lease_id is None and asked.wait and not door.room.is_closed:
        grant = await _wait(turn, request, caller=caller)
    return answer(lease_body(grant))


async def _wait(turn: _Turn, request: Request, *, caller: Caller) -> LeaseGrant:
    """Return what arrives while the caller waits, at last nothing. Between two looks it holds a seat and no thread."""
    with departure(request.receive) as gone:
        async with turn.door.room.seat(caller, turn.recipients) as seat:
            grant = await _look_until(turn, seat, gone=gone)
    if grant.lease_id is not None and _is_past(gone):
        # Nobody is there to take them: better back now than when the lease runs out.
        await run_in_threadpool(turn.give_back, grant.lease_id)
    return grant


async def _look_until(turn: _Turn, seat: Seat, *, gone: asyncio.Future[object]) -> LeaseGrant:
    time = asyncio.get_running_loop().time
    until = time() + turn.terms.wait.total_seconds()
    while True:
        grant = await run_in_threadpool(turn.take)
        left = until - time()
        if grant.lease_id is not None or left <= 0 or turn.door.room.is_closed:
            return grant
        await seat.woken(gone, min(left, LOOK_SECONDS))
        if _is_past(gone):
            return grant


def _is_past(gone: asyncio.Future[object]) -> bool:
    return gone.done() and not gone.cancelled()


def _canonical(text: str, caller: Caller) -> OrganId:
    """Return the canonical id for any id of an agency; one that nobody has is left to the use case."""
    try:
        organ_id = OrganId(text)
    except IdentifierError as error:
        fault = ParameterFault(("body", "recipients"), ("không phải là mã định danh cơ quan", str(error)))
        raise Problem(invalid_parameters([fault])) from error
    agency = caller.directory.resolve(organ_id)
    return organ_id if agency is None else agency.organ_id


@router.delete(
    "/{lease_id}",
    operation_id="releaseLease",
    summary="Give deliveries back",
    description="Ends a lease of this system: what was not acknowledged can be taken by others at once.",
    response_model=schemas.ReleaseBody,
    responses=problems(
        ProblemCode.NOT_FOUND,
        ProblemCode.INVALID_REQUEST,
        others={200: success("How many went back.", examples.RELEASE)},
    ),
)
def release_lease(lease_id: UUID, caller: CallerPart, door: DoorPart) -> Response:
    """Answer with the number of deliveries given back."""
    return answer(schemas.ReleaseBody(released=door.parts.handover.release(LeaseId(lease_id), caller)))
