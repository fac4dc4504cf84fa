"""Behind each token stands a caller, looked up anew at each request; what is not its own does not exist for it."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from routing.agencies import SystemState
from signing.assertions import AssertionKey
from tests.axis.web.calling import bearer, signed, token
from tests.axis.web.country import MINISTRY, NOW, directory, system, system_key
from tests.axis.web.fakes import FakeAxis, offer
from tests.axis.web.running import Logged

LIST = "/v1/envelopes"
ANYWHERE = str(uuid.UUID(int=7))
GUARDED = [
    ("POST", "/v1/envelopes"),
    ("GET", "/v1/envelopes"),
    ("GET", f"/v1/envelopes/{ANYWHERE}"),
    ("GET", f"/v1/envelopes/{ANYWHERE}/trace"),
    ("GET", f"/v1/envelopes/{ANYWHERE}/content"),
    ("GET", f"/v1/envelopes/{ANYWHERE}/evidences"),
    ("GET", f"/v1/evidences/{ANYWHERE}"),
    ("POST", "/v1/leases"),
    ("DELETE", f"/v1/leases/{ANYWHERE}"),
    ("GET", f"/v1/deliveries/{ANYWHERE}"),
    ("GET", f"/v1/deliveries/{ANYWHERE}/content"),
    ("GET", f"/v1/deliveries/{ANYWHERE}/files/1"),
    ("POST", f"/v1/deliveries/{ANYWHERE}/acknowledgement"),
    ("POST", "/v1/uploads"),
    ("GET", f"/v1/uploads/{ANYWHERE}"),
    ("PATCH", f"/v1/uploads/{ANYWHERE}"),
    ("DELETE", f"/v1/uploads/{ANYWHERE}"),
    ("POST", f"/v1/uploads/{ANYWHERE}/submission"),
    ("GET", "/v1/directory/agencies/G22"),
]


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_nothing_of_the_exchange_is_open_to_the_unknown(client: httpx.Client, method: str, path: str) -> None:
    answer = client.request(method, path)
    assert answer.status_code == 401
    assert answer.json()["code"] == "access/token-missing"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_every_operation_is_either_guarded_or_known_to_be_public(client: httpx.Client) -> None:
    public = {"/v1/token", "/v1/limits", "/v1/seal", "/v1/seals", "/v1/problems", "/v1/problems/{slug}"}
    public |= {"/health/live", "/health/ready", "/metrics"}
    paths = client.get("/openapi.json").json()["paths"]
    guarded = {path for path, operations in paths.items() for one in operations.values() if "security" in one}
    assert set(paths) - guarded == public
    assert sum(len(paths[path]) for path in guarded) == len(GUARDED)


def forged(axis: FakeAxis, **others: object) -> str:
    """A token as the axis makes it, with some claims replaced."""
    now = int(axis.clock.now().timestamp())
    issuer = axis.settings.issuer
    honest: dict[str, object] = {
        "iss": issuer,
        "aud": issuer,
        "sub": "vpcp",
        "iat": now,
        "exp": now + 300,
        "ckid": system_key("vpcp").kid,
        "agencies": ["G22"],
    }
    said = {key: value for key, value in (honest | others).items() if value is not None}
    return jwt.encode({"alg": "ES256", "typ": "at+jwt"}, said, axis.token_key.key, ["ES256"])


def test_a_token_made_like_this_would_count(client: httpx.Client, axis: FakeAxis) -> None:
    assert client.get(LIST, headers={"Authorization": f"Bearer {forged(axis)}"}).status_code == 200


def of_another_kind(axis: FakeAxis, kind: str) -> str:
    return jwt.encode({"alg": "ES256", "typ": kind}, {"sub": "vpcp"}, axis.token_key.key, ["ES256"])


FORGERIES: dict[str, Callable[[FakeAxis], str]] = {
    "rubbish": lambda _: "rubbish",
    "signed by somebody else": lambda _: signed(AssertionKey.generate(), {"sub": "vpcp"}),
    "signed with a shared secret": lambda _: jwt.encode(
        {"alg": "HS256", "typ": "at+jwt"}, {"sub": "vpcp"}, OctKey.generate_key(256), ["HS256"]
    ),
    "of another kind": lambda axis: of_another_kind(axis, "JWT"),
    "of another issuer": lambda axis: forged(axis, iss="https://other.example"),
    "for another audience": lambda axis: forged(axis, aud="https://other.example"),
    "for no agency": lambda axis: forged(axis, agencies=[]),
    "agencies that are none": lambda axis: forged(axis, agencies=["not an id!"]),
    "without agencies": lambda axis: forged(axis, agencies=None),
    "without expiry": lambda axis: forged(axis, exp=None),
    "without system": lambda axis: forged(axis, sub=None),
    "longer than any": lambda axis: forged(axis, padding="x" * 20_000),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_token_that_is_not_ours_is_refused(
    client: httpx.Client, axis: FakeAxis, forge: Callable[[FakeAxis], str]
) -> None:
    answer = client.get(LIST, headers={"Authorization": f"Bearer {forge(axis)}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "access/token-invalid")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer  ", "Basic dnBjcDpodXNo"])
def test_another_way_of_authenticating_is_none(client: httpx.Client, header: str) -> None:
    answer = client.get(LIST, headers={"Authorization": header})
    assert answer.json()["code"] == "access/token-missing"


def test_a_token_ends_when_it_says(client: httpx.Client, axis: FakeAxis, ministry: dict[str, str]) -> None:
    axis.pass_time(seconds=299)
    assert client.get(LIST, headers=ministry).status_code == 200
    axis.pass_time(seconds=1)
    assert client.get(LIST, headers=ministry).json()["code"] == "access/token-expired"


@pytest.mark.parametrize(
    "changed",
    [
        directory(system("vpcp", MINISTRY, state=SystemState.SUSPENDED)),
        directory(system("vpcp", MINISTRY, state=SystemState.REMOVED)),
        directory(system("tinh-a", MINISTRY)),
        directory(system("vpcp", MINISTRY, key=system_key("other"))),
        directory(system("vpcp", MINISTRY, key=system_key("vpcp", valid_to=NOW))),
    ],
    ids=["suspended", "removed", "gone", "key replaced", "key ended"],
)
def test_a_change_in_the_directory_works_at_the_next_request(
    client: httpx.Client, axis: FakeAxis, ministry: dict[str, str], changed: object
) -> None:
    assert client.get(LIST, headers=ministry).status_code == 200
    axis.atlas.current = changed  # type: ignore[assignment]
    answer = client.get(LIST, headers=ministry)
    assert (answer.status_code, answer.json()["code"]) == (401, "access/revoked")


def test_a_narrowed_token_opens_nothing_else(client: httpx.Client, axis: FakeAxis) -> None:
    axis.atlas.current = directory(system("vpcp", MINISTRY, *(one.organ_id for one in axis.atlas.current.agencies)))
    wide, narrow = bearer(client, axis), bearer(client, axis, scope="H51")
    path = f"{LIST}/{axis.tracer.view.envelope_id}"
    assert client.get(path, headers=wide).status_code == 200
    assert client.get(path, headers=narrow).status_code == 404


def foreign_paths(axis: FakeAxis) -> list[tuple[str, str]]:
    """Addresses of things that exist and are the ministry's or the department's."""
    envelope, evidence = axis.tracer.view.envelope_id, axis.tracer.evidence_id
    waiting = offer(axis.clock)
    axis.handover.waiting.append(waiting)
    return [
        ("GET", f"/v1/envelopes/{envelope}"),
        ("GET", f"/v1/envelopes/{envelope}/trace"),
        ("GET", f"/v1/envelopes/{envelope}/content"),
        ("GET", f"/v1/envelopes/{envelope}/evidences"),
        ("GET", f"/v1/evidences/{evidence}"),
        ("GET", f"/v1/deliveries/{waiting.delivery_id}"),
        ("GET", f"/v1/deliveries/{waiting.delivery_id}/content"),
        ("POST", f"/v1/deliveries/{waiting.delivery_id}/acknowledgement"),
    ]


def test_what_is_somebody_elses_does_not_exist(client: httpx.Client, axis: FakeAxis, stranger: dict[str, str]) -> None:
    for method, path in foreign_paths(axis):
        answers = [
            client.request(method, one, headers=stranger | {"Content-Type": "application/jose"}, content=b"e30.e30.AA")
            for one in (path, path.replace(path.split("/")[3], ANYWHERE))
        ]
        existing, missing = (answer.json() for answer in answers)
        assert [answer.status_code for answer in answers] == [404, 404]
        told = {"code", "title", "detail", "status", "what_to_do"}
        assert {key: existing[key] for key in told} == {key: missing[key] for key in told}


def test_a_list_holds_only_ones_own(client: httpx.Client, ministry: dict[str, str], stranger: dict[str, str]) -> None:
    assert len(client.get(LIST, headers=ministry).json()["items"]) == 1
    assert client.get(LIST, headers=stranger).json() == {"items": [], "next": None}


def test_asking_for_what_is_not_ones_own_is_logged(
    client: httpx.Client, axis: FakeAxis, stranger: dict[str, str], logged: Logged
) -> None:
    client.get(f"{LIST}/{axis.tracer.view.envelope_id}", headers=stranger)
    assert [line["event"] for line in logged()][-2:] == ["access_hidden", "request_served"]
    assert logged()[-1]["system"] == "tinh-b"


def test_refused_tokens_are_logged_without_the_token(client: httpx.Client, axis: FakeAxis, logged: Logged) -> None:
    text = token(client, axis) + "x"
    client.get(LIST, headers={"Authorization": f"Bearer {text}"})
    lines = logged()
    assert [line["code"] for line in lines if line["event"] == "token_refused"] == ["access/token-invalid"]
    assert text not in str(lines)


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Forwarded-User", "X-Real-IP", "X-System-Id"])
def test_no_header_but_authorization_says_who_calls(client: httpx.Client, name: str) -> None:
    assert client.get(LIST, headers={name: "vpcp"}).status_code == 401
