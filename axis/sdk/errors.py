"""What can go wrong for a client, told apart by what it should do next."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field


class SdkError(Exception):
    """Base of the client library's errors."""


class AxisUnreachable(SdkError):
    """No answer came. Sending the same package again is safe: the axis recognises it and gives the first receipt."""


class ReceiptRefused(SdkError):
    """An evidence came whose seal does not verify, or which is about something else. Nothing is proved by it."""


class ContentDiffers(SdkError):
    """The downloaded octets are not those the axis announced. Do not acknowledge; download again."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem document (RFC 9457) as the axis writes it."""

    status: int
    code: str
    title: str
    title_vi: str
    detail: str = ""
    detail_vi: str = ""
    correlation_id: str = ""
    findings: tuple[Mapping[str, str], ...] = ()
    members: Mapping[str, object] = field(default_factory=dict, repr=False)


class ProblemReported(SdkError):
    """The axis refused. `problem` says why, in both languages; a refusal of a readable package carries its evidence."""

    def __init__(self, problem: Problem, evidence: bytes | None = None) -> None:
        super().__init__(f"{problem.status} {problem.code}: {problem.title}")
        self.problem = problem
        self.evidence = evidence


def read_problem(status: int, octets: bytes) -> Problem:
    """Return the problem in an answer; an answer from something in between becomes a problem with code `unknown`."""
    try:
        members: object = json.loads(octets)
    except ValueError:
        members = None
    if not isinstance(members, dict):
        members = {}
    findings = members.get("findings", [])
    return Problem(
        status=status,
        code=str(members.get("code", "unknown")),
        title=str(members.get("title", "The answer is not from an axis")),
        title_vi=str(members.get("title_vi", "Phản hồi không phải của trục")),
        detail=str(members.get("detail", "")),
        detail_vi=str(members.get("detail_vi", "")),
        correlation_id=str(members.get("correlation_id", "")),
        findings=tuple(findings) if isinstance(findings, list) else (),
        members=members,
    )
