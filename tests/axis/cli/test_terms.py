"""Every member of every enumeration that people get to see has words in both languages, and is shown by them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from asn1crypto.crl import CRLReason

from axis.anchorage.words import TrustCode
from axis.cli import demand_words, portraits, terms
from axis.cli.exits import ExitCode
from axis.cli.fault_words import fault_of
from axis.cli.inbox import _labels
from axis.cli.language import Language
from axis.cli.output import Label, Output
from axis.cli.packages import _FIELDS, _message, _message_shown
from axis.cli.proofs import MEANINGS
from axis.cli.pulling import Haul, Taken, show_haul
from axis.cli.trace import trace_shown
from axis.enrolment.agency_rows import COLUMNS
from axis.enrolment.registrar import AgencyFile
from axis.exchange.explaining_words import OUTCOMES, REASONS, REVOCATIONS, SOURCES, UNKNOWN, WORTHS
from axis.exchange.seals import SealState
from axis.sdk import Lease, Offer
from axis.sdk.errors import ReceiptFault, ReceiptRefused, SealFault, SealRefused
from axis.settings import Environment
from envelopes.acknowledgement import AckOutcome
from envelopes.codes import BusinessDocType, StatusCode
from envelopes.evidence import EvidenceType
from envelopes.evidence_facts import Decision, EnvironmentKind, MessageKind
from envelopes.evidence_signatures import DocumentWorth, RevocationSource, RevocationState, SignatureIndication
from envelopes.identifiers import DeliveryId, EnvelopeId, OrganId, SystemId
from envelopes.reader import read
from routing.agencies import Agency, System, SystemState
from routing.authenticity import DocumentVerdict, DoubtCode
from routing.authenticity_words import DOUBT_WORDS, VERDICT_WORDS
from routing.demands import DemandKind, DemandState
from routing.events import EVENTS, EventTag
from routing.lifecycle import DeliveryState
from routing.state_words import STATE_WORDS
from signing.errors import TrustFault, TrustUnusable
from signing.purposes import AuthorityKind, Purpose
from signing.statuses import HOLD, Doubt
from signing.verdict import Indication
from tests.axis.cli.conftest import Axis
from tests.axis.cli.test_envelope import letter, unsigned
from tests.vietnamese import foreign

__all__ = ["letter", "unsigned"]

AT: Final = datetime(2026, 3, 2, 1, tzinfo=UTC)
TABLES: Final[tuple[tuple[type[StrEnum], Mapping[Any, Label]], ...]] = (
    (DeliveryState, STATE_WORDS),
    (StatusCode, terms.STATUSES),
    (DemandKind, demand_words.KINDS),
    (DemandState, demand_words.STATES),
    (MessageKind, terms.MESSAGES),
    (BusinessDocType, terms.BUSINESS_TYPES),
    (Decision, terms.DECISIONS),
    (AckOutcome, terms.ACKNOWLEDGED),
    (EvidenceType, terms.EVIDENCES),
    (EvidenceType, MEANINGS),
    (Environment, terms.ENVIRONMENTS),
    (SystemState, terms.SYSTEMS),
    (SealState, terms.SEALS),
    (Purpose, terms.PURPOSES),
    (AuthorityKind, terms.AUTHORITIES),
    (TrustCode, terms.TROUBLES),
    (EventTag, {tag: (rule.vi, rule.en) for tag, rule in EVENTS.items()}),
    (SignatureIndication, OUTCOMES),
    (Indication, OUTCOMES),
    (RevocationSource, SOURCES),
    (RevocationState, REVOCATIONS),
    (Doubt, UNKNOWN),
    (DocumentWorth, WORTHS),
    (DocumentVerdict, {code: (words.vi, words.en) for code, words in VERDICT_WORDS.items()}),
    (DoubtCode, {code: (words.vi, words.en) for code, words in DOUBT_WORDS.items()}),
)


def members() -> Iterator[tuple[str, Label]]:
    """Every member with what it is called."""
    for kind, table in TABLES:
        for one in kind:
            yield f"{kind.__name__}.{one.name}", table[one]


@pytest.mark.parametrize("label", [label for _, label in members()], ids=[name for name, _ in members()])
def test_every_member_is_called_by_words_of_both_languages(label: Label) -> None:
    vi, en = label
    assert foreign(vi) == []
    assert vi
    assert en
    assert vi != en or vi in {"OCSP", "CRL"}


@pytest.mark.parametrize(("kind", "table"), TABLES, ids=lambda one: getattr(one, "__name__", ""))
def test_no_two_members_are_called_alike(kind: type[StrEnum], table: Mapping[Any, Label]) -> None:
    for language in (0, 1):
        assert len({table[one][language] for one in kind}) == len(kind)


def test_environments_of_evidence_are_those_of_settings() -> None:
    assert {one.value for one in EnvironmentKind} < {one.value for one in Environment}


def test_every_reason_of_a_revocation_has_words() -> None:
    # A suspension is told as such; `unspecified` states none; `remove_from_crl` ends one, so that nothing is revoked.
    without = {HOLD, "unspecified", "remove_from_crl"}
    stated = {name for name in CRLReason._map.values() if name not in without}
    assert stated == {name for name in REASONS if name is not None}
    assert [foreign(vi) for vi, _ in REASONS.values() if foreign(vi)] == []


def test_a_value_of_a_newer_axis_is_told_as_it_is() -> None:
    assert terms.term(terms.STATUSES, "99") == terms.coded(terms.STATUSES, "99") == ("99", "99")
    assert terms.coded(terms.STATUSES, "03")[0] == "03 Đã tiếp nhận"


# ── as they are shown ─────────────────────────────────────────────────────────────────────────────────────────────


def shown_in_vietnamese(capsys: pytest.CaptureFixture[str], *shown: Any) -> str:
    """What a person reads, once it was seen that nothing of it is English."""
    Output(Language.VI).give({}, *shown)
    text = capsys.readouterr().out
    assert foreign(text) == []
    return text


@pytest.mark.parametrize("state", SystemState)
def test_a_system_is_shown_by_its_state(capsys: pytest.CaptureFixture[str], state: SystemState) -> None:
    system = System(SystemId("a"), OrganId("H51"), "Trục", (OrganId("H51"),), state=state)
    table = portraits.systems_shown(Output(Language.VI), (system,))
    assert terms.SYSTEMS[state][0] in shown_in_vietnamese(capsys, table)


@pytest.mark.parametrize("kind", MessageKind)
def test_what_was_pulled_is_shown_by_its_kind(capsys: pytest.CaptureFixture[str], kind: MessageKind) -> None:
    offer = Offer(
        delivery_id=DeliveryId(UUID(int=1)),
        envelope_id=EnvelopeId(UUID(int=2)),
        recipient=OrganId("H51"),
        sender=OrganId("H41"),
        kind=kind.value,
        document_id=None,
        subject="Báo cáo",
        priority_rank=0,
        size=1,
        digest="0",
    )
    haul = Haul(taken=[Taken(offer, Path("goi-tin.xml"))])
    show_haul(Output(Language.VI), Lease("1", AT, (offer,)), haul=haul)
    text = capsys.readouterr().out
    assert terms.MESSAGES[kind][0] in text
    assert foreign(text) == []


@pytest.mark.parametrize("state", DeliveryState)
def test_a_trace_is_shown_by_states_statuses_and_events(
    capsys: pytest.CaptureFixture[str], state: DeliveryState
) -> None:
    statuses = [{"code": one.value, "accepted_at": AT.isoformat(), "description": None} for one in StatusCode]
    events = [{"tag": one.value, "at": AT.isoformat(), "evidence_id": None} for one in EventTag]
    delivery = {"recipient": "H51", "name": "Sở Nội vụ", "state": state.value, "events": events, "statuses": statuses}
    envelope = {
        "envelope_id": "1",
        "accepted_at": AT.isoformat(),
        "sender": "H41",
        "document_id": None,
        "subject": None,
        "verdict": None,
    }
    traced = {"envelope": envelope, "events": events, "deliveries": [delivery]}
    text = shown_in_vietnamese(capsys, *trace_shown(Output(Language.VI), traced))
    assert f"Sở Nội vụ: {STATE_WORDS[state][0]}" in text
    assert [one for one in StatusCode if f"{one.value} {terms.STATUSES[one][0]}" not in text] == []


@pytest.mark.parametrize("kind", DemandKind)
@pytest.mark.parametrize("state", DemandState)
def test_a_trace_shows_what_came_of_a_recall(
    capsys: pytest.CaptureFixture[str], state: DemandState, kind: DemandKind
) -> None:
    demand = {
        "kind": kind.value,
        "state": state.value,
        "asked_at": AT.isoformat(),
        "unanswered_since": AT.isoformat(),
        "answered_at": None,
        "reason": "Gửi nhầm",
    }
    output = Output(Language.VI)
    text = shown_in_vietnamese(capsys, *demand_words.demands_shown(output, [demand], local=str))
    assert f"{demand_words.KINDS[kind][0]} (" in text
    assert f"{demand_words.STATES[state][0]}; quá hạn trả lời từ" in text
    assert text.endswith(": Gửi nhầm\n")
    answered = {**demand, "answered_at": AT.isoformat()}
    assert "quá hạn" not in shown_in_vietnamese(capsys, *demand_words.demands_shown(output, [answered], local=str))


def test_a_trace_shows_what_a_message_is_about(capsys: pytest.CaptureFixture[str]) -> None:
    link = {"envelope_id": "2", "document_id": "H51-7", "number": "7", "notation": "QĐ-UBND"}
    envelope = {
        "business_type": "1",
        "original_id": "1",
        "replaces": [link],
        "replaced_by": [{**link, "envelope_id": "3", "number": None}],
    }
    text = shown_in_vietnamese(capsys, *demand_words.links_shown(Output(Language.VI), envelope))
    assert text.splitlines() == ["thu hồi: 1", "Thay thế: 7/QĐ-UBND  2", "Được thay thế bằng: H51-7  3"]
    assert list(demand_words.links_shown(Output(Language.VI), {"envelope_id": "1"})) == []


@pytest.mark.parametrize("outcome", AckOutcome)
@pytest.mark.parametrize("state", DeliveryState)
def test_an_acknowledgement_is_shown_in_words(state: DeliveryState, outcome: AckOutcome) -> None:
    labels = _labels({"state": state.value, "outcome": outcome.value})
    assert labels == (STATE_WORDS[state], terms.ACKNOWLEDGED[outcome])


@pytest.mark.parametrize("kind", EvidenceType)
def test_a_type_of_evidence_has_its_name_beside_its_code(kind: EvidenceType) -> None:
    fault = fault_of(ReceiptRefused(ReceiptFault.NO_ACCEPTANCE, type=kind.value))
    assert f"{terms.EVIDENCES[kind][0]} ({kind.value})" in fault.vi
    assert foreign(fault.vi) == []


@pytest.mark.parametrize("kind", EnvironmentKind)
def test_an_environment_is_named_in_the_language_of_the_sentence(kind: EnvironmentKind) -> None:
    names = {"environment": kind.value, "instance": "truc-mau", "wanted_environment": "any", "wanted_instance": "any"}
    for error in (ReceiptRefused(ReceiptFault.OTHER_ORIGIN, **names), SealRefused(SealFault.OTHER_ORIGIN, **names)):
        fault = fault_of(error)
        assert terms.ENVIRONMENTS[kind.value][0] in fault.vi
        assert kind.value not in fault.vi
        assert kind.value in fault.en


@pytest.mark.parametrize("purpose", Purpose)
def test_a_purpose_is_named_in_the_language_of_the_sentence(purpose: Purpose) -> None:
    fault = fault_of(TrustUnusable(TrustFault.NO_ANCHOR_FOR, purpose=purpose.value))
    assert f'"{terms.PURPOSES[purpose][0]}"' in fault.vi


def test_a_message_is_shown_by_words(axis: Axis, unsigned: Path, keys: Path) -> None:
    message: Any = read(unsigned.read_bytes()).message
    assert set(_message(message)) <= set(_FIELDS)
    said = [vi for vi, _ in _message_shown(message)]
    assert {"Loại: thông điệp văn bản", "Loại nghiệp vụ: 0 văn bản mới", "Số, ký hiệu: 123/SNV-VP"} <= set(said)
    ran = axis("envelope", "check", unsigned, "--trust", keys / "root.pem", "--lang", "vi")
    assert ran.code is ExitCode.NOT_PROVEN
    assert "Chữ ký số không hợp lệ: TOTAL-FAILED" in ran.out


def test_an_agency_is_shown_by_the_meaning_of_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    agency = Agency(OrganId("H51"), "Tỉnh Sóc Trăng", is_group=True)
    found = AgencyFile(agency, (), (), (), ())
    text = shown_in_vietnamese(capsys, *portraits.agency_shown(Output(Language.VI), found))
    assert "Chỉ dùng để gộp nhóm [is_group]" in text
    assert "true" not in text
    for column in COLUMNS:
        assert foreign(column.vi) == []
