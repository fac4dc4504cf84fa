"""What the ending of every killed axis is compared by: the evidence that events owe, by kind and delivery."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from envelopes.evidence import EvidenceType
from tests.journey.ending import has_ended, owed


def trace(kind: str = "edoc", *, tag: str = "delivery.handed_over", **more: Any) -> Mapping[str, Any]:
    """A message to one recipient, to whom this happened."""
    events = [{"tag": one, "evidence_id": "x"} for one in ("delivery.consigned", "delivery.leased", tag)]
    delivery = {"delivery_id": "a", "state": "handed_over", "recalled_at": None, "events": events, **more}
    accepted = [{"tag": "envelope.accepted" if kind == "edoc" else "status.accepted", "evidence_id": "x"}]
    return {"envelope": {"kind": kind}, "events": accepted, "deliveries": [delivery]}


def test_each_event_owes_its_own_evidence() -> None:
    assert owed(trace()) == {
        (EvidenceType.SUBMISSION_ACCEPTANCE, None): 1,
        (EvidenceType.CONTENT_CONSIGNMENT, "a"): 1,
        (EvidenceType.CONTENT_HANDOVER, "a"): 1,
    }
    assert owed(trace(tag="delivery.withdrawn"))[EvidenceType.CONTENT_WITHDRAWAL, "a"] == 1
    assert owed(trace(tag="delivery.consigned"))[EvidenceType.CONTENT_CONSIGNMENT, "a"] == 2


def test_an_agencys_statement_owes_its_receipt_alone() -> None:
    assert owed(trace("status")) == Counter({(EvidenceType.SUBMISSION_ACCEPTANCE, None): 1})


def test_nothing_has_ended_that_waits_or_is_not_attested() -> None:
    assert has_ended(trace())
    assert not has_ended(trace(state="consigned"))
    assert not has_ended(trace(events=[{"tag": "delivery.handed_over", "evidence_id": None}]))
    assert has_ended(trace(state="consigned", recalled_at="2026-11-30T00:00:00Z"))
