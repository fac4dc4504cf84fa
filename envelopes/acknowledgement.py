"""What a recipient says about one delivery, as the JSON inside its signed acknowledgement."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from envelopes.identifiers import DeliveryId, IdentifierError, OrganId
from envelopes.texts import is_carried_unchanged

ACKNOWLEDGEMENT_TYPE: Final = "axis-acknowledgement+jws"
"""The `typ` of the JWS: a token signed for another purpose is no acknowledgement (RFC 8725 §3.11)."""

ACKNOWLEDGEMENT_BODY: Final = "application/jose"
"""The media type of a body that is one."""

REASON_MAX: Final = 1_000
"""Characters of a reason: the longest that agency software accepts."""

_FIELDS: Final = {"delivery", "recipient", "digest", "outcome", "reason", "time"}
_DIGEST_HEX_LENGTH: Final = 64


class AckOutcome(StrEnum):
    """Whether the recipient's system holds the document."""

    DONE = "done"
    FAIL = "fail"


class AcknowledgementUnreadable(ValueError):
    """The payload is no acknowledgement."""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """One recipient's word on one delivery: the digest it received, and whether it could take the document.

    `digest` is the SHA-256 of the downloaded octets, 64 lower-case hexadecimal digits; `time` is the recipient's clock;
    `reason` is a text that evidence can carry as it is.
    """

    delivery: DeliveryId
    recipient: OrganId
    digest: str
    outcome: AckOutcome
    time: datetime
    reason: str | None = None

    def __post_init__(self) -> None:
        if len(self.digest) != _DIGEST_HEX_LENGTH or not set(self.digest) <= set("0123456789abcdef"):
            raise AcknowledgementUnreadable("digest is 64 lower-case hexadecimal digits")
        if self.time.utcoffset() is None:
            raise AcknowledgementUnreadable("time carries an offset")
        if self.outcome is AckOutcome.FAIL and self.reason is None:
            raise AcknowledgementUnreadable("a failure says why")
        if self.reason is not None and len(self.reason) > REASON_MAX:
            raise AcknowledgementUnreadable("reason is too long")
        if self.reason is not None and not is_carried_unchanged(self.reason):
            raise AcknowledgementUnreadable("reason: empty, blanks at the ends, or characters XML cannot carry")


def write_acknowledgement(acknowledgement: Acknowledgement) -> bytes:
    """Return the JSON to sign."""
    document = {
        "delivery": str(acknowledgement.delivery),
        "recipient": acknowledgement.recipient.value,
        "digest": acknowledgement.digest,
        "outcome": acknowledgement.outcome.value,
        "reason": acknowledgement.reason,
        "time": acknowledgement.time.isoformat(),
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def read_acknowledgement(octets: bytes) -> Acknowledgement:
    """Return the acknowledgement in a verified payload; raises `AcknowledgementUnreadable` for anything else.

    Blanks around the reason and Windows line ends are dropped, and an empty reason is none.
    """
    try:
        document: object = json.loads(octets)
    except (ValueError, RecursionError) as error:  # nested a thousand times deep
        raise AcknowledgementUnreadable("not JSON") from error
    if not isinstance(document, dict) or not set(document) <= _FIELDS:
        raise AcknowledgementUnreadable("unknown members")
    if not all(isinstance(value, str) or (key == "reason" and value is None) for key, value in document.items()):
        raise AcknowledgementUnreadable("members are texts")
    try:
        return Acknowledgement(
            delivery=DeliveryId(UUID(document["delivery"])),
            recipient=OrganId(document["recipient"]),
            digest=document["digest"],
            outcome=AckOutcome(document["outcome"]),
            time=datetime.fromisoformat(document["time"]),
            reason=_tidied(document.get("reason")),
        )
    except (KeyError, IdentifierError, ValueError) as error:
        raise AcknowledgementUnreadable("a member is missing or malformed") from error


def _tidied(reason: str | None) -> str | None:
    return None if reason is None else reason.replace("\r\n", "\n").strip() or None
