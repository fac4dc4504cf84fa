"""An object that is gone or damaged: told before the first octet, not recorded as fetched, and good once it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from axis.sdk import ProblemReported
from axis.web.reports import RETRY_SECONDS
from tests.axis.web.running import Logged
from tests.fixtures.running import RunningAxis, Station


def flip(file: Path) -> None:
    octets = file.read_bytes()
    file.write_bytes(bytes([octets[0] ^ 1]) + octets[1:])


DAMAGES: dict[str, Callable[[Path], object]] = {
    "gone": lambda file: file.unlink(),
    "empty": lambda file: file.write_bytes(b""),
    "cut short": lambda file: file.write_bytes(file.read_bytes()[:-1]),
    "one bit": flip,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_nothing_is_handed_out_but_what_was_signed(
    running: RunningAxis, logged: Logged, damage: Callable[[Path], object]
) -> None:
    sender, recipient = running.agencies(2)
    package = running.package(sender, recipient)
    receipt = sender.sdk.send(package)
    (offer,) = recipient.sdk.lease().offers
    file = running.folder / "blobs" / offer.digest[:3] / offer.digest
    assert file.read_bytes() == package
    damage(file)
    is_told(recipient, f"/v1/deliveries/{offer.delivery_id}/content")
    is_told(sender, f"/v1/envelopes/{receipt.envelope_id}/content")
    assert [line["event"] for line in logged() if line["level"] == "error"] == ["store_unavailable"] * 2
    (own,) = recipient.sdk.trace(receipt.envelope_id)["deliveries"]
    assert "delivery.fetched" not in {event["tag"] for event in own["events"]}
    with pytest.raises(ProblemReported) as refused:
        recipient.sdk.acknowledge(offer, recipient.signer)
    assert refused.value.problem.code == "acknowledgement/not-fetched"
    file.write_bytes(package)
    assert recipient.sdk.fetch(offer) == package


def is_told(station: Station, path: str) -> None:
    answer = station.http.get(path)
    assert (answer.status_code, answer.json()["code"]) == (503, "service/unavailable")
    assert answer.headers["Retry-After"] == str(RETRY_SECONDS)
