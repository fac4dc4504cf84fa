"""Taking deliveries in hand, at once or by waiting, giving them back; and who may wait."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing

import anyio
import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Message

from axis.web import waiting
from axis.web.app import create_app
from axis.web.schemas import LeaseBody
from envelopes.identifiers import OrganId
from tests.axis.web.calling import bearer
from tests.axis.web.country import DEPARTMENT, MINISTRY, OTHER, PROVINCE
from tests.axis.web.fakes import FakeAxis, offer
from tests.axis.web.running import Client, Logged, in_process, served

ADDRESS = "/v1/leases"


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as pool:
        yield pool


def lease(client: httpx.Client, headers: dict[str, str], **asked: object) -> httpx.Response:
    return client.post(ADDRESS, json=asked, headers=headers)


def test_what_waits_is_leased_at_once(client: httpx.Client, axis: FakeAxis, province: dict[str, str]) -> None:
    axis.handover.waiting = [offer(axis.clock), offer(axis.clock)]
    body = LeaseBody.model_validate_json(lease(client, province, seconds=60).content)
    assert len(body.deliveries) == 2
    assert body.lease_id in axis.handover.leased
    assert lease(client, province).json() == {"lease_id": None, "leased_until": None, "deliveries": []}


def test_a_lease_says_how_long_it_lasts(client: httpx.Client, axis: FakeAxis, province: dict[str, str]) -> None:
    axis.handover.waiting = [offer(axis.clock)]
    assert lease(client, province, seconds=60).json()["leased_until"] == "2026-11-21T02:31:00.000Z"


def test_a_call_without_a_body_asks_for_the_defaults(
    client: httpx.Client, axis: FakeAxis, province: dict[str, str]
) -> None:
    axis.handover.waiting = [offer(axis.clock) for _ in range(11)]
    body = client.post(ADDRESS, headers=province).json()
    assert len(body["deliveries"]) == 10
    assert body["leased_until"] == "2026-11-21T02:35:00.000Z"


def test_recipients_may_be_named_by_any_id(client: httpx.Client, axis: FakeAxis, province: dict[str, str]) -> None:
    axis.handover.waiting = [offer(axis.clock), offer(axis.clock, PROVINCE)]
    body = lease(client, province, recipients=["000.00.15.h51"]).json()
    assert [one["recipient"] for one in body["deliveries"]] == [str(DEPARTMENT)]


def test_recipients_that_are_not_the_callers_do_not_exist(client: httpx.Client, province: dict[str, str]) -> None:
    for recipient in ("G22", "X99"):
        assert lease(client, province, recipients=[recipient]).status_code == 404


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ({"limit": 0}, "body.limit"),
        ({"limit": 101}, "body.limit"),
        ({"limit": "10"}, "body.limit"),
        ({"limit": True}, "body.limit"),
        ({"seconds": 29}, "body.seconds"),
        ({"seconds": 3601}, "body.seconds"),
        ({"wait": -1}, "body.wait"),
        ({"wait": 31}, "body.wait"),
        ({"recipients": ["no id!"]}, "body.recipients"),
        ({"recipients": [""]}, "body.recipients.0"),
        ({"recipients": ["X" * 36]}, "body.recipients.0"),
        ({"recipients": ["H51"] * 1_001}, "body.recipients"),
        ({"recipients": "H51"}, "body.recipients"),
        ({"state": "handed_over"}, "body.state"),
        ({"agency_id": "G22"}, "body.agency_id"),
    ],
)
def test_what_is_not_as_described_is_named(
    client: httpx.Client, province: dict[str, str], asked: dict[str, object], place: str
) -> None:
    answer = lease(client, province, **asked)
    assert (answer.status_code, answer.json()["code"]) == (422, "request/invalid")
    assert [one["path"] for one in answer.json()["findings"]] == [place]


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe{\x00}\x00", b"nonsense", b"[" * 5_000])
def test_a_body_that_is_no_json_is_unreadable(client: httpx.Client, province: dict[str, str], body: bytes) -> None:
    answer = client.post(ADDRESS, content=body, headers=province | {"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "request/unreadable")


def test_only_json_is_taken(client: httpx.Client, province: dict[str, str]) -> None:
    assert client.post(ADDRESS, data={"limit": "1"}, headers=province).status_code == 415


def test_a_body_larger_than_any_question_is_refused(client: httpx.Client, province: dict[str, str]) -> None:
    answer = client.post(ADDRESS, content=b" " * 70_000, headers=province | {"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "request/body-too-large")


def test_a_lease_can_be_given_back(
    client: httpx.Client, axis: FakeAxis, province: dict[str, str], stranger: dict[str, str]
) -> None:
    axis.handover.waiting = [offer(axis.clock)]
    lease_id = lease(client, province).json()["lease_id"]
    assert client.delete(f"{ADDRESS}/{lease_id}", headers=province).json() == {"released": 1}
    assert client.delete(f"{ADDRESS}/{lease_id}", headers=province).json() == {"released": 0}
    assert len(lease(client, province).json()["deliveries"]) == 1


def begin_waiting(
    pool: ThreadPoolExecutor, client: httpx.Client, axis: FakeAxis, headers: dict[str, str], **asked: object
) -> Future[httpx.Response]:
    """A call that waits: it has looked twice, once before it sat down and once after, and found nothing."""
    call = pool.submit(lease, client, headers, wait=30, **asked)
    for _ in range(2):
        assert axis.handover.looks.acquire(timeout=30)
    return call


@pytest.fixture
def no_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody who waits looks by himself: only the bell wakes."""
    monkeypatch.setattr("axis.web.api.leases.LOOK_SECONDS", 3_600)


@pytest.mark.usefixtures("no_looking")
@pytest.mark.parametrize("asked", [{}, {"recipients": ["H51.15"]}, {"recipients": ["000.00.15.H51"]}])
def test_whoever_waits_is_woken_by_the_bell(
    client: httpx.Client, axis: FakeAxis, province: dict[str, str], pool: ThreadPoolExecutor, asked: dict[str, object]
) -> None:
    call = begin_waiting(pool, client, axis, province, **asked)
    axis.handover.waiting = [offer(axis.clock)]
    axis.doorbell.ring(DEPARTMENT)
    assert len(call.result(30).json()["deliveries"]) == 1


@pytest.mark.usefixtures("no_looking")
def test_the_bell_for_somebody_else_wakes_nobody(
    client: Client, axis: FakeAxis, province: dict[str, str], pool: ThreadPoolExecutor
) -> None:
    call = begin_waiting(pool, client, axis, province, recipients=["H51"])
    axis.handover.waiting = [offer(axis.clock, PROVINCE)]
    for elsewhere in (DEPARTMENT, OTHER, MINISTRY, OrganId("X99")):
        axis.doorbell.ring(elsewhere)
    for _ in range(3):
        client.portal.call(asyncio.sleep, 0)
    assert axis.handover.looked == 2
    axis.doorbell.ring(PROVINCE)
    assert len(call.result(30).json()["deliveries"]) == 1


def test_whoever_waits_looks_by_himself_now_and_then(
    client: httpx.Client,
    axis: FakeAxis,
    province: dict[str, str],
    pool: ThreadPoolExecutor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("axis.web.api.leases.LOOK_SECONDS", 0.01)
    call = begin_waiting(pool, client, axis, province)
    axis.handover.waiting = [offer(axis.clock)]
    assert len(call.result(30).json()["deliveries"]) == 1


def test_waiting_ends_with_nothing_when_nothing_comes(
    client: httpx.Client, axis: FakeAxis, province: dict[str, str]
) -> None:
    answer = lease(client, province, wait=1)
    assert (answer.status_code, answer.json()["lease_id"]) == (200, None)
    assert axis.handover.looks.acquire(blocking=False)


@pytest.mark.usefixtures("no_looking")
def test_whoever_is_suspended_while_waiting_gets_nothing(
    client: httpx.Client, axis: FakeAxis, province: dict[str, str], pool: ThreadPoolExecutor
) -> None:
    call = begin_waiting(pool, client, axis, province)
    axis.handover.waiting = [offer(axis.clock)]
    axis.suspend_everybody()
    axis.doorbell.ring(DEPARTMENT)
    assert call.result(30).json()["code"] == "access/revoked"
    assert len(axis.handover.waiting) == 1


@pytest.mark.usefixtures("no_looking")
def test_everybody_goes_home_when_the_process_ends(axis: FakeAxis, pool: ThreadPoolExecutor) -> None:
    app = create_app(axis)
    with in_process(app) as client:
        headers = bearer(client, axis, "tinh-a")
        call = begin_waiting(pool, client, axis, headers)
        app.state.door.room.close()
        assert call.result(30).json()["lease_id"] is None
        # From now on nobody sits down any more.
        assert lease(client, headers, wait=30).json()["lease_id"] is None


@pytest.mark.usefixtures("no_looking")
def test_one_system_cannot_take_every_seat(
    client: httpx.Client, axis: FakeAxis, province: dict[str, str], ministry: dict[str, str], pool: ThreadPoolExecutor
) -> None:
    calls = [begin_waiting(pool, client, axis, province) for _ in range(waiting.SEATS_PER_SYSTEM)]
    refused = lease(client, province, wait=30)
    assert (refused.status_code, refused.json()["code"]) == (429, "request/too-many-waiting")
    assert refused.headers["Retry-After"] == "5"
    assert axis.handover.looks.acquire(timeout=30)
    other = begin_waiting(pool, client, axis, ministry)
    axis.handover.waiting = [offer(axis.clock) for _ in range(10 * len(calls))] + [offer(axis.clock, MINISTRY)]
    axis.doorbell.ring(DEPARTMENT)
    axis.doorbell.ring(MINISTRY)
    assert all(call.result(30).status_code == 200 for call in [*calls, other])


def test_a_full_room_sends_away_and_still_hands_out_what_is_there(
    axis: FakeAxis, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(axis)
    monkeypatch.setattr(app.state.door.room._places, "_free", 0)
    with in_process(app) as client:
        headers = bearer(client, axis, "tinh-a")
        refused = lease(client, headers, wait=30)
        assert (refused.status_code, refused.json()["code"]) == (503, "service/busy")
        axis.handover.waiting = [offer(axis.clock)]
        assert len(lease(client, headers, wait=30).json()["deliveries"]) == 1


@pytest.mark.usefixtures("no_looking")
def test_waiting_holds_no_thread(axis: FakeAxis, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(axis)
    with in_process(app) as client:
        headers = bearer(client, axis, "tinh-a")
        calls = [begin_waiting(pool, client, axis, headers) for _ in range(waiting.SEATS_PER_SYSTEM)]
        statistics = client.portal.call(lambda: anyio.to_thread.current_default_thread_limiter().statistics())
        assert statistics.borrowed_tokens == 0
        app.state.door.room.close()
        assert all(call.result(30).status_code == 200 for call in calls)


@pytest.mark.usefixtures("no_looking")
def test_whoever_hangs_up_leaves_his_seat(axis: FakeAxis, monkeypatch: pytest.MonkeyPatch, logged: Logged) -> None:
    app = create_app(axis)
    with served(app) as (host, port), httpx.Client(base_url=f"http://{host}:{port}", trust_env=False) as client:
        headers = bearer(client, axis, "tinh-a")
        with closing(socket.create_connection((host, port), timeout=30)) as connection:
            head = f"POST {ADDRESS} HTTP/1.1\r\nHost: axis\r\nAuthorization: {headers['Authorization']}\r\n"
            body = '{"wait": 30}'
            connection.sendall(
                f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
            )
            for _ in range(2):
                assert axis.handover.looks.acquire(timeout=30)
        logged.wait_for(event="request_served", path=ADDRESS)
        assert app.state.door.room._places._by_system.total() == 0
        assert axis.handover.leased == {}


def test_what_was_taken_for_whoever_hung_up_goes_back_at_once(axis: FakeAxis) -> None:
    """The caller is gone before the deliveries that were found for it can be answered."""
    with in_process(create_app(axis)) as client:
        headers = bearer(client, axis, "tinh-a")
    asyncio.run(_hang_up_while_something_is_found(create_app(axis), axis, headers))
    assert axis.handover.released.acquire(blocking=False)
    assert (len(axis.handover.waiting), axis.handover.leased) == (1, {})


async def _hang_up_while_something_is_found(app: FastAPI, axis: FakeAxis, headers: dict[str, str]) -> None:
    loop, hung_up = asyncio.get_running_loop(), asyncio.Event()
    body = iter([b'{"wait": 30}'])

    async def receive() -> Message:
        for octets in body:
            return {"type": "http.request", "body": octets, "more_body": False}
        await hung_up.wait()
        return {"type": "http.disconnect"}

    async def hang_up() -> None:
        hung_up.set()
        for _ in range(3):
            await asyncio.sleep(0)

    async def send(_message: Message) -> None:
        """Nobody is there."""

    axis.handover.on_second_look = lambda: _found_too_late(axis, asyncio.run_coroutine_threadsafe(hang_up(), loop))
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": ADDRESS, "query_string": b"", "http_version": "1.1"}
    named = [*raw, (b"content-type", b"application/json")]
    await app(scope | {"headers": named}, receive, send)


def _found_too_late(axis: FakeAxis, hanging_up: Future[None]) -> None:
    axis.handover.waiting = [offer(axis.clock)]
    hanging_up.result(30)
