"""A small country on a Monday in 2026, and messages sent in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from envelopes.codes import BusinessDocType, StatusCode, UnknownCode
from envelopes.identifiers import DeliveryId, DocumentId, EnvelopeId, OrganId, SystemId
from envelopes.model import Business, Code, Envelope, Organization, ReplacementInfo, ResponseFor
from envelopes.status import StatusReport
from envelopes.texts import VIETNAM
from routing.admission import Submission
from routing.agencies import Agency, RegisteredCertificate, System, SystemKey, SystemState
from routing.authority import Caller
from routing.delivery import Delivery
from routing.directory import Catalogue, Directory
from routing.lifecycle import DeliveryState
from routing.precedents import EarlierDocument
from routing.senders import Credentials

NOW: Final = datetime(2026, 11, 23, 9, 30, tzinfo=VIETNAM)
MERGER: Final = date(2025, 7, 1)
EC_KEY: Final = json.dumps({"kty": "EC", "crv": "P-256", "x": "eA", "y": "eQ"})


def organ(text: str) -> OrganId:
    return OrganId(text)


def organs(*texts: str) -> tuple[OrganId, ...]:
    return tuple(OrganId(text) for text in texts)


def agency(organ_id: str, parent: str | None = None, *, aliases: Iterable[str] = (), **others: object) -> Agency:
    row = Agency(
        OrganId(organ_id),
        f"Cơ quan {organ_id}",
        aliases=organs(*aliases),
        parent=None if parent is None else OrganId(parent),
    )
    return replace(row, **others)  # type: ignore[arg-type]


def fingerprint(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def digest(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def certificate(
    organ_id: str, name: str | None = None, *, suspended_at: datetime | None = None
) -> RegisteredCertificate:
    window = (NOW - timedelta(days=100), NOW + timedelta(days=100))
    return RegisteredCertificate(fingerprint(name or organ_id), OrganId(organ_id), *window, suspended_at)


def system(name: str, *scopes: str, state: SystemState = SystemState.ACTIVE) -> System:
    keys = (SystemKey("k1", EC_KEY, NOW - timedelta(days=1)),)
    return System(SystemId(name), OrganId(scopes[0]), f"Phần mềm {name}", organs(*scopes), state=state, keys=keys)


AGENCIES: Final = (
    agency("G22", aliases=["000.00.00.G22"]),
    agency("H13", aliases=["000.00.00.H13"], name_en="Cần Thơ"),
    agency("H13.15", "H13", aliases=["000.00.15.H13"]),
    agency("H13.99", "H13", valid_from=date(2027, 1, 1)),
    agency("H26", aliases=["000.00.00.H26"]),
    agency("H26.18", "H26", aliases=["000.00.18.H26"]),
    agency("H26.18.07", "H26.18"),
    agency("H26.50", "H26", is_receiving=False),
    agency("H41"),
    agency("H41.W00", "H41", is_group=True),
    agency("H41.21", "H41.W00", aliases=["000.00.21.H41"]),
    agency("H51", valid_to=MERGER, successors=organs("H13")),
    agency("H51.15", "H51", aliases=["000.00.15.H51"], valid_to=MERGER, successors=organs("H13.15")),
)

CERTIFICATES: Final = (
    *(certificate(organ_id) for organ_id in ("G22", "H13", "H26", "H26.18", "H26.50", "H41.21", "H51")),
    certificate("H26", "suspended", suspended_at=NOW),
    RegisteredCertificate(fingerprint("former"), organ("H26"), NOW - timedelta(days=9), NOW),
)

SYSTEMS: Final = (
    system("van-thu.h26", "H26"),
    system("van-thu.h41", "H41"),
    system("vpcp", "G22"),
    system("nen-tang", "G22", "H13", "H26", "H41", "H51"),
    system("bi-dung", "H26", state=SystemState.SUSPENDED),
)

CATALOGUE: Final = Catalogue(AGENCIES)
DIRECTORY: Final = Directory(1, CATALOGUE, CERTIFICATES, SYSTEMS)


def caller(name: str, *narrowed_to: str) -> Caller:
    found = DIRECTORY.system(SystemId(name))
    assert found is not None
    return Caller(found, organs(*narrowed_to))


def credentials(signed_by: str, called_by: str = "nen-tang") -> Credentials:
    return Credentials(fingerprint(signed_by), caller(called_by))


def document_id(text: str | None) -> DocumentId | None:
    return None if text is None else DocumentId(text)


def organization(organ_id: str | None) -> Organization:
    return Organization(None if organ_id is None else OrganId(organ_id))


def envelope(
    sender: str | None = "H26",
    to: Iterable[str | None] = ("H41.21",),
    *,
    name: str | None = "vb-1",
    business: Business | None = None,
) -> Envelope:
    return Envelope(
        sender=organization(sender),
        recipients=tuple(organization(recipient) for recipient in to),
        document_id=document_id(name),
        code=Code("05", "QĐ-UBND"),
        subject="V/v thử nghiệm",
        promulgation_date=date(2026, 11, 20),
        business=business or Business(),
    )


def recall(target: str | None) -> Business:
    return Business(BusinessDocType.RECALL, reason="Gửi nhầm", document_id=document_id(target))


def update(target: str | None) -> Business:
    return Business(BusinessDocType.UPDATE, reason="Bổ sung", document_id=document_id(target))


def replacement(*targets: str | None) -> Business:
    replaced = tuple(ReplacementInfo(document_id(target), organs("H41.21")) for target in targets)
    return Business(BusinessDocType.REPLACE, reason="Sai nội dung", replacements=replaced)


def status(
    sender: str | None, code: StatusCode | UnknownCode, *, to: str | None, about: str | None = "vb-1"
) -> StatusReport:
    addressee = None if to is None else OrganId(to)
    response_for = ResponseFor(addressee, code="05/QĐ-UBND", document_id=document_id(about))
    return StatusReport(organization(sender), response_for, code, timestamp=NOW.replace(microsecond=0))


def envelope_id(number: int) -> EnvelopeId:
    return EnvelopeId(UUID(int=0x0198_0000_0000_7000_8000_0000_0000_0000 + number))


def earlier(sender: str, *recipients: str, name: str = "vb-1", number: int = 1) -> EarlierDocument:
    return EarlierDocument(envelope_id(number), DocumentId(name), OrganId(sender), frozenset(organs(*recipients)))


def document(
    message: Envelope, *, signed_by: str = "H26", called_by: str = "nen-tang", content: str = "content"
) -> Submission[Envelope]:
    return Submission(message, credentials(signed_by, called_by), digest(content))


def statement(message: StatusReport, *, signed_by: str, called_by: str = "nen-tang") -> Submission[StatusReport]:
    return Submission(message, credentials(signed_by, called_by), digest("content"))


def delivery(state: DeliveryState = DeliveryState.CONSIGNED, **others: object) -> Delivery:
    accepted_at = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    made = Delivery(
        delivery_id=DeliveryId(envelope_id(100)),
        envelope_id=envelope_id(1),
        recipient=organ("H41.21"),
        state=DeliveryState.CONSIGNED,
        priority_rank=0,
        accepted_at=accepted_at,
        due_at=accepted_at + timedelta(days=30),
    )
    return replace(made, state=state, **others)  # type: ignore[arg-type]
