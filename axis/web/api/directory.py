"""The directory of agencies, looked up by any id."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from axis.web import examples, schemas
from axis.web.documentation import problems, success
from axis.web.door import CallerPart
from axis.web.presenting import agency_body, answer
from axis.web.problem_codes import ProblemCode
from axis.web.reports import Problem
from envelopes.identifiers import IdentifierError, OrganId
from routing.agencies import Agency
from routing.directory import Directory

router = APIRouter(prefix="/v1/directory", tags=["directory"])


@router.get(
    "/agencies/{organ_id}",
    operation_id="getAgency",
    summary="Look up an agency",
    description="An agency of the directory by its canonical id or any alias, open or closed; a closed one names its "
    "successors.",
    response_model=schemas.AgencyBody,
    responses=problems(ProblemCode.NO_AGENCY, others={200: success("The agency.", examples.AGENCY)})
    | {422: {"description": "Does not occur: an id that is none is not in the directory either."}},
)
def get_agency(
    organ_id: Annotated[str, Path(description="Any id of the agency.", examples=["000.00.15.H51"])], caller: CallerPart
) -> Response:
    """Answer with the agency."""
    agency = _resolved(organ_id, caller.directory)
    if agency is None:
        raise Problem.of(ProblemCode.NO_AGENCY)
    return answer(agency_body(agency))


def _resolved(text: str, directory: Directory) -> Agency | None:
    try:
        return directory.resolve(OrganId(text))
    except IdentifierError:
        return None
