"""The way out to webhooks: who is called, how long and for how much, and what answers are worth."""

from __future__ import annotations

import socket
import threading
import time
import tracemalloc
from collections.abc import Sequence
from ipaddress import ip_network

import pytest

from axis.channels.guarded import Guard
from axis.channels.look_ups import LOOK_UPS_MAX
from axis.channels.webhooks import Answered, Webhooks
from axis.settings.hosts import Place
from routing.webhooks import CallOutcome, WebhookAddress
from tests.axis.channels.test_authorities import body, listening, trickle
from tests.fixtures.receiver import receiving

LOOPBACK = ip_network("127.0.0.0/8")
PUBLIC = ("203.0.114.7",)


def webhooks(*addresses: str, networks: Sequence[str] = ("127.0.0.0/8",), seconds: float = 2.0) -> Webhooks:
    found = addresses or ("127.0.0.1",)
    guard = Guard(tuple(map(ip_network, networks)), seconds, time.monotonic, lambda _host, _port: found)
    return Webhooks(guard, frozenset({Place("axis.example.vn", 443), Place("127.0.0.1", 8080)}), is_plain_allowed=True)


def called(way: Webhooks, url: str) -> Answered:
    return way.call(WebhookAddress(url), {"content-type": "application/json"}, body=b"{}")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, CallOutcome.TAKEN),
        (204, CallOutcome.TAKEN),
        (302, CallOutcome.REDIRECTED),
        (307, CallOutcome.REDIRECTED),
        (401, CallOutcome.DECLINED),
        (404, CallOutcome.DECLINED),
        (410, CallOutcome.GONE),
        (500, CallOutcome.BROKEN),
        (503, CallOutcome.BROKEN),
    ],
)
def test_the_status_alone_says_what_became_of_a_call(status: int, outcome: CallOutcome) -> None:
    with receiving(lambda _number: status) as receiver:
        assert called(webhooks(), receiver.url) == Answered(outcome, status)
    assert len(receiver.told) == 1
    assert receiver.told[0].body == b"{}"


def test_a_redirect_to_a_neighbour_is_not_followed() -> None:
    seen: list[bytes] = []
    with listening(body(b"secret"), seen) as inside:
        away = body(b"", status="307 Temporary Redirect", headers=f"Location: {inside}\r\n")
        with listening(away) as url:
            assert called(webhooks(), url).outcome is CallOutcome.REDIRECTED
    assert seen == []


@pytest.mark.parametrize(
    "addresses",
    [
        ("10.1.2.3",),
        ("169.254.169.254",),
        ("::1",),
        ("::ffff:169.254.169.254",),
        ("fe80::1",),
        ("fec0::1",),
        ("fd00:ec2::254",),
        ("100.64.0.1",),
        ("64:ff9b::a9fe:a9fe",),
        ("203.0.114.7", "192.168.0.1"),
        ("127.0.0.1",),
    ],
)
def test_a_name_that_leads_inside_is_neither_saved_nor_called(addresses: Sequence[str]) -> None:
    way, hook = webhooks(*addresses, networks=()), "https://hook.example.vn/axis"
    assert way.find_fault(WebhookAddress(hook)) is CallOutcome.PRIVATE
    assert called(way, hook) == Answered(CallOutcome.PRIVATE)


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "017700000001", "127.1", "[::ffff:7f00:1]"])
def test_odd_spellings_of_this_machine_lead_inside_too(host: str) -> None:
    """The system's own resolver reads them as addresses, and the address is what is judged."""
    way = Webhooks(Guard((), 5.0, time.monotonic))
    fault = way.find_fault(WebhookAddress(f"https://{host}/axis"))
    assert fault in {CallOutcome.PRIVATE, CallOutcome.UNRESOLVED}


def test_a_name_that_leads_elsewhere_at_the_call_than_when_it_was_saved_is_not_called() -> None:
    """DNS rebinding: each look-up is judged, and what was judged is what is connected to."""
    answers = [PUBLIC, ("127.0.0.1",)]
    seen: list[bytes] = []
    with listening(body(b""), seen) as url:
        port = url.rsplit(":", 1)[1].strip("/")
        way = Webhooks(Guard((), 2.0, time.monotonic, lambda _host, _port: answers.pop(0)))
        hook = WebhookAddress(f"https://hook.example.vn:{port}/axis")
        assert way.find_fault(hook) is None
        assert way.call(hook, {}, body=b"{}").outcome is CallOutcome.PRIVATE
    assert seen == []
    assert answers == []


def test_one_look_up_serves_one_call() -> None:
    asked: list[str] = []

    def look_up(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ("127.0.0.1",) if len(asked) == 1 else ("169.254.169.254",)

    with receiving() as receiver:
        way = Webhooks(Guard((LOOPBACK,), 2.0, time.monotonic, look_up), is_plain_allowed=True)
        assert called(way, receiver.url.replace("127.0.0.1", "localhost")).outcome is CallOutcome.TAKEN
    assert asked == ["localhost"]


@pytest.mark.parametrize(
    "url", ["https://axis.example.vn/v1/envelopes", "https://AXIS.example.vn:443/", "http://127.0.0.1:8080/health"]
)
def test_the_axis_does_not_call_itself(url: str) -> None:
    assert webhooks().find_fault(WebhookAddress(url)) is CallOutcome.NOT_ALLOWED
    assert called(webhooks(), url) == Answered(CallOutcome.NOT_ALLOWED)


def test_production_calls_nobody_without_encryption() -> None:
    way = Webhooks(Guard((LOOPBACK,), 2.0, time.monotonic))
    with receiving() as receiver:
        assert way.find_fault(WebhookAddress(receiver.url)) is CallOutcome.NOT_ALLOWED
        assert called(way, receiver.url) == Answered(CallOutcome.NOT_ALLOWED)
    assert receiver.told == []


def test_whoever_cannot_prove_its_name_is_told_nothing() -> None:
    """A server without TLS where https was said, as one with another's certificate: the event does not leave."""
    seen: list[bytes] = []

    def not_tls(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                seen.append(connection.recv(65536))
                not_tls(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        port = server.getsockname()[1]
        assert called(webhooks(), f"https://hook.example.vn:{port}/axis").outcome is CallOutcome.UNREACHABLE
        thread.join(5)
    assert b"content-type" not in seen[0].lower()


@pytest.mark.parametrize(
    "head",
    [b"", b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 "],
    ids=["silence", "a header without end", "a status without end"],
)
def test_who_does_not_come_to_the_end_of_the_head_is_left(head: bytes) -> None:
    started = time.monotonic()
    with listening(trickle(head)) as url:
        found = called(webhooks(seconds=0.5), url).outcome
    assert found in {CallOutcome.TOO_SLOW, CallOutcome.UNREACHABLE}
    assert time.monotonic() - started < 5


def test_headers_without_end_that_come_quickly_are_left_too() -> None:
    def flood(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for number in range(1_000_000):
            connection.sendall(f"X-{number}: {'a' * 1000}\r\n".encode())

    with listening(flood) as url:
        tracemalloc.start()
        assert called(webhooks(seconds=5), url).outcome is CallOutcome.UNREACHABLE
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
        tracemalloc.stop()


def test_of_ten_gigabytes_nothing_is_read() -> None:
    sent = 0

    def endless(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n")
        piece = bytes(65_536)
        for _ in range(160_000):
            connection.sendall(piece)
            sent += len(piece)

    with listening(endless) as url:
        started = time.monotonic()
        assert called(webhooks(), url) == Answered(CallOutcome.TAKEN, 200)
        assert time.monotonic() - started < 2
    assert sent < 100_000_000


def test_nobody_there_and_no_such_name() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert called(webhooks(), f"http://127.0.0.1:{port}/").outcome is CallOutcome.UNREACHABLE

    def fails(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror("no such name")

    way = Webhooks(Guard((), 2.0, time.monotonic, fails))
    assert way.find_fault(WebhookAddress("https://hook.example.vn/")) is CallOutcome.UNRESOLVED


def test_a_receiver_has_no_part_in_look_ups_of_others_that_do_not_end() -> None:
    done = threading.Event()

    def stuck(host: str, _port: int) -> Sequence[str]:
        if host != "good.example.vn":
            done.wait(30)
        return ("127.0.0.1",)

    guard = Guard((ip_network("127.0.0.0/8"),), 0.5, time.monotonic, stuck)
    way = Webhooks(guard, is_plain_allowed=True)
    try:
        for _ in range(LOOK_UPS_MAX):
            assert way.find_fault(WebhookAddress("https://stuck.example.vn/axis")) is CallOutcome.TOO_SLOW
        outcome = called(way, "https://good.example.vn/axis").outcome
    finally:
        done.set()
    assert outcome is CallOutcome.NOT_LOOKED_UP
    assert outcome.is_own, "so that no breaker opens for it"
