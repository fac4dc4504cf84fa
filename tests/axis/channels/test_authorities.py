"""The way out to certification authorities: bounded in whom it reaches, how much it takes and how long it waits."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from ipaddress import ip_network

import pytest

from axis.channels.authorities import (
    FAILURES_MAX,
    REST_SECONDS,
    Authorities,
    AuthorityUnreachable,
    Reach,
    Unreachable,
)
from signing.revocation.judge import CRL_BYTES_MAX, OCSP_BYTES_MAX

LOOPBACK = ip_network("127.0.0.0/8")
REACH = Reach(frozenset({"127.0.0.1", "ca.example.vn"}), (LOOPBACK,), seconds=5.0)
Answer = Callable[[socket.socket], None]


def request_on(connection: socket.socket) -> bytes:
    """Return a request with as much of a body as its headers announce."""
    received = b""
    while True:
        head, found, content = received.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        if found and len(content) >= int(length[1] if length else 0):
            return received
        received += connection.recv(65536)


@contextmanager
def listening(answer: Answer, seen: list[bytes] | None = None) -> Iterator[str]:
    """A server that reads a request, notes it, then does with the connection what `answer` says."""
    seen = [] if seen is None else seen
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.settimeout(10)

        def serve() -> None:
            try:
                while True:
                    connection, _ = server.accept()
                    with closing(connection):
                        connection.settimeout(10)
                        seen.append(request_on(connection))
                        answer(connection)
            except OSError:
                return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        server.shutdown(socket.SHUT_RDWR)  # wakes the one who waits for the next caller
    thread.join(10)


def body(octets: bytes, *, status: str = "200 OK", headers: str = "") -> Answer:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(octets)}\r\n{headers}Connection: close\r\n\r\n".encode()
    return lambda connection: connection.sendall(head + octets)


def trickle(head: bytes) -> Answer:
    """Sends the head, then an octet every twentieth of a second until the other side has gone."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(head)
        waited = threading.Event()
        while not waited.wait(0.05):
            connection.sendall(b"x")

    return answer


def asked(reach: Reach = REACH, addresses: Sequence[str] = ("127.0.0.1",)) -> Authorities:
    return Authorities(reach, time.monotonic, resolver=lambda _host, _port: addresses)


def refused(cause: Unreachable, address: str, authorities: Authorities) -> None:
    with pytest.raises(AuthorityUnreachable) as raised:
        authorities.get_crl(address)
    assert raised.value.cause is cause


def test_an_answer_comes_back_whole() -> None:
    with listening(body(b"crl" * 100_000)) as url:
        assert asked().get_crl(url) == b"crl" * 100_000


def test_a_request_is_posted_with_its_type() -> None:
    seen: list[bytes] = []
    with listening(body(b"answer"), seen) as url:
        assert asked().ask_ocsp(url, b"question") == b"answer"
    assert b"Content-Type: application/ocsp-request\r\n" in seen[0]
    assert seen[0].endswith(b"\r\n\r\nquestion")


@pytest.mark.parametrize(
    "address",
    [
        "http://other.example.vn/",
        "http://user@127.0.0.1/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "http://169.254.169.254/latest",
        "//127.0.0.1/",
        "",
    ],
)
def test_who_is_not_on_the_list_is_not_asked(address: str) -> None:
    refused(Unreachable.NOT_ALLOWED, address, asked())


@pytest.mark.parametrize(
    "addresses",
    [
        ("10.1.2.3",),
        ("169.254.169.254",),
        ("::1",),
        ("::ffff:10.0.0.1",),
        ("8.8.8.8", "192.168.0.1"),
    ],
)
def test_a_name_that_leads_inside_is_not_followed(addresses: Sequence[str]) -> None:
    refused(Unreachable.PRIVATE, "http://ca.example.vn/", asked(replace(REACH, networks=()), addresses))


def test_a_private_network_that_is_allowed_is_reached_by_the_address_that_was_checked() -> None:
    with listening(body(b"crl")) as url:
        assert asked().get_crl(url.replace("127.0.0.1", "ca.example.vn")) == b"crl"


def test_a_name_without_an_address_is_told() -> None:
    def fails(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror("no such name")

    refused(Unreachable.UNRESOLVED, "http://ca.example.vn/", Authorities(REACH, time.monotonic, resolver=fails))


@pytest.mark.parametrize(
    "answer",
    [
        body(b"", status="302 Found", headers="Location: http://127.0.0.1:1/\r\n"),
        body(b"<html>", status="503 Service Unavailable"),
        body(b"", status="404 Not Found"),
    ],
    ids=["redirect", "503", "404"],
)
def test_only_a_200_counts_and_redirects_are_not_followed(answer: Answer) -> None:
    with listening(answer) as url:
        refused(Unreachable.REFUSED, url, asked())


def test_what_is_too_large_is_not_read_to_the_end() -> None:
    with listening(body(bytes(CRL_BYTES_MAX + 1))) as url:
        refused(Unreachable.TOO_LARGE, url, asked())


def test_an_ocsp_answer_of_five_megabytes_is_refused() -> None:
    with listening(body(bytes(5_000_000))) as url, pytest.raises(AuthorityUnreachable) as raised:
        asked().ask_ocsp(url, b"question")
    assert raised.value.cause is Unreachable.TOO_LARGE
    assert OCSP_BYTES_MAX < 5_000_000


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-Slow: "],
    ids=["body", "headers"],
)
def test_octets_that_trickle_hold_nobody_up(head: bytes) -> None:
    started = time.monotonic()
    with listening(trickle(head)) as url:
        refused(Unreachable.TOO_SLOW, url, asked(replace(REACH, seconds=0.5)))
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("octets", [b"", b"no HTTP at all\r\n\r\n"], ids=["silence", "rubbish"])
def test_what_is_no_answer_is_told(octets: bytes) -> None:
    with listening(lambda connection: connection.sendall(octets)) as url:
        refused(Unreachable.UNREACHABLE, url, asked())


def test_a_host_that_keeps_failing_is_left_alone_for_a_while() -> None:
    now = 0.0
    authorities = Authorities(REACH, lambda: now, resolver=lambda _host, _port: ("127.0.0.1",))
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        dead = f"http://127.0.0.1:{server.getsockname()[1]}/"
    for _ in range(FAILURES_MAX):
        refused(Unreachable.UNREACHABLE, dead, authorities)
    refused(Unreachable.RESTING, dead, authorities)
    with listening(body(b"crl")) as url:
        refused(Unreachable.RESTING, url, authorities)
        now = REST_SECONDS
        assert authorities.get_crl(url) == b"crl"
