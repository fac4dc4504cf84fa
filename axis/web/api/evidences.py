"""Sealed evidence, octet for octet."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from axis.web import examples
from axis.web.documentation import problems, success
from axis.web.door import CallerPart, DoorPart
from axis.web.problem_codes import ProblemCode
from envelopes.identifiers import EvidenceId

router = APIRouter(prefix="/v1/evidences", tags=["evidence"])


@router.get(
    "/{evidence_id}",
    operation_id="getEvidence",
    summary="Get one evidence",
    description="The sealed evidence, XML, exactly as it was sealed: keep these octets, they prove something by "
    "themselves.",
    response_class=Response,
    responses=problems(
        ProblemCode.NOT_FOUND,
        ProblemCode.INVALID_REQUEST,
        others={200: success("The evidence.", examples.XML, media_type="application/xml")},
    ),
)
def get_evidence(evidence_id: UUID, caller: CallerPart, door: DoorPart) -> Response:
    """Answer with the octets."""
    octets = door.parts.tracer.evidence(EvidenceId(evidence_id), caller)
    headers = {"Content-Disposition": f'attachment; filename="{evidence_id}.xml"'}
    return Response(octets, 200, headers, "application/xml")
