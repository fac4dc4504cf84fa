"""The server in its own thread: answers without delay, and ends without waiting for those who wait."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from axis.cli.failures import failure_of
from axis.web.app import create_app
from axis.web.serving import WebServer, listen
from tests.axis.web.calling import bearer
from tests.axis.web.fakes import FakeAxis


def test_every_connection_sends_without_delay() -> None:
    with listen("127.0.0.1", 0) as opened, socket.create_connection(opened.getsockname()):
        connection, _ = opened.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_stopping_server_sends_home_those_who_wait(axis: FakeAxis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("axis.web.api.leases.LOOK_SECONDS", 3_600)
    opened = listen("127.0.0.1", 0)
    server = WebServer(create_app(axis), opened)
    server.start()
    address = f"http://127.0.0.1:{opened.getsockname()[1]}"
    with httpx.Client(base_url=address, trust_env=False, timeout=60) as client, ThreadPoolExecutor() as pool:
        headers = bearer(client, axis, "tinh-a")
        call = pool.submit(client.post, "/v1/leases", json={"wait": 30}, headers=headers)
        for _ in range(2):
            assert axis.handover.looks.acquire(timeout=30)
        server.stop()
        assert call.result(30).json() == {"lease_id": None, "leased_until": None, "deliveries": []}


def test_a_server_that_never_started_can_be_stopped(axis: FakeAxis) -> None:
    opened = listen("127.0.0.1", 0)
    WebServer(create_app(axis), opened).stop()
    assert opened.fileno() == -1


def test_an_answer_does_not_say_what_serves_it(axis: FakeAxis) -> None:
    opened = listen("127.0.0.1", 0)
    server = WebServer(create_app(axis), opened)
    server.start()
    answer = httpx.get(f"http://127.0.0.1:{opened.getsockname()[1]}/health/live", trust_env=False)
    server.stop()
    assert answer.status_code == 200
    assert "Server" not in answer.headers


def test_an_address_that_is_taken_is_named() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(OSError, match="in use") as caught:
            listen("127.0.0.1", port)
        failure = failure_of(caught.value)
    assert (failure.code, failure.place) == ("cli/address-taken", f"127.0.0.1:{port}")
