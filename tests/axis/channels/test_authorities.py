"""The way out to certification authorities: bounded in whom it reaches, how much it takes and how long it waits."""

from __future__ import annotations

import re
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from ipaddress import ip_network
from urllib.parse import urlsplit

import pytest

from axis.channels.authorities import (
    FAILURES_MAX,
    REST_SECONDS,
    Authorities,
    AuthorityUnreachable,
    Reach,
)
from axis.channels.guarded import Unreachable
from axis.channels.look_ups import LOOK_UPS_MAX, LookUps, TooManyLookUps
from axis.settings.hosts import AllowedHost
from signing.revocation.judge import CRL_BYTES_MAX, OCSP_BYTES_MAX
from signing.revocation.requests import Sources
from tests.fixtures.running import eventually

DEAD = "http://ca.example.vn:1/"
LOOPBACK = ip_network("127.0.0.0/8")
NAMES = ("127.0.0.1", "ca.example.vn")
REACH = Reach(frozenset(map(AllowedHost.read, NAMES)), (LOOPBACK,), seconds=5.0)
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


def asked(*urls: str, reach: Reach = REACH, addresses: Sequence[str] = ("127.0.0.1",)) -> Authorities:
    """Who may ask the names of this reach, and at the ports of these addresses too."""
    return Authorities(at_ports_of(*urls, reach=reach), time.monotonic, resolver=lambda _host, _port: addresses)


def at_ports_of(*urls: str, reach: Reach = REACH) -> Reach:
    more = (AllowedHost.read(f"{name}:{urlsplit(url).port}") for name in NAMES for url in urls)
    return replace(reach, hosts=reach.hosts | frozenset(more))


def refused(cause: Unreachable, address: str, authorities: Authorities) -> None:
    with pytest.raises(AuthorityUnreachable) as raised:
        authorities.get_crl(address)
    assert raised.value.cause is cause


def test_an_answer_comes_back_whole() -> None:
    with listening(body(b"crl" * 100_000)) as url:
        assert asked(url).get_crl(url) == b"crl" * 100_000


def test_a_request_is_posted_with_its_type() -> None:
    seen: list[bytes] = []
    with listening(body(b"answer"), seen) as url:
        assert asked(url).ask_ocsp(url, b"question") == b"answer"
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
    ("entry", "asked_at", "not_asked_at"),
    [
        ("127.0.0.1", ["http://127.0.0.1/"], ["http://127.0.0.1:8080/", "http://127.0.0.1:1/", "http://127.0.0.1:0/"]),
        ("127.0.0.1", ["http://127.0.0.1:443/", "https://127.0.0.1/", "https://127.0.0.1:80/"], ["https://127.0.0.2/"]),
        ("127.0.0.1:8080", ["http://127.0.0.1:8080/"], ["http://127.0.0.1/", "https://127.0.0.1/"]),
        ("ca.example.vn:80", ["http://CA.example.vn/"], ["https://ca.example.vn/", "http://a.ca.example.vn/"]),
        ("[::1]:8080", ["http://[0:0:0:0:0:0:0:1]:8080/"], ["http://[::1]/", "http://[::2]:8080/", "http://[::1"]),
        ("[::1]", ["http://[::1]/"], ["http://[::1]:8080/", "http://127.0.0.1/", "http://[::1]:99999/"]),
    ],
)
def test_one_rule_says_which_ports_of_a_host_are_asked(
    entry: str, asked_at: Sequence[str], not_asked_at: Sequence[str]
) -> None:
    """Nothing in these networks may be reached, so who is asked gets no further than the check of the address."""
    reach = Reach(frozenset({AllowedHost.read(entry)}), seconds=0.5)
    for address in asked_at:
        authorities = asked(reach=reach)
        assert authorities.may_ask(Sources((address,), ()))
        assert authorities.may_ask(Sources((), ("http://other.example.vn/", address)))
        refused(Unreachable.PRIVATE, address, authorities)
    for address in not_asked_at:
        assert not asked(reach=reach).may_ask(Sources((address,), (address,)))
        refused(Unreachable.NOT_ALLOWED, address, asked(reach=reach))


def test_a_neighbour_on_an_allowed_host_is_not_called() -> None:
    seen: list[bytes] = []
    with listening(body(b"secret"), seen) as url:
        refused(Unreachable.NOT_ALLOWED, url, asked())
    assert seen == []


@pytest.mark.parametrize(
    "addresses",
    [
        ("10.1.2.3",),
        ("169.254.169.254",),
        ("::1",),
        ("::ffff:10.0.0.1",),
        ("8.8.8.8", "192.168.0.1"),
        ("224.0.0.1",),
        ("ff0e::1",),
        ("240.0.0.1",),
        ("4000::1",),
        ("0.0.0.0",),  # noqa: S104 - nothing listens there
        ("::",),
        ("64:ff9b::a01:203",),
        ("64:ff9b:1::a01:203",),
        ("2002:a01:203::1",),
    ],
)
def test_a_name_that_leads_inside_is_not_followed(addresses: Sequence[str]) -> None:
    refused(Unreachable.PRIVATE, "http://ca.example.vn/", asked(reach=replace(REACH, networks=()), addresses=addresses))


def test_an_address_of_a_listed_network_is_followed_whatever_its_kind() -> None:
    """A translated address (NAT64) leads where its last four octets say: who lists the network means it."""
    reach = replace(REACH, networks=(ip_network("64:ff9b::/96"),), seconds=0.5)
    with pytest.raises(AuthorityUnreachable) as raised:
        asked(DEAD, reach=reach, addresses=("64:ff9b::7f00:1",)).get_crl(DEAD)
    assert raised.value.cause in {Unreachable.UNREACHABLE, Unreachable.TOO_SLOW}


def test_a_private_network_that_is_allowed_is_reached_by_the_address_that_was_checked() -> None:
    with listening(body(b"crl")) as url:
        assert asked(url).get_crl(url.replace("127.0.0.1", "ca.example.vn")) == b"crl"


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
        refused(Unreachable.REFUSED, url, asked(url))


def test_what_is_too_large_is_not_read_to_the_end() -> None:
    with listening(body(bytes(CRL_BYTES_MAX + 1))) as url:
        refused(Unreachable.TOO_LARGE, url, asked(url))


def test_fifty_megabytes_are_left_at_the_limit_and_not_kept() -> None:
    """In pieces, with no word of the size before: the client goes away, the server cannot send the rest."""
    piece, pieces, sent = bytes(65_536), 800, 0

    def stream(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(pieces):
            connection.sendall(b"10000\r\n" + piece + b"\r\n")
            sent += len(piece)

    with listening(stream) as url, traced() as peak:
        refused(Unreachable.TOO_LARGE, url, asked(url))
        assert peak() < 2 * CRL_BYTES_MAX
    assert CRL_BYTES_MAX < sent < pieces * len(piece) // 2


@contextmanager
def traced() -> Iterator[Callable[[], int]]:
    """Yields what tells the most octets of memory taken since."""
    tracemalloc.start()
    try:
        yield lambda: tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_an_ocsp_answer_of_five_megabytes_is_refused() -> None:
    with listening(body(bytes(5_000_000))) as url, pytest.raises(AuthorityUnreachable) as raised:
        asked(url).ask_ocsp(url, b"question")
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
        refused(Unreachable.TOO_SLOW, url, asked(url, reach=replace(REACH, seconds=0.5)))
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("octets", [b"", b"no HTTP at all\r\n\r\n"], ids=["silence", "rubbish"])
def test_what_is_no_answer_is_told(octets: bytes) -> None:
    with listening(lambda connection: connection.sendall(octets)) as url:
        refused(Unreachable.UNREACHABLE, url, asked(url))


def test_a_host_that_keeps_failing_is_left_alone_for_a_while_at_that_port() -> None:
    now = 0.0
    with closing(socket.socket()) as taken, listening(body(b"crl")) as url:
        taken.bind(("127.0.0.1", 0))  # nobody listens there, and nobody else gets that port meanwhile
        dead = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        authorities = Authorities(at_ports_of(dead, url), lambda: now, resolver=lambda _host, _port: ("127.0.0.1",))
        for _ in range(FAILURES_MAX):
            refused(Unreachable.UNREACHABLE, dead, authorities)
        refused(Unreachable.RESTING, dead, authorities)
        assert authorities.get_crl(url) == b"crl", "another service of the same host"
        now = REST_SECONDS
        refused(Unreachable.UNREACHABLE, dead, authorities)


@pytest.mark.parametrize("address", ["http://127.0.0.1:99999/", "http://[::1/x", "ldap://127.0.0.1/cn=ca", ""])
def test_what_is_no_address_is_not_allowed_and_makes_no_host_rest(address: str) -> None:
    with listening(body(b"crl")) as url:
        authorities = Authorities(at_ports_of(url), lambda: 0.0, resolver=lambda _host, _port: ("127.0.0.1",))
        for _ in range(FAILURES_MAX + 1):
            refused(Unreachable.NOT_ALLOWED, address, authorities)
        assert authorities.get_crl(url) == b"crl"


@pytest.mark.parametrize("answer", [body(b"", status="404 Not Found"), body(bytes(CRL_BYTES_MAX + 1))])
def test_a_host_that_answers_is_not_left_alone_for_one_bad_address(answer: Answer) -> None:
    """One wrong address of a list does not keep anybody from the responder on the same host."""
    with listening(answer) as wrong, listening(body(b"answer")) as right:
        authorities = asked(wrong, right)
        for _ in range(FAILURES_MAX):
            with pytest.raises(AuthorityUnreachable):
                authorities.get_crl(wrong)
        assert authorities.ask_ocsp(right, b"question") == b"answer"


def test_a_name_that_is_looked_up_for_ever_holds_nobody_past_the_deadline() -> None:
    done = threading.Event()

    def stuck(_host: str, _port: int) -> Sequence[str]:
        done.wait(30)
        return ("127.0.0.1",)

    started = time.monotonic()
    refused(
        Unreachable.TOO_SLOW,
        "http://ca.example.vn/",
        Authorities(replace(REACH, seconds=0.3), time.monotonic, resolver=stuck),
    )
    done.set()
    assert time.monotonic() - started < 5


def test_look_ups_that_are_stuck_do_not_pile_up() -> None:
    """Beyond a few, nobody waits and no thread is made; when they end, names are looked up again."""
    done, asking = threading.Event(), 0

    def stuck(_host: str, _port: int) -> Sequence[str]:
        nonlocal asking
        asking += 1
        done.wait(30)
        return ("127.0.0.1",)

    look_ups = LookUps(stuck)
    for _ in range(LOOK_UPS_MAX):
        with pytest.raises(TimeoutError):
            look_ups.addresses("ca.example.vn", 80, seconds=0.01)
    with pytest.raises(TooManyLookUps):
        look_ups.addresses("ca.example.vn", 80, seconds=30)
    assert asking == LOOK_UPS_MAX
    done.set()
    assert eventually(lambda: found(look_ups)) == ("127.0.0.1",)


def found(look_ups: LookUps) -> Sequence[str] | None:
    try:
        return look_ups.addresses("ca.example.vn", 80, seconds=5)
    except TooManyLookUps:
        return None
