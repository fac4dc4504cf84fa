"""What recipients sign and mean badly: refused by name, nothing of it kept, and the delivery can still be ended."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from axis.exchange.interventions import Interventions, Word
from axis.sdk import Offer
from envelopes.acknowledgement import ACKNOWLEDGEMENT_TYPE, REASON_MAX
from envelopes.limits import ACKNOWLEDGEMENT_BYTES_MAX
from signing.jws import sign_jws
from storage.records import DeliveryFilter
from tests.fixtures.running import RunningAxis, Station
from tests.journey.refusing import problem_in


@dataclass(frozen=True, slots=True)
class Signatory:
    """A recipient that fetched a delivery, and can sign whatever it likes."""

    station: Station
    offer: Offer
    now: str

    def said(self, **changes: Any) -> dict[str, Any]:
        honest = {
            "delivery": str(self.offer.delivery_id),
            "recipient": str(self.offer.recipient),
            "digest": self.offer.digest,
            "outcome": "fail",
            "reason": "Tệp đính kèm không mở được",
            "time": self.now,
        }
        return honest | changes

    def post(self, payload: bytes) -> httpx.Response:
        return self.post_token(sign_jws(payload, self.station.signer, kind=ACKNOWLEDGEMENT_TYPE))

    def post_token(self, token: str) -> httpx.Response:
        address = f"/v1/deliveries/{self.offer.delivery_id}/acknowledgement"
        return self.station.http.post(address, content=token, headers={"Content-Type": "application/jose"})


@pytest.fixture
def signatory(running: RunningAxis) -> Signatory:
    sender, recipient = running.agencies(2)
    sender.sdk.send(running.package(sender, recipient))
    (offer,) = recipient.sdk.lease().offers
    recipient.sdk.fetch(offer)
    return Signatory(recipient, offer, running.clock.now().isoformat())


def test_what_is_over_is_acknowledged_by_nobody_and_its_end_stays(signatory: Signatory, running: RunningAxis) -> None:
    parts, offer = running.embedded.axis, signatory.offer
    hand = Interventions(parts.premises.transactions, parts.clock, timekeeper=parts.timekeeper)
    chosen = hand.choose(DeliveryFilter(delivery_ids=(offer.delivery_id,)))
    hand.end(chosen, Word("tests", "its time is over"))
    running.settle()
    before = running.rows()
    failed = signatory.said()
    taken = {name: value for name, value in signatory.said(outcome="done").items() if name != "reason"}
    for said in (taken, failed):
        answer = signatory.post(json.dumps(said).encode())
        problem_in(answer, 409, "acknowledgement/already-final")
    (delivery,) = signatory.station.sdk.trace(offer.envelope_id)["deliveries"]
    assert delivery["state"] == "expired"
    running.settle()
    changed = {name: number - before[name] for name, number in running.rows().items() if number != before[name]}
    assert changed == {"events": 2}, "what was said is in the history, and changes nothing"


@pytest.mark.parametrize(
    "reason",
    ["a\u0000b", "a\ud800b", "\udfff", "a\u0007", "\ufffe", " ", "", "x" * (REASON_MAX + 1)],
    ids=["nul", "high surrogate", "low surrogate", "bell", "no character", "blank", "empty", "over-long"],
)
def test_a_reason_that_evidence_cannot_carry_is_refused(
    signatory: Signatory, running: RunningAxis, reason: str
) -> None:
    answer = signatory.post(json.dumps(signatory.said(reason=reason)).encode())
    problem_in(answer, 422, "acknowledgement/unreadable")
    assert signatory.station.sdk.acknowledge(signatory.offer, signatory.station.signer)["state"] == "handed_over"
    running.settle()


@pytest.mark.parametrize(
    "payload", [b"[" * 6_000, b'{"reason":' * 650, b"\xff", b"", b"null", b"1e999999", b"9" * 5_000]
)
def test_a_payload_that_is_no_acknowledgement_is_refused(signatory: Signatory, payload: bytes) -> None:
    assert signatory.post(payload).json()["code"] in {"acknowledgement/unreadable", "acknowledgement/invalid-signature"}
    assert signatory.station.sdk.acknowledge(signatory.offer, signatory.station.signer)["state"] == "handed_over"


@pytest.mark.parametrize("name", ["delivery", "recipient", "digest", "outcome", "time"])
@pytest.mark.parametrize("value", ["a\u0000b", "\ud800", "9" * 5_000, ""], ids=["nul", "surrogate", "digits", "empty"])
def test_a_member_that_is_rubbish_is_refused(signatory: Signatory, name: str, value: str) -> None:
    answer = signatory.post(json.dumps(signatory.said(**{name: value})).encode())
    problem_in(answer, 422, "acknowledgement/unreadable")


def test_an_acknowledgement_that_evidence_has_no_room_for_is_refused_at_the_door(signatory: Signatory) -> None:
    padded = json.dumps(signatory.said()).encode() + b" " * ACKNOWLEDGEMENT_BYTES_MAX
    problem_in(signatory.post(padded), 413, "acknowledgement/too-large")


def test_a_token_has_one_spelling(signatory: Signatory) -> None:
    """A signature over segments with padding verifies with lenient decoders; no evidence could keep it."""
    signer = signatory.station.signer
    header = {"alg": "ES256", "typ": ACKNOWLEDGEMENT_TYPE, "x5t#S256": signer.certificate.thumbprint}
    segments = [base64.urlsafe_b64encode(json.dumps(one).encode()).decode() for one in (header, signatory.said())]
    padded = [one if one.endswith("=") else f"{one}====" for one in segments]
    signature = base64.urlsafe_b64encode(signer.sign(".".join(padded).encode())).decode()
    problem_in(signatory.post_token(".".join((*padded, signature))), 422, "acknowledgement/invalid-signature")


def test_the_longest_reason_fits_however_it_is_written(signatory: Signatory, running: RunningAxis) -> None:
    reason = "ậ" * REASON_MAX
    answer = signatory.post(json.dumps(signatory.said(reason=f" {reason}\r\n")).encode())
    assert (answer.status_code, answer.json()["outcome"]) == (200, "fail")
    running.settle()
    listed = signatory.station.http.get(f"/v1/envelopes/{signatory.offer.envelope_id}/evidences").json()["items"]
    assert listed
