"""Authorities asked ahead of time, over HTTP: what is known decides, what is unknown is marked and completed later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from sqlalchemy import Engine, text

from axis.channels.authorities import Authorities as Asked
from axis.channels.authorities import AuthorityUnreachable
from axis.channels.guarded import Question, Unreachable
from axis.demo.letters import FIRST
from axis.exchange.explaining import summarized
from axis.exchange.outcomes import Acceptance, Refusal
from axis.sdk import sign_package
from axis.standings import WHOLE_SECONDS
from envelopes.evidence import EvidenceType
from envelopes.evidence_signatures import RevocationSource as EvidenceSource
from envelopes.evidence_signatures import RevocationState, SignatureIndication
from envelopes.packages import package_of
from routing.events import EventTag
from signing.certificates import Certificate
from signing.revocation.requests import Sources
from signing.statuses import RevocationState as KnownState
from signing.statuses import RevocationStatus, Source
from storage.database.evidences import acceptance_of
from storage.database.revocations import keep_status, take_due
from storage.records import KeptStatus, WatchedCertificate
from tests.fixtures.exchange import RECIPIENTS, SENDER, Exchange
from tests.fixtures.postgres import MOMENT
from tests.fixtures.world import DAY, World, ask, completions, letter_by, receipt_of, running
from tests.signing.revocation.signed import REASONS, Dated, divided, signed_list


@pytest.fixture
def exchange(world: World, engine: Engine, tmp_path: Path) -> Iterator[Exchange]:
    """An axis that may ask the authorities, and did not yet."""
    with running(world, engine, tmp_path) as exchange:
        yield exchange


def silence(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(_self: Asked, _method: str, address: str, **_: Any) -> bytes:
        raise AuthorityUnreachable(Unreachable.UNREACHABLE, address)

    monkeypatch.setattr(Asked, "_exchange", silent)


def test_what_is_known_to_be_good_passes_and_the_receipt_says_by_what(exchange: Exchange) -> None:
    ask(exchange)
    receipt = receipt_of(exchange.accept(exchange.letter()))
    assert receipt.sender_signature is not None
    assert receipt.sender_signature.indication is SignatureIndication.TOTAL_PASSED
    assert receipt.validation is not None
    assert receipt.validation.revocation == "good"
    signer, issuer = receipt.validation.statuses
    assert signer.source is not None
    assert (signer.state, signer.source.value, signer.this_update) == (RevocationState.GOOD, "ocsp", MOMENT)
    assert issuer.state is RevocationState.GOOD


def test_what_a_state_rests_on_is_kept(exchange: Exchange) -> None:
    ask(exchange)
    receipt = receipt_of(exchange.accept(exchange.letter()))
    assert receipt.validation is not None
    evidence = receipt.validation.statuses[0].evidence
    assert evidence is not None
    assert exchange.axis.premises.blobs.get(evidence.value).startswith(b"0\x82")
    with exchange.axis.premises.transactions.read() as session:
        found = session.execute(
            text("SELECT source, address, size FROM revocation_evidences WHERE digest = :d"), {"d": evidence.value}
        ).one()
    assert found.source == "ocsp"
    assert found.address.startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("revoked-before", "signature/certificate-revoked"),
        ("on-hold", "signature/certificate-on-hold"),
    ],
)
def test_a_certificate_that_was_revoked_refuses(exchange: Exchange, world: World, name: str, code: str) -> None:
    exchange.register(SENDER, world.authorities[name].certificate)
    ask(exchange)
    refused = letter_by(exchange, world, name)
    assert isinstance(refused, Refusal)
    assert [one.code for one in refused.findings] == [code]
    receipt = receipt_of(refused)
    assert receipt.validation is not None
    assert receipt.validation.statuses[0].state is RevocationState.REVOKED
    assert receipt.validation.statuses[0].revoked_at == MOMENT - 30 * DAY


def test_before_anybody_was_asked_it_is_accepted_with_the_mark(exchange: Exchange) -> None:
    receipt = receipt_of(exchange.accept(exchange.letter()))
    assert receipt.sender_signature is not None
    assert receipt.sender_signature.indication is SignatureIndication.INDETERMINATE
    assert receipt.sender_signature.sub_indication == "TRY_LATER"
    assert receipt.sender_signature.verdict == "signature/revocation-unknown"
    assert receipt.validation is not None
    assert [one.reason for one in receipt.validation.statuses] == ["no-evidence", "no-evidence"]


def test_a_verdict_that_waited_is_completed_by_evidence_of_its_own(exchange: Exchange) -> None:
    accepted = exchange.accept(exchange.letter())
    assert completions(exchange, accepted) == []
    ask(exchange)
    (completed,) = completions(exchange, accepted)
    assert completed.type is EvidenceType.SIGNATURE_VALIDATION
    assert completed.sender_signature is not None
    assert completed.sender_signature.indication is SignatureIndication.TOTAL_PASSED
    assert completed.validation is not None
    assert completed.validation.revocation == "good"
    assert completed.previous is not None
    assert completed.previous.identifier == receipt_of(accepted).identifier
    assert completed.message.envelope_id == accepted.envelope_id
    ask(exchange)
    assert len(completions(exchange, accepted)) == 1


def test_a_verdict_that_waited_for_a_revoked_certificate_says_so(exchange: Exchange, world: World) -> None:
    accepted = letter_by(exchange, world, "revoked-before")
    assert isinstance(accepted, Acceptance)
    ask(exchange)
    (completed,) = completions(exchange, accepted)
    assert completed.sender_signature is not None
    assert completed.sender_signature.verdict == "signature/certificate-revoked"
    assert completed.sender_signature.sub_indication == "REVOKED_NO_POE"
    assert [one.code for one in completed.reasons] == ["signature/certificate-revoked"]


def test_a_certificate_first_seen_in_a_package_is_asked_about(exchange: Exchange, world: World) -> None:
    letter_by(exchange, world, "revoked-before")
    exchange.axis.court.examiner.examine_due()
    fingerprint = bytes.fromhex(world.authorities["revoked-before"].certificate.fingerprint)
    with exchange.axis.premises.transactions.read() as session:
        state = session.scalar(
            text("SELECT state FROM certificate_statuses WHERE fingerprint = :f"), {"f": fingerprint}
        )
    assert state == "revoked"


def test_a_signature_before_the_revocation_stays_good(exchange: Exchange, world: World) -> None:
    accepted = letter_by(exchange, world, "revoked-after")
    assert isinstance(accepted, Acceptance)
    for clock in (exchange.clock, world.clock):
        clock.set(MOMENT + 2 * DAY)
    ask(exchange)
    (completed,) = completions(exchange, accepted)
    assert completed.sender_signature is not None
    assert completed.sender_signature.indication is SignatureIndication.TOTAL_PASSED
    again = sign_package(
        exchange.letter(replace(FIRST, number=2)), world.authorities["revoked-after"].signer, at=exchange.clock.now()
    )
    refused = exchange.axis.intake.submit(package_of(again), exchange.caller(SENDER))
    assert isinstance(refused, Refusal)
    assert refused.findings[0].code == "signature/certificate-revoked"


def test_authorities_that_are_silent_for_a_day_turn_nothing_good_into_revoked(
    exchange: Exchange, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(exchange)
    with monkeypatch.context() as patched:
        silence(exchange, patched)
        for clock in (exchange.clock, world.clock):
            clock.set(MOMENT + DAY)
        ask(exchange)
        accepted = exchange.accept(exchange.letter())
        receipt = receipt_of(accepted)
        assert receipt.validation is not None
        signer = receipt.validation.statuses[0]
        assert (signer.state, signer.reason, signer.this_update) == (RevocationState.UNKNOWN, "stale", MOMENT)
    exchange.clock.set(MOMENT + DAY + timedelta(hours=2))
    world.clock.set(MOMENT + DAY + timedelta(hours=2))
    ask(exchange)
    (completed,) = completions(exchange, accepted)
    assert completed.validation is not None
    assert completed.validation.revocation == "good"


def test_while_a_responder_is_down_the_list_of_the_morning_goes_on_telling(
    exchange: Exchange, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its dates are older than those of the last answer, out of date by then; the responder is asked again soon."""
    at = MOMENT + timedelta(hours=2)
    for clock in (exchange.clock, world.clock):
        clock.set(at)
    ask(exchange)
    really = Asked._exchange

    def lists_alone(asked: Asked, question: Question, limit: int) -> bytes:
        if question.method == "POST":
            raise AuthorityUnreachable(Unreachable.UNREACHABLE, question.address)
        return really(asked, question, limit)

    with monkeypatch.context() as patched:
        patched.setattr(Asked, "_exchange", lists_alone)
        for clock in (exchange.clock, world.clock):
            clock.set(at + timedelta(hours=1))
        ask(exchange)
        receipt = receipt_of(exchange.accept(exchange.letter()))
    assert receipt.validation is not None
    assert receipt.validation.revocation == "good"
    assert receipt.validation.statuses[0].source is EvidenceSource.CRL
    for clock in (exchange.clock, world.clock):
        clock.set(at + timedelta(hours=2, minutes=1))
    ask(exchange)
    receipt = receipt_of(exchange.accept(exchange.letter(replace(FIRST, number=2))))
    assert receipt.validation is not None
    assert receipt.validation.statuses[0].source is EvidenceSource.OCSP


def known(exchange: Exchange, world: World, name: str) -> tuple[str, str | None]:
    """The state and the doubt that are stored of a certificate."""
    fingerprint = bytes.fromhex(world.authorities[name].certificate.fingerprint)
    query = text("SELECT state, doubt FROM certificate_statuses WHERE fingerprint = :f")
    with exchange.axis.premises.transactions.read() as session:
        state, doubt = session.execute(query, {"f": fingerprint}).one()
    return state, doubt


def test_an_older_answer_does_not_replace_a_newer_one(
    exchange: Exchange, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who sits on the way plays a good answer again that is still in date, after the certificate was put on hold."""
    ask(exchange)
    fingerprint = bytes.fromhex(world.authorities["on-hold"].certificate.fingerprint)
    exchange.register(SENDER, world.authorities["on-hold"].certificate)
    ask(exchange)
    assert known(exchange, world, "on-hold") == ("revoked", None)
    (watched,) = [one for one in due_again(exchange) if one.fingerprint == fingerprint]
    older = RevocationStatus(
        KnownState.GOOD, Source.OCSP, MOMENT - timedelta(minutes=9), MOMENT + DAY, evidence=bytes(32)
    )
    monkeypatch.setattr("axis.exchange.examiner.revocation_of", lambda *_args, **_named: older)
    examined = exchange.axis.court.examiner._examine(watched, {})
    exchange.axis.court.examiner._keep(examined)
    assert known(exchange, world, "on-hold") == ("revoked", None)


def test_an_answer_that_took_minutes_is_judged_when_it_came(
    exchange: Exchange, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The authority answers for the moment at which it answers."""
    exchanged = Asked._exchange

    def slow(self: Asked, *args: Any, **named: Any) -> bytes:
        for clock in (exchange.clock, world.clock):
            clock.advance(timedelta(minutes=5))
        return exchanged(self, *args, **named)

    monkeypatch.setattr(Asked, "_exchange", slow)
    exchange.axis.court.examiner.adopt()
    fingerprint = world.authorities[SENDER].certificate.fingerprint
    (watched,) = [one for one in due_again(exchange) if one.fingerprint.hex() == fingerprint]
    examined = exchange.axis.court.examiner._examine(watched, {})
    assert (examined.status.state, examined.status.source) == (KnownState.GOOD, Source.OCSP)
    assert examined.at == MOMENT + timedelta(minutes=5)


def test_all_lists_that_decided_together_are_kept(
    exchange: Exchange, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists = [
        signed_list(world.authorities, extensions=[divided(*reasons)], dated=Dated(at=MOMENT - timedelta(hours=hours)))
        for hours, reasons in enumerate(REASONS)
    ]
    exchange.axis.court.examiner.adopt()
    fingerprint = world.authorities[SENDER].certificate.fingerprint
    (watched,) = [one for one in due_again(exchange) if one.fingerprint.hex() == fingerprint]
    sources = Sources((), tuple(f"http://127.0.0.1/{number}.crl" for number in range(len(lists))))
    monkeypatch.setattr("axis.exchange.examiner.sources_of", lambda _certificate: sources)
    answers = dict(zip(sources.crl, (one.octets for one in lists), strict=True))
    monkeypatch.setattr(Asked, "_exchange", lambda _self, question, _limit: answers[question.address])
    examiner = exchange.axis.court.examiner
    examiner._keep(examiner._examine(watched, {}))
    assert known(exchange, world, SENDER) == ("good", None)
    with exchange.axis.premises.transactions.read() as session:
        kept = set(session.scalars(text("SELECT digest FROM revocation_evidences")))
    assert kept == {one.digest for one in lists}
    for one in lists:
        assert exchange.axis.premises.blobs.get(one.digest) == one.octets


def due_again(exchange: Exchange) -> tuple[WatchedCertificate, ...]:
    """All that is watched, as a worker would take it."""
    far = exchange.clock.now() + timedelta(days=10_000)
    with exchange.axis.premises.transactions.begin() as session:
        return take_due(session, far, until=far, limit=100)


def test_a_certificate_whose_intermediate_is_missing_is_asked_about_once_a_package_brings_it(
    world: World, engine: Engine, tmp_path: Path
) -> None:
    with running(world, engine, tmp_path, trust={"anchors": world.ring.files.anchors}) as exchange:
        ask(exchange)
        assert known(exchange, world, SENDER) == ("unknown", "no-path")
        exchange.accept(exchange.letter())
        ask(exchange)
        assert known(exchange, world, SENDER) == ("good", None)


@pytest.mark.parametrize(
    "answer",
    [b"", "<html>Bảo trì</html>".encode(), bytes(64 * 1024 + 1), b"0\x82\xff\xff", b"0" * 10_000],
    ids=["empty", "html", "too-large", "cut-off", "rubbish"],
)
def test_what_is_no_answer_leaves_the_state_unknown_and_is_asked_again(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Asked, "_exchange", lambda *_args, **_named: answer)
        ask(exchange)
        receipt = receipt_of(exchange.accept(exchange.letter()))
    assert receipt.validation is not None
    assert receipt.validation.statuses[0].state is RevocationState.UNKNOWN
    assert receipt.validation.statuses[0].reason in {"unverified", "no-evidence"}
    exchange.clock.advance(timedelta(minutes=3))
    ask(exchange)
    known = receipt_of(exchange.accept(exchange.letter(replace(FIRST, number=2))))
    assert known.validation is not None
    assert known.validation.revocation == "good"


def test_a_host_that_is_not_on_the_list_is_not_asked(world: World, engine: Engine, tmp_path: Path) -> None:
    with running(world, engine, tmp_path, authorities={"hosts": []}) as exchange:
        ask(exchange)
        receipt = receipt_of(exchange.accept(exchange.letter()))
        assert receipt.validation is not None
        assert {one.reason for one in receipt.validation.statuses} == {"no-evidence"}
        with exchange.axis.premises.transactions.read() as session:
            assert session.scalar(text("SELECT count(*) FROM open_verdicts")) == 0, "nobody will ever ask"


@pytest.mark.parametrize(
    ("settled", "outcome"),
    [
        ({"unknown": "require"}, Refusal),
        ({"unknown": "warn"}, Acceptance),
        ({"senders": {SENDER: "require"}}, Refusal),
        ({"unknown": "require", "senders": {SENDER: "allow"}}, Acceptance),
    ],
)
def test_the_rule_for_the_sender_decides_about_what_is_unknown(
    world: World, engine: Engine, tmp_path: Path, settled: dict[str, Any], outcome: type
) -> None:
    with running(world, engine, tmp_path, revocation=settled) as exchange:
        got = exchange.submit(exchange.letter())
        assert isinstance(got, outcome)
        said = receipt_of(got).validation
        assert said is not None
        assert said.rule == settled.get("senders", {}).get(SENDER, settled.get("unknown", "allow"))
        warned = settled.get("unknown") == "warn"
        codes = [one.code for one in (got.warnings if isinstance(got, Acceptance) else got.findings)]
        assert ("signature/revocation-unknown" in codes) == (warned or outcome is Refusal)
        ask(exchange)
        assert isinstance(exchange.submit(exchange.letter()), Acceptance)


def test_who_is_overtaken_by_another_letter_is_warned_once(
    world: World, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is judged twice: before the other one was there, and after."""
    with running(world, engine, tmp_path, revocation={"unknown": "warn"}) as exchange:
        letter, blobs = exchange.letter(), exchange.axis.premises.blobs
        other = replace(letter, subject="V/v một việc khác")
        put = blobs.put

        def overtaken(digest: bytes, source: BinaryIO) -> Any:
            monkeypatch.undo()
            exchange.accept(other)
            return put(digest, source)

        monkeypatch.setattr(blobs, "put", overtaken)
        refused = exchange.submit(letter)
        assert isinstance(refused, Refusal)
        codes = [one.code for one in refused.findings]
        assert codes.count("document/conflict") == 1
        assert codes.count("signature/revocation-unknown") == 1


def test_the_event_of_a_completion_is_in_the_trace(exchange: Exchange) -> None:
    accepted = exchange.accept(exchange.letter())
    ask(exchange)
    trace = exchange.axis.tracer.trace(accepted.envelope_id, exchange.caller(SENDER))
    assert EventTag.SIGNATURE_JUDGED in {one.tag for one in trace.events}
    with exchange.axis.premises.transactions.read() as session:
        assert acceptance_of(session, accepted.envelope_id) is not None


def test_the_trace_tells_sender_and_recipient_what_is_known_by_now(exchange: Exchange) -> None:
    accepted = exchange.accept(exchange.letter())

    def told(organ_id: str) -> tuple[str, str, str]:
        judgement = exchange.axis.tracer.trace(accepted.envelope_id, exchange.caller(organ_id)).judgement
        assert judgement is not None
        signature = judgement.signature
        return signature.indication.value, judgement.validation.revocation, summarized(judgement)[1].split()[-1]

    assert {told(one) for one in (SENDER, *RECIPIENTS)} == {("INDETERMINATE", "unknown", "yet.")}
    ask(exchange)
    assert {told(one) for one in (SENDER, *RECIPIENTS)} == {("TOTAL-PASSED", "good", "(+07:00).")}


def store(exchange: Exchange, certificate: Certificate, status: KeptStatus) -> None:
    """Write a state behind the back of everybody who waits for it, as a worker does that commits a moment too early."""
    (watched,) = [one for one in due_again(exchange) if one.fingerprint.hex() == certificate.fingerprint]
    with exchange.axis.premises.transactions.begin() as session:
        assert keep_status(session, watched, status=status, due_at=MOMENT + 3650 * DAY)


@pytest.mark.parametrize("reason", ["key_compromise", None])
def test_a_revocation_that_was_written_between_judgement_and_commit_is_told_all_the_same(
    exchange: Exchange, world: World, reason: str | None
) -> None:
    accepted = exchange.accept(exchange.letter())
    for certificate in (world.authorities[SENDER].certificate, world.authorities.certificate("issuing")):
        status = KeptStatus("revoked", MOMENT, "crl", MOMENT, MOMENT + DAY, bytes(32), MOMENT - DAY, reason)
        store(exchange, certificate, status)
    assert completions(exchange, accepted) == []
    assert exchange.axis.court.examiner.finish() == 1
    (completed,) = completions(exchange, accepted)
    assert completed.sender_signature is not None
    assert completed.sender_signature.verdict == "signature/certificate-revoked"
    assert exchange.axis.court.examiner.finish() == 0


def test_a_certificate_on_hold_decides_nothing_until_a_week_is_over(exchange: Exchange, world: World) -> None:
    accepted = letter_by(exchange, world, "on-hold")
    assert isinstance(accepted, Acceptance)
    ask(exchange)
    assert exchange.axis.court.examiner.finish() == 0
    assert completions(exchange, accepted) == []
    exchange.clock.advance(timedelta(days=8))
    assert exchange.axis.court.examiner.finish() == 1
    (given_up,) = completions(exchange, accepted)
    assert given_up.sender_signature is not None
    assert given_up.sender_signature.verdict == "signature/certificate-on-hold"
    assert given_up.sender_signature.indication is SignatureIndication.INDETERMINATE


def test_a_verdict_that_nobody_can_complete_stays_open_and_says_so_after_a_week(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    silence(exchange, monkeypatch)
    accepted = exchange.accept(exchange.letter())
    ask(exchange)
    exchange.clock.advance(timedelta(days=8))
    assert exchange.axis.court.examiner.finish() == 1
    (given_up,) = completions(exchange, accepted)
    assert given_up.sender_signature is not None
    assert given_up.sender_signature.indication is SignatureIndication.INDETERMINATE
    assert given_up.sender_signature.verdict == "signature/revocation-unknown"
    assert exchange.axis.court.examiner.finish() == 0


def test_who_lost_its_turn_writes_nothing(exchange: Exchange) -> None:
    exchange.axis.court.examiner.adopt()
    (slow, *_) = due_again(exchange)
    due_again(exchange)
    revoked = KeptStatus("revoked", MOMENT, "crl", MOMENT, MOMENT + DAY, bytes(32), MOMENT - DAY, "key_compromise")
    with exchange.axis.premises.transactions.begin() as session:
        assert not keep_status(session, slow, status=revoked, due_at=MOMENT)


def test_what_was_committed_late_is_read_with_the_rest_after_some_minutes(
    exchange: Exchange, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(exchange)
    standings = exchange.axis.court.standings
    certificate = world.authorities[SENDER].certificate
    long_ago = MOMENT - 2 * DAY
    revoked = KeptStatus("revoked", long_ago, "crl", MOMENT, MOMENT + DAY, bytes(32), MOMENT - DAY, "key_compromise")
    store(exchange, certificate, revoked)
    standings.reload()
    seen = standings.status_of(certificate.fingerprint)
    assert seen is not None
    assert seen.state is KnownState.GOOD
    passed = standings._stopwatch() + WHOLE_SECONDS
    monkeypatch.setattr(standings, "_stopwatch", lambda: passed)
    standings.refresh()
    seen = standings.status_of(certificate.fingerprint)
    assert seen is not None
    assert seen.state is KnownState.REVOKED
