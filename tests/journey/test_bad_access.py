"""Callers that are nobody, somebody else, or too late: and what belongs to others does not exist for them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from axis.sdk import Lease, Offer, ProblemReported
from axis.web.access_tokens import AccessClaims, AccessTokens
from envelopes.acknowledgement import ACKNOWLEDGEMENT_TYPE, Acknowledgement, AckOutcome, write_acknowledgement
from envelopes.identifiers import DeliveryId, EnvelopeId
from signing.assertions import ASSERTION_TYPE, AssertionKey
from signing.jws import sign_jws
from tests.fixtures.running import Station
from tests.journey.refusing import Gatekeeper, problem_in

AN_HOUR = timedelta(hours=1)
NOBODYS = UUID("0199aaaa-0000-7000-8000-000000000000")


@contextmanager
def untouched(gatekeeper: Gatekeeper) -> Iterator[None]:
    """See that nothing is kept of what happens inside."""
    gatekeeper.sender.sdk.bearer()
    before = gatekeeper.running.footprint(gatekeeper.spool)
    yield
    assert gatekeeper.running.footprint(gatekeeper.spool).since(before) == {}


def token_of(gatekeeper: Gatekeeper, *, key: AssertionKey | None = None, age: timedelta = timedelta()) -> str:
    """Return a token as the axis writes them for the sender: by another key, or some time ago."""
    axis, credentials = gatekeeper.running.embedded.axis, gatekeeper.sender.participant.credentials
    tokens = AccessTokens(key or axis.token_key, issuer=gatekeeper.running.url, lifetime=300)
    claims = AccessClaims(credentials.system_id, credentials.key.kid, (gatekeeper.sender.organ_id,))
    return tokens.issue(claims, jti=str(axis.clock.mint()), now=axis.clock.now() - age)


def in_plain(token: str) -> str:
    """Return a token that says that it needs no signature."""
    header = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').decode().rstrip("=")
    return ".".join((header, token.split(".")[1], ""))


def for_somebody_else(token: str, other: Station) -> str:
    """Return a token in which another system's id was put."""
    header, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    claims["sub"] = str(other.participant.credentials.system_id)
    changed = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"{header}.{changed}.{signature}"


def test_wrong_tokens_open_nothing(gatekeeper: Gatekeeper) -> None:
    genuine = token_of(gatekeeper)
    attempts = {
        "": "access/token-missing",
        "Basic YTpi": "access/token-missing",
        "Bearer rubbish": "access/token-invalid",
        f"Bearer {genuine[:-4]}AAAA": "access/token-invalid",
        f"Bearer {in_plain(genuine)}": "access/token-invalid",
        f"Bearer {for_somebody_else(genuine, gatekeeper.recipient)}": "access/token-invalid",
        f"Bearer {token_of(gatekeeper, key=AssertionKey.generate())}": "access/token-invalid",
        f"Bearer {token_of(gatekeeper, age=AN_HOUR)}": "access/token-expired",
    }
    package = gatekeeper.running.package(gatekeeper.sender, gatekeeper.recipient)
    for authorization, code in attempts.items():
        with untouched(gatekeeper):
            answer = gatekeeper.sender.post(package, Authorization=authorization)
            problem_in(answer, 401, code)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert gatekeeper.sender.post(package, Authorization=f"Bearer {genuine}").status_code == 201


def token_request(
    gatekeeper: Gatekeeper, *, key: AssertionKey | None = None, scope: str = "", **claims: str | int
) -> httpx.Response:
    """Return the answer to a token request whose assertion was changed."""
    axis, credentials = gatekeeper.running.embedded.axis, gatekeeper.sender.participant.credentials
    now, system_id = int(axis.clock.now().timestamp()), str(credentials.system_id)
    said: dict[str, str | int] = {"iss": system_id, "sub": system_id, "aud": f"{gatekeeper.running.url}/v1/token"}
    said.update({"iat": now, "exp": now + 60, "jti": str(axis.clock.mint())})
    said.update(claims)
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": (key or credentials.key).sign(said),
        "scope": scope,
    }
    return httpx.post(f"{gatekeeper.running.url}/v1/token", data=form)


@pytest.mark.parametrize(
    ("claims", "code", "error"),
    [
        ({"iat": 1_000, "exp": 1_060}, "token/assertion-expired", "invalid_client"),
        ({"aud": "https://axis.example/v1/token"}, "token/assertion-for-another-audience", "invalid_client"),
        ({"iss": "nobody", "sub": "nobody"}, "token/invalid-client", "invalid_client"),
        ({"exp": 32_503_680_000}, "token/assertion-too-long-lived", "invalid_client"),
    ],
)
def test_assertions_that_prove_nothing(gatekeeper: Gatekeeper, claims: dict[str, Any], code: str, error: str) -> None:
    with untouched(gatekeeper):
        answer = token_request(gatekeeper, **claims)
        assert (answer.status_code, answer.json()["code"], answer.json()["error"]) == (401, code, error)
        assert answer.json()["title_vi"]


def test_an_assertion_by_another_key_or_used_twice(gatekeeper: Gatekeeper) -> None:
    with untouched(gatekeeper):
        answer = token_request(gatekeeper, key=AssertionKey.generate())
        assert (answer.status_code, answer.json()["code"]) == (401, "token/invalid-client")
    jti = str(gatekeeper.running.clock.mint())
    assert token_request(gatekeeper, jti=jti).status_code == 200
    with untouched(gatekeeper):
        assert token_request(gatekeeper, jti=jti).json()["code"] == "token/assertion-used"


def test_a_token_for_an_agency_of_somebody_else_is_not_issued(gatekeeper: Gatekeeper) -> None:
    answer = token_request(gatekeeper, scope=str(gatekeeper.recipient.organ_id))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


def test_the_token_of_another_agency_does_not_speak_for_the_sender(gatekeeper: Gatekeeper) -> None:
    package = gatekeeper.running.package(gatekeeper.sender, gatekeeper.recipient)
    gatekeeper.refuses(package, "sender/system-may-not-act", by=gatekeeper.recipient)


# ── what belongs to others ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Affair:
    """A letter on its way to two recipients, one of which has it in hand; and a stranger."""

    sender: Station
    recipient: Station
    other: Station
    stranger: Station
    envelope_id: EnvelopeId
    lease: Lease
    offer: Offer


@pytest.fixture
def affair(gatekeeper: Gatekeeper) -> Affair:
    sender, recipient, other, stranger = gatekeeper.running.agencies(4)
    receipt = sender.sdk.send(gatekeeper.running.package(sender, recipient, other))
    lease = recipient.sdk.lease()
    (offer,) = lease.offers
    gatekeeper.running.settle()
    for one in (other, stranger):
        one.sdk.bearer()
    return Affair(sender, recipient, other, stranger, receipt.envelope_id, lease, offer)


def envelope_addresses(envelope_id: UUID) -> list[str]:
    return [f"/v1/envelopes/{envelope_id}{rest}" for rest in ("", "/trace", "/content", "/evidences")]


def delivery_addresses(delivery_id: UUID) -> list[str]:
    return [f"/v1/deliveries/{delivery_id}{rest}" for rest in ("", "/content")]


def hides(gatekeeper: Gatekeeper, station: Station, address: str) -> dict[str, Any]:
    """See that an address answers 404, and return what it says apart from the id and the correlation."""
    problem = problem_in(station.http.get(address), 404, "resource/not-found")
    return {name: one for name, one in problem.items() if name not in {"instance", "correlation_id"}}


def test_a_stranger_finds_nothing_and_learns_nothing(gatekeeper: Gatekeeper, affair: Affair) -> None:
    """Somebody else's ids answer exactly as ids that nobody has."""
    evidences = [
        one["evidence_id"] for one in affair.sender.http.get(envelope_addresses(affair.envelope_id)[3]).json()["items"]
    ]
    assert len(evidences) == 3
    foreign = envelope_addresses(affair.envelope_id) + delivery_addresses(affair.offer.delivery_id)
    foreign += [f"/v1/evidences/{one}" for one in evidences]
    unknown = envelope_addresses(NOBODYS) + delivery_addresses(NOBODYS) + [f"/v1/evidences/{NOBODYS}"]
    with untouched(gatekeeper):
        answers = [hides(gatekeeper, affair.stranger, address) for address in (*foreign, *unknown)]
    assert all(answer == answers[0] for answer in answers)


def test_parties_see_their_own_side_only(gatekeeper: Gatekeeper, affair: Affair) -> None:
    """The sender does not download as recipient, a recipient not as sender, nor one recipient as another."""
    with untouched(gatekeeper):
        for station in (affair.sender, affair.other):
            for address in delivery_addresses(affair.offer.delivery_id):
                hides(gatekeeper, station, address)
        hides(gatekeeper, affair.recipient, f"/v1/envelopes/{affair.envelope_id}/content")
        listed = affair.sender.http.get(f"/v1/envelopes/{affair.envelope_id}/evidences").json()["items"]
        for one in listed:
            expected = 200 if one["delivery_id"] == str(affair.offer.delivery_id) else 404
            assert affair.recipient.http.get(f"/v1/evidences/{one['evidence_id']}").status_code == expected


def test_nobody_acknowledges_for_another(gatekeeper: Gatekeeper, affair: Affair) -> None:
    affair.recipient.sdk.fetch(affair.offer)
    statement = Acknowledgement(
        affair.offer.delivery_id,
        affair.offer.recipient,
        affair.offer.digest,
        AckOutcome.DONE,
        gatekeeper.running.clock.now(),
    )
    for station in (affair.stranger, affair.other, affair.sender):
        for delivery_id in (affair.offer.delivery_id, DeliveryId(NOBODYS)):
            said = replace(statement, delivery=delivery_id, recipient=station.organ_id)
            token = sign_jws(write_acknowledgement(said), station.signer, kind=ACKNOWLEDGEMENT_TYPE)
            with untouched(gatekeeper):
                address = f"/v1/deliveries/{delivery_id}/acknowledgement"
                answer = station.http.post(address, content=token, headers={"Content-Type": "application/jose"})
                problem_in(answer, 404, "resource/not-found")
    assert affair.recipient.sdk.acknowledge(affair.offer, affair.recipient.signer)["state"] == "handed_over"


def test_nobody_takes_or_releases_what_is_another_agencys(gatekeeper: Gatekeeper, affair: Affair) -> None:
    """A lease has no existence of its own: that of somebody else and one that nobody has release nothing, alike."""
    with untouched(gatekeeper), pytest.raises(ProblemReported) as hidden:
        affair.stranger.sdk.lease([affair.recipient.organ_id])
    assert (hidden.value.problem.status, hidden.value.problem.code) == (404, "resource/not-found")
    with untouched(gatekeeper):
        answers = [affair.stranger.http.delete(f"/v1/leases/{one}") for one in (affair.lease.lease_id, NOBODYS)]
        assert [(one.status_code, one.json()) for one in answers] == [(200, {"released": 0})] * 2
    assert affair.recipient.sdk.fetch(affair.offer)


def test_what_others_sent_is_not_listed(affair: Affair) -> None:
    (own,) = affair.sender.sdk.sent()["items"]
    assert own["envelope_id"] == str(affair.envelope_id)
    for station in (affair.recipient, affair.stranger):
        assert station.sdk.sent(document_id=own["document_id"])["items"] == []
        assert station.sdk.sent(after=str(affair.envelope_id))["items"] == []
