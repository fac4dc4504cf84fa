"""Why something is refused or warned of on this floor: stable codes, and findings with their words filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from envelopes.errors import Finding, Phrase, Severity, Words
from routing.reason_words import WORDS


class ReasonCode(StrEnum):
    """Every reason this floor gives. Stable: documents, problem types and receipts name them."""

    SENDER_UNKNOWN = "sender/unknown"
    SENDER_CLOSED = "sender/closed"
    SENDER_NOT_YET_OPEN = "sender/not-yet-open"
    SENDER_NOT_OWNER = "sender/not-owner"
    SENDER_CERTIFICATE_NOT_REGISTERED = "sender/certificate-not-registered"
    SENDER_CERTIFICATE_OUT_OF_WINDOW = "sender/certificate-out-of-window"
    SENDER_CERTIFICATE_SUSPENDED = "sender/certificate-suspended"
    SENDER_SYSTEM_MAY_NOT_ACT = "sender/system-may-not-act"
    SENDER_SUCCEEDS = "sender/succeeds"

    RECIPIENT_UNKNOWN = "recipient/unknown"
    RECIPIENT_CLOSED = "recipient/closed"
    RECIPIENT_NOT_YET_OPEN = "recipient/not-yet-open"
    RECIPIENT_NOT_RECEIVING = "recipient/not-receiving"
    RECIPIENT_GROUP = "recipient/group"
    RECIPIENT_IS_SENDER = "recipient/is-sender"
    RECIPIENT_DUPLICATE = "recipient/duplicate"
    RECIPIENT_FORWARDED = "recipient/forwarded"
    RECIPIENT_NONE_LEFT = "recipient/none-left"
    RECIPIENT_NEVER_HAD_IT = "recipient/never-had-it"
    RECIPIENT_ALREADY_RECALLED = "recipient/already-recalled"
    RECIPIENT_ADDED_AND_REMOVED = "recipient/added-and-removed"

    DOCUMENT_NO_ID = "document/no-id"
    DOCUMENT_CONFLICT = "document/conflict"
    DOCUMENT_DUPLICATE_NUMBER = "document/duplicate-number"
    DOCUMENT_SENT_LATE = "document/sent-late"

    BUSINESS_UNKNOWN_TYPE = "business/unknown-type"
    BUSINESS_NOT_ORIGINAL_SENDER = "business/not-original-sender"
    BUSINESS_UNKNOWN_TARGET = "business/unknown-target"
    BUSINESS_NOT_A_DOCUMENT = "business/not-a-document"
    BUSINESS_NOTHING_FOR_ADDED = "business/nothing-for-added"

    STATUS_UNKNOWN_DOCUMENT = "status/unknown-document"
    STATUS_NOT_A_PARTY = "status/not-a-party"
    STATUS_WRONG_DIRECTION = "status/wrong-direction"
    STATUS_WRONG_ADDRESSEE = "status/wrong-addressee"
    STATUS_CONFLICT = "status/conflict"
    STATUS_ALREADY_RECALLED = "status/already-recalled"
    STATUS_NOT_ASKED = "status/not-asked"
    STATUS_DEMAND_NOT_SEEN = "status/demand-not-seen"
    STATUS_ALREADY_ANSWERED = "status/already-answered"

    ACKNOWLEDGEMENT_LEASE_NOT_LIVE = "acknowledgement/lease-not-live"
    ACKNOWLEDGEMENT_OTHER_DELIVERY = "acknowledgement/other-delivery"
    ACKNOWLEDGEMENT_SYSTEM_MAY_NOT_ACT = "acknowledgement/system-may-not-act"
    ACKNOWLEDGEMENT_CERTIFICATE_NOT_REGISTERED = "acknowledgement/certificate-not-registered"
    ACKNOWLEDGEMENT_CERTIFICATE_OUT_OF_WINDOW = "acknowledgement/certificate-out-of-window"
    ACKNOWLEDGEMENT_CERTIFICATE_SUSPENDED = "acknowledgement/certificate-suspended"
    ACKNOWLEDGEMENT_NOT_RECIPIENT = "acknowledgement/not-recipient"
    ACKNOWLEDGEMENT_WRONG_DIGEST = "acknowledgement/wrong-digest"
    ACKNOWLEDGEMENT_NOT_FETCHED = "acknowledgement/not-fetched"
    ACKNOWLEDGEMENT_IMPOSSIBLE_TIME = "acknowledgement/impossible-time"
    ACKNOWLEDGEMENT_NO_REASON = "acknowledgement/no-reason"
    ACKNOWLEDGEMENT_ALREADY_FINAL = "acknowledgement/already-final"
    ACKNOWLEDGEMENT_NOT_AT_DISPOSAL = "acknowledgement/not-at-disposal"

    DIRECTORY_ALIAS_CLASH = "directory/alias-clash"
    DIRECTORY_REPEATED_ROW = "directory/repeated-row"
    DIRECTORY_UNKNOWN_PARENT = "directory/unknown-parent"
    DIRECTORY_UNKNOWN_SUCCESSOR = "directory/unknown-successor"
    DIRECTORY_PARENT_CYCLE = "directory/parent-cycle"
    DIRECTORY_SUCCESSION_CYCLE = "directory/succession-cycle"
    DIRECTORY_UNKNOWN_AGENCY = "directory/unknown-agency"
    DIRECTORY_REPEATED_CERTIFICATE = "directory/repeated-certificate"
    DIRECTORY_REPEATED_SYSTEM = "directory/repeated-system"


_WARNINGS: Final = frozenset(
    {
        ReasonCode.SENDER_SUCCEEDS,
        ReasonCode.RECIPIENT_DUPLICATE,
        ReasonCode.RECIPIENT_FORWARDED,
        ReasonCode.DOCUMENT_DUPLICATE_NUMBER,
        ReasonCode.DOCUMENT_SENT_LATE,
    }
)

UNTOLD: Final = frozenset({ReasonCode.STATUS_NOT_A_PARTY})
"""Reasons that only stand in alarms: no caller ever gets them."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: its code, how grave it is, and its words, where `{name}` stands for an identifier filled in later."""

    code: ReasonCode
    severity: Severity
    words: Words


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is wrong: `findings` are told to the caller, `alarms` go to the security log alone.

    An alarm says what telling the caller would betray: that somebody else's document exists.
    """

    findings: tuple[Finding, ...] = ()
    alarms: tuple[Finding, ...] = ()


def _reason(code: ReasonCode) -> Reason:
    severity = Severity.WARNING if code in _WARNINGS else Severity.ERROR
    return Reason(code, severity, WORDS[code.value])


REASONS: Final[Mapping[ReasonCode, Reason]] = MappingProxyType({code: _reason(code) for code in ReasonCode})
"""Every reason of this floor; the documentation's list is made from it.

Severity is what the reason does to the thing it is about: a `recipient/unknown` refuses that recipient, and the message
only when none is left.
"""


def found(
    code: ReasonCode, path: str, *, value: object | None = None, names: Mapping[str, str | Phrase] | None = None
) -> Finding:
    """Return the reason as a finding at `path`; `names` fills every placeholder of its words.

    `value` and `names` are identifiers, codes, agencies' names and phrases, never content of a document.
    """
    reason = REASONS[code]
    words = reason.words if names is None else reason.words.filled(names)
    return Finding(code.value, path, reason.severity, words, None if value is None else str(value))
