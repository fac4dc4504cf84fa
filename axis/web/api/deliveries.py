"""Deliveries: download, acknowledge, look."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from axis.exchange.contents import WHOLE
from axis.web import examples, schemas
from axis.web.api.contents import (
    CONTENT_ANSWERS,
    CONTENT_PROBLEMS,
    CONTENT_REQUEST,
    AskedPart,
    ContentAnswer,
    DownloadPart,
)
from axis.web.documentation import WITH_BODY, families, octets, problems, request_body, success
from axis.web.door import AuthorizationPart, CallerPart, DoorPart
from axis.web.presenting import answer, delivery_body
from axis.web.problem_codes import ProblemCode
from axis.web.reports import Problem
from axis.web.spool import ACKNOWLEDGEMENT, read_small, refuse_encoded, require_media_type
from envelopes.acknowledgement import ACKNOWLEDGEMENT_BODY
from envelopes.identifiers import DeliveryId
from envelopes.limits import ACKNOWLEDGEMENT_BYTES_MAX

router = APIRouter(prefix="/v1/deliveries", tags=["deliveries"])

FileNumber = Annotated[int, Path(description="Which file, counted from 1.")]

_JOSE = ACKNOWLEDGEMENT_BODY
_HIDDEN = (ProblemCode.NOT_FOUND, ProblemCode.INVALID_REQUEST)
_TURN = (ProblemCode.LEASE_LOST, ProblemCode.LEASED_ELSEWHERE)
_TAKEN_BACK = (ProblemCode.WITHDRAWN, ProblemCode.RECALLED)


async def jws_of(request: Request, _caller: CallerPart) -> str:
    """Return the signed acknowledgement in the body."""
    refuse_encoded(request)
    require_media_type(request, _JOSE)
    octets = await read_small(request, ACKNOWLEDGEMENT)
    try:
        return octets.decode("ascii").strip()
    except UnicodeDecodeError as error:
        raise Problem.of(ProblemCode.ACKNOWLEDGEMENT_MALFORMED) from error


@router.get(
    "/{delivery_id}",
    operation_id="getDelivery",
    summary="Look at a delivery",
    description="One delivery, for its recipient: by its metadata, and where it has come to.",
    response_model=schemas.DeliveryBody,
    responses=problems(*_HIDDEN, others={200: success("The delivery.", examples.DELIVERY)}),
)
def get_delivery(delivery_id: UUID, caller: CallerPart, door: DoorPart) -> Response:
    """Answer with the delivery."""
    return answer(delivery_body(door.parts.handover.delivery(DeliveryId(delivery_id), caller)))


@router.get(
    "/{delivery_id}/content",
    operation_id="getDeliveryContent",
    summary="Download a delivery",
    description="The original octets, for the system that leased the delivery. Downloading is recorded: from the first "
    "octet on, a recall goes by notice. What was withdrawn before, or given back since, is answered with 410. Compare "
    "the digest before you acknowledge. What is missing after a broken connection is asked for with `Range`.",
    response_class=Response,
    responses=problems(*_HIDDEN, *_TURN, *_TAKEN_BACK, *CONTENT_PROBLEMS, others=CONTENT_ANSWERS),
    openapi_extra=CONTENT_REQUEST,
)
def get_delivery_content(
    delivery_id: UUID, caller: CallerPart, download: DownloadPart, asked: AskedPart, door: DoorPart
) -> Response:
    """Answer with the octets."""
    content = door.parts.handover.content(DeliveryId(delivery_id), caller, part=asked or WHOLE)
    return ContentAnswer(download, content, is_partial=asked is not None)


@router.get(
    "/{delivery_id}/files/{number}",
    operation_id="getDeliveryFile",
    summary="Download one file of a delivery",
    description="One file, counted from 1 in the order of the manifest, of a package whose files travel beside its "
    "message; its name and type are in the message. Files inside a message are not given out one by one. Otherwise as "
    "the download of the whole.",
    response_class=Response,
    responses=problems(*_HIDDEN, *_TURN, *_TAKEN_BACK, *CONTENT_PROBLEMS, others=CONTENT_ANSWERS),
    openapi_extra=CONTENT_REQUEST,
)
def get_delivery_file(
    delivery_id: UUID,
    number: FileNumber,
    caller: CallerPart,
    *,
    download: DownloadPart,
    asked: AskedPart,
    door: DoorPart,
) -> Response:
    """Answer with the octets."""
    content = door.parts.handover.file(DeliveryId(delivery_id), number, caller=caller, part=asked or WHOLE)
    return ContentAnswer(download, content, is_partial=asked is not None)


@router.post(
    "/{delivery_id}/acknowledgement",
    operation_id="acknowledgeDelivery",
    summary="Acknowledge a delivery",
    description="The body is a compact JWS of type `axis-acknowledgement+jws`, signed with a key that the directory "
    "knows as the recipient agency's (`x5t#S256`), over the delivery, the recipient, the digest of what was received, "
    "the outcome (`done`, or `fail` with a reason) and the time. It is kept inside the evidence of handover.",
    response_model=schemas.AcknowledgedBody,
    responses=problems(
        *_HIDDEN,
        *_TURN,
        *families("acknowledgement/"),
        *WITH_BODY,
        others={200: success("The acknowledgement counts.", examples.ACKNOWLEDGED)},
    ),
    openapi_extra=request_body(
        f"The acknowledgement, at most {ACKNOWLEDGEMENT_BYTES_MAX:,} octets.", {_JOSE: octets("eyJhbGciOiJFUzI1NiIs…")}
    ),
)
def acknowledge_delivery(
    delivery_id: UUID, jws: Annotated[str, Depends(jws_of)], authorization: AuthorizationPart, door: DoorPart
) -> Response:
    """Answer with what the acknowledgement did."""
    caller = door.identity.again(authorization)
    done = door.parts.acknowledgements.acknowledge(DeliveryId(delivery_id), jws, caller=caller)
    return answer(
        schemas.AcknowledgedBody(
            delivery_id=done.delivery_id,
            envelope_id=done.envelope_id,
            state=done.state.value,
            outcome=done.outcome.value,
            repeat=done.is_repeat,
        )
    )
