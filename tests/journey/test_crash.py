"""`kill -9` at any moment: what a client holds stays provable, what it does not hold it gets by asking again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Final

import pytest

from axis.demo.keys import KeyRing, Participant
from axis.demo.letters import FIRST, compose
from axis.sdk import Axis, AxisUnreachable, Offer, Receipt, sign_package
from envelopes.evidence import EvidenceType
from tests.fixtures.exchange import RECIPIENTS, SENDER
from tests.fixtures.running import eventually
from tests.journey.mortal import ClockAhead, Life, life

TWO_MINUTES: Final = timedelta(minutes=2)
"""A batch that a dead worker had in hand is another's after one."""

SUBMISSION: Final = {
    "judged": False,
    "object written, not yet named": False,
    "object kept": False,
    "receipt sealed": False,
    "settled, not committed": False,
    "committed": True,
    "rung": True,
}
"""Where a submission can die, and whether it had been accepted by then: from the commit on, and not before."""

SEALING: Final = ("evidence sealed", "evidence written, not committed")
HANDOVER: Final = {"handed over, not committed": False, "handed over": True}
TAKER: Final = RECIPIENTS[0]
CLIENTS: Final = 4
LETTERS: Final = 5
KILLED_AFTER: Final = 6

pytestmark = pytest.mark.slow


@dataclass(slots=True)
class Survivor:
    """The agencies, which remember what the axis forgets: their letters, and the receipts they got for them."""

    ring: KeyRing
    people: Mapping[str, Participant]
    ahead: timedelta = timedelta()
    receipts: dict[bytes, Receipt] = field(default_factory=dict)
    unanswered: list[bytes] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def clock(self) -> ClockAhead:
        return ClockAhead(self.ahead)

    @contextmanager
    def client(self, axis: Life, organ_id: str = SENDER) -> Iterator[Axis]:
        credentials, seal = self.people[organ_id].credentials, self.ring.seal
        with Axis(axis.url, credentials, seal_certificates=seal, clock=self.clock) as client:
            yield client

    def package(self) -> bytes:
        """Return a new letter to everybody, signed."""
        people, now = self.people, self.clock.now()
        letter = replace(FIRST, number=next(self._numbers))
        envelope = compose(letter, people[SENDER], [people[one] for one in RECIPIENTS], at=now)
        return sign_package(envelope, people[SENDER].signer, at=now)

    def send(self, client: Axis, package: bytes) -> None:
        """Send a letter, and remember the receipt, or that there was none."""
        try:
            self.receipts[package] = client.send(package)
        except AxisUnreachable:
            self.unanswered.append(package)

    def send_again(self, client: Axis) -> list[bool]:
        """Return for each letter without an answer whether it had been accepted all the same; now it has a receipt."""
        again = {package: client.send(package) for package in self.unanswered}
        self.receipts |= again
        self.unanswered.clear()
        return [receipt.is_repeat for receipt in again.values()]

    def can_prove_everything(self, client: Axis) -> None:
        """Each receipt is still the axis's own word, about octets that it still has; nothing was accepted twice."""
        for package, receipt in self.receipts.items():
            address = f"/v1/envelopes/{receipt.envelope_id}/content"
            assert client._call("GET", address).content == package
            assert client.evidences(receipt.envelope_id)[0][1] == receipt.octets
            again = client.send(package)
            assert (again.is_repeat, again.octets) == (True, receipt.octets)
        # What was not answered may have been accepted all the same, but never twice.
        accepted, known = len(client.sent(limit=200)["items"]), len(self.receipts)
        assert known <= accepted <= known + len(self.unanswered)

    def awaits_all_evidence(self, client: Axis, kind: EvidenceType = EvidenceType.CONTENT_CONSIGNMENT) -> None:
        """Return when the worker has sealed what it owed for every recipient of every letter."""
        for receipt in self.receipts.values():

            def look(envelope_id: object = receipt.envelope_id) -> bool | None:
                found = [one for one, _ in client.evidences(envelope_id) if one.type is kind]  # type: ignore[arg-type]
                return len(found) == len(RECIPIENTS) or None

            assert eventually(look)


@pytest.fixture
def survivor(tmp_path: Path) -> Survivor:
    ring = KeyRing(tmp_path / "keys", ClockAhead(timedelta()).now())
    return Survivor(ring, ring.participants())


def test_killed_in_the_middle_of_many_submissions(survivor: Survivor, tmp_path: Path) -> None:
    with life(tmp_path) as axis:
        packages = [survivor.package() for _ in range(LETTERS * CLIENTS)]
        shares = [packages[start::CLIENTS] for start in range(CLIENTS)]

        def work(share: list[bytes]) -> None:
            with survivor.client(axis) as client:
                for package in share:
                    survivor.send(client, package)
                    if len(survivor.receipts) >= KILLED_AFTER and not survivor.unanswered:
                        axis.process.kill()

        with ThreadPoolExecutor(CLIENTS) as pool:
            for one in [pool.submit(work, share) for share in shares]:
                one.result()
        axis.has_died()
    assert len(survivor.receipts) >= KILLED_AFTER
    assert survivor.unanswered
    survivor.ahead = TWO_MINUTES
    with life(tmp_path, TWO_MINUTES) as axis, survivor.client(axis) as client:
        survivor.can_prove_everything(client)
        survivor.send_again(client)
        survivor.can_prove_everything(client)
        survivor.awaits_all_evidence(client)


def test_killed_at_each_step_of_a_submission_and_of_sealing(survivor: Survivor, tmp_path: Path) -> None:
    """One life after the other on one folder; what was not answered is sent again in the next."""
    expected = list[bool]()
    for point, was_accepted in SUBMISSION.items():
        with life(tmp_path) as axis, survivor.client(axis) as client:
            assert survivor.send_again(client) == expected
            axis.will_die(point)
            survivor.send(client, survivor.package())
            axis.has_died()
        expected = [was_accepted] * len(survivor.unanswered)
    for point in SEALING:
        with life(tmp_path) as axis, survivor.client(axis) as client:
            assert survivor.send_again(client) == expected
            axis.will_die(point)
            survivor.send(client, survivor.package())
            axis.has_died()
        # The worker may be gone before the answer is; the letter was accepted in any case.
        expected = [True] * len(survivor.unanswered)
    survivor.ahead = TWO_MINUTES
    with life(tmp_path, TWO_MINUTES) as axis, survivor.client(axis) as client:
        assert survivor.send_again(client) == expected
        survivor.can_prove_everything(client)
        survivor.awaits_all_evidence(client)


def test_killed_at_each_step_of_a_handover(survivor: Survivor, tmp_path: Path) -> None:
    """A statement that was not answered is made again; the delivery ends once."""
    offers: list[tuple[Offer, bool]] = []
    for point, is_done in HANDOVER.items():
        with life(tmp_path) as axis, survivor.client(axis) as sender, survivor.client(axis, TAKER) as taker:
            survivor.send(sender, survivor.package())
            (offer,) = taker.lease().offers
            taker.fetch(offer)
            axis.will_die(point)
            with pytest.raises(AxisUnreachable):
                taker.acknowledge(offer, survivor.people[TAKER].signer)
            axis.has_died()
        offers.append((offer, is_done))
    with life(tmp_path) as axis, survivor.client(axis) as sender, survivor.client(axis, TAKER) as taker:
        for offer, is_done in offers:
            answer = taker.acknowledge(offer, survivor.people[TAKER].signer)
            assert (answer["state"], answer["repeat"]) == ("handed_over", is_done)
            (traced,) = taker.trace(offer.envelope_id)["deliveries"]
            assert [one["tag"] for one in traced["events"]].count("delivery.handed_over") == 1
        survivor.can_prove_everything(sender)
