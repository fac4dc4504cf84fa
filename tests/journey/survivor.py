"""The agencies beside an axis that is killed again and again: what they remember, and what they may expect of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import ClassVar, Final

from axis.demo.keys import KeyRing, Participant
from axis.demo.letters import FIRST, compose
from axis.sdk import Axis, AxisUnreachable, Offer, Receipt, check_package, sign_package
from envelopes.evidence import EvidenceType
from envelopes.model import Envelope
from signing.trust import TrustStore
from tests.fixtures.exchange import RECIPIENTS, SENDER
from tests.fixtures.operations import answer_to, recall_of
from tests.fixtures.running import eventually
from tests.journey.mortal import ClockAhead, Life

TAKER: Final = RECIPIENTS[0]
"""Who takes its deliveries over."""


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

    def package(self, recipients: Sequence[Participant] = ()) -> bytes:
        """Return a new letter to everybody, or to these, signed."""
        people, now = self.people, self.clock.now()
        letter = replace(FIRST, number=next(self._numbers))
        envelope = compose(letter, people[SENDER], recipients=recipients or [people[one] for one in RECIPIENTS], at=now)
        return sign_package(envelope, people[SENDER].signer, at=now)

    def recall(self, package: bytes) -> bytes:
        """Return the recall of a letter, signed."""
        sender, now = self.people[SENDER], self.clock.now()
        letter = check_package(package, TrustStore(self.ring.anchors), at=now).message
        assert isinstance(letter, Envelope)
        return sign_package(recall_of(letter), sender.signer, at=now)

    def agreement(self, package: bytes, by: str) -> bytes:
        """Return a recipient's 15 to the recall of a letter, signed."""
        speaker, now = self.people[by], self.clock.now()
        letter = check_package(package, TrustStore(self.ring.anchors), at=now).message
        assert isinstance(letter, Envelope)
        return sign_package(answer_to(letter, speaker, agreed=True, at=now), speaker.signer, at=now)

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


@dataclass(slots=True)
class Taker:
    """A recipient's software: it remembers the deliveries it has in hand over every death of the axis."""

    DEEDS: ClassVar[tuple[Callable[[Taker], None], ...]]

    client: Axis
    survivor: Survivor
    held: list[Offer]

    def lease(self) -> None:
        """Take in hand what waits."""
        self.held.extend(self.client.lease().offers)

    def fetch(self) -> None:
        """Get the octets of all in hand: those that were sent."""
        for offer in self.held:
            assert self.client.fetch(offer) in self.survivor.receipts

    def acknowledge(self) -> None:
        """Acknowledge all in hand; what was answered is in hand no more."""
        while self.held:
            answer = self.client.acknowledge(self.held[0], self.survivor.people[TAKER].signer)
            assert answer["state"] == "handed_over"
            del self.held[0]

    def finish(self) -> None:
        """Bring everything to its end."""
        for deed in self.DEEDS:
            deed(self)


Taker.DEEDS = (Taker.lease, Taker.fetch, Taker.acknowledge)
