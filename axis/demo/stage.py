"""What the parts of the demonstration share: the running axis seen by its participants, and the deeds of all parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from axis.clock import Clock
from axis.demo.authority import Credential
from axis.demo.errors import JourneyFailed, JourneyFault
from axis.demo.keys import Participant
from axis.demo.letters import Letter, compose
from axis.demo.pdf_signing import sign_pdf
from axis.demo.receiver import DemoReceiver
from axis.sdk import Axis, Offer, Receipt, check_package, sign_package
from envelopes.codes import Priority
from envelopes.errors import Phrase
from envelopes.model import Envelope
from signing.keys import Signer
from signing.trust import TrustStore

SENDER: Final = "H51.15"
RECIPIENTS: Final = ("H41.21", "H26.18", "G22")
TOLD: Final = RECIPIENTS[0]
"""The recipient whose system is told at a webhook; the others ask."""

PATIENCE_SECONDS: Final = 20.0
"""How long the demonstration waits for evidence that is sealed afterwards; it takes well under a second."""

_PRIORITIES: Final[Mapping[Priority, str]] = {
    Priority.NORMAL: "thường",
    Priority.URGENT: "khẩn",
    Priority.VERY_URGENT: "thượng khẩn",
    Priority.EXPRESS: "hỏa tốc",
    Priority.EXPRESS_TIMED: "hỏa tốc hẹn giờ",
}

Tell = Callable[[Phrase], None]
"""Called with one line for each thing that happens, in Vietnamese and English."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A document on its way: the message, its signed package and the verified receipt."""

    envelope: Envelope
    package: bytes = field(repr=False)
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Stage:
    """The running axis, seen by its participants."""

    clock: Clock
    people: Mapping[str, Participant]
    clients: Mapping[str, Axis]
    revoked: Signer
    """A key of the sender whose certificate was revoked because the key was stolen."""
    signers: tuple[Credential, Credential]
    """Who signs the sender's documents themselves: the person who is competent, then the agency."""
    trust: TrustStore
    hook: DemoReceiver
    """The webhook of `TOLD`."""
    tell: Tell

    @property
    def sender(self) -> Participant:
        """Who sends the letters."""
        return self.people[SENDER]

    def signed(self, octets: bytes) -> bytes:
        """Return a PDF as a letter carries it, signed by person and agency."""
        return sign_pdf(octets, *self.signers)

    @property
    def recipients(self) -> tuple[Participant, ...]:
        """Who gets them."""
        return tuple(self.people[one] for one in RECIPIENTS)


def send(stage: Stage, letter: Letter, *, signed: Callable[[bytes], bytes] | None = None) -> Sent:
    """Return a letter that was sent to all recipients and accepted, its receipt verified."""
    now = stage.clock.now()
    envelope = compose(letter, stage.sender, recipients=stage.recipients, at=now, signed=signed)
    package = sign_package(envelope, stage.sender.signer, at=now)
    receipt = stage.clients[SENDER].send(package)
    files, agencies, number = len(envelope.attachments), len(envelope.recipients), receipt.evidence.identifier
    by_vi, by_en = (
        ("", "") if signed is None else (", có chữ ký số của cá nhân và cơ quan", ", signed by person and agency")
    )
    stage.tell(
        (
            (
                f"{SENDER} gửi {envelope.code} ({_PRIORITIES[letter.priority]}, {files} tệp PDF{by_vi}) tới {agencies} "
                f"cơ quan: đã tiếp nhận, biên nhận {number} đã kiểm chứng."
            ),
            (
                f"{SENDER} sent {envelope.code} ({letter.priority.name.lower()}, {files} PDF{by_en}) to {agencies} "
                f"agencies: accepted, receipt {number} verified."
            ),
        )
    )
    return Sent(envelope, package, receipt)


def take(stage: Stage, recipient: Participant, *, offer: Offer) -> str:
    """Return number and notation of the document in an offer: fetched, its signature verified, and acknowledged."""
    client = stage.clients[str(recipient.organ_id)]
    checked = check_package(client.fetch(offer), stage.trust, at=stage.clock.now())
    if not isinstance(checked.message, Envelope):
        raise JourneyFailed(JourneyFault.NOT_VERIFIED, organ_id=recipient.organ_id)
    client.acknowledge(offer, recipient.signer)
    return str(checked.message.code)
