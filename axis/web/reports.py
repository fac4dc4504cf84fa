"""What is answered when something is refused or fails: one table from errors to problem types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final, Self

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from axis.causes import cause_vi
from axis.errors import (
    Busy,
    ClockAstray,
    LeasedElsewhere,
    LeaseLost,
    NotFound,
    PartAbsent,
    Recalled,
    Refused,
    UploadRefused,
    Withdrawn,
)
from axis.exchange.notary import SealBroken
from axis.web.catalogue import CATALOGUE, ProblemType, type_of
from axis.web.problem_codes import ProblemCode
from envelopes.errors import Finding, Phrase, Severity, UnreadableMessage, Words
from storage.errors import (
    BlobCorrupt,
    BlobMissing,
    BlobStoreUnavailable,
    Contention,
    DatabaseUnavailable,
    LockTimeout,
    StatementTooSlow,
)

RETRY_SECONDS: Final = 5
"""`Retry-After` where nothing better is known: longer than a failover of connections, short enough for a person."""

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Detail:
    """What happened this time, in both languages: numbers and identifiers, never content."""

    en: str
    vi: str


@dataclass(frozen=True, slots=True)
class Report:
    """One occurrence of a problem. `status` is set where it differs from the type's."""

    type: ProblemType
    status: int
    detail: Detail
    findings: tuple[Finding, ...] = ()
    retry_after: int | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    members: Mapping[str, str] = field(default_factory=lambda: _NOTHING)

    @classmethod
    def of(cls, code: str, detail: Detail | None = None, *, retry_after: int | None = None) -> Self:
        """Return a report of a listed type."""
        kind = CATALOGUE[code]
        return cls(kind, kind.status, detail or _said_by(kind), retry_after=retry_after)

    @classmethod
    def of_findings(
        cls, findings: Sequence[Finding], *, status: int | None = None, members: Mapping[str, str] = _NOTHING
    ) -> Self:
        """Return a report of the type of the first finding, listing all of them; there is at least one."""
        first = findings[0]
        kind = _type_of(first)
        return cls(kind, status or kind.status, _first_of(findings), tuple(findings), members=members)


class Problem(Exception):
    """What the door answers instead of what was asked."""

    def __init__(self, report: Report) -> None:
        super().__init__(report.type.code)
        self.report = report

    @classmethod
    def of(cls, code: str, detail: Detail | None = None, *, retry_after: int | None = None) -> Self:
        """Return a problem of a listed type, to be raised."""
        return cls(Report.of(code, detail, retry_after=retry_after))


class SpoolUnavailable(Exception):
    """A body could not be kept while it arrived."""


_CODES: Final[Mapping[type[Exception], ProblemCode]] = MappingProxyType(
    {
        NotFound: ProblemCode.NOT_FOUND,
        LeaseLost: ProblemCode.LEASE_LOST,
        LeasedElsewhere: ProblemCode.LEASED_ELSEWHERE,
        Withdrawn: ProblemCode.WITHDRAWN,
        Recalled: ProblemCode.RECALLED,
        ClockAstray: ProblemCode.CLOCK_ASTRAY,
        ClientDisconnect: ProblemCode.BODY_INCOMPLETE,
        DatabaseUnavailable: ProblemCode.UNAVAILABLE,
        Contention: ProblemCode.UNAVAILABLE,
        LockTimeout: ProblemCode.UNAVAILABLE,
        StatementTooSlow: ProblemCode.UNAVAILABLE,
        BlobStoreUnavailable: ProblemCode.UNAVAILABLE,
        # What was accepted is not there, or not as it was: it comes back from a backup, or with the next submission.
        BlobMissing: ProblemCode.UNAVAILABLE,
        BlobCorrupt: ProblemCode.UNAVAILABLE,
        SpoolUnavailable: ProblemCode.UNAVAILABLE,
        SealBroken: ProblemCode.UNAVAILABLE,
    }
)
"""Errors whose type says everything. Whatever is neither here nor below is `internal`."""

_PASSING: Final = frozenset({ProblemCode.UNAVAILABLE, ProblemCode.CLOCK_ASTRAY})
"""What may be over by the next call."""

_HTTP_CODES: Final[Mapping[int, ProblemCode]] = MappingProxyType(
    {
        400: ProblemCode.UNREADABLE_REQUEST,
        404: ProblemCode.UNKNOWN_PATH,
        405: ProblemCode.METHOD_NOT_ALLOWED,
        413: ProblemCode.BODY_TOO_LARGE,
    }
)
"""What the framework itself answers, before any of our code runs."""


def report_of(error: Exception) -> Report:
    """Return what is answered for an error: the one place that knows."""
    match error:
        case Problem():
            return error.report
        case UnreadableMessage():
            return Report.of_findings((error.finding,))
        case Refused():
            return Report.of_findings(error.findings)
        case Busy():
            return Report.of(ProblemCode.BUSY, retry_after=error.retry_after)
        case PartAbsent():
            report = Report.of(ProblemCode.RANGE_NOT_SATISFIABLE)
            return replace(report, headers={"Content-Range": f"bytes */{error.size}"})
        case UploadRefused():
            report = Report.of(error.fault.value)
            known = {} if error.received is None else {"Upload-Offset": str(error.received)}
            after = RETRY_SECONDS if report.status == HTTPStatus.TOO_MANY_REQUESTS else None
            return replace(report, headers=known, retry_after=after)
        case RequestValidationError():
            return invalid_parameters(faults_of(error.errors()))
        case HTTPException():
            return _http_report(error)
    code = _CODES.get(type(error), ProblemCode.INTERNAL)
    return Report.of(code, retry_after=RETRY_SECONDS if code in _PASSING else None)


@dataclass(frozen=True, slots=True)
class ParameterFault:
    """A parameter that is not as described: its place, and the cause in both languages; its value is not repeated."""

    place: tuple[int | str, ...]
    cause: Phrase


def faults_of(problems: Iterable[Mapping[str, Any]], *place: str) -> list[ParameterFault]:
    """Return the validator's errors, below `place`."""
    return [ParameterFault((*place, *one["loc"]), (cause_vi(one), str(one["msg"]))) for one in problems]


def invalid_parameters(faults: Sequence[ParameterFault]) -> Report:
    """Return the report of parameters that are not as described."""
    kind = CATALOGUE[ProblemCode.INVALID_REQUEST]
    findings = tuple(_parameter_finding(kind, fault) for fault in faults)
    return Report(kind, kind.status, _first_of(findings), findings)


def _parameter_finding(kind: ProblemType, fault: ParameterFault) -> Finding:
    vi, en = fault.cause
    words = Words(vi=f"Tham số không hợp lệ: {vi}.", en=f"{en}.", do_vi=kind.words.do_vi, do_en=kind.words.do_en)
    return Finding(kind.code, ".".join(map(str, fault.place)), Severity.ERROR, words)


def _http_report(error: HTTPException) -> Report:
    kind = CATALOGUE[_HTTP_CODES.get(error.status_code, ProblemCode.INTERNAL)]
    return Report(kind, kind.status, _said_by(kind), headers=dict(error.headers or {}))


def _type_of(finding: Finding) -> ProblemType:
    try:
        return type_of(finding.code)
    except KeyError:
        # Better a type that the catalogue lacks than no answer to a refusal that is already recorded.
        return ProblemType(finding.code, 422, finding.words)


def _said_by(kind: ProblemType) -> Detail:
    return Detail(kind.words.en, kind.words.vi)


def _first_of(findings: Sequence[Finding]) -> Detail:
    first = findings[0]
    en, vi = (f"{text} ({first.path})" if first.path else text for text in (first.words.en, first.words.vi))
    others = len(findings) - 1
    if not others:
        return Detail(en, vi)
    return Detail(f"{en} And {others} more, listed in findings.", f"{vi} Và {others} lý do khác, xem findings.")
