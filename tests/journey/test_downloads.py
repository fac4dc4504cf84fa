"""A download in parts from the whole axis: over HTTP, with its lease, and recorded once."""

from __future__ import annotations

import pytest

from axis.sdk import Offer
from tests.fixtures.running import RunningAxis, Station


@pytest.fixture
def delivered(running: RunningAxis) -> tuple[bytes, Station, Offer]:
    """A package, its recipient, and the delivery as the recipient has leased it."""
    sender, recipient = running.agencies(2)
    package = running.package(sender, recipient)
    sender.sdk.send(package)
    (offer,) = recipient.sdk.lease().offers
    return package, recipient, offer


def fetches(recipient: Station, offer: Offer) -> int:
    """How often the trace says that the delivery was fetched."""
    (delivery,) = recipient.sdk.trace(offer.envelope_id)["deliveries"]
    return [event["tag"] for event in delivery["events"]].count("delivery.fetched")


def test_a_package_fetched_in_parts_is_the_package_and_was_fetched_once(
    delivered: tuple[bytes, Station, Offer],
) -> None:
    package, recipient, offer = delivered
    address, middle = f"/v1/deliveries/{offer.delivery_id}/content", len(package) // 2
    first = recipient.http.get(address, headers={"Range": f"bytes=0-{middle - 1}"})
    rest = recipient.http.get(address, headers={"Range": f"bytes={middle}-"})
    assert (first.status_code, rest.status_code) == (206, 206)
    assert first.content + rest.content == package == recipient.sdk.fetch(offer)
    assert rest.headers["Content-Range"] == f"bytes {middle}-{len(package) - 1}/{len(package)}"
    assert fetches(recipient, offer) == 1
    assert recipient.sdk.acknowledge(offer, recipient.signer)["state"] == "handed_over"


def test_whoever_asks_for_octets_that_there_are_not_has_fetched_nothing(
    delivered: tuple[bytes, Station, Offer],
) -> None:
    package, recipient, offer = delivered
    beyond = {"Range": f"bytes={len(package)}-"}
    refused = recipient.http.get(f"/v1/deliveries/{offer.delivery_id}/content", headers=beyond)
    assert (refused.status_code, refused.headers["Content-Range"]) == (416, f"bytes */{len(package)}")
    assert fetches(recipient, offer) == 0
