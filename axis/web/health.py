"""For those who watch: does the process live, can it do its work, what has it counted."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from axis.inquiry.vitals import is_ready
from axis.web import examples, schemas
from axis.web.documentation import problems, success
from axis.web.door import DoorPart
from axis.web.presenting import answer

router = APIRouter(tags=["operations"])

_TEXT = "text/plain"


@router.get(
    "/health/live",
    operation_id="getLiveness",
    summary="Does the process live",
    description="Answers as long as the process can answer at all; looks at nothing else.",
    response_model=schemas.LiveBody,
    responses=problems(token=False, others={200: success("It lives.", examples.LIVE)}),
)
async def get_liveness() -> Response:
    """Answer."""
    return answer(schemas.LiveBody())


@router.get(
    "/health/ready",
    operation_id="getReadiness",
    summary="Can the process do its work",
    description="The last outcomes of the checks of seal, database, store, trust and clock, which are made now and "
    "then: asking makes none. 503 while one of them fails or none was made yet; but where only the files of the trust "
    "store are broken, the process goes on by what it read before and is ready.",
    response_model=schemas.HealthBody,
    responses=problems(
        token=False,
        others={
            200: success("It can.", examples.HEALTH),
            503: success("It cannot.", examples.HEALTH | {"ready": False}) | {"model": schemas.HealthBody},
        },
    ),
)
async def get_readiness(door: DoorPart) -> Response:
    """Answer with the last outcomes."""
    checks = door.parts.readiness.checks()
    ready = is_ready(checks)
    bodies = [
        schemas.CheckBody(name=check.name.value, passed=check.is_passed, checked_at=check.checked_at)
        for check in checks
    ]
    return answer(schemas.HealthBody(ready=ready, checks=bodies), status=200 if ready else 503)


@router.get(
    "/metrics",
    operation_id="getMetrics",
    summary="What was counted",
    description="Measurements in the text format of Prometheus; no label names an agency or a system.",
    response_class=Response,
    responses=problems(
        token=False, others={200: success("The measurements.", "axis_accepted_total 1", media_type=_TEXT)}
    ),
)
def get_metrics(door: DoorPart) -> Response:
    """Answer with the measurements."""
    exposition, media_type = door.parts.metrics.exposition()
    return Response(exposition, 200, {}, media_type)
