"""Download, acknowledge, look: the recipient's side."""

from __future__ import annotations

import base64
import hashlib

import httpx
import pytest

from axis.errors import LeasedElsewhere
from axis.web.schemas import AcknowledgedBody, DeliveryBody
from envelopes.limits import ACKNOWLEDGEMENT_BYTES_MAX
from tests.axis.web.fakes import GOOD_STATEMENT, FakeAxis, offer

JOSE = {"Content-Type": "application/jose"}


@pytest.fixture
def leased(client: httpx.Client, axis: FakeAxis, province: dict[str, str]) -> str:
    """The address of a delivery that the province's system has leased."""
    axis.handover.waiting = [offer(axis.clock)]
    (delivery,) = client.post("/v1/leases", headers=province).json()["deliveries"]
    return f"/v1/deliveries/{delivery['delivery_id']}"


def test_a_delivery_can_be_looked_at(client: httpx.Client, leased: str, province: dict[str, str]) -> None:
    body = DeliveryBody.model_validate_json(client.get(leased, headers=province).content)
    assert (body.recipient, body.sender, body.state) == ("H51.15", "G22", "consigned")
    assert (body.priority, body.subject) == (1, "Về việc thử nghiệm")


def test_the_original_octets_are_downloaded_with_their_digest(
    client: httpx.Client, leased: str, province: dict[str, str]
) -> None:
    answer = client.get(f"{leased}/content", headers=province)
    envelope_id = client.get(leased, headers=province).json()["envelope_id"]
    digest = base64.b64encode(hashlib.sha256(b"<edXML/>").digest()).decode()
    assert (answer.status_code, answer.content) == (200, b"<edXML/>")
    assert answer.headers["Content-Type"] == "application/xml"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{envelope_id}.edxml"'
    assert answer.headers["Repr-Digest"] == f"sha-256=:{digest}:"


def test_without_a_lease_there_is_no_content(client: httpx.Client, axis: FakeAxis, province: dict[str, str]) -> None:
    waiting = offer(axis.clock)
    axis.handover.waiting = [waiting]
    answer = client.get(f"/v1/deliveries/{waiting.delivery_id}/content", headers=province)
    assert (answer.status_code, answer.json()["code"]) == (409, "lease/lost")


def test_what_another_system_leased_is_refused_by_name(
    client: httpx.Client, axis: FakeAxis, leased: str, province: dict[str, str]
) -> None:
    axis.handover.fails = LeasedElsewhere()
    assert client.get(f"{leased}/content", headers=province).json()["code"] == "lease/held-elsewhere"


def test_a_signed_acknowledgement_ends_the_delivery(
    client: httpx.Client, leased: str, province: dict[str, str]
) -> None:
    answer = client.post(f"{leased}/acknowledgement", content=f"{GOOD_STATEMENT}\n", headers=province | JOSE)
    body = AcknowledgedBody.model_validate_json(answer.content)
    assert (answer.status_code, body.state, body.outcome, body.repeat) == (200, "handed_over", "done", False)


def test_a_refused_acknowledgement_says_why(client: httpx.Client, leased: str, province: dict[str, str]) -> None:
    answer = client.post(f"{leased}/acknowledgement", content="e30.e30.AAAA", headers=province | JOSE)
    assert (answer.status_code, answer.json()["code"]) == (422, "acknowledgement/wrong-digest")
    assert answer.json()["findings"][0]["path"] == "digest"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"x" * (ACKNOWLEDGEMENT_BYTES_MAX + 1), "acknowledgement/too-large"),
        ("đã nhận".encode(), "acknowledgement/malformed"),
    ],
)
def test_what_is_no_compact_jws_reaches_no_use_case(
    client: httpx.Client, leased: str, province: dict[str, str], body: bytes, code: str
) -> None:
    answer = client.post(f"{leased}/acknowledgement", content=body, headers=province | JOSE)
    assert answer.json()["code"] == code


@pytest.mark.parametrize("headers", [{"Content-Type": "application/json"}, JOSE | {"Content-Encoding": "gzip"}])
def test_an_acknowledgement_comes_as_jose_and_not_encoded(
    client: httpx.Client, leased: str, province: dict[str, str], headers: dict[str, str]
) -> None:
    answer = client.post(f"{leased}/acknowledgement", content=GOOD_STATEMENT, headers=province | headers)
    assert answer.status_code == 415
