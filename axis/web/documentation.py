"""What the OpenAPI document says beyond the code: problems of each operation, examples, bodies read by hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from axis.web.catalogue import CATALOGUE, ProblemType
from axis.web.correlation import CORRELATION_HEADER
from axis.web.problem_codes import ProblemCode
from axis.web.problems import OAUTH_ERRORS, PROBLEM_MEDIA_TYPE, problem_document
from axis.web.reports import Report
from axis.web.schemas import LeaseRequest, ProblemBody, TokenProblemBody

PROBLEM_TYPES: Final = "x-problem-types"
"""Extension member of each error response: the types it may have."""

Responses = dict[int | str, dict[str, Any]]

_TITLE: Final = "Axis"
_VERSION: Final = "1"
_REFERENCE: Final = "#/components/schemas/{model}"
_SAMPLE_CORRELATION: Final = "019aa5f0-7c11-7a52-8f3e-5d0c2b1e9a77"

_ANYWHERE: Final = (ProblemCode.INTERNAL, ProblemCode.UNAVAILABLE)
_WITH_TOKEN: Final = (
    ProblemCode.CLOCK_ASTRAY,
    ProblemCode.TOKEN_MISSING,
    ProblemCode.TOKEN_INVALID,
    ProblemCode.TOKEN_EXPIRED,
    ProblemCode.REVOKED,
    ProblemCode.RATE_EXCEEDED,
)
WITH_BODY: Final = (
    ProblemCode.MEDIA_TYPE,
    ProblemCode.CONTENT_ENCODING,
    ProblemCode.BODY_TOO_SLOW,
    ProblemCode.BODY_INCOMPLETE,
    ProblemCode.DIGEST_MISMATCH,
)
"""Problems of every operation that takes a body; too large has a type of its own where the body is a package."""

_REFUSED: Final = 400
"""What is told with a lesser status accompanies an accepted message, and is no answer of its own."""
_AGAIN: Final = (("Retry-After", "Seconds after which to come again."),)
_HEADERS: Final[Mapping[int, Iterable[tuple[str, str]]]] = defaultdict(
    tuple,
    {
        401: (("WWW-Authenticate", "How to get access (RFC 6750 §3); not from the token endpoint."),),
        429: _AGAIN,
        503: _AGAIN,
    },
)
"""What error responses carry besides the problem, by status."""

_DESCRIPTION: Final = """\
A national axis for signed official documents: it verifies, accepts durably, delivers, and gives receipts.

**Access.** Systems get a token at `/v1/token` with `private_key_jwt` (RFC 7523) and send it as `Authorization: Bearer`.
A system sees only what its agencies sent or received; anything else answers 404.

**Problems.** Every refusal is a problem document (RFC 9457), in Vietnamese and English, with a stable `type` and
`code`, every reason in `findings`, and what to do. All types are listed at `/v1/problems`.

**Correlation.** `Correlation-Id` (8 to 64 of letters, digits, `.`, `_`, `-`) is taken over, else made; it stands in
every answer, problem and log line.

**Repeating is safe.** The same submission, acknowledgement or release sent again has no further effect and gets the
first answer. `429` and `503` say in `Retry-After` when to come again.

**Forms.** JSON in UTF-8; times RFC 3339 in UTC with milliseconds; ids as UUID text; digests as SHA-256 in lower-case
hexadecimal. Limits, each with its reason, are at `/v1/limits`.
"""


def problems(*codes: str, token: bool = True, others: Responses | None = None) -> Responses:
    """Return the error responses of an operation, grouped by status; those that can happen anywhere are added.

    `others` are further responses, such as the one that went well.
    """
    listed = dict.fromkeys((*codes, *(_WITH_TOKEN if token else ()), *_ANYWHERE))
    by_status: dict[int, list[ProblemType]] = {}
    for code in listed:
        by_status.setdefault(CATALOGUE[code].status, []).append(CATALOGUE[code])
    answers: Responses = {status: _response(kinds) for status, kinds in sorted(by_status.items())}
    return answers | (others or {})


def families(*prefixes: str) -> tuple[str, ...]:
    """Return the codes of whole families, such as `signature/`, but for those that only accompany what is accepted."""
    return tuple(code for code, kind in CATALOGUE.items() if code.startswith(prefixes) and kind.status >= _REFUSED)


def success(
    description: str,
    example: object,
    *,
    media_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the response of an operation that went well; `headers` are names with descriptions."""
    content: dict[str, object] = {"example": example}
    if media_type != "application/json":
        content["schema"] = {"type": "string", "format": "binary"}
    described = {name: {"description": text, "schema": {"type": "string"}} for name, text in (headers or {}).items()}
    return {"description": description, "content": {media_type: content}, "headers": described}


def request_body(description: str, content: Mapping[str, Mapping[str, object]]) -> dict[str, Any]:
    """Return the description of a body that is read by hand; `content` by media type."""
    return {"requestBody": {"required": True, "description": description, "content": dict(content)}}


def octets(example: str) -> Mapping[str, object]:
    """Return the schema of a body of octets."""
    return {"schema": {"type": "string", "format": "binary"}, "example": example}


def describe(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """Return the function that makes the OpenAPI document, once."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    return document


def _document(app: FastAPI) -> dict[str, Any]:
    schema = get_openapi(title=_TITLE, version=_VERSION, description=_DESCRIPTION, routes=app.routes)
    models = [(model, "validation") for model in (LeaseRequest, ProblemBody, TokenProblemBody)]
    _, definitions = models_json_schema(models, ref_template=_REFERENCE)  # type: ignore[arg-type]
    schema["components"]["schemas"] |= definitions["$defs"]
    for path in schema["paths"].values():
        for operation in path.values():
            _say_correlation(operation)
    return schema


def _say_correlation(operation: dict[str, Any]) -> None:
    words = {"description": "The id of this call, yours or a new one.", "schema": {"type": "string"}}
    for response in operation["responses"].values():
        response.setdefault("headers", {})[CORRELATION_HEADER] = words
    operation.setdefault("parameters", []).append(
        {
            "name": CORRELATION_HEADER,
            "in": "header",
            "required": False,
            "description": "Your id of this call; it comes back in the answer.",
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{8,64}$"},
        }
    )


def _response(kinds: Iterable[ProblemType]) -> dict[str, Any]:
    by_media: dict[str, list[ProblemType]] = {}
    for kind in kinds:
        by_media.setdefault("application/json" if kind.code in OAUTH_ERRORS else PROBLEM_MEDIA_TYPE, []).append(kind)
    listed = [kind for group in by_media.values() for kind in group]
    described = {name: {"description": text, "schema": {"type": "string"}} for name, text in _HEADERS[listed[0].status]}
    return {
        "description": "\n".join(f"* `{kind.code}`: {kind.title}" for kind in listed),
        "content": {media_type: _content(group) for media_type, group in by_media.items()},
        "headers": described,
        PROBLEM_TYPES: [kind.uri for kind in listed],
    }


def _content(kinds: list[ProblemType]) -> dict[str, Any]:
    model = TokenProblemBody if kinds[0].code in OAUTH_ERRORS else ProblemBody
    first = kinds[0]
    report = Report.of(first.code)
    sample = problem_document(report, instance="/v1/…", correlation_id=_SAMPLE_CORRELATION)
    return {
        "schema": {"$ref": _REFERENCE.format(model=model.__name__)},
        "examples": {first.slug: {"summary": first.title, "value": sample}},
    }
