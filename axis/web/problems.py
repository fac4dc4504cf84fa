"""Problem documents (RFC 9457): how they look, and the one seam at which every failure becomes one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from axis.errors import ClockAstray, NotFound
from axis.exchange.notary import SealBroken
from axis.logs import LogEvent, logger
from axis.web.correlation import correlation_of
from axis.web.ports import Timekeeping
from axis.web.presenting import finding_body
from axis.web.problem_codes import ProblemCode
from axis.web.reports import Report, SpoolUnavailable, report_of
from envelopes.errors import UnreadableMessage
from storage.errors import BlobError, BlobStoreUnavailable, StorageError

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"

PROBLEM_STATE: Final = "problem"
"""Where the scope's state holds the report of the problem that was answered."""

OAUTH_ERRORS: Final[Mapping[str, str]] = {
    ProblemCode.GRANT_MALFORMED: "invalid_request",
    ProblemCode.GRANT_TYPE: "unsupported_grant_type",
    ProblemCode.CLIENT_INVALID: "invalid_client",
    ProblemCode.ASSERTION_EXPIRED: "invalid_client",
    ProblemCode.ASSERTION_EARLY: "invalid_client",
    ProblemCode.ASSERTION_LONG: "invalid_client",
    ProblemCode.ASSERTION_AUDIENCE: "invalid_client",
    ProblemCode.ASSERTION_USED: "invalid_client",
    ProblemCode.SCOPE_INVALID: "invalid_scope",
}
"""`error` of the token endpoint (RFC 6749 §5.2) by problem code; such answers are plain `application/json`."""

_CHALLENGES: Final[Mapping[str, str]] = {
    ProblemCode.TOKEN_MISSING: 'Bearer realm="axis"',
    ProblemCode.TOKEN_INVALID: 'Bearer realm="axis", error="invalid_token"',
    ProblemCode.TOKEN_EXPIRED: 'Bearer realm="axis", error="invalid_token"',
    ProblemCode.REVOKED: 'Bearer realm="axis", error="invalid_token"',
}
"""`WWW-Authenticate` (RFC 6750 §3) by problem code."""


_TOLD: Final = frozenset({ProblemCode.BUSY, ProblemCode.CLOCK_ASTRAY})
"""What is said once by whoever finds it, and not again at every request."""


class AnswerCutShort(Exception):
    """Something failed after the answer had begun; the server ends the connection so that nobody takes it for whole."""


class ProblemSeam:
    """The one place that catches everything: whatever a request fails at leaves as a problem document.

    Nobody is refused by a clock that is astray: who asked first may be overtaken by a jump a millisecond later, and a
    turn that goes on, or a certificate in force, would look as if its time were over. So the clock is asked once more.
    """

    def __init__(self, app: ASGIApp, *, timekeeper: Timekeeping) -> None:
        self._app = app
        self._timekeeper = timekeeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application; answer for whatever it raises."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def watched(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except AnswerCutShort:
            raise
        except Exception as error:  # noqa: BLE001 the named seam, the request's outermost frame
            cause = await self._attested(error)
            report = report_of(cause)
            _record(cause, report)
            if has_begun:
                # Without its cause, whose text might hold content: the record above says what happened.
                raise AnswerCutShort(report.type.code) from None
            await problem_response(report, Request(scope))(scope, receive, send)

    async def _attested(self, error: Exception) -> Exception:
        """Return why a request fails: as it says itself, or because nobody knows what time it is."""
        if report_of(error).status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return error
        try:
            await run_in_threadpool(self._timekeeper.require)
        except (ClockAstray, StorageError) as doubt:
            return doubt
        return error


def add_problem_handlers(app: FastAPI) -> None:
    """Have the framework's own refusals answered as problems too."""
    app.add_exception_handler(HTTPException, _answer)
    app.add_exception_handler(RequestValidationError, _answer)


async def _answer(request: Request, error: Exception) -> Response:
    return problem_response(report_of(error), request)


def problem_response(report: Report, request: Request) -> Response:
    """Return the problem document of a report (RFC 9457 §3), with our own members."""
    request.scope.setdefault("state", {})[PROBLEM_STATE] = report
    headers = dict(report.headers)
    if report.retry_after is not None:
        headers["Retry-After"] = str(report.retry_after)
    if report.type.code in _CHALLENGES:
        headers["WWW-Authenticate"] = _CHALLENGES[report.type.code]
    media_type = "application/json" if report.type.code in OAUTH_ERRORS else PROBLEM_MEDIA_TYPE
    document = problem_document(
        report, instance=quote(request.scope["path"]), correlation_id=correlation_of(request.scope)
    )
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, report.status, headers, media_type)


def problem_document(report: Report, *, instance: str, correlation_id: str) -> dict[str, object]:
    """Return the members of a problem document; members that have nothing to say are left out."""
    kind = report.type
    document: dict[str, object] = {
        "type": kind.uri,
        "title": kind.title,
        "title_vi": kind.title_vi,
        "status": report.status,
        "detail": report.detail.en,
        "detail_vi": report.detail.vi,
        "instance": instance,
        "code": kind.code,
        "correlation_id": correlation_id,
        "what_to_do": kind.words.do_en,
        "what_to_do_vi": kind.words.do_vi,
    }
    if report.findings:
        document["findings"] = [finding_body(one).model_dump(exclude_none=True) for one in report.findings]
    if kind.code in OAUTH_ERRORS:
        document |= {"error": OAUTH_ERRORS[kind.code], "error_description": kind.title}
    return document | dict(report.members)


def _record(error: Exception, report: Report) -> None:
    """Log what the line of the served request does not say: why the axis itself could not, and who knocked in vain."""
    code = report.type.code
    match error:
        case SealBroken():
            logger.error(LogEvent.SEAL_FAILED, code=code, fault=error.fault, exc_info=error)
        case BlobStoreUnavailable():
            fault = error.fault.name.lower()
            logger.error(LogEvent.STORE_UNAVAILABLE, code=code, fault=fault, exc_info=error)
        case BlobError():
            logger.error(LogEvent.STORE_UNAVAILABLE, code=code, exc_info=error)
        case SpoolUnavailable():
            logger.error(LogEvent.SPOOL_UNAVAILABLE, code=code, exc_info=error)
        case StorageError() if code == ProblemCode.UNAVAILABLE:
            logger.error(LogEvent.DATABASE_UNAVAILABLE, code=code, exc_info=error)
        case _ if report.status >= HTTPStatus.INTERNAL_SERVER_ERROR and code not in _TOLD:
            logger.error(LogEvent.REQUEST_FAILED, code=code, exc_info=error)
        case NotFound():
            logger.info(LogEvent.ACCESS_HIDDEN, code=code)
        case UnreadableMessage():
            logger.info(LogEvent.SUBMISSION_UNREADABLE, code=code)
        case _ if code.startswith(("token/", "access/")):
            logger.info(LogEvent.TOKEN_REFUSED, code=code)
