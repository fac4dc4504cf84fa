"""What endpoints are given: the parts of the door, and the caller of the request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.openapi.models import OAuthFlowClientCredentials, OAuthFlows
from fastapi.security import OAuth2

from axis.caller import Caller
from axis.web.downloads import Downloads
from axis.web.identity import TOKEN_PATH, Identity
from axis.web.journal import SYSTEM_STATE
from axis.web.limits import VerificationGate
from axis.web.places import Places
from axis.web.ports import WebParts
from axis.web.schemas import LimitBody
from axis.web.waiting import WaitingRoom


@dataclass(frozen=True, slots=True)
class Door:
    """The use cases, and what stands before them."""

    parts: WebParts
    identity: Identity
    gate: VerificationGate
    room: WaitingRoom
    uploads: Places
    bundles: Places
    downloads: Downloads
    limits: tuple[LimitBody, ...]


_TOKEN = OAuth2(
    flows=OAuthFlows(clientCredentials=OAuthFlowClientCredentials(tokenUrl=TOKEN_PATH, scopes={})),
    scheme_name="access-token",
    description="An access token from `/v1/token`, where systems prove themselves with `private_key_jwt`.",
    auto_error=False,
)


async def door_of(request: Request) -> Door:
    """Return the door of the application that serves the request."""
    door: Door = request.app.state.door
    return door


DoorPart = Annotated[Door, Depends(door_of)]


def caller_of(request: Request, door: DoorPart, *, authorization: Annotated[str | None, Depends(_TOKEN)]) -> Caller:
    """Return the authenticated caller; refuses everybody else before anything of the body is read."""
    caller = door.identity.caller(authorization)
    request.scope["state"][SYSTEM_STATE] = caller.system.system_id
    return caller


CallerPart = Annotated[Caller, Depends(caller_of)]
AuthorizationPart = Annotated[str | None, Depends(_TOKEN)]
