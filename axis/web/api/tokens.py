"""The token endpoint: systems prove who they are (RFC 6749 §4.4 with RFC 7523)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from axis.web import examples
from axis.web.documentation import WITH_BODY, families, problems, request_body, success
from axis.web.door import DoorPart
from axis.web.identity import TOKEN_PATH, read_form
from axis.web.presenting import answer
from axis.web.problem_codes import ProblemCode
from axis.web.schemas import TokenBody
from axis.web.spool import SMALL, read_small, refuse_encoded, require_media_type
from signing.assertions import ASSERTION_TYPE

router = APIRouter(tags=["access"])

_FORM: Final = "application/x-www-form-urlencoded"

_FIELDS: Final = {
    "type": "object",
    "required": ["grant_type", "client_assertion_type", "client_assertion"],
    "properties": {
        "grant_type": {"type": "string", "const": "client_credentials"},
        "client_assertion_type": {"type": "string", "const": ASSERTION_TYPE},
        "client_assertion": {
            "type": "string",
            "description": "A JWT (ES256, ES384, RS256; `kid` in the header): iss = sub = the system's id, aud = the "
            "public address of the axis with or without /v1/token, iat, exp at most 5 minutes ahead, and a new jti.",
        },
        "scope": {"type": "string", "description": "Agencies to narrow the token to, separated by blanks."},
    },
}
_EXAMPLE: Final = (
    "grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3A"
    "jwt-bearer&client_assertion=eyJhbGciOiJFUzI1NiIs…"
)


async def form_of(request: Request) -> Mapping[str, str]:
    """Return the fields of the token request."""
    refuse_encoded(request)
    require_media_type(request, _FORM)
    return read_form(await read_small(request, SMALL))


@router.post(
    TOKEN_PATH,
    operation_id="issueToken",
    summary="Get an access token",
    description="Client credentials with `private_key_jwt`. An assertion works once. Whoever cannot be authenticated "
    "gets one and the same answer; whoever signed with the right key is told what is wrong with the assertion.",
    response_model=TokenBody,
    responses=problems(
        *families("token/"),
        *WITH_BODY,
        ProblemCode.BODY_TOO_LARGE,
        ProblemCode.RATE_EXCEEDED,
        ProblemCode.CLOCK_ASTRAY,
        token=False,
        others={200: success("The token.", examples.TOKEN)},
    ),
    openapi_extra=request_body("The token request.", {_FORM: {"schema": _FIELDS, "example": _EXAMPLE}}),
)
def issue_token(form: Annotated[Mapping[str, str], Depends(form_of)], door: DoorPart) -> Response:
    """Answer with a token."""
    grant = door.identity.grant(form)
    body = TokenBody(
        access_token=grant.access_token,
        token_type="Bearer",  # noqa: S106 a kind of token
        expires_in=grant.lifetime,
        scope=" ".join(str(root) for root in grant.roots),
    )
    return answer(body, headers={"Pragma": "no-cache"})
