"""Use cases and parts in memory, with the signatures and the errors of the real ones."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import BinaryIO

from axis.caller import Caller
from axis.clock import SettableClock
from axis.errors import ClockAstray, LeaseLost, NotFound, Refused, UploadRefused
from axis.exchange.contents import Content, Part
from axis.exchange.offers import Acknowledged, DeliveryView, LeaseGrant, Offer
from axis.exchange.outcomes import Acceptance, RecipientOutcome, Refusal
from axis.exchange.seals import KnownSeal, SealState
from axis.exchange.uploads import Chunk
from axis.inquiry.views import EnvelopePage, EnvelopeView, EventView, EvidenceView, Trace
from axis.inquiry.vitals import Check
from axis.metrics import HealthCheck, Metrics
from axis.settings import LimitSettings, Settings
from envelopes.acknowledgement import AckOutcome
from envelopes.errors import Finding, Severity, Words
from envelopes.evidence import EvidenceType
from envelopes.evidence_facts import Decision, MessageKind
from envelopes.identifiers import DeliveryId, DocumentId, EnvelopeId, EventId, EvidenceId, OrganId, SystemId
from envelopes.obstacles import Obstacle, unreadable
from envelopes.packages import Package, package_of
from routing.delivery import LeaseId
from routing.directory import Directory
from routing.events import EventTag
from routing.leases import LeaseTerms
from routing.lifecycle import DeliveryState
from routing.reasons import ReasonCode, found
from routing.uploads import UPLOAD_LASTS, UploadFault, UploadId, UploadState
from signing.assertions import AssertionKey
from signing.certificates import Certificate
from storage.records import UploadRecord
from tests.axis.web.country import DEPARTMENT, MINISTRY, NOW, everybody
from tests.signing import pki

GOOD_STATEMENT = "eyJhbGciOiJFUzI1NiJ9.e30.AAAA"
RECEIPT = b"<Evidence>accepted</Evidence>"
REJECTION = b"<Evidence>rejected</Evidence>"
WORDS = Words("Sai.", "Wrong.", "Sửa.", "Mend it.")


class FakeAtlas:
    def __init__(self) -> None:
        self.current = everybody()

    def directory(self) -> Directory:
        return self.current


class FakeLedger:
    def __init__(self) -> None:
        self.used: dict[tuple[SystemId, str], datetime] = {}

    def claim(self, system_id: SystemId, jti: str, expires_at: datetime) -> bool:
        return self.used.setdefault((system_id, jti), expires_at) is expires_at


class FakeTimekeeper:
    def __init__(self) -> None:
        self.astray: timedelta | None = None

    def require(self) -> None:
        if self.astray is not None:
            raise ClockAstray(self.astray)


class FakeDoorbell:
    def __init__(self) -> None:
        self.rings: list[Callable[[OrganId], None]] = []

    def subscribe(self, ring: Callable[[OrganId], None]) -> Callable[[], None]:
        self.rings.append(ring)
        return lambda: self.rings.remove(ring)

    def ring(self, organ_id: OrganId) -> None:
        for ring in self.rings:
            ring(organ_id)


class FakeRegister:
    def seals(self) -> Sequence[KnownSeal]:
        following, present = (Certificate.many_from_pem(pki.credential(one).certificates_pem) for one in "BA")
        return (
            KnownSeal(following, SealState.ANNOUNCED, GOOD_STATEMENT, present[0].fingerprint),
            KnownSeal(present, SealState.ACTIVE),
        )


class FakeReadiness:
    def __init__(self) -> None:
        self.outcomes: list[Check] = [Check(one, is_passed=True, checked_at=NOW) for one in HealthCheck]

    def checks(self) -> Sequence[Check]:
        return self.outcomes


@dataclass
class FakeIntake:
    """Accepts what begins with `<edXML`; `refuses` and `fails` override. `held` lets a test keep a call inside."""

    clock: SettableClock
    packages: dict[bytes, Acceptance] = field(default_factory=dict)
    refuses: tuple[Finding, ...] = ()
    is_conflict: bool = False
    fails: Exception | None = None
    callers: list[Caller] = field(default_factory=list)
    entered: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    held: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.held.set()

    def submit(self, package: Package, caller: Caller) -> Acceptance | Refusal:
        octets = package.message
        self.callers.append(caller)
        self.entered.release()
        assert self.held.wait(30)
        if self.fails:
            raise self.fails
        if not octets.startswith(b"<edXML"):
            raise unreadable(Obstacle.EMPTY if not octets else Obstacle.NOT_XML, "1:1")
        if self.refuses:
            return Refusal(self.refuses, EvidenceId(self.clock.mint()), REJECTION, self.is_conflict)
        if octets in self.packages:
            return replace(self.packages[octets], is_repeat=True)
        self.packages[octets] = self._accept(octets)
        return self.packages[octets]

    def _accept(self, octets: bytes) -> Acceptance:
        digest = hashlib.sha256(octets).hexdigest()
        unknown = found(ReasonCode.RECIPIENT_UNKNOWN, "MessageHeader.To[2].OrganId", value="X99")
        return Acceptance(
            envelope_id=EnvelopeId(self.clock.mint()),
            kind=MessageKind.DOCUMENT,
            document_id=DocumentId("G22-1"),
            accepted_at=self.clock.now(),
            raw_digest=digest,
            content_digest=digest,
            recipients=(
                RecipientOutcome(OrganId("H51.15"), Decision.ACCEPTED, DEPARTMENT, DeliveryId(self.clock.mint())),
                RecipientOutcome(OrganId("X99"), Decision.REFUSED, finding=unknown),
            ),
            warnings=(Finding("T.MessageHeader.Timestamp", "MessageHeader", Severity.WARNING, WORDS),),
            receipt_id=EvidenceId(self.clock.mint()),
            receipt=RECEIPT,
        )


def envelope_view(clock: SettableClock) -> EnvelopeView:
    digest = hashlib.sha256(b"<edXML/>").hexdigest()
    return EnvelopeView(
        envelope_id=EnvelopeId(clock.mint()),
        kind=MessageKind.DOCUMENT,
        sender=MINISTRY,
        accepted_at=clock.now(),
        raw_digest=digest,
        content_digest=digest,
        size=8,
        priority_rank=1,
        document_id=DocumentId("G22-1"),
    )


def offer(clock: SettableClock, recipient: OrganId = DEPARTMENT) -> Offer:
    return Offer(
        delivery_id=DeliveryId(clock.mint()),
        envelope_id=EnvelopeId(clock.mint()),
        recipient=recipient,
        asked_as=recipient,
        sender=MINISTRY,
        kind=MessageKind.DOCUMENT,
        accepted_at=clock.now(),
        priority_rank=1,
        size=8,
        digest=hashlib.sha256(b"<edXML/>").hexdigest(),
        subject="Về việc thử nghiệm",
    )


@dataclass
class FakeShelf:
    """The one package that every download brings, however it is opened; what was opened is kept."""

    digest: str = hashlib.sha256(b"<edXML/>").hexdigest()
    size: int = 8
    opens: Callable[[], BinaryIO] = lambda: io.BytesIO(b"<edXML/>")
    opened: list[Content] = field(default_factory=list)

    def content(self, envelope_id: EnvelopeId, part: Part) -> Content:
        self.opened.append(
            Content(f"{envelope_id}.edxml", self.digest, self.size, part.within(self.size), self.opens())
        )
        return self.opened[-1]


@dataclass
class FakeHandover:
    """Deliveries in a list; whoever may act for the recipient gets them."""

    clock: SettableClock
    shelf: FakeShelf = field(default_factory=FakeShelf)
    waiting: list[Offer] = field(default_factory=list)
    leased: dict[LeaseId, list[Offer]] = field(default_factory=dict)
    looks: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    released: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    fails: Exception | None = None
    on_second_look: Callable[[], None] | None = None
    looked: int = 0

    def lease(self, caller: Caller, *, recipients: tuple[OrganId, ...] | None, terms: LeaseTerms) -> LeaseGrant:
        self.looks.release()
        self.looked += 1
        if self.on_second_look and self.looked == 2:
            self.on_second_look()
        for recipient in recipients or ():
            if not caller.may_act_for(recipient):
                raise NotFound
        taken = [
            one
            for one in self.waiting
            if caller.may_act_for(one.recipient) and (recipients is None or one.recipient in recipients)
        ][: terms.count]
        if not taken:
            return LeaseGrant()
        lease_id = LeaseId(self.clock.mint())
        self.leased[lease_id] = taken
        self.waiting = [one for one in self.waiting if one not in taken]
        return LeaseGrant(tuple(taken), lease_id, self.clock.now() + terms.duration)

    def release(self, lease_id: LeaseId, caller: Caller) -> int:
        returned = [one for one in self.leased.pop(lease_id, []) if caller.may_act_for(one.recipient)]
        self.waiting.extend(returned)
        self.released.release()
        return len(returned)

    def delivery(self, delivery_id: DeliveryId, caller: Caller) -> DeliveryView:
        return DeliveryView(self._find(delivery_id, caller), DeliveryState.CONSIGNED, None, None, None)

    def content(self, delivery_id: DeliveryId, caller: Caller, *, part: Part) -> Content:
        one = self._find(delivery_id, caller)
        if self.fails:
            raise self.fails
        if not any(one in offers for offers in self.leased.values()):
            raise LeaseLost
        return self.shelf.content(one.envelope_id, part)

    def file(self, delivery_id: DeliveryId, number: int, *, caller: Caller, part: Part) -> Content:
        if number != 1:
            raise NotFound
        return self.content(delivery_id, caller, part=part)

    def acknowledge(self, delivery_id: DeliveryId, token: str, caller: Caller) -> Acknowledged:
        one = self._find(delivery_id, caller)
        if token != GOOD_STATEMENT:
            raise Refused((found(ReasonCode.ACKNOWLEDGEMENT_WRONG_DIGEST, "digest"),))
        return Acknowledged(delivery_id, one.envelope_id, DeliveryState.HANDED_OVER, AckOutcome.DONE)

    def _find(self, delivery_id: DeliveryId, caller: Caller) -> Offer:
        everything = [*self.waiting, *(one for offers in self.leased.values() for one in offers)]
        for one in everything:
            if one.delivery_id == delivery_id and caller.may_act_for(one.recipient):
                return one
        raise NotFound


@dataclass
class FakeTracer:
    """One envelope, sent by the ministry."""

    clock: SettableClock
    shelf: FakeShelf = field(default_factory=FakeShelf)
    fails: Exception | None = None

    def __post_init__(self) -> None:
        self.view = envelope_view(self.clock)
        self.evidence_id = EvidenceId(self.clock.mint())

    def _own(self, identifier: object, caller: Caller) -> None:
        if self.fails:
            raise self.fails
        if identifier not in {self.view.envelope_id, self.evidence_id} or not caller.may_act_for(MINISTRY):
            raise NotFound

    def envelope(self, envelope_id: EnvelopeId, caller: Caller) -> EnvelopeView:
        self._own(envelope_id, caller)
        return self.view

    def trace(self, envelope_id: EnvelopeId, caller: Caller) -> Trace:
        self._own(envelope_id, caller)
        event = EventView(EventId(self.clock.mint()), EventTag.ENVELOPE_ACCEPTED, self.clock.now(), self.evidence_id)
        return Trace(self.view, (event,), ())

    def sent(
        self, caller: Caller, *, document_id: DocumentId | None, after: EnvelopeId | None, limit: int
    ) -> EnvelopePage:
        if not caller.may_act_for(MINISTRY) or document_id not in {None, self.view.document_id}:
            return EnvelopePage((), None)
        items = () if after == self.view.envelope_id else (self.view,)
        return EnvelopePage(items, self.view.envelope_id if limit == 1 and items else None)

    def content(self, envelope_id: EnvelopeId, caller: Caller, *, part: Part) -> Content:
        self._own(envelope_id, caller)
        return self.shelf.content(envelope_id, part)

    def evidences(self, envelope_id: EnvelopeId, caller: Caller) -> tuple[EvidenceView, ...]:
        self._own(envelope_id, caller)
        kind = EvidenceType.SUBMISSION_ACCEPTANCE
        return (EvidenceView(self.evidence_id, kind, self.clock.now(), hashlib.sha256(RECEIPT).hexdigest()),)

    def evidence(self, evidence_id: EvidenceId, caller: Caller) -> bytes:
        self._own(evidence_id, caller)
        return RECEIPT


@dataclass(slots=True)
class FakeUploads:
    """Keeps uploads in memory; submits them to the fake intake."""

    clock: SettableClock
    intake: FakeIntake
    open: dict[UploadId, tuple[UploadRecord, bytes]] = field(default_factory=dict)

    def begin(self, size: int, digest: bytes, *, caller: Caller) -> UploadRecord:
        now, upload_id = self.clock.now(), UploadId(self.clock.mint())
        begun = UploadRecord(upload_id, caller.system.system_id, digest, size, now, now + UPLOAD_LASTS)
        self.open[upload_id] = (begun, b"")
        return begun

    def look(self, upload_id: UploadId, caller: Caller) -> UploadRecord:
        if upload_id not in self.open or self.open[upload_id][0].system_id != caller.system.system_id:
            raise NotFound
        return self.open[upload_id][0]

    def append(self, upload_id: UploadId, chunk: Chunk, *, caller: Caller) -> UploadRecord:
        upload, octets = self.look(upload_id, caller), self.open[upload_id][1]
        if chunk.start != upload.received:
            raise UploadRefused(UploadFault.OFFSET, received=upload.received)
        octets += chunk.stream.read()
        self.open[upload_id] = (replace(upload, received=len(octets)), octets)
        return self.look(upload_id, caller)

    def submit(self, upload_id: UploadId, caller: Caller) -> Acceptance | Refusal:
        self.look(upload_id, caller)
        return self.intake.submit(package_of(self.open[upload_id][1]), caller)

    def abort(self, upload_id: UploadId, caller: Caller) -> UploadRecord:
        ended = replace(self.look(upload_id, caller), state=UploadState.ENDED)
        self.open[upload_id] = (ended, b"")
        return ended


class FakeAxis:
    """All parts of the door."""

    def __init__(self, **limits: int) -> None:
        self.settings = Settings(limits=LimitSettings(**limits))
        self.clock = SettableClock(NOW)
        self.timekeeper = FakeTimekeeper()
        self.metrics = Metrics()
        self.atlas = FakeAtlas()
        self.assertion_ledger = FakeLedger()
        self.token_key = AssertionKey.generate()
        self.intake = FakeIntake(self.clock)
        self.uploads = FakeUploads(self.clock, self.intake)
        self.shelf = FakeShelf()
        self.handover = FakeHandover(self.clock, self.shelf)
        self.acknowledgements = self.handover
        self.tracer = FakeTracer(self.clock, self.shelf)
        self.doorbell = FakeDoorbell()
        self.readiness = FakeReadiness()
        self.register = FakeRegister()

    @property
    def seal_chain(self) -> tuple[Certificate, ...]:
        return Certificate.many_from_pem(pki.credential().certificates_pem)

    def suspend_everybody(self) -> None:
        self.atlas.current = Directory(2, self.atlas.current.catalogue)

    def pass_time(self, **by: float) -> None:
        self.clock.advance(timedelta(**by))
