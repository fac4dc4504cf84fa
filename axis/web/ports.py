"""What the web door needs of the rest of the axis; `axis/wiring.py` provides it, tests bring their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from axis.caller import Caller
from axis.clock import Clock
from axis.exchange.contents import Content, Part
from axis.exchange.offers import Acknowledged, DeliveryView, LeaseGrant
from axis.exchange.outcomes import Acceptance, Refusal
from axis.exchange.seals import KnownSeal
from axis.exchange.uploads import Chunk
from axis.inquiry.views import EnvelopePage, EnvelopeView, EvidenceView, Trace
from axis.inquiry.vitals import Check
from axis.metrics import Metrics
from axis.settings import Settings
from envelopes.identifiers import DeliveryId, DocumentId, EnvelopeId, EvidenceId, OrganId, SystemId
from envelopes.packages import Package
from routing.delivery import LeaseId
from routing.directory import Directory
from routing.leases import LeaseTerms
from routing.uploads import UploadId
from signing.assertions import AssertionKey
from signing.certificates import Certificate
from storage.records import UploadRecord


class CurrentDirectory(Protocol):
    """The directory in effect; `axis.atlas.Atlas` is one."""

    def directory(self) -> Directory:
        """Return the directory, at most a few seconds old. May block: for the thread pool."""
        ...


class AssertionLedger(Protocol):
    """Remembers which client assertions were used, for all processes."""

    def claim(self, system_id: SystemId, jti: str, *, expires_at: datetime) -> bool:
        """Return True the first time a system shows this id, False ever after until `expires_at`. Blocks."""
        ...


class Timekeeping(Protocol):
    """`axis.timekeeper.Timekeeper`."""

    def require(self) -> None:
        """Return where the clock is right; raises `ClockAstray`. May block: for the thread pool."""
        ...


class Doorbell(Protocol):
    """Tells which agencies have something new waiting. It may ring twice or never: whoever waits also looks."""

    def subscribe(self, ring: Callable[[OrganId], None]) -> Callable[[], None]:
        """Call `ring` with the recipient's canonical id, from any thread; return what ends the subscription."""
        ...


class Readiness(Protocol):
    """What the process depends on, checked now and then by somebody else; asking is free."""

    def checks(self) -> Sequence[Check]:
        """Return the last outcomes; none yet is not ready."""
        ...


class Register(Protocol):
    """`axis.exchange.seals.SealRegister`."""

    def seals(self) -> Sequence[KnownSeal]:
        """Return the announced seals, the active one, then the retired ones. May block: for the thread pool."""
        ...


class Intake(Protocol):
    """`axis.exchange.intake.Intake`."""

    def submit(self, package: Package, caller: Caller) -> Acceptance | Refusal:
        """Return what became of a package; raises `UnreadableMessage`."""
        ...


class Uploads(Protocol):
    """`axis.exchange.uploads.Uploads`."""

    def begin(self, size: int, digest: bytes, *, caller: Caller) -> UploadRecord:
        """Return the upload of a package, begun before or now; raises `UploadRefused`, `UnreadableMessage`."""
        ...

    def look(self, upload_id: UploadId, caller: Caller) -> UploadRecord:
        """Return how an upload stands; raises `NotFound`."""
        ...

    def append(self, upload_id: UploadId, chunk: Chunk, *, caller: Caller) -> UploadRecord:
        """Return how an upload stands with a chunk more; raises `UploadRefused`."""
        ...

    def submit(self, upload_id: UploadId, caller: Caller) -> Acceptance | Refusal:
        """Return what became of the package; raises `UploadRefused`."""
        ...

    def abort(self, upload_id: UploadId, caller: Caller) -> UploadRecord:
        """Return an upload that was ended; raises `NotFound`."""
        ...


class Handover(Protocol):
    """`axis.exchange.handover.Handover`."""

    def lease(self, caller: Caller, *, recipients: tuple[OrganId, ...] | None, terms: LeaseTerms) -> LeaseGrant:
        """Return deliveries reserved for the caller, none where nothing waits."""
        ...

    def release(self, lease_id: LeaseId, caller: Caller) -> int:
        """Return how many deliveries went back."""
        ...

    def content(self, delivery_id: DeliveryId, caller: Caller, *, part: Part) -> Content:
        """Return the original octets, to be closed, and record that they were fetched."""
        ...

    def file(self, delivery_id: DeliveryId, number: int, *, caller: Caller, part: Part) -> Content:
        """Return one file of a package in parts, to be closed, and record that it was fetched."""
        ...

    def delivery(self, delivery_id: DeliveryId, caller: Caller) -> DeliveryView:
        """Return one delivery as its recipient may see it."""
        ...


class Acknowledgements(Protocol):
    """`axis.exchange.acknowledging.Acknowledgements`."""

    def acknowledge(self, delivery_id: DeliveryId, token: str, *, caller: Caller) -> Acknowledged:
        """Return what a signed acknowledgement did; raises `Refused`."""
        ...


class Tracer(Protocol):
    """`axis.inquiry.tracer.Tracer`."""

    def envelope(self, envelope_id: EnvelopeId, caller: Caller) -> EnvelopeView:
        """Return an envelope by its metadata."""
        ...

    def trace(self, envelope_id: EnvelopeId, caller: Caller) -> Trace:
        """Return what happened to an envelope."""
        ...

    def sent(
        self, caller: Caller, *, document_id: DocumentId | None, after: EnvelopeId | None, limit: int
    ) -> EnvelopePage:
        """Return what the caller's agencies sent, newest first."""
        ...

    def content(self, envelope_id: EnvelopeId, caller: Caller, *, part: Part) -> Content:
        """Return the original octets, to be closed, to their sender."""
        ...

    def evidences(self, envelope_id: EnvelopeId, caller: Caller) -> tuple[EvidenceView, ...]:
        """Return the evidence about an envelope, oldest first."""
        ...

    def evidence(self, evidence_id: EvidenceId, caller: Caller) -> bytes:
        """Return one sealed evidence, octet for octet."""
        ...


class WebParts(Protocol):
    """Everything the door is built from."""

    @property
    def settings(self) -> Settings:
        """The settings in effect."""
        ...

    @property
    def clock(self) -> Clock:
        """Time and identifiers."""
        ...

    @property
    def timekeeper(self) -> Timekeeping:
        """Whether that time is right."""
        ...

    @property
    def metrics(self) -> Metrics:
        """What is counted."""
        ...

    @property
    def atlas(self) -> CurrentDirectory:
        """The directory in effect."""
        ...

    @property
    def assertion_ledger(self) -> AssertionLedger:
        """Which client assertions were used."""
        ...

    @property
    def token_key(self) -> AssertionKey:
        """The private key of access tokens, ECDSA P-256."""
        ...

    @property
    def seal_chain(self) -> tuple[Certificate, ...]:
        """The certificate of the seal, then its intermediates."""
        ...

    @property
    def register(self) -> Register:
        """What is known of the seals."""
        ...

    @property
    def intake(self) -> Intake:
        """Takes packages in."""
        ...

    @property
    def uploads(self) -> Uploads:
        """Takes packages in by chunks."""
        ...

    @property
    def handover(self) -> Handover:
        """Hands deliveries over."""
        ...

    @property
    def acknowledgements(self) -> Acknowledgements:
        """Takes recipients' signed statements."""
        ...

    @property
    def tracer(self) -> Tracer:
        """Tells what happened."""
        ...

    @property
    def doorbell(self) -> Doorbell:
        """Wakes those who wait."""
        ...

    @property
    def readiness(self) -> Readiness:
        """What the process depends on."""
        ...
