"""What tests of closed agencies do and look at."""

from __future__ import annotations

from typing import Final

from axis.enrolment.registrar import Instruction
from envelopes.evidence import Evidence
from envelopes.identifiers import DeliveryId, OrganId
from envelopes.texts import VIETNAM
from routing.delivery import Delivery
from storage.database.deliveries import get_delivery_record
from storage.records import DeliveryRecord
from tests.fixtures.exchange import Exchange

WORD: Final = Instruction("tests", "Nghị quyết sắp xếp tổ chức bộ máy")


def close(exchange: Exchange, organ_id: str, *successors: str, forwards_to: str | None = None) -> None:
    """Close an agency from today on, and say who gets its mail."""
    today = exchange.clock.now().astimezone(VIETNAM).date()
    registrar = exchange.axis.registrar
    registrar.close(OrganId(organ_id), today, successors=tuple(map(OrganId, successors)), instruction=WORD)
    if forwards_to is not None:
        registrar.forward(OrganId(organ_id), OrganId(forwards_to), instruction=WORD)
    exchange.axis.atlas.refresh()


def forward(exchange: Exchange) -> int:
    """Return how many deliveries followed their rule, as the leader of the workers has them follow."""
    total = 0
    exchange.axis.atlas.refresh()
    while taken := exchange.axis.forwarding.forward_due():
        total += taken
    return total


def record_of(exchange: Exchange, delivery: Delivery | DeliveryId) -> DeliveryRecord:
    """Return a delivery as it stands now."""
    delivery_id = delivery.delivery_id if isinstance(delivery, Delivery) else delivery
    with exchange.axis.premises.transactions.read() as session:
        found = get_delivery_record(session, delivery_id)
    assert found is not None
    return found


def party(evidence: Evidence) -> tuple[str, str | None]:
    """Return the one recipient of an evidence: its id, and the one the message has for it."""
    (recipient,) = evidence.recipients
    named = recipient.party.named_as
    return str(recipient.party.organ_id), None if named is None else str(named)
