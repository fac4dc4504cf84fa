"""Taking messages on: what is accepted, what is refused, and what each leaves behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import column, func, select
from sqlalchemy import table as table_clause

from axis.caller import Caller
from axis.demo.letters import ALTERED, FIRST, URGENT
from axis.enrolment.amendments import SystemApplication
from axis.enrolment.registrar import Instruction
from axis.exchange.outcomes import Acceptance, Refusal
from axis.sdk import sign_octets
from envelopes.codes import BusinessDocType, StatusCode
from envelopes.errors import Severity, UnreadableMessage
from envelopes.evidence import EvidenceType
from envelopes.evidence_facts import Decision
from envelopes.evidence_reader import read_evidence
from envelopes.identifiers import DocumentId, OrganId, SystemId
from envelopes.model import Business, DocumentType, Organization, ReplacementInfo
from envelopes.packages import package_of
from envelopes.status import StatusReport
from envelopes.writer import write
from signing.assertions import AssertionKey
from storage.database.envelopes import get_envelope
from storage.database.evidences import get_evidence
from tests.fixtures.exchange import RECIPIENTS, SENDER, Exchange


def kept(exchange: Exchange) -> list[str]:
    """Return the digests of every object in the store."""
    return sorted(path.name for path in exchange.blobs.rglob("*") if path.is_file())


def rows(exchange: Exchange, table: str) -> int:
    """Return how many rows a table has."""
    with exchange.axis.engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(table_clause(table))).scalar_one())


def events(exchange: Exchange) -> list[str]:
    """Return the tags of all recorded events."""
    with exchange.axis.engine.connect() as connection:
        return list(connection.execute(select(column("tag")).select_from(table_clause("events"))).scalars())


def test_an_accepted_letter_is_kept_routed_and_receipted(exchange: Exchange) -> None:
    package = exchange.sign(exchange.letter())
    accepted = exchange.axis.intake.submit(package_of(package), exchange.caller(SENDER))
    assert isinstance(accepted, Acceptance)
    assert [one.organ_id for one in accepted.recipients] == [OrganId(one) for one in RECIPIENTS]
    assert {one.decision for one in accepted.recipients} == {Decision.ACCEPTED}
    verifier = exchange.receipts
    evidence = verifier.verify_for_package(accepted.receipt, package, at=exchange.clock.now())
    assert evidence.type is EvidenceType.SUBMISSION_ACCEPTANCE
    assert evidence.message.envelope_id == accepted.envelope_id
    assert exchange.axis.premises.blobs.get(bytes.fromhex(accepted.raw_digest)) == package
    assert (rows(exchange, "envelopes"), rows(exchange, "deliveries"), rows(exchange, "owed_evidences")) == (1, 3, 3)


def test_the_same_submission_gets_the_first_receipt_again(exchange: Exchange) -> None:
    first = exchange.accept(exchange.letter())
    again = exchange.accept(exchange.letter())
    assert again.is_repeat
    assert again.receipt == first.receipt
    assert (rows(exchange, "envelopes"), rows(exchange, "deliveries")) == (1, 3)


def test_a_client_that_builds_its_package_anew_is_recognised(exchange: Exchange) -> None:
    letter = exchange.letter()
    first = exchange.accept(letter)
    exchange.clock.advance(timedelta(minutes=5))
    files = tuple(replace(one, content_id=f"other-{one.content_id}") for one in letter.attachments)
    trace = tuple(replace(one, timestamp=exchange.clock.now().replace(microsecond=0)) for one in letter.trace)
    again = exchange.accept(replace(letter, attachments=files, trace=trace))
    assert again.is_repeat
    assert again.envelope_id == first.envelope_id


def test_other_content_under_one_document_id_is_a_conflict_that_names_the_way_out(exchange: Exchange) -> None:
    letter = exchange.letter()
    exchange.accept(letter)
    outcome = exchange.submit(replace(letter, subject="V/v khác"))
    assert isinstance(outcome, Refusal)
    assert outcome.is_conflict
    assert [finding.code for finding in outcome.findings] == ["document/conflict"]
    assert rows(exchange, "envelopes") == 1


def test_two_agencies_may_use_one_document_id(exchange: Exchange) -> None:
    ours = exchange.letter(to=("H41.21",))
    theirs = replace(ours, sender=Organization(OrganId("G22")), trace=(), subject="V/v việc khác")
    assert theirs.document_id == ours.document_id
    first, second = exchange.accept(ours), exchange.accept(theirs, "G22")
    assert (first.is_repeat, second.is_repeat) == (False, False)
    assert first.envelope_id != second.envelope_id
    assert exchange.accept(ours).receipt == first.receipt
    assert exchange.accept(theirs, "G22").receipt == second.receipt
    assert (rows(exchange, "envelopes"), rows(exchange, "deliveries")) == (2, 2)


def test_a_refused_document_id_may_be_sent_again(exchange: Exchange) -> None:
    letter = exchange.letter()
    exchange.refuse(replace(letter, recipients=(Organization(OrganId("H99.99")),)))
    assert not exchange.accept(letter).is_repeat


def test_a_number_under_another_document_id_is_accepted_with_a_warning(exchange: Exchange) -> None:
    letter = exchange.letter()
    exchange.accept(letter)
    twin = exchange.accept(replace(letter, document_id=DocumentId("another-id"), subject="V/v khác"))
    warnings = [one.code for one in twin.warnings if not one.code.startswith("authenticity/")]
    assert warnings == ["document/duplicate-number"]


def test_bad_recipients_are_refused_one_by_one_and_duplicates_merged(exchange: Exchange) -> None:
    asked = ("H41.21", "000.00.21.H41", "H99.99", "G05", "H51.W00", "H26.30", SENDER)
    recipients = tuple(Organization(OrganId(one)) for one in asked)
    accepted = exchange.accept(replace(exchange.letter(), recipients=recipients))
    decided = {str(one.asked_as): one for one in accepted.recipients}
    assert decided["H41.21"].decision is Decision.ACCEPTED
    assert decided["000.00.21.H41"].decision is Decision.MERGED
    refused = {key: one.finding.code for key, one in decided.items() if one.finding is not None}
    assert refused == {
        "H99.99": "recipient/unknown",
        "G05": "recipient/closed",
        "H51.W00": "recipient/group",
        "H26.30": "recipient/not-receiving",
        SENDER: "recipient/is-sender",
    }
    assert decided["G05"].successors == (OrganId("G12"),)
    assert rows(exchange, "deliveries") == 1


def test_a_recipient_whose_id_cannot_be_read_is_refused_alone_and_named_by_its_place(exchange: Exchange) -> None:
    unsigned = write(exchange.letter(to=("G22", "H26.18")))
    broken = unsigned.replace(b"<edXML:OrganId>H26.18<", b"<edXML:OrganId>nu ll<", 1)
    signed = sign_octets(broken, exchange.people[SENDER].signer, at=exchange.clock.now())
    accepted = exchange.axis.intake.submit(package_of(signed), exchange.caller(SENDER))
    assert isinstance(accepted, Acceptance)
    assert [one.organ_id for one in accepted.recipients] == [OrganId("G22")]
    unknown = [one for one in accepted.warnings if one.code == "recipient/unknown"]
    assert [one.path for one in unknown] == ["MessageHeader.To[2].OrganId"]


def test_no_recipient_left_is_a_rejection_with_every_reason(exchange: Exchange) -> None:
    recipients = (Organization(OrganId("H99.99")), Organization(OrganId("G05")))
    codes = exchange.refuse(replace(exchange.letter(), recipients=recipients))
    assert set(codes) == {"recipient/none-left", "recipient/unknown", "recipient/closed"}
    assert kept(exchange) == []
    assert rows(exchange, "envelopes") == 0


def test_a_refusal_is_sealed_stored_and_speaks_of_the_authenticated_system(exchange: Exchange) -> None:
    package = exchange.sign(exchange.letter(ALTERED)).replace(b">125<", b">126<", 1)
    outcome = exchange.axis.intake.submit(package_of(package), exchange.caller(SENDER))
    assert isinstance(outcome, Refusal)
    assert [finding.code for finding in outcome.findings] == ["signature/altered"]
    verifier = exchange.receipts
    evidence = verifier.verify_for_package(outcome.evidence, package, at=exchange.clock.now())
    assert evidence.type is EvidenceType.SUBMISSION_REJECTION
    assert evidence.sender.organ_id == OrganId(SENDER)
    assert evidence.message.document_id is None
    with exchange.axis.premises.transactions.read() as session:
        record = get_evidence(session, outcome.evidence_id)
    assert record is not None
    assert record.octets == outcome.evidence
    assert kept(exchange) == []


def test_an_agency_cannot_speak_for_another(exchange: Exchange) -> None:
    letter = exchange.letter()
    signed_by_other = exchange.axis.intake.submit(package_of(exchange.sign(letter, "G22")), exchange.caller("G22"))
    assert isinstance(signed_by_other, Refusal)
    codes = {finding.code for finding in signed_by_other.findings}
    assert {"sender/not-owner", "sender/system-may-not-act"} <= codes


def test_a_genuine_package_brought_by_another_agencys_system_is_refused(exchange: Exchange) -> None:
    outcome = exchange.axis.intake.submit(package_of(exchange.sign(exchange.letter())), exchange.caller("G22"))
    assert isinstance(outcome, Refusal)
    assert [finding.code for finding in outcome.findings] == ["sender/system-may-not-act"]


@pytest.mark.parametrize("is_exact", [False, True], ids=["with those below it", "alone"])
def test_a_system_sends_for_the_agencies_of_its_scope_and_the_receipt_names_who_runs_it(
    exchange: Exchange, *, is_exact: bool
) -> None:
    above = OrganId("H51")
    scopes = {"exact_scopes": (above,), "scopes": ()} if is_exact else {"scopes": (above,)}
    application = SystemApplication(SystemId("qlvb.h51"), above, "Hệ thống của tỉnh", **scopes)
    word = Instruction(actor="tests", reason="a test asks for it")
    exchange.axis.registrar.add_system(application, AssertionKey.generate().public_jwk().encode(), instruction=word)
    directory = exchange.axis.atlas.refresh()
    system = directory.system(application.system_id)
    assert system is not None
    outcome = exchange.axis.intake.submit(package_of(exchange.sign(exchange.letter())), Caller(system, directory))
    if is_exact:
        assert isinstance(outcome, Refusal)
        assert [one.code for one in outcome.findings] == ["sender/system-may-not-act"]
        return
    assert isinstance(outcome, Acceptance)
    sender = read_evidence(outcome.receipt).sender
    assert (sender.organ_id, sender.delegate, sender.system) == (OrganId(SENDER), above, application.system_id)


def test_unreadable_input_leaves_nothing(exchange: Exchange) -> None:
    before = rows(exchange, "events")
    with pytest.raises(UnreadableMessage):
        exchange.axis.intake.submit(package_of(b"<not xml"), exchange.caller(SENDER))
    assert (rows(exchange, "events"), rows(exchange, "evidences"), kept(exchange)) == (before, 0, [])


def test_what_the_format_and_what_routing_finds_is_told_together_errors_first(exchange: Exchange) -> None:
    letter = exchange.letter()
    recipients = (*letter.recipients, Organization(OrganId("H99.99")), Organization(OrganId("H41.21")))
    outcome = exchange.submit(replace(letter, subject=None, recipients=recipients, document_type=DocumentType(None)))
    assert isinstance(outcome, Refusal)
    told = [(finding.severity, finding.code) for finding in outcome.findings]
    assert (Severity.ERROR, "N.MessageHeader.Subject") in told
    assert (Severity.ERROR, "recipient/unknown") in told
    assert [severity for severity, _ in told] == sorted(severity for severity, _ in told)
    assert told[0][0] is Severity.ERROR
    reasons = read_evidence(outcome.evidence).reasons
    assert {reason.code for reason in reasons} == {code for severity, code in told if severity is Severity.ERROR}


def test_a_recall_is_never_tied_to_another_agencys_document_of_the_same_id(exchange: Exchange) -> None:
    letter = replace(exchange.letter(to=("G22",)), document_id=DocumentId("SAME-ID-1"))
    exchange.accept(letter)
    own = replace(letter, sender=Organization(OrganId("H26.18")), recipients=(Organization(OrganId(SENDER)),), trace=())
    mine = exchange.accept(own, "H26.18")
    recall = replace(own, business=Business(BusinessDocType.RECALL, "Gửi nhầm", own.document_id))
    recalled = exchange.accept(recall, "H26.18")
    with exchange.axis.premises.transactions.read() as session:
        stored = get_envelope(session, recalled.envelope_id)
    assert stored is not None
    assert stored.original_id == mine.envelope_id


def test_a_status_is_tied_to_the_document_it_answers(exchange: Exchange) -> None:
    letter = exchange.letter(to=("G22",))
    document = exchange.accept(letter)
    status = exchange.accept(exchange.status(letter, "G22", StatusCode.RECEIVED), "G22")
    asked = replace(
        exchange.status(letter, SENDER, StatusCode.TAKE_BACK_ASKED),
        response_for=replace(exchange.status(letter, "G22", StatusCode.RECEIVED).response_for, organ_id=OrganId("G22")),
        description="Gửi nhầm",
    )
    taken_back = exchange.accept(asked, SENDER)
    with exchange.axis.premises.transactions.read() as session:
        stored = [get_envelope(session, one.envelope_id) for one in (status, taken_back)]
    assert [one and one.original_id for one in stored] == [document.envelope_id] * 2


def test_every_finding_of_the_format_is_told_at_once(exchange: Exchange) -> None:
    codes = exchange.refuse(replace(exchange.letter(), subject=None, attachments=(), promulgation_date=None))
    assert len(codes) >= 3


def test_a_marking_of_state_secrecy_is_refused_and_its_content_not_kept(exchange: Exchange) -> None:
    letter = exchange.letter()
    codes = exchange.refuse(replace(letter, subject="[TỐI MẬT] V/v kiểm tra"))
    assert "M.StateSecret" in codes
    assert kept(exchange) == []


def test_recall_and_replacement_only_by_the_original_sender(exchange: Exchange) -> None:
    letter = exchange.letter(to=("G22",))
    exchange.accept(letter)
    recall = Business(BusinessDocType.RECALL, "Gửi nhầm nơi nhận", letter.document_id)
    recipients = (Organization(OrganId("H41.21")),)
    by_recipient = replace(
        letter, sender=Organization(OrganId("G22")), recipients=recipients, trace=(), business=recall
    )
    assert "business/not-original-sender" in exchange.refuse(by_recipient, "G22")
    by_stranger = replace(by_recipient, sender=Organization(OrganId("H26.18")))
    assert "business/unknown-target" in exchange.refuse(by_stranger, "H26.18")
    assert events(exchange).count("trespass.suspected") == 2
    assert not exchange.accept(replace(letter, business=recall)).is_repeat
    replaced = ReplacementInfo(letter.document_id, (OrganId("G22"),))
    replacement = replace(
        exchange.letter(URGENT, to=("G22",)),
        business=Business(BusinessDocType.REPLACE, "Sai số liệu", replacements=(replaced,)),
    )
    assert not exchange.accept(replacement).is_repeat


def test_twenty_equal_submissions_at_once_give_one_envelope_and_twenty_equal_receipts(exchange: Exchange) -> None:
    package, caller = exchange.sign(exchange.letter(FIRST)), exchange.caller(SENDER)
    start, outcomes = Barrier(20), []

    def submit() -> None:
        start.wait()
        outcomes.append(exchange.axis.intake.submit(package_of(package), caller))

    threads = [Thread(target=submit) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    accepted = [one for one in outcomes if isinstance(one, Acceptance)]
    assert len(accepted) == 20
    assert len({one.receipt for one in accepted}) == 1
    assert sum(not one.is_repeat for one in accepted) == 1
    assert (rows(exchange, "envelopes"), rows(exchange, "deliveries")) == (1, 3)


def status_of(exchange: Exchange, by: str, code: StatusCode) -> StatusReport:
    letter = exchange.letter(to=("G22",))
    exchange.accept(letter)
    return exchange.status(letter, by, code)


def test_a_status_is_accepted_once_and_delivered_to_the_sender(exchange: Exchange) -> None:
    report = status_of(exchange, "G22", StatusCode.RECEIVED)
    accepted = exchange.accept(report, "G22")
    assert exchange.accept(report, "G22").is_repeat
    assert [one.organ_id for one in accepted.recipients] == [OrganId(SENDER)]
    offer = exchange.lease(SENDER).offers[0]
    assert offer.status_code == "03"


def test_statuses_from_strangers_and_in_the_wrong_direction_are_refused(exchange: Exchange) -> None:
    report = status_of(exchange, "G22", StatusCode.RECEIVED)
    stranger = replace(report, sender=Organization(OrganId("H26.18")))
    assert "status/unknown-document" in exchange.refuse(stranger, "H26.18")
    taken_back = replace(report, status=StatusCode.TAKE_BACK_ASKED, description="Gửi nhầm")
    assert "status/wrong-direction" in exchange.refuse(taken_back, "G22")


def test_a_status_owes_no_evidence_but_its_acceptance(exchange: Exchange) -> None:
    exchange.accept(status_of(exchange, "G22", StatusCode.ARRIVED), "G22")
    owed_for_letter = 1
    assert rows(exchange, "owed_evidences") == owed_for_letter


def test_receipts_are_counted_by_what_they_attest(exchange: Exchange) -> None:
    exchange.accept(exchange.letter())
    exchange.refuse(replace(exchange.letter(URGENT), subject=None))
    exchange.attest()
    counted = exchange.axis.metrics.exposition()[0].decode()
    assert 'axis_receipts_sealed_total{event="SubmissionAcceptance"} 1.0' in counted
    assert 'axis_receipts_sealed_total{event="SubmissionRejection"} 1.0' in counted
    assert 'axis_receipts_sealed_total{event="ContentConsignment"} 3.0' in counted
