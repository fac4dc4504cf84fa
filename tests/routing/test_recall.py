"""Whom a recall or an update speaks to, one by one, and which statuses ask or answer something."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from envelopes.codes import BusinessDocType, ReceiverType, StatusCode, UnknownCode
from envelopes.identifiers import OrganId
from envelopes.limits import RECIPIENTS_MAX
from envelopes.model import Attachment, Business, Envelope, Receiver, UpdateInfo
from routing.admission import Accepted, Rejected, admit_document, admit_status
from routing.demands import DemandKind, DemandState, EarlierDemand
from routing.directory import Catalogue, Directory
from routing.precedents import Precedents
from routing.recall import addresses_in, parties_of
from tests.routing.examples import (
    AGENCIES,
    CERTIFICATES,
    DIRECTORY,
    NOW,
    SYSTEMS,
    agency,
    document,
    earlier,
    envelope,
    envelope_id,
    organ,
    recall,
    statement,
    status,
    update,
)

HOUR = timedelta(hours=1)
FILE = Attachment("file-1", "vb.pdf", b"%PDF-1.4", "application/pdf")
HAD_IT = earlier("H26", "H41.21", "G22", "H13.15")
"""The document that everything here is about, and who got it."""


def made(recipient: str, kind: DemandKind, state: DemandState, *, number: int = 9) -> EarlierDemand:
    return EarlierDemand(envelope_id(number), HAD_IT.envelope_id, organ(recipient), kind, state)


def listing(*receivers: tuple[str, ReceiverType | UnknownCode], announced: bool = True) -> Business:
    """Return an update that changes the recipients."""
    rows = tuple(Receiver(OrganId(one), kind) for one, kind in receivers)
    changes = UpdateInfo(document_changes=not announced, receivers_change=announced, receivers=rows)
    return replace(update("vb-1"), updates=(changes,))


ADDED, REMOVED = ReceiverType.ADDED, ReceiverType.REMOVED


def judge(business: Business, *to: str, demands: tuple[EarlierDemand, ...] = ()) -> Accepted | Rejected:
    message = replace(envelope("H26", to, business=business, name="vb-1"), attachments=(FILE,))
    return admitted(message, demands)


def admitted(message: Envelope, demands: tuple[EarlierDemand, ...] = ()) -> Accepted | Rejected:
    known = Precedents(documents=(HAD_IT,), demands=demands)
    outcome = admit_document(document(message), DIRECTORY, precedents=known, moment=NOW)
    assert isinstance(outcome, Accepted | Rejected)
    return outcome


def asked(outcome: Accepted | Rejected) -> dict[str, str]:
    """Return what is asked of whom; `-` of those that just get the message."""
    assert isinstance(outcome, Accepted), outcome.findings
    kinds = {one.recipient: one.kind.value for one in outcome.demands}
    return {str(one.agency.organ_id): kinds.get(one.agency.organ_id, "-") for one in outcome.routes}


def refusals(outcome: Accepted | Rejected) -> dict[str, str]:
    findings = [one.finding for one in outcome.refused] if isinstance(outcome, Accepted) else outcome.findings
    return {str(one.value): one.code for one in findings}


def test_a_recall_asks_everybody_it_goes_to_under_whatever_id() -> None:
    assert asked(judge(recall("vb-1"), "H41.21", "000.00.00.G22")) == {"H41.21": "recall", "G22": "recall"}


def test_who_never_had_it_is_refused_alone_or_with_the_message() -> None:
    outcome = judge(recall("vb-1"), "H41.21", "H26.18")
    assert (asked(outcome), refusals(outcome)) == ({"H41.21": "recall"}, {"H26.18": "recipient/never-had-it"})
    alone = judge(recall("vb-1"), "H26.18")
    assert refusals(alone) == {"None": "recipient/none-left", "H26.18": "recipient/never-had-it"}


@pytest.mark.parametrize("kind", DemandKind)
@pytest.mark.parametrize("state", DemandState)
def test_it_is_not_recalled_or_changed_where_it_was_recalled(kind: DemandKind, state: DemandState) -> None:
    demands = (made("G22", kind, state),)
    for business in (recall("vb-1"), listing(("G22", REMOVED)), listing(("G22", ADDED)), update("vb-1")):
        outcome = judge(business, "H41.21", "G22", demands=demands)
        barred = {"G22": "recipient/already-recalled"} if demands[0].is_barring else {}
        assert refusals(outcome) == barred
        assert ("G22" in asked(outcome)) is not bool(barred)


def test_the_largest_circular_is_recalled_and_refused_in_a_few_seconds() -> None:
    ids = [f"X{number}" for number in range(RECIPIENTS_MAX)]
    directory = Directory(1, Catalogue((*AGENCIES, *(agency(one) for one in ids))), CERTIFICATES, SYSTEMS)
    message = envelope("H26", ids, business=recall("vb-1"), name="vb-1")
    demands = tuple(made(one, DemandKind.RECALL, DemandState.AGREED) for one in ids[::2])
    known = Precedents(documents=(earlier("H26", *ids),), demands=demands)
    begun = time.process_time()
    outcome = admit_document(document(message), directory, precedents=known, moment=NOW)
    assert time.process_time() - begun < 3
    assert isinstance(outcome, Accepted)
    assert len(outcome.demands) == len(outcome.refused) == RECIPIENTS_MAX // 2


def test_what_was_asked_of_another_or_about_another_document_does_not_matter() -> None:
    agreed = made("G22", DemandKind.RECALL, DemandState.AGREED)
    elsewhere = (replace(agreed, recipient=organ("H41.21")), replace(agreed, original_id=envelope_id(5)))
    assert asked(judge(recall("vb-1"), "G22", demands=elsewhere)) == {"G22": "recall"}


def test_an_update_asks_of_each_what_concerns_it() -> None:
    business = listing(("H41.21", REMOVED), ("000.00.18.H26", ADDED))
    assert asked(judge(business, "G22")) == {"G22": "update", "H26.18": "-", "H41.21": "removal"}
    outcome = judge(business, "G22", "H26.18")
    assert asked(outcome) == {"G22": "update", "H26.18": "-", "H41.21": "removal"}
    assert refusals(outcome) == {}
    assert isinstance(outcome, Accepted)
    assert outcome.warnings == ()


def test_who_is_listed_has_its_place_after_those_in_to() -> None:
    message = envelope("H26", ["G22"], business=listing(("H41.21", REMOVED), ("X99", ADDED)))
    places = [(one.position, one.path, one.is_listed) for one in addresses_in(message)]
    listed = "TraceHeaderList.Bussiness.BussinessDocumentInfo[1].ReceiverList.Receiver[{}].OrganId"
    assert places == [
        (1, "MessageHeader.To[1].OrganId", False),
        (2, listed.format(1), True),
        (3, listed.format(2), True),
    ]
    assert refusals(admitted(replace(message, attachments=(FILE,)))) == {"X99": "recipient/unknown"}
    assert parties_of(message, DIRECTORY, moment=NOW) == (organ("G22"), organ("H41.21"))


def test_who_is_removed_but_never_had_it_is_refused() -> None:
    outcome = judge(listing(("H26.18", REMOVED)), "G22")
    assert refusals(outcome) == {"H26.18": "recipient/never-had-it"}


def test_who_is_both_added_and_removed_is_refused_whatever_its_names() -> None:
    outcome = judge(listing(("G22", ADDED), ("000.00.00.G22", REMOVED)), "H41.21")
    assert refusals(outcome) == {"G22": "recipient/added-and-removed"}


@pytest.mark.parametrize(
    "business",
    [listing(("G22", REMOVED), announced=False), listing(("G22", UnknownCode("7")))],
    ids=["not announced", "of an unknown type"],
)
def test_a_list_that_says_nothing_changes_nobody(business: Business) -> None:
    assert asked(judge(business, "H41.21")) == {"H41.21": "update"}


def test_an_update_that_adds_brings_a_file() -> None:
    message = envelope("H26", ["G22"], business=listing(("H26.18", ADDED)))
    assert "business/nothing-for-added" in refusals(admitted(message)).values()
    assert asked(admitted(envelope("H26", ["G22"], business=listing(("G22", REMOVED))))) == {"G22": "removal"}


@pytest.mark.parametrize("doc_type", [BusinessDocType.NEW, BusinessDocType.REPLACE])
def test_other_messages_speak_to_nobody_about_a_document(doc_type: BusinessDocType) -> None:
    assert parties_of(envelope("H26", ["G22"], business=Business(doc_type)), DIRECTORY, moment=NOW) == ()


# ── statuses ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def heard(sender: str, code: StatusCode, to: str, *demands: EarlierDemand, **others: object) -> Accepted | Rejected:
    documents = others.get("documents", (HAD_IT,))
    report = status(sender, code, to=to)
    known = Precedents(documents=documents, demands=demands)  # type: ignore[arg-type]
    outcome = admit_status(statement(report, signed_by=sender), DIRECTORY, precedents=known, moment=NOW)
    assert isinstance(outcome, Accepted | Rejected)
    return outcome


def told(outcome: Accepted | Rejected) -> list[str]:
    return [one.code for one in outcome.findings] if isinstance(outcome, Rejected) else []


ANSWERS = [StatusCode.TAKE_BACK_AGREED, StatusCode.TAKE_BACK_REFUSED]


def test_a_take_back_asks_one_recipient() -> None:
    outcome = heard("H26", StatusCode.TAKE_BACK_ASKED, "G22")
    assert isinstance(outcome, Accepted)
    assert [(str(one.recipient), one.kind) for one in outcome.demands] == [("G22", DemandKind.TAKE_BACK)]


def test_a_take_back_is_not_asked_where_it_was_recalled() -> None:
    for state in DemandState:
        made_before = made("G22", DemandKind.RECALL, state)
        expected = ["status/already-recalled"] if made_before.is_barring else []
        assert told(heard("H26", StatusCode.TAKE_BACK_ASKED, "G22", made_before)) == expected


def test_a_recall_is_not_taken_back() -> None:
    only_recall = (replace(HAD_IT, is_operation=True),)
    outcome = heard("H26", StatusCode.TAKE_BACK_ASKED, "G22", documents=only_recall)
    assert told(outcome) == ["status/unknown-document"]


@pytest.mark.parametrize("code", ANSWERS)
def test_an_answer_is_to_the_demand_that_is_open(code: StatusCode) -> None:
    before = made("G22", DemandKind.UPDATE, DemandState.SUPERSEDED, number=7)
    other = made("H41.21", DemandKind.RECALL, DemandState.ASKED)
    waiting = replace(made("G22", DemandKind.RECALL, DemandState.ASKED), reached_at=NOW)
    outcome = heard("G22", code, "H26", before, other, waiting)
    assert isinstance(outcome, Accepted)
    assert outcome.answered == (waiting,)


@pytest.mark.parametrize("code", ANSWERS)
@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (DemandKind.UPDATE, DemandState.SUPERSEDED),
        (DemandKind.UPDATE, DemandState.AGREED),
        (DemandKind.RECALL, DemandState.DECLINED),
    ],
)
@pytest.mark.parametrize(
    ("reached", "is_counted"),
    [(None, False), (timedelta(seconds=6), False), (timedelta(seconds=5, milliseconds=999), True), (-HOUR, True)],
)
def test_an_answer_that_may_be_to_an_older_demand_counts_only_for_one_that_was_known(
    code: StatusCode, kind: DemandKind, state: DemandState, reached: timedelta | None, *, is_counted: bool
) -> None:
    older = made("G22", kind, state, number=7)
    waiting = made("G22", DemandKind.RECALL, DemandState.ASKED)
    waiting = replace(waiting, reached_at=None if reached is None else NOW + reached)
    outcome = heard("G22", code, "H26", older, waiting)
    assert told(outcome) == ([] if is_counted else ["status/demand-not-seen"])


@pytest.mark.parametrize("state", [DemandState.WITHDRAWN, DemandState.NEVER_FETCHED])
def test_what_nobody_was_asked_makes_no_answer_doubtful(state: DemandState) -> None:
    older, waiting = made("G22", DemandKind.UPDATE, state, number=7), made("G22", DemandKind.RECALL, DemandState.ASKED)
    assert isinstance(heard("G22", StatusCode.TAKE_BACK_AGREED, "H26", older, waiting), Accepted)


def test_an_answer_that_does_not_say_when_is_for_nothing_where_there_are_two() -> None:
    older = made("G22", DemandKind.UPDATE, DemandState.SUPERSEDED, number=7)
    waiting = replace(made("G22", DemandKind.RECALL, DemandState.ASKED), reached_at=NOW)
    report = replace(status("G22", StatusCode.TAKE_BACK_AGREED, to="H26"), timestamp=None)
    known = Precedents(documents=(HAD_IT,), demands=(older, waiting))
    outcome = admit_status(statement(report, signed_by="G22"), DIRECTORY, precedents=known, moment=NOW)
    assert isinstance(outcome, Rejected)
    assert told(outcome) == ["status/demand-not-seen"]


@pytest.mark.parametrize("code", ANSWERS)
def test_an_answer_may_name_the_message_that_asks(code: StatusCode) -> None:
    asking = replace(earlier("H26", "G22", number=9), is_operation=True)
    outcome = heard("G22", code, "H26", made("G22", DemandKind.RECALL, DemandState.ASKED), documents=(asking,))
    assert isinstance(outcome, Accepted)
    assert len(outcome.answered) == 1


@pytest.mark.parametrize("code", ANSWERS)
@pytest.mark.parametrize("state", [None, *(one for one in DemandState if one is not DemandState.ASKED)])
def test_what_is_not_open_is_not_answered(code: StatusCode, state: DemandState | None) -> None:
    demands = [] if state is None else [made("G22", DemandKind.RECALL, state)]
    is_answered = state in {DemandState.AGREED, DemandState.DECLINED}
    expected = "status/already-answered" if is_answered else "status/not-asked"
    assert told(heard("G22", code, "H26", *demands)) == [expected]


@pytest.mark.parametrize("code", ANSWERS)
def test_an_answer_to_another_sender_of_the_same_id_is_none(code: StatusCode) -> None:
    theirs = earlier("H41.21", "G22", number=3)
    waiting = made("G22", DemandKind.RECALL, DemandState.ASKED)
    assert told(heard("G22", code, "H41.21", waiting, documents=(HAD_IT, theirs))) == ["status/not-asked"]


def test_other_statuses_ask_and_answer_nothing() -> None:
    outcome = heard("G22", StatusCode.RECEIVED, "H26", made("G22", DemandKind.RECALL, DemandState.ASKED))
    assert isinstance(outcome, Accepted)
    assert (outcome.demands, outcome.answered) == ((), ())
