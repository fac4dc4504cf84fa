"""A random walk through everything agencies can do, for looking afterwards at what must hold whatever they did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http import HTTPStatus
from random import Random
from typing import Final

from axis.clock import SettableClock
from axis.demo.letters import FIRST, URGENT, report
from axis.exchange.interventions import Word
from axis.exchange.redirecting import ToAgency
from axis.sdk import Offer, ProblemReported, Receipt
from axis.web.catalogue import CATALOGUE
from envelopes.codes import BusinessDocType, StatusCode
from envelopes.identifiers import OrganId
from envelopes.model import Business, Envelope, Organization
from storage.records import DeliveryFilter
from tests.fixtures.operations import answer_to, take_back
from tests.fixtures.operator import redirecting
from tests.fixtures.running import RunningAxis, Station

SOON: Final = (timedelta(seconds=5), timedelta(seconds=45), timedelta(minutes=20), timedelta(hours=2))
NOBODY: Final = OrganId("K07.nobody")


@dataclass(frozen=True, slots=True)
class Accepted:
    """A letter that was accepted, as its sender remembers it."""

    sender: Station
    recipients: tuple[Station, ...]
    letter: Envelope
    package: bytes
    receipt: Receipt


@dataclass(slots=True)
class Held:
    """An offer in somebody's hand, perhaps too long."""

    by: Station
    lease_id: str
    offer: Offer


@dataclass(slots=True)
class Walk:
    """What was done so far. What it may not do, the axis has to refuse by name."""

    running: RunningAxis
    clock: SettableClock
    stations: tuple[Station, ...]
    random: Random
    accepted: list[Accepted] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    last_recalled: Accepted | None = None

    def go(self, steps: int) -> None:
        """Do that many things at random, each kind of deed at least once."""
        deeds = [*DEEDS, *self.random.choices(list(DEEDS), weights=list(DEEDS.values()), k=steps - len(DEEDS))]
        self.random.shuffle(deeds)
        for deed in deeds:
            self.done[f"{deed.__name__}: {self._outcome(deed)}"] += 1

    def _outcome(self, deed: Deed) -> str:
        """Return how a deed ended: `ok`, or the code of the problem."""
        try:
            deed(self)
        except ProblemReported as reported:
            problem = reported.problem
        else:
            return "ok"
        assert problem.status < HTTPStatus.INTERNAL_SERVER_ERROR
        assert problem.code in CATALOGUE
        return problem.code

    def any_accepted(self) -> Accepted:
        if not self.accepted:
            submit(self)
        return self.random.choice(self.accepted)

    def any_held(self) -> Held:
        while not self.held:
            submit(self)
            lease(self)
        return self.random.choice(self.held)

    def some(self, number: int, but: Station) -> tuple[Station, ...]:
        return tuple(self.random.sample([one for one in self.stations if one is not but], number))


Deed = Callable[[Walk], None]


def submit(walk: Walk) -> None:
    sender = walk.random.choice(walk.stations)
    recipients = walk.some(walk.random.randint(1, 3), sender)
    letter = walk.running.letter(sender, recipients, walk.random.choice((FIRST, URGENT)))
    if walk.random.random() < 0.2:
        letter = replace(letter, recipients=(*letter.recipients, Organization(NOBODY), letter.recipients[0]))
    package = walk.running.signed(letter, sender)
    walk.accepted.append(Accepted(sender, recipients, letter, package, sender.sdk.send(package)))


def repeat(walk: Walk) -> None:
    known = walk.any_accepted()
    again = known.package if walk.random.random() < 0.5 else walk.running.signed(known.letter, known.sender)
    receipt = known.sender.sdk.send(again)
    assert receipt.is_repeat
    assert receipt.octets == known.receipt.octets


def contradict(walk: Walk) -> None:
    known = walk.any_accepted()
    other = replace(known.letter, subject="V/v rà soát danh mục khác")
    known.sender.sdk.send(walk.running.signed(other, known.sender))


def alter(walk: Walk) -> None:
    known = walk.any_accepted()
    known.sender.sdk.send(known.package.replace(b"SNV-VP<", b"SNV-VX<"))


def recall(walk: Walk) -> None:
    known = walk.any_accepted()
    business = Business(BusinessDocType.RECALL, f"Gửi nhầm {walk.random.random()}", known.letter.document_id)
    walk.last_recalled = known
    known.sender.sdk.send(walk.running.signed(replace(known.letter, business=business), known.sender))


def ask_back(walk: Walk) -> None:
    known = walk.any_accepted()
    of = walk.random.choice(known.recipients)
    asked = take_back(known.letter, known.sender.participant, of=of.organ_id, at=walk.clock.now())
    known.sender.sdk.send(walk.running.signed(asked, known.sender))


def answer(walk: Walk) -> None:
    known = walk.any_accepted()
    if walk.random.random() < 0.7:
        recall(walk)
        known = walk.last_recalled or known
    by = walk.random.choice(known.recipients)
    said = answer_to(known.letter, by.participant, agreed=walk.random.random() < 0.7, at=walk.clock.now())
    by.sdk.send(walk.running.signed(said, by))


def impersonate(walk: Walk) -> None:
    known = walk.any_accepted()
    (other,) = walk.some(1, known.sender)
    other.sdk.send(walk.running.signed(replace(known.letter, subject="Giả mạo"), other))


def lease(walk: Walk) -> None:
    station = walk.random.choice(walk.stations)
    taken = station.sdk.lease(limit=walk.random.randint(1, 4), seconds=walk.random.choice((30, 300, 3600)))
    walk.held += [Held(station, str(taken.lease_id), offer) for offer in taken.offers]


def fetch(walk: Walk) -> None:
    held = walk.any_held()
    held.by.sdk.fetch(held.offer)


def acknowledge(walk: Walk) -> None:
    held = walk.any_held()
    failure = "Tệp đính kèm không mở được" if walk.random.random() < 0.2 else None
    if failure is None and walk.random.random() < 0.8:
        held.by.sdk.fetch(held.offer)
    held.by.sdk.acknowledge(held.offer, held.by.signer, failure=failure)


def trespass(walk: Walk) -> None:
    held = walk.any_held()
    (other,) = walk.some(1, held.by)
    walk.random.choice((lambda: other.sdk.fetch(held.offer), lambda: other.sdk.acknowledge(held.offer, other.signer)))()


def acknowledge_other_octets(walk: Walk) -> None:
    held = walk.any_held()
    held.by.sdk.acknowledge(replace(held.offer, digest="0" * 64), held.by.signer)


def release(walk: Walk) -> None:
    held = walk.any_held()
    held.by.http.delete(f"/v1/leases/{held.lease_id}").raise_for_status()


def say(walk: Walk) -> None:
    known = walk.any_accepted()
    speaker = walk.random.choice(walk.stations)
    code = walk.random.choice((StatusCode.ARRIVED, StatusCode.RECEIVED, StatusCode.COMPLETED, StatusCode.REFUSED))
    told = report(known.letter, speaker.participant, code=code, at=walk.clock.now())
    speaker.sdk.send(walk.running.signed(replace(told, description="Lý do"), speaker))


def give_away(walk: Walk) -> None:
    """An operator gives what waits for one agency to another one: none of them took part in that."""
    from_, to = walk.random.sample(walk.stations, 2)
    hand = redirecting(walk.running.embedded.axis)
    meant = ToAgency(hand.find_target(to.organ_id, path="--to"), Word("tests", "Gửi nhầm cơ quan"))
    chosen = hand.choose(DeliveryFilter(recipient=from_.organ_id), limit=3)
    came = hand.redirect(chosen, meant)
    assert len(came.taken) + len(came.passed_over) == len(chosen)


def wait(walk: Walk) -> None:
    walk.clock.advance(walk.random.choice(SOON))


DEEDS: Final[Mapping[Deed, int]] = {
    submit: 14,
    repeat: 5,
    contradict: 4,
    alter: 4,
    recall: 3,
    ask_back: 3,
    answer: 6,
    impersonate: 3,
    lease: 14,
    fetch: 10,
    acknowledge: 14,
    trespass: 4,
    acknowledge_other_octets: 3,
    release: 4,
    say: 12,
    give_away: 4,
    wait: 6,
}
"""Everything that can be done, and how often."""
