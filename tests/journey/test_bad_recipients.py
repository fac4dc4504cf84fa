"""Recipients that cannot receive, too few of them, and very many."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from axis.embedded import Plan
from axis.sdk import sign_octets
from envelopes.identifiers import OrganId
from envelopes.limits import FINDINGS_MAX, RECIPIENTS_MAX
from envelopes.model import Envelope, Organization
from envelopes.writer import write
from routing.agencies import Agency
from tests.fixtures.running import UNLIMITED, WORD, RunningAxis, started
from tests.journey.refusing import Gatekeeper

MANY = 10_000
SECONDS_MAX = 45.0
"""How long taking on a letter to ten thousand may take on a machine that is very busy: less than a client waits. It
takes two seconds where nothing else runs."""


def letter_to(gatekeeper: Gatekeeper, *organ_ids: str) -> Envelope:
    letter = gatekeeper.running.letter(gatekeeper.sender, [])
    return replace(letter, recipients=tuple(Organization(OrganId(one)) for one in organ_ids))


def test_no_recipients(gatekeeper: Gatekeeper) -> None:
    letter = letter_to(gatekeeper)
    problem, evidence = gatekeeper.refuses(gatekeeper.running.signed(letter, gatekeeper.sender), "message/missing")
    assert problem["findings"][0]["code"] == "N.MessageHeader.To"
    assert evidence.message.document_id == letter.document_id


@pytest.mark.parametrize(
    ("recipient", "code"),
    [("K07.nobody", "recipient/unknown"), ("H51.W00", "recipient/group"), ("self", "recipient/is-sender")],
)
def test_nobody_who_can_receive(gatekeeper: Gatekeeper, recipient: str, code: str) -> None:
    organ_id = str(gatekeeper.sender.organ_id) if recipient == "self" else recipient
    package = gatekeeper.running.signed(letter_to(gatekeeper, organ_id), gatekeeper.sender)
    problem, evidence = gatekeeper.refuses(package, "recipient/none-left")
    assert code in {one["code"] for one in problem["findings"]}
    assert code in {reason.code for reason in evidence.reasons}


def test_an_unknown_recipient_among_others_is_refused_alone(gatekeeper: Gatekeeper) -> None:
    known = str(gatekeeper.recipient.organ_id)
    before = gatekeeper.running.footprint(gatekeeper.spool)
    package = gatekeeper.running.signed(letter_to(gatekeeper, "K07.nobody", known, known), gatekeeper.sender)
    answer = gatekeeper.accepts(package)
    decided = [(one["asked_as"], one["decision"]) for one in answer["recipients"]]
    assert sorted(decided) == [(known, "accepted"), (known, "merged"), ("K07.nobody", "refused")]
    (finding,) = (one["finding"] for one in answer["recipients"] if one["decision"] == "refused")
    assert finding["code"] == "recipient/unknown"
    grown = gatekeeper.running.footprint(gatekeeper.spool).since(before)
    assert {name: grown[name] for name in ("envelopes", "deliveries", "submission_keys", "objects")} == {
        "envelopes": 1,
        "deliveries": 1,
        "submission_keys": 1,
        "objects": 1,
    }


def test_a_closed_recipient_is_refused_with_its_successor(gatekeeper: Gatekeeper) -> None:
    running, successor = gatekeeper.running, gatekeeper.recipient.organ_id
    closed = running.agency().organ_id
    today = running.clock.now().date()
    running.embedded.axis.registrar.close(closed, today - timedelta(days=2), successors=[successor], instruction=WORD)
    package = running.signed(letter_to(gatekeeper, str(closed)), gatekeeper.sender)
    problem, _ = gatekeeper.refuses(package, "recipient/none-left")
    (finding,) = (one for one in problem["findings"] if one["code"] == "recipient/closed")
    assert str(successor) in finding["en"]
    assert str(successor) in finding["vi"]


@pytest.mark.parametrize("rubbish", ["Sở Ví dụ", "H51!15", "?", "x" * 36, ""])
def test_a_recipient_whose_id_is_none_is_refused_alone(gatekeeper: Gatekeeper, rubbish: str) -> None:
    known = gatekeeper.recipient.organ_id
    written = write(letter_to(gatekeeper, "K07.rubbish", str(known))).decode()
    assert written.count(">K07.rubbish<") == 1
    octets = written.replace(">K07.rubbish<", f">{rubbish}<").encode()
    package = sign_octets(octets, gatekeeper.sender.signer, at=gatekeeper.running.clock.now())
    answer = gatekeeper.accepts(package)
    accepted = [one["organ_id"] for one in answer["recipients"] if one["decision"] == "accepted"]
    assert accepted == [str(known)]
    assert "MessageHeader.To[1].OrganId" in {one["path"] for one in answer["warnings"]}


def test_where_no_recipient_has_an_id_none_is_left(gatekeeper: Gatekeeper) -> None:
    written = write(letter_to(gatekeeper, "K07.rubbish")).decode().replace(">K07.rubbish<", ">?<")
    package = sign_octets(written.encode(), gatekeeper.sender.signer, at=gatekeeper.running.clock.now())
    problem, _ = gatekeeper.refuses(package, "recipient/none-left")
    assert "recipient/unknown" in {one["code"] for one in problem["findings"]}


@pytest.mark.slow
@pytest.mark.parametrize("is_known", [True, False], ids=["the same twenty thousand times", "twenty thousand unknown"])
def test_an_answer_lists_no_more_findings_than_is_announced(gatekeeper: Gatekeeper, is_known: bool) -> None:  # noqa: FBT001
    known = str(gatekeeper.recipient.organ_id)
    many = [known if is_known else f"K07.nobody.{number}" for number in range(RECIPIENTS_MAX)]
    package = gatekeeper.running.signed(letter_to(gatekeeper, *many), gatekeeper.sender)
    answer = gatekeeper.sender.post(package)
    listed = answer.json()["warnings" if is_known else "findings"]
    assert answer.status_code == (201 if is_known else 422)
    assert len(listed) == FINDINGS_MAX
    assert listed[-1]["code"] == "R.Findings"
    assert listed[-1]["severity"] == ("warning" if is_known else "error")


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningAxis]:
    """An axis that has ten thousand more agencies, and nobody who seals what it owes them."""
    plan = Plan(is_throwaway=True, has_worker=False, limits={"requests_per_minute": UNLIMITED})
    with started(tmp_path_factory.mktemp("nation"), plan=plan) as running:
        many = [Agency(OrganId(f"L{number}"), f"Xã mẫu {number}") for number in range(MANY - 1)]
        running.embedded.axis.registrar.import_agencies(many, WORD)
        yield running


@pytest.mark.slow
def test_ten_thousand_recipients_are_accepted(nation: RunningAxis) -> None:
    sender, last = nation.agencies(2)
    everybody = [Organization(OrganId(f"L{number}")) for number in range(MANY - 1)]
    letter = replace(nation.letter(sender, [last]), recipients=(*everybody, Organization(last.organ_id)))
    package, before = nation.signed(letter, sender), nation.rows()
    sender.sdk.bearer()
    began = time.monotonic()
    receipt = sender.sdk.send(package)
    took = time.monotonic() - began
    assert len(receipt.evidence.recipients) == MANY
    assert {one.decision.decision.value for one in receipt.evidence.recipients if one.decision} == {"accepted"}
    assert took < SECONDS_MAX
    assert grown(nation, before) == (1, MANY, MANY)
    (offer,) = last.sdk.lease().offers
    assert last.sdk.fetch(offer) == package
    assert sender.sdk.send(package).octets == receipt.octets


@pytest.mark.slow
def test_of_ten_thousand_recipients_the_half_that_is_known_gets_it_and_the_other_is_named(nation: RunningAxis) -> None:
    (sender,) = nation.agencies(1)
    known = [f"L{number}" for number in range(MANY // 2)]
    unknown = [f"K07.nobody.{number}" for number in range(MANY // 2)]
    mixed = [Organization(OrganId(one)) for pair in zip(known, unknown, strict=True) for one in pair]
    letter = replace(nation.letter(sender, [sender]), recipients=tuple(mixed))
    package, before = nation.signed(letter, sender), nation.rows()
    sender.sdk.bearer()
    began = time.monotonic()
    receipt = sender.sdk.send(package)
    assert time.monotonic() - began < SECONDS_MAX
    decided = {str(one.party.organ_id): one.decision for one in receipt.evidence.recipients}
    assert {name for name, one in decided.items() if one and one.decision.value == "accepted"} == set(known)
    refused = {name: one.reason for name, one in decided.items() if one and one.decision.value == "refused"}
    assert set(refused) == set(unknown)
    assert {one.code for one in refused.values() if one} == {"recipient/unknown"}
    assert grown(nation, before) == (1, MANY // 2, MANY // 2)
    assert sender.sdk.send(package).octets == receipt.octets


def grown(nation: RunningAxis, before: Mapping[str, int]) -> tuple[int, ...]:
    """How many envelopes, deliveries and owed evidences there are more than before."""
    now = nation.rows()
    return tuple(now[name] - before[name] for name in ("envelopes", "deliveries", "owed_evidences"))
