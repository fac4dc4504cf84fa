"""The judge of the run under trouble sees each thing that must never be, and nothing where all is well."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import pytest

from envelopes.evidence import EvidenceType
from tests.chaos.asking import Attested
from tests.chaos.journal import Deed
from tests.chaos.judge import judge
from tests.chaos.memory import TIME

NOW: Final = 1_000_000.0
HOUR: Final = 3_600.0


@dataclass(slots=True)
class Country:
    """What was written down where all went well: S sent d1 to A and B. And the axis, which says so, too."""

    folder: Path
    moment: float = NOW
    objects: int = 1
    envelopes: dict[str, str] = field(default_factory=lambda: {"e1": "d1"})
    attested: list[Attested] = field(init=False)

    def __post_init__(self) -> None:
        self.attested = [
            Attested(EvidenceType.SUBMISSION_ACCEPTANCE, None, ("A", "B"), "d1", NOW, "x1"),
            *(
                Attested(kind, recipient.lower(), (recipient,), "d1", NOW + 10, "")
                for kind in (EvidenceType.CONTENT_CONSIGNMENT, EvidenceType.CONTENT_HANDOVER)
                for recipient in ("A", "B")
            ),
        ]

    def write(self, name: str, deed: Deed, **facts: object) -> None:
        """Write into a journal as a client does, at a moment of our own."""
        self.moment += 1
        with (self.folder / f"{name}.journal").open("a") as file:
            file.write(json.dumps({"deed": deed, "at": self.moment, **facts}) + "\n")

    def send(self, *recipients: str, sealed: float = NOW) -> None:
        self.write("S", Deed.SENDING, digest="d1", recipients=recipients)
        self.write("S", Deed.RECEIPT, digest="d1", envelope="e1", evidence="x1", repeat=False, sealed=[sealed])

    def offer(self, recipient: str, delivery: str) -> None:
        self.write(recipient, Deed.OFFERED, delivery=delivery, digest="d1", until=self.moment + 60)

    def take(self, recipient: str, delivery: str, *, digest: str = "d1") -> None:
        self.offer(recipient, delivery)
        self.taken(recipient, delivery, digest=digest)

    def taken(self, recipient: str, delivery: str, *, digest: str = "d1", repeat: bool = False) -> None:
        self.write(recipient, Deed.TAKEN, delivery=delivery, digest=digest, repeat=repeat)

    def tell(self, event: str, status: int) -> None:
        self.write("webhook", Deed.TOLD, delivery="b", event=event, status=status)

    def sent(self) -> set[str]:
        return set(self.envelopes)

    def content(self, envelope: str) -> str:
        return self.envelopes[envelope]

    def evidence(self, _: str) -> Sequence[Attested]:
        return self.attested

    def verdict(self) -> list[str]:
        return list(judge(self.folder, {"S": self}, objects=self.objects).wrong)


@pytest.fixture
def country(tmp_path: Path) -> Country:
    country = Country(tmp_path)
    country.send("A", "B")
    country.take("A", "a")
    return country


def nothing(country: Country) -> None:
    country.take("B", "b")


def told_again_by_the_same_event(country: Country) -> None:
    country.take("B", "b")
    country.tell("n1", 204)
    country.tell("n1", 500)


def told_by_another_event_after_a_failure(country: Country) -> None:
    country.take("B", "b")
    country.tell("n1", 500)
    country.tell("n2", 204)


def called_by_a_wrong_clock(country: Country) -> None:
    country.take("B", "b")
    country.write("webhook", Deed.MISTOLD, fault=TIME)


def offered_again_after_the_turn(country: Country) -> None:
    country.offer("B", "b")
    country.moment += 60
    country.write("B", Deed.LOST_TURN, delivery="b")
    country.take("B", "b")


def an_answer_that_came_after_its_own_turn(country: Country) -> None:
    country.offer("B", "b")
    country.moment += 60
    country.write("B", Deed.OFFERED, delivery="b", digest="d1", until=country.moment - 1)
    country.take("B", "b")


def left_behind_by_a_crash(country: Country) -> None:
    country.take("B", "b")
    country.objects += 1


def with_a_notification(country: Country) -> None:
    country.take("B", "b")
    attest(country, EvidenceType.CONSIGNMENT_NOTIFICATION, "b")


@pytest.mark.parametrize(
    "happens",
    [
        nothing,
        told_again_by_the_same_event,
        told_by_another_event_after_a_failure,
        called_by_a_wrong_clock,
        offered_again_after_the_turn,
        an_answer_that_came_after_its_own_turn,
        left_behind_by_a_crash,
        with_a_notification,
    ],
)
def test_nothing_is_wrong_where_all_is_well(country: Country, happens: Callable[[Country], None]) -> None:
    happens(country)
    assert country.verdict() == []


def lost(country: Country) -> None:
    """Leave B without what was sent to it, and without evidence that it has it."""
    country.attested = [one for one in country.attested if one.delivery != "b"]


def twice_by_two(country: Country) -> None:
    country.take("B", "b")
    country.take("B", "c")
    attest(country, EvidenceType.CONTENT_CONSIGNMENT, "c")
    attest(country, EvidenceType.CONTENT_HANDOVER, "c")


def twice_by_one(country: Country) -> None:
    country.take("B", "b")
    country.offer("B", "b")


def new_for_both_of_a_house(country: Country) -> None:
    country.take("B", "b")
    country.taken("B", "b")


def new_twice_beside_a_repeat(country: Country) -> None:
    country.offer("B", "b")
    country.taken("B", "b", repeat=True)
    country.taken("B", "b")
    country.taken("B", "b")


def given_to_two_at_once(country: Country) -> None:
    country.offer("B", "b")
    country.take("B", "b")


def taken_from_one_who_had_its_turn(country: Country) -> None:
    country.take("B", "b")
    country.offer("C", "c")
    country.write("C", Deed.LOST_TURN, delivery="c")


def other_octets(country: Country) -> None:
    lost(country)
    country.take("B", "b", digest="d2")


def never_answered(country: Country) -> None:
    country.take("B", "b")
    country.write("S", Deed.SENDING, digest="d3", recipients=["A"])


def refused(country: Country) -> None:
    country.take("B", "b")
    country.write("S", Deed.REFUSED, digest="d4", code="signature/altered")


def differs(country: Country) -> None:
    country.take("B", "b")
    country.write("B", Deed.DIFFERS, delivery="b")


def told_anew(country: Country) -> None:
    country.take("B", "b")
    country.tell("n1", 204)
    country.tell("n2", 204)


def called_by_somebody_else(country: Country) -> None:
    country.take("B", "b")
    country.write("webhook", Deed.MISTOLD, fault="no signature")


@pytest.mark.parametrize(
    ("happens", "told"),
    [
        (lost, ["B took d1 0 times"]),
        (twice_by_two, ["B took d1 2 times"]),
        (twice_by_one, ["B was offered b after it had taken it"]),
        (new_for_both_of_a_house, ["B took d1 2 times"]),
        (new_twice_beside_a_repeat, ["B took d1 2 times"]),
        (given_to_two_at_once, ["B was offered b during a turn at it"]),
        (taken_from_one_who_had_its_turn, ["C lost its turn at c before its end"]),
        (other_octets, ["B took d1 0 times", "B took d2, which nobody sent it"]),
        (never_answered, ["d3 was sent and never answered"]),
        (refused, ["S refused: d4 signature/altered"]),
        (differs, ["B differs: b"]),
        (told_anew, ["webhook was told of b anew after it had taken that"]),
        (called_by_somebody_else, ["webhook was called by somebody else: no signature"]),
    ],
)
def test_what_must_never_be_is_seen_by_clients(
    country: Country, happens: Callable[[Country], None], told: Sequence[str]
) -> None:
    happens(country)
    assert country.verdict() == told


@pytest.mark.parametrize("repeats", [(False, True), (True, False), (True, True, False), (True, True)])
def test_a_taking_that_is_called_a_repeat_is_none(country: Country, repeats: tuple[bool, ...]) -> None:
    country.offer("B", "b")
    for repeat in repeats:
        country.taken("B", "b", repeat=repeat)
    verdict = judge(country.folder, {"S": country}, objects=country.objects)
    assert (verdict.wrong, verdict.figures["takings that the axis called repeats of one's own"]) == (
        (),
        len(repeats) - 1,
    )


@pytest.mark.parametrize("wrong", [-HOUR, HOUR])
def test_a_receipt_of_another_time_is_seen(tmp_path: Path, wrong: float) -> None:
    country = Country(tmp_path)
    country.send("A", "B", sealed=NOW + wrong)
    country.take("A", "a")
    country.take("B", "b")
    assert country.verdict() == ["e1 has a receipt of another time"]


def attest(country: Country, kind: EvidenceType, delivery: str | None, *, to: str = "B") -> None:
    country.attested.append(Attested(kind, delivery, (to,), "d1", NOW + 10, ""))


def amend(country: Country, number: int, **facts: object) -> None:
    country.attested[number] = replace(country.attested[number], **facts)  # type: ignore[arg-type]


def does_not_know_it(country: Country) -> None:
    country.envelopes.clear()


def keeps_other_octets(country: Country) -> None:
    country.envelopes["e1"] = "d2"


def keeps_one_too_many(country: Country) -> None:
    country.envelopes["e2"] = "d2"


def keeps_no_object(country: Country) -> None:
    country.objects = 0


def has_another_receipt(country: Country) -> None:
    amend(country, 0, digest="x2")


def has_two_receipts(country: Country) -> None:
    country.attested.append(country.attested[0])


def attests_one_handover_twice_and_the_other_never(country: Country) -> None:
    amend(country, 4, delivery="a", recipients=("A",))


def attests_nothing_of_a_consignment(country: Country) -> None:
    del country.attested[2]


def attests_a_failure_beside_a_handover(country: Country) -> None:
    attest(country, EvidenceType.CONTENT_HANDOVER_FAILURE, "b")


def attests_a_withdrawal(country: Country) -> None:
    attest(country, EvidenceType.CONTENT_WITHDRAWAL, "b")


def attests_what_nobody_got(country: Country) -> None:
    attest(country, EvidenceType.CONTENT_HANDOVER, "z")


def attests_a_notification_and_that_there_was_none(country: Country) -> None:
    attest(country, EvidenceType.CONSIGNMENT_NOTIFICATION, "b")
    attest(country, EvidenceType.CONSIGNMENT_NOTIFICATION_FAILURE, "b")


def attests_other_octets(country: Country) -> None:
    amend(country, 4, content="d2")


def attests_another_recipient(country: Country) -> None:
    amend(country, 4, recipients=("A",))


def accepted_it_for_others(country: Country) -> None:
    amend(country, 0, recipients=("A",))


def attests_another_time(country: Country) -> None:
    amend(country, 4, at=NOW + HOUR)


@pytest.mark.parametrize(
    ("lies", "told"),
    [
        (does_not_know_it, ["e1 has a receipt and is not there"]),
        (keeps_other_octets, ["e1 is kept as other octets"]),
        (keeps_one_too_many, ["e2 is stored without a receipt"]),
        (keeps_no_object, ["the store keeps 0 objects for 1 receipts"]),
        (has_another_receipt, ["e1 has another receipt now"]),
        (has_two_receipts, ["e1 has 2 of SubmissionAcceptance of itself"]),
        (
            attests_one_handover_twice_and_the_other_never,
            ["e1 has 0 of ContentHandover of b", "e1 has 2 of ContentHandover of a"],
        ),
        (attests_nothing_of_a_consignment, ["e1 has 0 of ContentConsignment of b"]),
        (attests_a_failure_beside_a_handover, ["e1 has ContentHandoverFailure of b, which nothing owes"]),
        (attests_a_withdrawal, ["e1 has ContentWithdrawal of b, which nothing owes"]),
        (attests_what_nobody_got, ["e1 has ContentHandover of z, which nothing owes"]),
        (attests_a_notification_and_that_there_was_none, ["e1 has 2 notifications of b"]),
        (attests_other_octets, ["e1 has ContentHandover about other octets"]),
        (attests_another_recipient, ["e1 has ContentHandover of b about another recipient"]),
        (accepted_it_for_others, ["e1 was accepted for others"]),
        (attests_another_time, ["e1 has ContentHandover of b at another time"]),
    ],
)
def test_a_lie_of_the_axis_is_seen(country: Country, lies: Callable[[Country], None], told: Sequence[str]) -> None:
    country.take("B", "b")
    lies(country)
    assert sorted(country.verdict()) == told
