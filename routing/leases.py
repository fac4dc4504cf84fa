"""How recipients take turns at deliveries: the limits, and what an acknowledgement does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from envelopes.acknowledgement import AckOutcome
from envelopes.errors import Finding
from envelopes.identifiers import DeliveryId, OrganId, SystemId
from routing.authority import Caller, CertificateStanding, judge_certificate, may_act_for
from routing.delivery import Delivery, Lease, LeaseId, next_state
from routing.directory import Directory
from routing.errors import LeaseTermsRefused
from routing.events import EventTag
from routing.lifecycle import DeliveryState, deadline_of
from routing.reasons import ReasonCode, found
from routing.state_words import STATE_WORDS

LEASE_COUNT_MAX: Final = 100
"""Deliveries in one lease: a hundred small packages are worked off within the default time, one by one."""

LEASE_COUNT_DEFAULT: Final = 10
"""Deliveries in a lease where the caller names no number: a clerk's screen, and little to repeat after a crash."""

LEASE_TIME_MIN: Final = timedelta(seconds=30)
"""The shortest lease: enough for one package and its signature; shorter ones expire under honest callers."""

LEASE_TIME_DEFAULT: Final = timedelta(minutes=5)
"""The lease where the caller names no time: ten average packages, and soon back after a crash."""

LEASE_TIME_MAX: Final = timedelta(hours=1)
"""The longest lease: the largest package over a bad line, eight times; while it lasts no other system can help."""

LONG_POLL_MAX: Final = timedelta(seconds=30)
"""The longest wait for something to lease: proxies in front of agencies cut silent connections at 60 seconds."""


PUSHED_FIRST: Final = timedelta(minutes=1)
"""How long what is to be pushed is left to the courier alone, who needs a second: a recipient's other systems would
take it first otherwise. After that, and as soon as a push failed, it can be pulled: no webhook keeps it back."""

CLOCKS_APART: Final = timedelta(hours=1)
"""How far a recipient's clock may be off: an hour covers a machine whose zone was set wrongly by one, no more."""


@dataclass(frozen=True, slots=True)
class LeaseTerms:
    """What a caller asks for; raises `LeaseTermsRefused` outside the limits."""

    count: int = LEASE_COUNT_DEFAULT
    duration: timedelta = LEASE_TIME_DEFAULT
    wait: timedelta = timedelta()

    def __post_init__(self) -> None:
        if not 1 <= self.count <= LEASE_COUNT_MAX:
            raise LeaseTermsRefused(f"a lease is for 1 to {LEASE_COUNT_MAX} deliveries")
        if not LEASE_TIME_MIN <= self.duration <= LEASE_TIME_MAX:
            raise LeaseTermsRefused(f"a lease lasts {LEASE_TIME_MIN} to {LEASE_TIME_MAX}")
        if not timedelta() <= self.wait <= LONG_POLL_MAX:
            raise LeaseTermsRefused(f"a long poll waits at most {LONG_POLL_MAX}")


@dataclass(frozen=True, slots=True)
class RecipientStatement:
    """What a recipient's signed acknowledgement says, its signature verified.

    `digest` is the SHA-256 of the octets received, `certificate` the one that signed, by its SHA-256 in lower-case
    hexadecimal; `recipient` may be any of the agency's ids, `said_at` is its own clock (aware).
    """

    delivery_id: DeliveryId
    digest: bytes
    outcome: AckOutcome
    certificate: str
    recipient: OrganId
    said_at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Presentation:
    """How a statement came in: under which lease, by which system, and the SHA-256 of the package it should name."""

    lease_id: LeaseId
    caller: Caller
    package_digest: bytes


@dataclass(frozen=True, slots=True)
class Settled:
    """The acknowledgement ends the delivery: the event to record, and the state after it."""

    event: EventTag
    state: DeliveryState


@dataclass(frozen=True, slots=True)
class AlreadySettled:
    """The same was acknowledged before: the caller gets the first answer again, and nothing else happens."""


@dataclass(frozen=True, slots=True)
class AcknowledgementRefused:
    """The acknowledgement is refused for all these reasons, which is recorded; delivery and lease stay as they are."""

    findings: tuple[Finding, ...]


AcknowledgementJudgement = Settled | AlreadySettled | AcknowledgementRefused

_EVENTS: Final = {AckOutcome.DONE: EventTag.DELIVERY_HANDED_OVER, AckOutcome.FAIL: EventTag.DELIVERY_REFUSED}
_ENDS: Final = {AckOutcome.DONE: DeliveryState.HANDED_OVER, AckOutcome.FAIL: DeliveryState.REFUSED}
_CERTIFICATES: Final = {
    CertificateStanding.NOT_REGISTERED: ReasonCode.ACKNOWLEDGEMENT_CERTIFICATE_NOT_REGISTERED,
    CertificateStanding.NOT_OWNER: ReasonCode.ACKNOWLEDGEMENT_NOT_RECIPIENT,
    CertificateStanding.OUT_OF_WINDOW: ReasonCode.ACKNOWLEDGEMENT_CERTIFICATE_OUT_OF_WINDOW,
    CertificateStanding.SUSPENDED: ReasonCode.ACKNOWLEDGEMENT_CERTIFICATE_SUSPENDED,
}


PULLABLE: Final = frozenset({DeliveryState.CONSIGNED, DeliveryState.READY, DeliveryState.DEFERRED})
"""Where a delivery can be taken from; what was to be pushed is at the recipient's disposal from then on."""


def is_live(lease: Lease | None, moment: datetime) -> bool:
    """Return whether there is a lease that has not run out."""
    return lease is not None and moment < lease.until


def may_lease(delivery: Delivery, moment: datetime) -> bool:
    """Return whether a recipient's system can take this delivery: in time, and nobody else's turn.

    It is at the recipient's disposal, or was to be pushed and could not be, or has not been within a minute. Of one
    whose document its recipient agreed to give back there is nothing to take.
    """
    if delivery.state not in PULLABLE or is_live(delivery.lease, moment) or delivery.recalled_at is not None:
        return False
    is_couriers = delivery.attempts == 0 and moment < delivery.accepted_at + PUSHED_FIRST
    if delivery.state is DeliveryState.READY and is_couriers:
        return False
    deadline = deadline_of(delivery.state, accepted_at=delivery.accepted_at, entered_at=delivery.accepted_at)
    return deadline is None or moment < deadline


def holds(system_id: SystemId, lease_id: LeaseId, *, delivery: Delivery, moment: datetime) -> bool:
    """Return whether this system has its turn at the delivery, by this lease: to fetch, to release, to acknowledge."""
    lease = delivery.lease
    if lease is None or not is_live(lease, moment) or delivery.state is not DeliveryState.CONSIGNED:
        return False
    return lease.lease_id == lease_id and lease.system_id == system_id


def judge_acknowledgement(
    delivery: Delivery,
    statement: RecipientStatement,
    *,
    presentation: Presentation,
    directory: Directory,
    moment: datetime,
) -> AcknowledgementJudgement:
    """Return what a recipient's acknowledgement does at `moment`, or every reason why it does nothing.

    1. The calling system acts for the recipient, and the statement is signed with a certificate of the recipient.
    2. The statement is about this delivery to this recipient, names the digest of the package and a time at which it
       can have been made, and gives a reason where it says `fail`.
    3. The delivery has not ended otherwise; where it ended alike, this is a repeat and needs no lease.
    4. The system has its turn, and for `done` something was fetched.

    Each step that fails hides the next: an outsider learns nothing about the delivery.
    """
    findings = tuple(_judge_authority(statement, presentation, directory=directory, delivery=delivery, moment=moment))
    findings = findings or tuple(
        _judge_statement(statement, presentation, delivery=delivery, directory=directory, moment=moment)
    )
    if not findings and delivery.state is _ENDS[statement.outcome]:
        return AlreadySettled()
    findings = findings or tuple(_judge_turn(statement, presentation, delivery=delivery, moment=moment))
    if findings:
        return AcknowledgementRefused(findings)
    event = _EVENTS[statement.outcome]
    return Settled(event, next_state(delivery, event))


def _judge_authority(
    statement: RecipientStatement,
    presentation: Presentation,
    *,
    delivery: Delivery,
    directory: Directory,
    moment: datetime,
) -> Iterator[Finding]:
    recipient = directory.resolve(delivery.recipient)
    if recipient is None or not may_act_for(directory, presentation.caller, organ_id=delivery.recipient):
        yield found(ReasonCode.ACKNOWLEDGEMENT_SYSTEM_MAY_NOT_ACT, "caller", value=presentation.caller.system.system_id)
    if recipient is not None:
        standing = judge_certificate(directory, statement.certificate, agency=recipient, moment=moment)
        if standing is not CertificateStanding.IN_FORCE:
            yield found(_CERTIFICATES[standing], "certificate", value=statement.certificate)


def _judge_statement(
    statement: RecipientStatement,
    presentation: Presentation,
    *,
    delivery: Delivery,
    directory: Directory,
    moment: datetime,
) -> Iterator[Finding]:
    if statement.delivery_id != delivery.delivery_id:
        yield found(ReasonCode.ACKNOWLEDGEMENT_OTHER_DELIVERY, "delivery_id", value=statement.delivery_id)
    if statement.digest != presentation.package_digest:
        yield found(ReasonCode.ACKNOWLEDGEMENT_WRONG_DIGEST, "digest", value=statement.digest.hex())
    if directory.resolve(statement.recipient) is not directory.resolve(delivery.recipient):
        yield found(ReasonCode.ACKNOWLEDGEMENT_NOT_RECIPIENT, "recipient", value=statement.recipient)
    if not delivery.accepted_at - CLOCKS_APART <= statement.said_at <= moment + CLOCKS_APART:
        yield found(ReasonCode.ACKNOWLEDGEMENT_IMPOSSIBLE_TIME, "time", value=statement.said_at.isoformat())
    if statement.outcome is AckOutcome.FAIL and not (statement.reason or "").strip():
        yield found(ReasonCode.ACKNOWLEDGEMENT_NO_REASON, "reason")


def _judge_turn(
    statement: RecipientStatement, presentation: Presentation, *, delivery: Delivery, moment: datetime
) -> Iterator[Finding]:
    names = {"state": STATE_WORDS[delivery.state]}
    if delivery.is_final:
        yield found(ReasonCode.ACKNOWLEDGEMENT_ALREADY_FINAL, "delivery_id", value=delivery.state, names=names)
    elif delivery.state is not DeliveryState.CONSIGNED:
        yield found(ReasonCode.ACKNOWLEDGEMENT_NOT_AT_DISPOSAL, "delivery_id", value=delivery.state, names=names)
    elif not holds(presentation.caller.system.system_id, presentation.lease_id, delivery=delivery, moment=moment):
        yield found(ReasonCode.ACKNOWLEDGEMENT_LEASE_NOT_LIVE, "lease_id", value=presentation.lease_id)
    if statement.outcome is AckOutcome.DONE and delivery.fetched_at is None and not delivery.is_final:
        yield found(ReasonCode.ACKNOWLEDGEMENT_NOT_FETCHED, "delivery_id", value=delivery.delivery_id)
