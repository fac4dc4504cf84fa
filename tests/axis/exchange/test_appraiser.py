"""The signatures inside documents: judged before the answer, afterwards or never, and again when more is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from axis.channels.authorities import Authorities as Asked
from axis.channels.authorities import AuthorityUnreachable
from axis.channels.guarded import Unreachable
from axis.cli.proofs import proof
from axis.confinement import cell
from axis.confinement.cells import Cells, Question
from axis.demo.letters import FIRST, URGENT, Letter
from axis.errors import Busy
from axis.exchange.appraiser import Appraiser
from axis.exchange.document_words import DOCUMENT_WORDS
from axis.exchange.file_sentences import about_documents
from axis.exchange.gate import Gate
from axis.exchange.outcomes import Acceptance, Refusal
from axis.sdk import sign_package
from envelopes.detached import Detached
from envelopes.evidence_reader import read_evidence
from envelopes.evidence_signatures import DocumentSummary, DocumentWorth, RevocationState, SignatureIndication
from envelopes.model import Attachment, Envelope, SignerInfo
from envelopes.packages import package_of
from signing.pdf.verdict import PdfFailure, PdfFailureCode, PdfVerdict
from signing.revocation.book import Statuses
from storage.errors import BlobMissing
from tests.envelopes.bundling import detached
from tests.fixtures.exchange import SENDER, Exchange
from tests.fixtures.world import World, ask, completions, receipt_of, running
from tests.signing.pdf_making import Signing, blank, signed
from tests.signing.pki import trust
from tests.vectors.attacks import pdf as attacks

MODES = ("wait", "follow")
POISON = b"%PDF-1.7 poison"


def decision(world: World, person: str = "director") -> bytes:
    """A PDF signed by a person and then by the sender's agency."""
    return signed(
        signed(blank(), world.authorities[person].credential), world.authorities[SENDER].credential, Signing("agency")
    )


def letter(exchange: Exchange, octets: bytes | Detached, about: Letter = FIRST) -> Envelope:
    attachment = Attachment("file-1", "quyet-dinh.pdf", octets, media_type="application/pdf")
    return replace(exchange.letter(about), attachments=(attachment,), signer=SignerInfo("Nguyễn Văn Mẫu"))


def appraise(exchange: Exchange) -> int:
    assert exchange.axis.court.appraiser is not None
    return exchange.axis.court.appraiser.appraise_due()


def said(exchange: Exchange, accepted: Acceptance) -> DocumentSummary | None:
    """What the receipt says of the documents, or the evidence that followed it."""
    found = [receipt_of(accepted), *completions(exchange, accepted)]
    return next((one.documents for one in reversed(found) if one.documents is not None), None)


def owed(exchange: Exchange) -> int:
    with exchange.axis.premises.transactions.read() as session:
        return int(session.scalar(text("SELECT count(*) FROM document_checks")) or 0)


def assert_marked(summary: DocumentSummary) -> None:
    """What is said of a signer of whose revocation nothing is known: the same as of a package's."""
    for one in summary.files[0].signatures:
        if one.revocation is RevocationState.UNKNOWN:
            assert (one.indication, one.sub_indication) == (SignatureIndication.INDETERMINATE, "TRY_LATER")
            assert one.verdict == "pdf/revocation-unknown"
    assert summary.files[0].signatures[0].revocation is RevocationState.UNKNOWN
    words = " ".join(f"{vi} {en}" for vi, en in about_documents(summary))
    assert "chưa rõ việc thu hồi chứng thư số" in words
    for promise in (
        "thay văn bản giấy theo Điều 5",
        "may stand for the paper",
        "ghi trong chữ ký số, hợp lệ",
        "is valid",
    ):
        assert promise not in words


@pytest.fixture(params=MODES)
def exchange(request: pytest.FixtureRequest, world: World, engine: Engine, tmp_path: Path) -> Iterator[Exchange]:
    """An axis that judges documents in one of the ways, refuses none, and has asked about the sender."""
    with running(world, engine, tmp_path, documents={"mode": request.param, "cells": 1, "refuse": []}) as exchange:
        ask(exchange)
        yield exchange


@pytest.mark.parametrize("placed", [bytes, detached], ids=["within", "beside"])
def test_a_document_signed_by_person_and_agency_is_said_to_replace_paper(
    exchange: Exchange, world: World, placed: Callable[[bytes], bytes | Detached]
) -> None:
    exchange.register(SENDER, world.authorities[SENDER].certificate)
    accepted = exchange.accept(letter(exchange, placed(decision(world))))
    appraise(exchange)
    ask(exchange)
    exchange.clock.advance(timedelta(minutes=5))
    appraise(exchange)
    summary = said(exchange, accepted)
    assert summary is not None
    assert summary.worth is DocumentWorth.PERSON_AND_AGENCY
    (file,) = summary.files
    person, agency = file.signatures
    assert (person.revocation, agency.revocation) == (RevocationState.GOOD, RevocationState.GOOD)
    assert owed(exchange) == 0


def test_a_person_whose_certificate_was_revoked_makes_it_broken_once_that_is_known(
    exchange: Exchange, world: World
) -> None:
    accepted = exchange.accept(letter(exchange, decision(world, "revoked-person")))
    appraise(exchange)
    assert owed(exchange) == 1
    ask(exchange)
    exchange.clock.advance(timedelta(minutes=5))
    appraise(exchange)
    summary = said(exchange, accepted)
    assert summary is not None
    assert summary.worth is DocumentWorth.BROKEN
    assert summary.files[0].signatures[0].verdict == "pdf/certificate-revoked"


def test_a_signer_on_hold_is_not_the_last_word_before_a_week_is_over(
    world: World, engine: Engine, tmp_path: Path
) -> None:
    with running(world, engine, tmp_path, documents={"mode": "follow", "cells": 1}) as exchange:
        ask(exchange)
        held = signed(blank(), world.authorities["on-hold"].credential)
        accepted = exchange.accept(letter(exchange, held))
        appraise(exchange)
        ask(exchange)
        exchange.clock.advance(timedelta(minutes=5))
        appraise(exchange)
        assert (owed(exchange), said(exchange, accepted)) == (1, None), "it may come back"
        exchange.clock.advance(timedelta(days=8))
        appraise(exchange)
        summary = said(exchange, accepted)
        assert summary is not None
        assert (summary.worth, owed(exchange)) == (DocumentWorth.BROKEN, 0)
        (signature,) = summary.files[0].signatures
        assert (signature.sub_indication, signature.verdict) == ("TRY_LATER", "pdf/certificate-on-hold")


@pytest.mark.parametrize(
    ("octets", "worth"),
    [
        (blank(), DocumentWorth.UNSIGNED),
        (attacks.page_tree_loop(), DocumentWorth.BROKEN),
        (b"%PDF-1.7\nrubbish", DocumentWorth.BROKEN),
    ],
    ids=["unsigned", "hostile", "rubbish"],
)
def test_what_is_hostile_or_unsigned_is_told_and_travels_all_the_same(
    exchange: Exchange, octets: bytes, worth: DocumentWorth
) -> None:
    accepted = exchange.accept(letter(exchange, octets))
    appraise(exchange)
    summary = said(exchange, accepted)
    assert summary is not None
    assert summary.worth is worth
    assert owed(exchange) == 0


def refusing(exchange: Exchange, octets: bytes) -> list[tuple[str, str]]:
    """What a document is refused for: codes and places."""
    got = exchange.submit(letter(exchange, octets))
    assert isinstance(got, Refusal)
    with exchange.axis.premises.transactions.read() as session:
        assert session.scalar(text("SELECT count(*) FROM envelopes")) == 0
    return [(one.code, one.path) for one in got.findings]


def worth(exchange: Exchange, octets: bytes) -> DocumentWorth:
    """What the receipt says that an accepted document is worth."""
    documents = receipt_of(exchange.accept(letter(exchange, octets))).documents
    assert documents is not None
    return documents.worth


def test_a_broken_document_is_refused_where_the_answer_waits_for_it(
    world: World, engine: Engine, tmp_path: Path
) -> None:
    with running(world, engine, tmp_path, documents={"mode": "wait", "cells": 1}) as exchange:
        assert refusing(exchange, b"%PDF-1.7\nrubbish") == [("pdf/unreadable", "Attachment[1]")]
        assert worth(exchange, blank()) is DocumentWorth.UNSIGNED


def test_a_refusal_for_a_document_does_not_blame_the_packages_signature(
    world: World, engine: Engine, tmp_path: Path
) -> None:
    with running(world, engine, tmp_path, documents={"mode": "wait", "cells": 1}) as exchange:
        got = exchange.submit(letter(exchange, b"%PDF-1.7\nrubbish"))
        assert isinstance(got, Refusal)
        vi, en = zip(*proof(read_evidence(got.evidence), None), strict=True)
        assert "this was not why the package was refused" in "\n".join(en)
        assert "is not accepted" not in "\n".join(en)
        words = DOCUMENT_WORDS["pdf/unreadable"]
        (reason,) = (number for number, one in enumerate(vi) if one.startswith("Lý do: ") and "[pdf/unreadable]" in one)
        assert vi[reason + 1] == f"Cần làm: {words.do_vi}"
        assert f"What to do: {words.do_en}" in en


def test_what_a_document_must_be_worth_is_asked_of_single_senders(world: World, engine: Engine, tmp_path: Path) -> None:
    documents = {"mode": "wait", "cells": 1, "refuse": [], "senders": {SENDER: ["unsigned", "not_judged"]}}
    with running(world, engine, tmp_path, documents=documents) as exchange:
        assert refusing(exchange, blank()) == [("authenticity/worth-refused", "Attachment[1]")]
        assert worth(exchange, b"%PDF-1.7\nrubbish") is DocumentWorth.BROKEN, "its own list says nothing of that"


def test_a_person_of_unknown_standing_is_refused_where_that_is_asked_of_the_sender_until_it_is_known(
    world: World, engine: Engine, tmp_path: Path
) -> None:
    documents, rule = {"mode": "wait", "cells": 1}, {"senders": {SENDER: "require"}}
    with running(world, engine, tmp_path, documents=documents, revocation=rule) as exchange:
        exchange.register(SENDER, world.authorities[SENDER].certificate)
        ask(exchange)
        decided = decision(world)
        assert ("pdf/revocation-unknown", "Attachment[1]/Signature[person]") in refusing(exchange, decided)
        ask(exchange)
        assert worth(exchange, decided) is DocumentWorth.PERSON_AND_AGENCY


def test_a_document_that_is_judged_in_the_answer_warns_its_sender(world: World, engine: Engine, tmp_path: Path) -> None:
    documents = {"mode": "wait", "cells": 1, "refuse": []}
    with running(world, engine, tmp_path, documents=documents) as exchange:
        accepted = exchange.accept(letter(exchange, b"%PDF-1.7\nrubbish"))
        assert [(one.code, one.path) for one in accepted.warnings if one.code.startswith("pdf/")] == [
            ("pdf/unreadable", "Attachment[1]")
        ]
        assert receipt_of(accepted).documents is not None


def test_nobody_is_kept_waiting_for_a_cell(
    world: World, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(*_: Any) -> PdfVerdict:
        raise Busy(retry_after=5)

    with running(world, engine, tmp_path, documents={"mode": "wait", "cells": 1}) as exchange:
        ask(exchange)
        with monkeypatch.context() as patched:
            patched.setattr(Cells, "judge_pdf", taken)
            accepted = exchange.accept(letter(exchange, blank()))
            assert receipt_of(accepted).documents is None
            appraise(exchange)
        assert owed(exchange) == 1
        exchange.clock.advance(timedelta(minutes=11))
        appraise(exchange)
        summary = said(exchange, accepted)
        assert summary is not None
        assert summary.worth is DocumentWorth.UNSIGNED


@pytest.mark.parametrize("program", ["/bin/false", "/nowhere"])
def test_a_cell_that_cannot_be_started_sends_no_document_away(
    world: World, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    with running(world, engine, tmp_path, documents={"mode": "wait", "cells": 1}) as exchange:
        ask(exchange)
        with monkeypatch.context() as damaged:
            genuine = cell._started
            damaged.setattr(cell, "_started", lambda _: genuine((program,)))
            accepted = exchange.accept(letter(exchange, blank()))
            assert receipt_of(accepted).documents is None
            appraise(exchange)
            assert (owed(exchange), said(exchange, accepted)) == (1, None)
        exchange.clock.advance(timedelta(minutes=11))
        appraise(exchange)
        summary = said(exchange, accepted)
        assert summary is not None
        assert summary.worth is DocumentWorth.UNSIGNED


def never_done(_cells: Cells, _octets: bytes, question: Question) -> PdfVerdict:
    return PdfVerdict(question.at, question.policy.name, failure=PdfFailure(PdfFailureCode.TOO_LONG))


@pytest.mark.parametrize("mode", MODES)
def test_a_document_nobody_had_the_time_for_is_judged_again_and_not_called_broken(
    world: World, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    with running(world, engine, tmp_path, documents={"mode": mode, "cells": 1}) as exchange:
        ask(exchange)
        with monkeypatch.context() as busy:
            busy.setattr(Cells, "judge_pdf", never_done)
            accepted = exchange.accept(letter(exchange, blank()))
            assert [one.code for one in accepted.warnings if one.code.startswith("pdf/")] == []
            assert receipt_of(accepted).documents is None
            appraise(exchange)
        assert (owed(exchange), said(exchange, accepted)) == (1, None)
        exchange.clock.advance(timedelta(minutes=5))
        appraise(exchange)
        summary = said(exchange, accepted)
        assert summary is not None
        assert summary.worth is DocumentWorth.UNSIGNED


def test_a_document_nobody_ever_has_the_time_for_is_not_judged(
    world: World, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(world, engine, tmp_path, documents={"mode": "follow", "cells": 1}) as exchange:
        monkeypatch.setattr(Cells, "judge_pdf", never_done)
        accepted = exchange.accept(letter(exchange, blank()))
        for tries in range(3):
            assert (owed(exchange), said(exchange, accepted)) == (1, None), tries
            appraise(exchange)
            exchange.clock.advance(timedelta(minutes=10))
        summary = said(exchange, accepted)
        assert summary is not None
        assert (summary.worth, summary.files[0].verdict) == (DocumentWorth.NOT_JUDGED, "pdf/too-long")
        assert owed(exchange) == 0


def test_a_hostile_file_beside_one_of_an_unknown_signer_takes_a_cell_three_times_at_the_most(
    world: World, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine, tries = Cells.judge_pdf, 0

    def some_never_done(cells: Cells, octets: bytes, question: Question) -> PdfVerdict:
        nonlocal tries
        if octets != hostile:
            return genuine(cells, octets, question)
        tries += 1
        return never_done(cells, octets, question)

    def silent(_self: Asked, _method: str, address: str, **_: Any) -> bytes:
        raise AuthorityUnreachable(Unreachable.UNREACHABLE, address)

    hostile = blank()
    monkeypatch.setattr(Asked, "_exchange", silent)
    monkeypatch.setattr(Cells, "judge_pdf", some_never_done)
    with running(world, engine, tmp_path, documents={"mode": "follow", "cells": 1}) as exchange:
        message = letter(exchange, decision(world))
        annex = Attachment("file-2", "phu-luc.pdf", hostile, media_type="application/pdf")
        accepted = exchange.accept(replace(message, attachments=(*message.attachments, annex)))
        for _ in range(6):
            appraise(exchange)
            exchange.clock.advance(timedelta(hours=1))
        assert (tries, owed(exchange)) == (3, 0)
        summary = said(exchange, accepted)
        assert summary is not None
        assert [one.worth for one in summary.files] == [DocumentWorth.PERSON_AND_AGENCY, DocumentWorth.NOT_JUDGED]
        assert_marked(summary)


def test_a_message_whose_signer_was_revoked_since_is_read_again_and_its_documents_are_judged(
    world: World, engine: Engine, tmp_path: Path
) -> None:
    with running(world, engine, tmp_path, documents={"mode": "follow", "cells": 1}) as exchange:
        holder = world.authorities["revoked-before"]
        exchange.register(SENDER, holder.certificate)
        package = sign_package(letter(exchange, blank()), holder.signer, at=exchange.clock.now())
        accepted = exchange.axis.intake.submit(package_of(package), exchange.caller(SENDER))
        assert isinstance(accepted, Acceptance)
        ask(exchange)
        appraise(exchange)
        summary = said(exchange, accepted)
        assert summary is not None
        assert (summary.worth, summary.verdict) == (DocumentWorth.UNSIGNED, None)
        assert owed(exchange) == 0


def test_documents_of_a_message_whose_signature_is_no_longer_believed_are_not_judged_and_say_why(
    world: World, engine: Engine, tmp_path: Path
) -> None:
    with running(world, engine, tmp_path, documents={"mode": "follow", "cells": 1}) as exchange:
        accepted = exchange.accept(letter(exchange, blank()))
        gate = Gate(trust, book=Statuses({}))
        premises, court = exchange.axis.premises, exchange.axis.court
        assert court.appraiser is not None
        appraiser = Appraiser(
            premises,
            gate,
            documents=court.appraiser._documents,
            look_up=exchange.axis.atlas.directory,
            standings=court.standings,
        )
        appraiser.appraise_due()
        summary = said(exchange, accepted)
        assert summary is not None
        assert (summary.worth, summary.files) == (DocumentWorth.NOT_JUDGED, ())
        assert summary.verdict is not None
        assert summary.verdict.startswith("signature/")
        assert owed(exchange) == 0


@pytest.mark.parametrize("failure", [BlobMissing(b"x" * 32), RecursionError("too deep")], ids=["lost", "a fault"])
def test_a_check_that_fails_is_put_off_for_longer_each_time_and_ends(
    world: World, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise failure

    with running(world, engine, tmp_path, documents={"mode": "follow", "cells": 1}) as exchange:
        accepted = exchange.accept(letter(exchange, blank()))
        monkeypatch.setattr(Gate, "read_again", fail)
        looks = []
        for minute in range(60):
            if appraise(exchange):
                looks.append(minute)
            exchange.clock.advance(timedelta(minutes=1))
        assert looks == [0, 1, 3, 7, 15, 31]
        assert said(exchange, accepted) is None
        exchange.clock.advance(timedelta(days=7))
        appraise(exchange)
        summary = said(exchange, accepted)
        assert summary is not None
        assert (summary.worth, summary.verdict) == (DocumentWorth.NOT_JUDGED, "authenticity/judging-failed")
        assert owed(exchange) == 0


def test_a_check_that_fails_does_not_end_the_batch(
    world: World, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(world, engine, tmp_path, documents={"mode": "follow", "cells": 1}) as exchange:
        letters = (letter(exchange, POISON), letter(exchange, blank(), URGENT))
        accepted = [exchange.accept(one) for one in letters]
        genuine = Cells.judge_pdf

        def poisoned(cells: Cells, octets: bytes, question: Question) -> PdfVerdict:
            if octets.endswith(b"poison"):
                raise RecursionError("too deep")
            return genuine(cells, octets, question)

        monkeypatch.setattr(Cells, "judge_pdf", poisoned)
        appraise(exchange)
        assert said(exchange, accepted[0]) is None
        assert said(exchange, accepted[1]) is not None
        assert owed(exchange) == 1


def test_unless_the_settings_say_so_nobody_waits_for_a_document_to_be_judged(
    world: World, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hostile(*_: Any) -> PdfVerdict:
        raise AssertionError("a cell was asked before the answer")

    with running(world, engine, tmp_path) as exchange, monkeypatch.context() as patched:
        patched.setattr(Cells, "judge_pdf", hostile)
        accepted = exchange.accept(letter(exchange, blank()))
        assert receipt_of(accepted).documents is None
        assert owed(exchange) == 1


def test_where_documents_are_not_judged_nothing_is_said_of_them(world: World, engine: Engine, tmp_path: Path) -> None:
    with running(world, engine, tmp_path, documents={"mode": "off"}) as exchange:
        accepted = exchange.accept(letter(exchange, decision(world)))
        assert receipt_of(accepted).documents is None
        assert owed(exchange) == 0
        assert exchange.axis.court.appraiser is None


def test_states_that_nobody_asks_about_are_not_waited_for(world: World, engine: Engine, tmp_path: Path) -> None:
    nobody = {"authorities": {"hosts": []}, "documents": {"mode": "follow", "cells": 1}}
    with running(world, engine, tmp_path, **nobody) as exchange:
        accepted = exchange.accept(letter(exchange, decision(world)))
        appraise(exchange)
        summary = said(exchange, accepted)
        assert summary is not None
        assert summary.worth is DocumentWorth.PERSON_AND_AGENCY
        assert_marked(summary)
        assert owed(exchange) == 0


def test_states_that_nobody_tells_are_not_waited_for_for_ever(
    world: World, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(_self: Asked, _method: str, address: str, **_: Any) -> bytes:
        raise AuthorityUnreachable(Unreachable.UNREACHABLE, address)

    monkeypatch.setattr(Asked, "_exchange", silent)
    with running(world, engine, tmp_path, documents={"mode": "follow", "cells": 1}) as exchange:
        accepted = exchange.accept(letter(exchange, decision(world)))
        appraise(exchange)
        assert owed(exchange) == 1
        exchange.clock.advance(timedelta(days=8))
        appraise(exchange)
        summary = said(exchange, accepted)
        assert summary is not None
        assert summary.worth is DocumentWorth.PERSON_AND_AGENCY
        assert_marked(summary)
        assert owed(exchange) == 0
