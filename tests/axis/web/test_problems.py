"""Whatever goes wrong leaves as a problem document, in both languages, with an id to ask about, and leaks nothing."""

from __future__ import annotations

import asyncio
import json
import uuid

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from axis.errors import Busy, LeasedElsewhere, LeaseLost
from axis.exchange.notary import SealBroken
from axis.web.app import create_app
from axis.web.catalogue import CATALOGUE
from axis.web.correlation import CORRELATION_HEADER
from axis.web.problems import PROBLEM_MEDIA_TYPE, AnswerCutShort, ProblemSeam
from axis.web.reports import SpoolUnavailable
from axis.web.schemas import ProblemBody, TokenProblemBody
from signing.errors import KeyFault
from storage.errors import (
    BlobCorrupt,
    BlobMissing,
    BlobStoreUnavailable,
    ConstraintBroken,
    Contention,
    DatabaseUnavailable,
    LockTimeout,
    StatementTooSlow,
    StoreFault,
)
from tests.axis.web.calling import PACKAGE, XML, bearer
from tests.axis.web.fakes import FakeAxis, FakeTimekeeper
from tests.axis.web.running import Logged, in_process

CANARY = "canary: bí mật của văn bản"
MEMBERS = {
    "type",
    "title",
    "title_vi",
    "status",
    "detail",
    "detail_vi",
    "instance",
    "code",
    "correlation_id",
    "what_to_do",
    "what_to_do_vi",
}


def submit(client: httpx.Client, headers: dict[str, str]) -> httpx.Response:
    return client.post("/v1/envelopes", content=PACKAGE, headers=headers | XML)


def test_a_problem_has_every_member_of_the_contract(client: httpx.Client) -> None:
    answer = client.get("/v1/nothing/here")
    body = answer.json()
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, PROBLEM_MEDIA_TYPE)
    assert set(body) == MEMBERS
    assert (body["type"], body["code"]) == ("urn:axis:problem:request-unknown-path", "request/unknown-path")
    assert (body["status"], body["instance"]) == (404, "/v1/nothing/here")
    assert body["correlation_id"] == answer.headers[CORRELATION_HEADER]
    assert ProblemBody.model_validate(body).findings is None


def test_an_address_is_repeated_escaped(client: httpx.Client) -> None:
    body = client.get("/v1/%0d%0aSet-Cookie:x/%3Cscript%3E").json()
    assert body["instance"] == "/v1/%0D%0ASet-Cookie%3Ax/%3Cscript%3E"


def test_a_method_that_is_not_taken_names_those_that_are(client: httpx.Client) -> None:
    answer = client.put("/v1/envelopes", content=b"")
    assert (answer.status_code, answer.json()["code"]) == (405, "request/method-not-allowed")
    assert answer.headers["Allow"]


def test_an_address_with_a_slash_too_many_is_not_redirected(client: httpx.Client) -> None:
    assert client.get("/v1/limits/").status_code == 404


def test_the_unforeseen_is_answered_without_a_word_of_it(
    client: httpx.Client, axis: FakeAxis, ministry: dict[str, str], logged: Logged
) -> None:
    axis.intake.fails = RuntimeError(CANARY)
    answer = submit(client, ministry)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert set(answer.json()) == MEMBERS
    failed = next(line for line in logged() if line["event"] == "request_failed")
    assert failed["exception"] == ["builtins.RuntimeError"]
    assert failed["correlation"] == answer.headers[CORRELATION_HEADER] == answer.json()["correlation_id"]
    assert "canary" not in answer.text + json.dumps(logged())
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("error", [ConstraintBroken(CANARY), LookupError(CANARY)])
def test_errors_nobody_can_wait_out_are_internal(
    client: httpx.Client, axis: FakeAxis, ministry: dict[str, str], error: Exception
) -> None:
    axis.intake.fails = error
    assert submit(client, ministry).json()["code"] == "internal"


PASSING = {
    DatabaseUnavailable(CANARY): "database_unavailable",
    Contention(CANARY): "database_unavailable",
    LockTimeout(CANARY): "database_unavailable",
    StatementTooSlow(CANARY): "database_unavailable",
    BlobStoreUnavailable(StoreFault.DISK, said=CANARY): "store_unavailable",
    BlobMissing(CANARY.encode()): "store_unavailable",
    BlobCorrupt(CANARY.encode()): "store_unavailable",
    SpoolUnavailable(CANARY): "spool_unavailable",
    SealBroken(KeyFault.NO_DEVICE): "seal_failed",
}


@pytest.mark.parametrize("error", PASSING, ids=lambda error: type(error).__name__)
def test_what_may_pass_is_503_with_a_time(
    client: httpx.Client, axis: FakeAxis, ministry: dict[str, str], error: Exception, logged: Logged
) -> None:
    axis.intake.fails = error
    answer = submit(client, ministry)
    assert (answer.status_code, answer.json()["code"]) == (503, "service/unavailable")
    assert answer.headers["Retry-After"] == "5"
    assert PASSING[error] in [line["event"] for line in logged()]
    assert "canary" not in answer.text + json.dumps(logged())


@pytest.mark.parametrize(
    ("error", "code"),
    [(LeaseLost(), "lease/lost"), (LeasedElsewhere(), "lease/held-elsewhere"), (Busy(7), "service/busy")],
)
def test_errors_of_use_cases_have_their_problem(
    client: httpx.Client, axis: FakeAxis, ministry: dict[str, str], error: Exception, code: str
) -> None:
    axis.tracer.fails = error
    answer = client.get(f"/v1/envelopes/{axis.tracer.view.envelope_id}", headers=ministry)
    assert (answer.status_code, answer.json()["code"]) == (CATALOGUE[code].status, code)
    assert answer.headers.get("Retry-After") == ("7" if isinstance(error, Busy) else None)


def test_problems_of_tokens_carry_the_members_of_oauth(client: httpx.Client) -> None:
    answer = client.post("/v1/token", data={"grant_type": "password"})
    assert answer.headers["Content-Type"] == "application/json"
    assert TokenProblemBody.model_validate(answer.json()).error == "unsupported_grant_type"
    assert set(answer.json()) == MEMBERS | {"error", "error_description"}


def test_descriptions_of_oauth_hold_only_the_letters_it_allows() -> None:
    allowed = {chr(code) for code in range(0x20, 0x7F)} - {'"', "\\"}
    assert all(set(kind.title) <= allowed for kind in CATALOGUE.values() if kind.code.startswith("token/"))


@pytest.mark.parametrize("given", ["a1b2c3d4", "0123456789-abcdef_XYZ.9", "x" * 64])
def test_a_callers_correlation_id_is_taken_over(client: httpx.Client, given: str, logged: Logged) -> None:
    answer = client.get("/v1/nothing", headers={CORRELATION_HEADER: given})
    assert (answer.headers[CORRELATION_HEADER], answer.json()["correlation_id"]) == (given, given)
    assert {line["correlation"] for line in logged()} == {given}


@pytest.mark.parametrize("given", ["short", "x" * 65, "with blank in it", "<script>", "đủ dài mà không ASCII", ""])
def test_a_correlation_id_that_is_none_is_replaced(client: httpx.Client, given: str) -> None:
    answer = client.get("/v1/limits", headers={CORRELATION_HEADER.encode(): given.encode()})
    assert uuid.UUID(answer.headers[CORRELATION_HEADER]).version == 7


def test_two_correlation_ids_are_none(client: httpx.Client) -> None:
    answer = client.get("/v1/limits", headers=[(CORRELATION_HEADER, "a1b2c3d4"), (CORRELATION_HEADER, "e5f6a7b8")])
    assert answer.headers.get_list(CORRELATION_HEADER) != ["a1b2c3d4"]


@pytest.mark.parametrize("path", ["/v1/limits", "/v1/nothing", "/health/live", "/openapi.json", "/v1/envelopes"])
def test_every_answer_carries_the_protecting_headers(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] in {"no-store", "public, max-age=300"}
    assert "Strict-Transport-Security" not in headers
    assert "Access-Control-Allow-Origin" not in headers


def test_an_axis_reached_over_tls_says_so() -> None:
    axis = FakeAxis()
    web = axis.settings.web.model_copy(update={"public_url": "https://truc.example"})
    axis.settings = axis.settings.model_copy(update={"web": web})
    with in_process(create_app(axis)) as client:
        assert client.get("/health/live").headers["Strict-Transport-Security"].startswith("max-age=")
        assert client.get("/v1/limits", headers=bearer(client, axis)).status_code == 200


def run(app: ProblemSeam, scope: Scope) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent


HTTP: Scope = {"type": "http", "method": "GET", "path": "/x", "headers": [], "query_string": b""}


def test_a_failure_after_the_answer_began_ends_the_connection_and_quotes_nothing(logged: Logged) -> None:
    async def breaks(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError(CANARY)

    with pytest.raises(AnswerCutShort) as cut:
        run(ProblemSeam(breaks, timekeeper=FakeTimekeeper()), dict(HTTP))
    assert cut.value.__suppress_context__
    assert [line["event"] for line in logged()] == ["request_failed"]
    assert "canary" not in str(cut.value) + json.dumps(logged())


def test_the_seam_lets_pass_what_is_no_request() -> None:
    async def lifespan(scope: Scope, _receive: Receive, _send: Send) -> None:
        raise RuntimeError(scope["type"])

    with pytest.raises(RuntimeError, match="lifespan"):
        run(ProblemSeam(lifespan, timekeeper=FakeTimekeeper()), {"type": "lifespan"})


def test_cancelling_a_request_is_no_failure() -> None:
    async def cancelled(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        run(ProblemSeam(cancelled, timekeeper=FakeTimekeeper()), dict(HTTP))
