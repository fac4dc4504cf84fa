"""A recall, update or replacement speaks of what its sender once sent; other people's documents do not exist."""

from __future__ import annotations

import pytest

from envelopes.codes import BusinessDocType, UnknownCode
from envelopes.model import Business
from routing.business import judge_targets, targets_of
from routing.precedents import EarlierDocument, Precedents
from routing.reasons import Judgement
from tests.routing.examples import earlier, envelope, organ, recall, replacement, update


def judge(business: Business, *documents: EarlierDocument, sender: str = "H26") -> Judgement:
    message = envelope(sender, business=business, name="vb-9")
    return judge_targets(message, organ(sender), precedents=Precedents(documents=documents))


def codes(judgement: Judgement) -> tuple[list[str], list[str]]:
    return [one.code for one in judgement.findings], [one.code for one in judgement.alarms]


CHANGES = [recall("vb-1"), update("vb-1"), replacement("vb-1")]


@pytest.mark.parametrize("business", CHANGES)
def test_a_document_nobody_sent_cannot_be_changed(business: Business) -> None:
    assert codes(judge(business)) == (["business/unknown-target"], [])


@pytest.mark.parametrize("business", CHANGES)
def test_a_recipient_is_told_that_only_the_sender_may_change_a_document(business: Business) -> None:
    judgement = judge(business, earlier("G22", "H26", "H41"))
    assert codes(judgement) == (["business/not-original-sender"], ["business/not-original-sender"])


@pytest.mark.parametrize("business", CHANGES)
def test_a_stranger_is_told_that_there_is_no_such_document_and_an_alarm_is_raised(business: Business) -> None:
    judgement = judge(business, earlier("G22", "H41"))
    assert codes(judgement) == (["business/unknown-target"], ["business/not-original-sender"])
    assert judgement.findings == judge(business).findings


@pytest.mark.parametrize("business", CHANGES)
def test_the_sender_may_change_its_own_document(business: Business) -> None:
    assert judge(business, earlier("H26", "H41")) == Judgement()


@pytest.mark.parametrize("business", CHANGES)
def test_another_senders_document_of_the_same_id_does_not_matter(business: Business) -> None:
    documents = (earlier("G22", "H26"), earlier("H26", "H41", number=2))
    assert judge(business, *documents) == Judgement()


def test_a_successor_of_the_sender_is_not_the_sender() -> None:
    assert codes(judge(recall("vb-1"), earlier("H51", "H41"), sender="H13"))[0] == ["business/unknown-target"]


def test_each_replaced_document_is_judged_and_named_by_its_place() -> None:
    judgement = judge(replacement("vb-1", "vb-2", None), earlier("H26", "H41"))
    place = "TraceHeaderList.Bussiness.ReplacementInfoList.ReplacementInfo[{}].DocumentId"
    assert {one.code for one in judgement.findings} == {"business/unknown-target"}
    assert [(one.path, one.value) for one in judgement.findings] == [(place.format(2), "vb-2"), (place.format(3), None)]


def test_a_replacement_of_nothing_is_refused() -> None:
    judgement = judge(replacement(), earlier("H26", "H41"))
    assert [(one.code, one.path) for one in judgement.findings] == [
        ("business/unknown-target", "TraceHeaderList.Bussiness.ReplacementInfoList")
    ]


def test_a_recall_without_a_target_speaks_of_the_header_as_the_operators_sample_does() -> None:
    (target,) = targets_of(envelope(name="vb-1", business=recall(None)))
    assert (target.path, str(target.document_id)) == ("MessageHeader.DocumentId", "vb-1")
    (target,) = targets_of(envelope(name="vb-9", business=recall("vb-1")))
    assert (target.path, str(target.document_id)) == ("TraceHeaderList.Bussiness.DocumentId", "vb-1")


def test_a_recall_of_nothing_at_all_is_refused_even_if_documents_without_id_were_known() -> None:
    message = envelope(name=None, business=recall(None))
    judgement = judge_targets(message, organ("H26"), precedents=Precedents(documents=(earlier("H26", "H41"),)))
    assert codes(judgement) == (["business/unknown-target"], [])


@pytest.mark.parametrize("doc_type", [BusinessDocType.NEW, UnknownCode("7")])
def test_a_new_document_and_an_unknown_type_speak_of_nothing(doc_type: BusinessDocType | UnknownCode) -> None:
    assert targets_of(envelope(business=Business(doc_type))) == ()
