"""Forged words of a recipient: each is refused by its own name, and the recipient can still say its own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from axis.sdk import Offer
from tests.fixtures.running import RunningAxis, Station
from tests.journey.refusing import problem_in
from tests.vectors.attacks.tokens import ATTACKS, Make, Word


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery that its recipient has fetched, and what it could say of it."""

    recipient: Station
    offer: Offer
    word: Word

    def post(self, token: str) -> httpx.Response:
        address = f"/v1/deliveries/{self.offer.delivery_id}/acknowledgement"
        return self.recipient.http.post(address, content=token, headers={"Content-Type": "application/jose"})


@pytest.fixture(scope="module")
def delivery(running: RunningAxis) -> Delivery:
    sender, recipient, other = running.agencies(3)
    sender.sdk.send(running.package(sender, recipient))
    (offer,) = recipient.sdk.lease().offers
    recipient.sdk.fetch(offer)
    payload = {
        "delivery": str(offer.delivery_id),
        "recipient": str(offer.recipient),
        "digest": offer.digest,
        "outcome": "fail",
        "reason": "Tệp đính kèm không mở được",
        "time": running.clock.now().isoformat(),
    }
    word = Word(json.dumps(payload).encode(), recipient.signer, other.signer)
    return Delivery(recipient, offer, word)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_a_forged_word_is_refused_for_its_own_reason(
    attack: Make, delivery: Delivery, running: RunningAxis, spool: Path
) -> None:
    delivery.recipient.sdk.bearer()
    before = running.footprint(spool)
    problem = problem_in(delivery.post(attack(delivery.word)), 422, ATTACKS[attack])
    assert problem["findings"][0]["code"] == ATTACKS[attack]
    assert running.footprint(spool).since(before) == {"events": 1}


def test_afterwards_the_recipient_says_its_own(delivery: Delivery, running: RunningAxis) -> None:
    said = delivery.recipient.sdk.acknowledge(delivery.offer, delivery.recipient.signer)
    assert said["state"] == "handed_over"
    running.settle()
