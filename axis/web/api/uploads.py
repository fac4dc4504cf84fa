"""Uploads: a large package comes up in chunks, goes on where it stands, and is submitted like any other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request
from starlette.responses import Response

from axis.exchange.uploads import Chunk
from axis.metrics import IntakeStep
from axis.web import examples, schemas
from axis.web.api.envelopes import SUBMISSION_ANSWERS, SUBMISSION_PROBLEMS, told
from axis.web.documentation import WITH_BODY, octets, problems, request_body, success
from axis.web.door import AuthorizationPart, CallerPart, DoorPart
from axis.web.presenting import answer
from axis.web.problem_codes import ProblemCode
from axis.web.reports import Problem
from axis.web.spool import Allowance, SpooledBody, digest_in, refuse_encoded, require_media_type, spooled
from axis.web.upload_schemas import UploadBody
from envelopes.obstacles import Obstacle
from routing.uploads import CHUNK_BYTES_MAX, UploadId
from storage.records import UploadRecord

router = APIRouter(prefix="/v1/uploads", tags=["uploads"])

CHUNK_SECONDS: Final = 300.0
"""For one chunk: the largest over a line of 0.5 Mbit/s, slower than any that agencies still have."""

_CHUNK: Final = "application/offset+octet-stream"
_ALLOWANCE: Final = Allowance(CHUNK_BYTES_MAX, CHUNK_SECONDS)
_HIDDEN: Final = (ProblemCode.NOT_FOUND, ProblemCode.INVALID_REQUEST)
_HEADERS: Final = {"Upload-Offset": "Octets that are kept.", "Upload-Length": "Octets of the whole package."}
_BEGUN: Final = success(
    "An upload of this package is open already: go on with it.",
    examples.UPLOAD,
    headers=_HEADERS | {"Location": "Address of the upload."},
)


def _digest_header(name: str, of: str) -> dict[str, object]:
    """Return the description of a header with a digest."""
    words = f"SHA-256 of {of} (RFC 9530): `sha-256=:…:`."
    return {"name": name, "in": "header", "required": True, "description": words, "schema": {"type": "string"}}


def digest_of(request: Request, _caller: CallerPart) -> bytes:
    """Return the SHA-256 that is announced for the whole package."""
    digest = digest_in(request.headers, "repr-digest")
    if digest is None:
        raise Problem.of(ProblemCode.DIGEST_MISSING)
    return digest


async def chunk_of(request: Request, caller: CallerPart, *, door: DoorPart) -> AsyncIterator[SpooledBody]:
    """Yield a chunk once it has arrived and has the digest it was sent with."""
    refuse_encoded(request)
    require_media_type(request, _CHUNK)
    if digest_in(request.headers, "content-digest") is None:
        raise Problem.of(ProblemCode.DIGEST_MISSING)
    timer = door.parts.metrics.time_step(IntakeStep.RECEIVE)
    with door.uploads.place(caller.system.system_id):
        async with spooled(request, _ALLOWANCE, timer=timer) as body:
            yield body


async def workplace_of(caller: CallerPart, door: DoorPart) -> AsyncIterator[None]:
    """Hold a place for a package that is put together from its chunks."""
    with door.bundles.place(caller.system.system_id):
        yield


@router.post(
    "",
    operation_id="beginUpload",
    summary="Begin an upload, or find it again",
    description="For a package that is too large, or a line too bad, for one request. `Repr-Digest` names the SHA-256 "
    "of the whole package: where an upload of it is open already, that one is answered, with 200 and how far it has "
    "come; one that announced another size ends. It lasts a day.",
    status_code=201,
    response_model=UploadBody,
    responses=problems(
        ProblemCode.INVALID_REQUEST,
        ProblemCode.DIGEST_MISSING,
        ProblemCode.DIGEST_MISMATCH,
        ProblemCode.UPLOAD_TOO_MANY,
        ProblemCode.UPLOAD_TOO_MUCH,
        Obstacle.TOO_LARGE,
        Obstacle.EMPTY,
        others={200: _BEGUN | {"model": UploadBody}, 201: success("Begun.", examples.UPLOAD, headers=_HEADERS)},
    ),
    openapi_extra={"parameters": [_digest_header("Repr-Digest", "the whole package")]},
)
def begin_upload(
    size: Annotated[int, Header(alias="Upload-Length", ge=0, le=2**53, description="Octets of the whole package.")],
    digest: Annotated[bytes, Depends(digest_of)],
    caller: CallerPart,
    door: DoorPart,
) -> Response:
    """Answer with the upload."""
    upload = door.parts.uploads.begin(size, digest, caller=caller)
    return _told(upload, status=200 if upload.received or upload.envelope_id else 201)


@router.get(
    "/{upload_id}",
    operation_id="getUpload",
    summary="Look how far an upload has come",
    description="After a broken connection: the next chunk begins at `offset`.",
    response_model=UploadBody,
    responses=problems(*_HIDDEN, others={200: success("The upload.", examples.UPLOAD, headers=_HEADERS)}),
)
def get_upload(upload_id: UUID, caller: CallerPart, door: DoorPart) -> Response:
    """Answer with the upload."""
    return _told(door.parts.uploads.look(UploadId(upload_id), caller))


@router.patch(
    "/{upload_id}",
    operation_id="appendToUpload",
    summary="Send the next chunk",
    description="The octets from `Upload-Offset` on, durable when the answer comes. `Content-Digest` names their "
    "SHA-256. A chunk that is kept already may be sent again; any other that does not begin where the others end is "
    "refused, and `Upload-Offset` of that answer says where that is.",
    response_model=UploadBody,
    responses=problems(
        *_HIDDEN,
        *WITH_BODY,
        ProblemCode.BODY_TOO_LARGE,
        ProblemCode.DIGEST_MISSING,
        ProblemCode.UPLOAD_OFFSET,
        ProblemCode.UPLOAD_TOO_LONG,
        ProblemCode.UPLOAD_CHUNK_TOO_SMALL,
        ProblemCode.UPLOAD_ENDED,
        ProblemCode.TOO_MANY_UPLOADS,
        ProblemCode.BUSY,
        others={200: success("The chunk is kept.", examples.UPLOAD, headers=_HEADERS)},
    ),
    openapi_extra={
        **request_body(f"At most {CHUNK_BYTES_MAX // 2**20} MB.", {_CHUNK: octets("…")}),
        "parameters": [_digest_header("Content-Digest", "the chunk")],
    },
)
def append_to_upload(
    upload_id: UUID,
    start: Annotated[int, Header(alias="Upload-Offset", ge=0, le=2**53, description="Where the chunk begins.")],
    body: Annotated[SpooledBody, Depends(chunk_of, scope="function")],
    authorization: AuthorizationPart,
    door: DoorPart,
) -> Response:
    """Answer with the upload as it stands then."""
    chunk = Chunk(start, body.size, body.digest, body.stream())
    return _told(door.parts.uploads.append(UploadId(upload_id), chunk, caller=door.identity.again(authorization)))


@router.post(
    "/{upload_id}/submission",
    operation_id="submitUpload",
    summary="Submit what has come up",
    description="As if the whole package had come in one request: the same judgement, the same receipt. Again after "
    "an acceptance: the first receipt, with 200.",
    status_code=201,
    response_model=schemas.AcceptanceBody,
    responses=problems(
        *_HIDDEN,
        *SUBMISSION_PROBLEMS,
        ProblemCode.UPLOAD_INCOMPLETE,
        ProblemCode.UPLOAD_OTHER_DIGEST,
        ProblemCode.UPLOAD_ENDED,
        others=SUBMISSION_ANSWERS,
    ),
)
def submit_upload(
    upload_id: UUID,
    authorization: AuthorizationPart,
    door: DoorPart,
    _place: Annotated[None, Depends(workplace_of, scope="function")],
    request: Request,
) -> Response:
    """Answer with the receipt, or with every reason against it."""
    caller = door.identity.again(authorization)
    size = door.parts.uploads.look(UploadId(upload_id), caller).size
    with door.gate.passage(size):
        return told(door.parts.uploads.submit(UploadId(upload_id), caller), request)


@router.delete(
    "/{upload_id}",
    operation_id="abortUpload",
    summary="Give an upload up",
    description="What came of it is removed; called again, what could not be removed before. What was accepted of it "
    "stays accepted.",
    response_model=UploadBody,
    responses=problems(*_HIDDEN, others={200: success("It has ended.", examples.UPLOAD, headers=_HEADERS)}),
)
def abort_upload(upload_id: UUID, caller: CallerPart, door: DoorPart) -> Response:
    """Answer with the upload as it ended."""
    return _told(door.parts.uploads.abort(UploadId(upload_id), caller))


def _told(upload: UploadRecord, *, status: int = 200) -> Response:
    body = UploadBody(
        upload_id=upload.upload_id,
        state=upload.state.value,
        offset=upload.received,
        size=upload.size,
        digest=upload.digest.hex(),
        expires_at=upload.expires_at,
        chunk_max=CHUNK_BYTES_MAX,
        envelope_id=upload.envelope_id,
    )
    headers = {"Upload-Offset": str(upload.received), "Upload-Length": str(upload.size)}
    if status == 201:
        headers["Location"] = f"/v1/uploads/{upload.upload_id}"
    return answer(body, status=status, headers=headers)
