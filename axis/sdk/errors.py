"""What can go wrong for a client, told apart by what it should do next."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

_SECONDS: Final = re.compile(r"[0-9]{1,9}")


class SdkError(Exception):
    """Base of the client library's errors."""


class AxisUnreachable(SdkError):
    """No answer came. Sending the same package again is safe: the axis recognises it and gives the first receipt."""


class ReceiptFault(StrEnum):
    """Why a receipt proves nothing, in English; `{code}` says of a signature or a document what is wrong with it."""

    SIGNATURE = "its signature does not pass ({code})"
    UNREADABLE = "it cannot be read ({code})"
    OTHER_KEY = "signed by a key that is not the seal's"
    IS_PACKAGE = "it is a package, and no receipt"
    OTHER_ORIGIN = "it comes from {environment} {instance}, and was to come from {wanted_environment} {wanted_instance}"
    OTHER_OCTETS = "the receipt is about other octets"
    OTHER_MESSAGE = "the receipt is about another message"
    NO_MESSAGE = "the receipt is about other octets, and these are no message"
    NO_ENVELOPE = "the receipt names no envelope"
    NO_ACCEPTANCE = "{type} is no acceptance"
    NO_REJECTION = "{type} is no rejection"


class ReceiptRefused(SdkError):
    """An evidence came whose seal does not verify, or which is about something else. Nothing is proved by it."""

    def __init__(self, fault: ReceiptFault, **names: str) -> None:
        super().__init__(fault.value.format_map(names))
        self.fault = fault
        self.names = names


class SealFault(StrEnum):
    """Why a new seal is not believed, in English; `{seal}` is the fingerprint of the certificate it is about."""

    UNREADABLE = "the list of seals cannot be read"
    FORGED = "the endorsement in the name of seal {seal} is not its own"
    SEVERAL = "seal {seal} seems to have endorsed several others"
    UNTRUSTED = "the certificate of seal {seal} does not lead to a pinned authority ({code})"
    OTHER_ORIGIN = "the endorsement is about {environment} {instance}"


class SealRefused(SdkError):
    """A new seal was offered that nothing believed vouches for. Receipts of it are refused as before."""

    def __init__(self, fault: SealFault, **names: str) -> None:
        super().__init__(fault.value.format_map(names))
        self.fault = fault
        self.names = names


class WebhookFault(StrEnum):
    """Why a call to a webhook is not the axis's, in English."""

    SIGNATURE = "it carries no signature of an axis that verifies"
    OTHER_KEY = "signed by a key that is not the seal's"
    UNTRUSTED = "the seal's certificate does not lead to a pinned authority now"
    TIME = "signed too long ago, or by a clock that stands elsewhere"
    DIGEST = "its body is another than the one that was signed"
    UNREADABLE = "its body is no event"


class WebhookRefused(SdkError):
    """A call to a webhook that proves nothing: answer 401 and do nothing."""

    def __init__(self, fault: WebhookFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class AnswerUnreadable(SdkError):
    """What answered is no axis, or not one of this version: a captive portal, a proxy. Whether it acted is not known.

    Sending the same package again is safe. `status` is the HTTP status of the answer.
    """

    def __init__(self, status: int, fault: str) -> None:
        super().__init__(f"HTTP {status}: {fault}")
        self.status = status


class ContentDiffers(SdkError):
    """The downloaded octets are not those the axis announced. Do not acknowledge; download again."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem document (RFC 9457) as the axis writes it. `retry_after` is in seconds, where the answer names them."""

    status: int
    code: str
    title: str
    title_vi: str
    detail: str = ""
    detail_vi: str = ""
    correlation_id: str = ""
    retry_after: int | None = None
    findings: tuple[Mapping[str, str], ...] = ()
    members: Mapping[str, object] = field(default_factory=dict, repr=False)


class ProblemReported(SdkError):
    """The axis refused. `problem` says why, in both languages; a refusal of a readable package carries its evidence."""

    def __init__(self, problem: Problem, evidence: bytes | None = None) -> None:
        super().__init__(f"{problem.status} {problem.code}: {problem.title}")
        self.problem = problem
        self.evidence = evidence


def read_problem(status: int, octets: bytes, *, retry_after: str | None = None) -> Problem:
    """Return the problem in an answer; an answer from something in between becomes a problem with code `unknown`.

    `retry_after` is the header of that name; only seconds are read, a date is nothing that an axis writes.
    """
    try:
        members: object = json.loads(octets)
    except (ValueError, RecursionError):
        members = None
    if not isinstance(members, dict):
        members = {}
    findings = members.get("findings", [])
    return Problem(
        status=status,
        code=str(members.get("code", "unknown")),
        title=str(members.get("title", "The answer is not from an axis")),
        title_vi=str(members.get("title_vi", "Phản hồi không phải của Trục")),
        detail=str(members.get("detail", "")),
        detail_vi=str(members.get("detail_vi", "")),
        correlation_id=str(members.get("correlation_id", "")),
        retry_after=int(retry_after) if retry_after and _SECONDS.fullmatch(retry_after) else None,
        findings=tuple(one for one in findings if isinstance(one, Mapping)) if isinstance(findings, list) else (),
        members=members,
    )
