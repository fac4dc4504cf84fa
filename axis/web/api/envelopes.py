"""Submissions: a package in, a receipt out, and what became of it."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from axis.exchange.contents import WHOLE
from axis.exchange.outcomes import Acceptance, Refusal
from axis.metrics import IntakeStep
from axis.web import examples, schemas
from axis.web.api.contents import (
    CONTENT_ANSWERS,
    CONTENT_PROBLEMS,
    CONTENT_REQUEST,
    AskedPart,
    ContentAnswer,
    DownloadPart,
)
from axis.web.documentation import WITH_BODY, Responses, families, octets, problems, request_body, success
from axis.web.door import AuthorizationPart, CallerPart, DoorPart
from axis.web.presenting import acceptance_body, answer, envelope_body, evidence_item, trace_body
from axis.web.problem_codes import ProblemCode
from axis.web.reports import ParameterFault, Problem, Report, invalid_parameters
from axis.web.spool import (
    BUNDLE_SECONDS,
    PACKAGE,
    Allowance,
    SpooledBody,
    announced_length,
    refuse_encoded,
    require_media_type,
    spooled,
)
from envelopes.bundles import MEDIA_TYPE, boundary_in
from envelopes.identifiers import DocumentId, EnvelopeId, IdentifierError
from envelopes.limits import PACKAGE_BYTES_MAX
from envelopes.obstacles import Obstacle

router = APIRouter(prefix="/v1/envelopes", tags=["envelopes"])

_XML: Final = "application/xml"
_PACKAGE_TYPES: Final = (_XML, "application/octet-stream", MEDIA_TYPE)
_HIDDEN: Final = (ProblemCode.NOT_FOUND, ProblemCode.INVALID_REQUEST)
_REFUSALS: Final = families(
    *("package/", "message/", "signature/", "timestamp/", "sender/", "recipient/", "document/", "business/"),
    *("pdf/", "authenticity/"),
)
_STATUS_REFUSALS: Final = families("status/")
_HEADERS: Final = {
    "Location": "Address of the envelope.",
    "Axis-Envelope-Id": "Id of the envelope.",
    "Axis-Receipt-Id": "Id of the receipt.",
    "Axis-Repeat": "`true` where this submission had been accepted before.",
}


def _receipt(description: str) -> dict[str, Any]:
    """Return the description of an acceptance in both of its forms."""
    described = success(description, examples.ACCEPTANCE, headers=_HEADERS)
    described["content"] |= success("", examples.XML, media_type=_XML)["content"]
    return described


SUBMISSION_PROBLEMS: Final = (*_REFUSALS, *_STATUS_REFUSALS, ProblemCode.TOO_MANY_UPLOADS, ProblemCode.BUSY)
"""What a submission is answered with that is not accepted, however its package came."""

SUBMISSION_ANSWERS: Final[Responses] = {
    200: _receipt("The same submission had been accepted before: its first receipt.")
    | {"model": schemas.AcceptanceBody},
    201: _receipt("Accepted."),
}
"""The descriptions of what an accepted one is answered with."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A body that arrived whole, and the boundary that was announced for one in parts."""

    body: SpooledBody
    boundary: str | None


async def arrived(request: Request, caller: CallerPart, *, door: DoorPart) -> AsyncIterator[Arrived]:
    """Yield the package once it has arrived; only then does anything wait for a thread.

    Its places are taken before anything of it is read, and held until nothing of it lies on the disk any more.
    """
    refuse_encoded(request)
    is_in_parts = require_media_type(request, *_PACKAGE_TYPES) == MEDIA_TYPE
    boundary = boundary_in(request.headers["content-type"]) if is_in_parts else None
    door.gate.refuse_early(announced_length(request.headers))
    timer = door.parts.metrics.time_step(IntakeStep.RECEIVE)
    # One that is announced to be as small as any other package needs no place of the few for large ones.
    is_large = is_in_parts and not 0 < announced_length(request.headers) <= PACKAGE.octets
    allowance = PACKAGE
    with ExitStack() as places:
        places.enter_context(door.uploads.place(caller.system.system_id))
        if is_large:
            places.enter_context(door.bundles.place(caller.system.system_id))
            allowance = Allowance(door.parts.settings.limits.multipart_package, BUNDLE_SECONDS, Obstacle.TOO_LARGE)
        async with spooled(request, allowance, timer=timer) as body:
            yield Arrived(body, boundary)


@router.post(
    "",
    operation_id="submitEnvelope",
    summary="Submit a signed package",
    description="The body is one signed edXML package, document or status, octet for octet; or, as multipart/related, "
    "a document whose files travel beside it, each listed with its size and digest. When the answer comes, the "
    "message is durable, routed and receipted. The same submission again gets the first receipt with 200. A readable "
    "package that is refused is answered with every reason and with the sealed SubmissionRejection in `evidence`. With "
    "`Accept: application/xml` the answer is the receipt itself.",
    status_code=201,
    response_model=schemas.AcceptanceBody,
    responses=problems(*SUBMISSION_PROBLEMS, *WITH_BODY, others=SUBMISSION_ANSWERS),
    openapi_extra=request_body(
        f"The package, at most {PACKAGE_BYTES_MAX // 2**20} MB, or in parts as much as `/v1/limits` says.",
        dict.fromkeys(_PACKAGE_TYPES, octets(examples.XML)),
    ),
)
def submit_envelope(
    package: Annotated[Arrived, Depends(arrived, scope="function")],
    authorization: AuthorizationPart,
    door: DoorPart,
    request: Request,
) -> Response:
    """Answer with the receipt, or with every reason against it."""
    with door.gate.passage(door.gate.weigh(package.body)):
        outcome = door.parts.intake.submit(package.body.package(package.boundary), door.identity.again(authorization))
    return told(outcome, request)


def told(outcome: Acceptance | Refusal, request: Request) -> Response:
    """Return what became of a package as an answer: the receipt as JSON, or as it is where XML is preferred.

    Raises `Problem` with every reason for one that was refused.
    """
    if isinstance(outcome, Refusal):
        raise _refused(outcome)
    return _accepted(outcome, as_receipt=prefers_xml(request.headers.get("accept", "")))


def _accepted(acceptance: Acceptance, *, as_receipt: bool) -> Response:
    status = 200 if acceptance.is_repeat else 201
    headers = {
        "Location": f"/v1/envelopes/{acceptance.envelope_id}",
        "Axis-Envelope-Id": str(acceptance.envelope_id),
        "Axis-Receipt-Id": str(acceptance.receipt_id),
        "Axis-Repeat": "true" if acceptance.is_repeat else "false",
        "Vary": "Accept",
    }
    if as_receipt:
        return Response(acceptance.receipt, status, headers, _XML)
    return answer(acceptance_body(acceptance), status=status, headers=headers)


def _refused(refusal: Refusal) -> Problem:
    evidence = base64.b64encode(refusal.evidence).decode("ascii")
    members = {"evidence": evidence, "evidence_id": str(refusal.evidence_id)}
    return Problem(Report.of_findings(refusal.findings, status=409 if refusal.is_conflict else 422, members=members))


def prefers_xml(accept: str) -> bool:
    """Return whether an Accept header (RFC 9110 §12.5.1) names XML, and JSON no higher."""
    weights = {"application/xml": 0.0, "application/json": 0.0}
    for media_range in accept.lower().split(","):
        name, *parameters = (part.strip() for part in media_range.split(";"))
        if name in weights:
            weights[name] = _weight(parameters)
    return weights["application/xml"] > 0 and weights["application/xml"] >= weights["application/json"]


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        if re.fullmatch(r"q=[01](\.\d{0,3})?", parameter):
            return float(parameter[2:])
    return 1.0


@router.get(
    "",
    operation_id="listEnvelopes",
    summary="List what was sent",
    description="Envelopes that the caller's agencies sent, newest first, page by page. `document_id` finds one again.",
    response_model=schemas.EnvelopePageBody,
    responses=problems(ProblemCode.INVALID_REQUEST, others={200: success("One page.", examples.ENVELOPES)}),
)
def list_envelopes(caller: CallerPart, door: DoorPart, asked: Annotated[schemas.SentQuery, Query()]) -> Response:
    """Answer with one page."""
    page = door.parts.tracer.sent(
        caller,
        document_id=None if asked.document_id is None else _document_id(asked.document_id),
        after=None if asked.after is None else EnvelopeId(asked.after),
        limit=asked.limit,
    )
    return answer(schemas.EnvelopePageBody(items=[envelope_body(one) for one in page.items], next=page.next))


def _document_id(text: str) -> DocumentId:
    try:
        return DocumentId(text)
    except IdentifierError as error:
        fault = ParameterFault(("query", "document_id"), ("không phải là mã văn bản", str(error)))
        raise Problem(invalid_parameters([fault])) from error


@router.get(
    "/{envelope_id}",
    operation_id="getEnvelope",
    summary="Look at an envelope",
    description="An envelope by its metadata, for its sender and its recipients.",
    response_model=schemas.EnvelopeBody,
    responses=problems(*_HIDDEN, others={200: success("The envelope.", examples.ENVELOPE)}),
)
def get_envelope(envelope_id: UUID, caller: CallerPart, door: DoorPart) -> Response:
    """Answer with the metadata."""
    return answer(envelope_body(door.parts.tracer.envelope(EnvelopeId(envelope_id), caller)))


@router.get(
    "/{envelope_id}/trace",
    operation_id="traceEnvelope",
    summary="Trace an envelope",
    description="What happened to an envelope: for its sender one trace per recipient, for a recipient its own.",
    response_model=schemas.TraceBody,
    responses=problems(*_HIDDEN, others={200: success("The trace.", examples.TRACE)}),
)
def trace_envelope(envelope_id: UUID, caller: CallerPart, door: DoorPart) -> Response:
    """Answer with the trace."""
    return answer(trace_body(door.parts.tracer.trace(EnvelopeId(envelope_id), caller)))


@router.get(
    "/{envelope_id}/content",
    operation_id="getEnvelopeContent",
    summary="Get back what was sent",
    description="The original octets, for the sender. Recipients download by delivery, which is recorded.",
    response_class=Response,
    responses=problems(*_HIDDEN, *CONTENT_PROBLEMS, others=CONTENT_ANSWERS),
    openapi_extra=CONTENT_REQUEST,
)
def get_envelope_content(
    envelope_id: UUID, caller: CallerPart, download: DownloadPart, asked: AskedPart, door: DoorPart
) -> Response:
    """Answer with the octets."""
    content = door.parts.tracer.content(EnvelopeId(envelope_id), caller, part=asked or WHOLE)
    return ContentAnswer(download, content, is_partial=asked is not None)


@router.get(
    "/{envelope_id}/evidences",
    operation_id="listEvidences",
    summary="List the evidence about an envelope",
    description="All sealed evidence that the caller may see, oldest first. Some is sealed a little after the fact.",
    response_model=schemas.EvidenceListBody,
    responses=problems(*_HIDDEN, others={200: success("The evidence.", examples.EVIDENCES)}),
)
def list_evidences(envelope_id: UUID, caller: CallerPart, door: DoorPart) -> Response:
    """Answer with the list."""
    views = door.parts.tracer.evidences(EnvelopeId(envelope_id), caller)
    return answer(schemas.EvidenceListBody(items=[evidence_item(view) for view in views]))
