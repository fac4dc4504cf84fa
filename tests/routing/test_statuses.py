"""Who may say which status to whom."""

from __future__ import annotations

import pytest

from envelopes.codes import StatusCode, UnknownCode
from routing.precedents import EarlierDocument, Precedents
from routing.reasons import Judgement
from routing.statuses import judge_parties
from tests.routing.examples import earlier, organ, status

Codes = StatusCode | UnknownCode
BY_RECIPIENT = [code for code in StatusCode if code is not StatusCode.TAKE_BACK_ASKED]
DOCUMENT = earlier("H26", "H41", "G22")


def judge(
    sender: str, code: Codes, to: str | None, *documents: EarlierDocument, about: str | None = "vb-1"
) -> Judgement:
    report = status(sender, code, to=to, about=about)
    addressee = None if to is None else organ(to)
    return judge_parties(
        report, organ(sender), addressee=addressee, precedents=Precedents(documents=documents or (DOCUMENT,))
    )


def told(judgement: Judgement) -> list[tuple[str, str]]:
    return [(finding.code, finding.path) for finding in judgement.findings]


UNKNOWN = [("status/unknown-document", "MessageHeader.ResponseFor.DocumentId")]
DIRECTION = [("status/wrong-direction", "MessageHeader.StatusCode")]
ADDRESSEE = [("status/wrong-addressee", "MessageHeader.ResponseFor.OrganId")]


@pytest.mark.parametrize("about", ["vb-2", None])
def test_a_status_about_no_known_document_is_refused_without_an_alarm(about: str | None) -> None:
    judgement = judge("H41", StatusCode.RECEIVED, "H26", about=about)
    assert (told(judgement), judgement.alarms) == (UNKNOWN, ())


@pytest.mark.parametrize("code", [StatusCode.RECEIVED, StatusCode.TAKE_BACK_ASKED, UnknownCode("103")])
def test_a_stranger_is_told_that_there_is_no_such_document_and_an_alarm_is_raised(code: Codes) -> None:
    judgement = judge("H13", code, "H26")
    assert told(judgement) == UNKNOWN
    assert [alarm.code for alarm in judgement.alarms] == ["status/not-a-party"]


@pytest.mark.parametrize("code", BY_RECIPIENT)
def test_the_sender_does_not_give_a_recipients_status(code: StatusCode) -> None:
    assert told(judge("H26", code, "H41")) == DIRECTION


def test_a_recipient_does_not_ask_to_take_back() -> None:
    assert told(judge("H41", StatusCode.TAKE_BACK_ASKED, "H26")) == DIRECTION


@pytest.mark.parametrize("to", ["G22", "H41", "H13"])
@pytest.mark.parametrize("code", [*BY_RECIPIENT, UnknownCode("103")])
def test_a_recipients_status_goes_to_nobody_but_the_sender(code: Codes, to: str) -> None:
    assert told(judge("H41", code, to)) == ADDRESSEE


@pytest.mark.parametrize("to", ["H26", "H13"])
@pytest.mark.parametrize("code", [StatusCode.TAKE_BACK_ASKED, UnknownCode("104")])
def test_the_senders_status_goes_to_nobody_but_a_recipient(code: Codes, to: str) -> None:
    assert told(judge("H26", code, to)) == ADDRESSEE


@pytest.mark.parametrize("code", BY_RECIPIENT)
def test_each_recipient_gives_its_statuses_to_the_sender(code: StatusCode) -> None:
    assert judge("H41", code, "H26") == judge("G22", code, "H26") == Judgement()


def test_the_sender_asks_each_recipient_to_take_back() -> None:
    assert judge("H26", StatusCode.TAKE_BACK_ASKED, "H41") == Judgement()
    assert judge("H26", StatusCode.TAKE_BACK_ASKED, "G22") == Judgement()


@pytest.mark.parametrize(("sender", "to"), [("H26", "H41"), ("H41", "H26")])
def test_an_unknown_code_is_allowed_between_the_two_sides_in_either_direction(sender: str, to: str) -> None:
    assert judge(sender, UnknownCode("103"), to) == Judgement()


def test_an_addressee_unknown_to_the_directory_is_anothers_finding() -> None:
    assert judge("H41", StatusCode.RECEIVED, None) == Judgement()
    assert told(judge("H26", StatusCode.RECEIVED, None)) == DIRECTION


def test_two_documents_of_one_id_are_told_apart_by_their_parties() -> None:
    crossed = (earlier("H26", "H41"), earlier("H41", "H26", number=2))
    assert judge("H41", StatusCode.RECEIVED, "H26", *crossed) == Judgement()
    assert judge("H41", StatusCode.TAKE_BACK_ASKED, "H26", *crossed) == Judgement()
    separate = (earlier("H26", "H41"), earlier("G22", "H13", number=2))
    assert told(judge("H41", StatusCode.RECEIVED, "G22", *separate)) == ADDRESSEE


def test_an_agency_added_by_an_update_is_a_recipient() -> None:
    documents = (earlier("H26", "H41"), earlier("H26", "H13", number=2))
    assert judge("H13", StatusCode.TAKE_BACK_AGREED, "H26", *documents) == Judgement()


def test_a_successor_does_not_speak_for_the_recipient_that_closed() -> None:
    assert told(judge("H13", StatusCode.RECEIVED, "H26", earlier("H26", "H51"))) == UNKNOWN
