"""What the axis says of itself to anybody: limits, problems, and the certificates of its seals."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from axis.web import examples, schemas, seal_schemas
from axis.web.catalogue import BY_SLUG, CATALOGUE, ProblemType
from axis.web.documentation import problems, success
from axis.web.door import DoorPart
from axis.web.presenting import answer
from axis.web.problem_codes import ProblemCode
from axis.web.reports import Problem

router = APIRouter(prefix="/v1", tags=["about"])

_PEM = "application/pem-certificate-chain"
_PUBLIC = {"Cache-Control": "public, max-age=300"}


@router.get(
    "/limits",
    operation_id="listLimits",
    summary="List the limits",
    description="Every limit that a caller can meet, with its unit and its reason.",
    response_model=schemas.LimitListBody,
    responses=problems(token=False, others={200: success("The limits.", examples.LIMITS)}),
)
def list_limits(door: DoorPart) -> Response:
    """Answer with the limits."""
    return answer(schemas.LimitListBody(items=list(door.limits)), headers=_PUBLIC)


@router.get(
    "/seal",
    operation_id="getSealChain",
    summary="Get the certificate of the seal",
    description="The certificate that seals receipts, then its intermediates, PEM (RFC 8555 §9.1). Pin the "
    "anchor above them by another way than this one.",
    response_class=Response,
    responses=problems(token=False, others={200: success("The chain.", examples.PEM, media_type=_PEM)}),
)
def get_seal_chain(door: DoorPart) -> Response:
    """Answer with the chain."""
    pem = b"".join(certificate.pem for certificate in door.parts.seal_chain)
    return Response(pem, 200, _PUBLIC, _PEM)


@router.get(
    "/seals",
    operation_id="listSeals",
    summary="List the seals",
    description="Every seal that an evidence of this axis may carry: the one in use, those that will follow it and "
    "those that sealed before. Each new one is endorsed by the one before it (JWS), so that whoever pinned an earlier "
    "seal can follow; nothing here is a reason to believe a first one.",
    response_model=seal_schemas.SealListBody,
    responses=problems(token=False, others={200: success("The seals.", examples.SEALS)}),
)
def list_seals(door: DoorPart) -> Response:
    """Answer with the register."""
    seals = (
        seal_schemas.SealBody(
            state=seal.state.value,
            sha256=seal.certificate.fingerprint,
            certificates="".join(one.pem.decode("ascii") for one in seal.chain),
            endorsement=seal.endorsement,
        )
        for seal in door.parts.register.seals()
    )
    return answer(seal_schemas.SealListBody(items=list(seals)), headers=_PUBLIC)


@router.get(
    "/problems",
    operation_id="listProblemTypes",
    summary="List the problem types",
    description="Every kind of problem the API answers with, by code.",
    response_model=schemas.ProblemListBody,
    responses=problems(
        token=False,
        others={200: success("The problem types.", {"items": [examples.PROBLEM_TYPE]})},
    ),
)
def list_problem_types() -> Response:
    """Answer with all problem types."""
    kinds = sorted(CATALOGUE.values(), key=lambda kind: kind.code)
    return answer(schemas.ProblemListBody(items=[_body(kind) for kind in kinds]), headers=_PUBLIC)


@router.get(
    "/problems/{slug}",
    operation_id="getProblemType",
    summary="Explain a problem type",
    description="One kind of problem, by the last part of its `type`.",
    response_model=schemas.ProblemTypeBody,
    responses=problems(
        ProblemCode.NOT_FOUND, token=False, others={200: success("The problem type.", examples.PROBLEM_TYPE)}
    )
    | {422: {"description": "Does not occur: any text may be asked for."}},
)
def get_problem_type(
    slug: Annotated[str, Path(description="Such as `signature-altered`.", examples=["signature-altered"])],
) -> Response:
    """Answer with one problem type."""
    kind = BY_SLUG.get(slug)
    if kind is None:
        raise Problem.of(ProblemCode.NOT_FOUND)
    return answer(_body(kind), headers=_PUBLIC)


def _body(kind: ProblemType) -> schemas.ProblemTypeBody:
    return schemas.ProblemTypeBody(
        type=kind.uri,
        slug=kind.slug,
        code=kind.code,
        status=kind.status,
        title=kind.title,
        title_vi=kind.title_vi,
        what_to_do=kind.words.do_en,
        what_to_do_vi=kind.words.do_vi,
    )
