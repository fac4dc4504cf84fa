"""What a connection may take before a request is there: through a real socket, with either of uvicorn's protocols."""

from __future__ import annotations

import asyncio
import io
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPResponse

import pytest
from uvicorn.protocols.http.h11_impl import H11Protocol

from axis.metrics import ConnectionEnd
from axis.web import serving
from axis.web.access_tokens import TOKEN_BYTES_MAX
from axis.web.app import create_app
from axis.web.connections import CONNECTIONS_MAX, HEADER_BYTES_MAX, ConnectionLimits
from axis.web.headers import UNREAD_MAX
from axis.web.serving import WebServer, listen
from axis.web.waiting import SEATS
from tests.axis.web.calling import bearer
from tests.axis.web.fakes import FakeAxis
from tests.axis.web.running import in_process
from tests.fixtures.running import eventually

try:
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
except ImportError:
    PROTOCOLS: list[type[asyncio.Protocol]] = [H11Protocol]
else:
    PROTOCOLS = [H11Protocol, HttpToolsProtocol]

LIVE = b"GET /health/live HTTP/1.1\r\nHost: axis\r\n"
SOON = ConnectionLimits(header_seconds=0.8)
"""Time enough for whoever sends at once, on a machine that is busy too, and short enough to wait for."""

FORM = b"POST /v1/token HTTP/1.1\r\nHost: axis\r\nContent-Type: application/x-www-form-urlencoded\r\n"


@dataclass(slots=True)
class Call:
    """One connection, and what is done with it."""

    socket: socket.socket

    def say(self, *octets: bytes) -> None:
        for one in octets:
            self.socket.sendall(one)

    def answer(self) -> HTTPResponse:
        """The next answer, whose body is read."""
        response = HTTPResponse(self.socket)
        response.begin()
        response.read()
        return response

    def rest(self) -> bytes:
        """Everything that comes until the other side ends the connection."""
        try:
            return b"".join(iter(lambda: self.socket.recv(65_536), b""))
        except ConnectionResetError:
            return b""

    def is_quiet(self, seconds: float) -> bool:
        """Whether nothing comes for so long, not even the end."""
        self.socket.settimeout(seconds)
        try:
            self.socket.recv(1, socket.MSG_PEEK)
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(20)
        return False

    def dribble(self, octets: bytes) -> bytes:
        """Send octet by octet, a tenth of a second apart, until the other side has enough; return what it says."""
        with suppress(ConnectionError):
            for number in range(len(octets)):
                if not self.is_quiet(0.1):
                    return self.rest()
                self.say(octets[number : number + 1])
            raise AssertionError("nobody minded")
        return b""


@dataclass(slots=True)
class Line:
    """The axis at the other end."""

    axis: FakeAxis
    protocol: type[asyncio.Protocol]
    address: tuple[str, int]
    stack: ExitStack = field(default_factory=ExitStack)

    def call(self) -> Call:
        return Call(self.stack.enter_context(socket.create_connection(self.address, 20)))

    def ended(self, why: ConnectionEnd) -> float | None:
        return self.axis.metrics.registry.get_sample_value("axis_connections_ended_total", {"why": why})

    def waits_until_ended(self, why: ConnectionEnd, number: int) -> None:
        eventually(lambda: self.ended(why) == number or None)


Open = Callable[[ConnectionLimits], Line]


@pytest.fixture(params=PROTOCOLS, ids=lambda kind: kind.__name__)
def dial(request: pytest.FixtureRequest, axis: FakeAxis, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens the axis with given limits, on one of the protocols."""
    monkeypatch.setattr(serving, "AutoHTTPProtocol", request.param)
    with ExitStack() as stack:
        yield lambda limits: stack.enter_context(opened(axis, limits, request.param))


@contextmanager
def opened(axis: FakeAxis, limits: ConnectionLimits, protocol: type[asyncio.Protocol]) -> Iterator[Line]:
    listening = listen("127.0.0.1", 0)
    server = WebServer(create_app(axis), listening, limits=limits)
    server.start()
    line = Line(axis, protocol, listening.getsockname())
    try:
        with line.stack:
            yield line
    finally:
        server.stop()


def test_a_connection_that_sends_nothing_is_ended(dial: Open) -> None:
    line = dial(SOON)
    assert line.call().rest() == b""
    line.waits_until_ended(ConnectionEnd.HEADERS_SLOW, 1)


def test_headers_that_dribble_are_not_waited_for(dial: Open) -> None:
    line = dial(SOON)
    assert line.call().dribble(LIVE * 10) == b""
    line.waits_until_ended(ConnectionEnd.HEADERS_SLOW, 1)


def test_the_next_request_of_a_kept_connection_has_no_more_time(dial: Open) -> None:
    line = dial(SOON)
    call = line.call()
    call.say(LIVE, b"\r\n")
    assert call.answer().status == 200
    assert call.dribble(LIVE * 10) == b""
    line.waits_until_ended(ConnectionEnd.HEADERS_SLOW, 1)


def test_a_request_begun_while_another_is_answered_has_no_more_time(dial: Open) -> None:
    line = dial(SOON)
    call = line.call()
    call.say(LIVE, b"\r\n" + LIVE)
    assert call.answer().status == 200
    assert call.rest() == b""
    line.waits_until_ended(ConnectionEnd.HEADERS_SLOW, 1)


def test_a_body_has_its_own_time(dial: Open) -> None:
    line = dial(SOON)
    call = line.call()
    call.say(FORM, b"Content-Length: 3\r\n\r\na")
    assert call.is_quiet(1.5 * SOON.header_seconds)
    call.say(b"=b")
    assert call.answer().status == 400
    assert line.ended(ConnectionEnd.HEADERS_SLOW) == 0


def test_an_answer_may_take_longer_than_headers(dial: Open, axis: FakeAxis) -> None:
    with in_process(create_app(axis)) as client:
        token = bearer(client, axis, "tinh-a")["Authorization"].encode()
    line = dial(SOON)
    call = line.call()
    call.say(b"POST /v1/leases HTTP/1.1\r\nHost: axis\r\nContent-Type: application/json\r\n")
    call.say(b"Content-Length: 10\r\nAuthorization: " + token + b'\r\n\r\n{"wait":2}')
    assert call.is_quiet(1.5 * SOON.header_seconds)
    assert call.answer().status == 200
    assert line.ended(ConnectionEnd.HEADERS_SLOW) == 0


def test_an_answer_that_is_read_slowly_comes_whole(dial: Open, axis: FakeAxis) -> None:
    octets = bytes(20_000_000)
    axis.shelf.size, axis.shelf.opens = len(octets), lambda: io.BytesIO(octets)
    with in_process(create_app(axis)) as client:
        token = bearer(client, axis)["Authorization"].encode()
    line = dial(SOON)
    call = line.call()
    call.say(f"GET /v1/envelopes/{axis.tracer.view.envelope_id}/content HTTP/1.1\r\nHost: axis\r\n".encode())
    call.say(b"Authorization: " + token + b"\r\n\r\n")
    for _ in range(3):
        assert not call.is_quiet(2 * SOON.header_seconds)
        assert len(call.socket.recv(65_536)) > 0
    assert line.ended(ConnectionEnd.HEADERS_SLOW) == 0
    assert call.rest().endswith(octets[:1_000_000])
    line.waits_until_ended(ConnectionEnd.HEADERS_SLOW, 1)


@pytest.mark.parametrize("pieces", [1, 3])
@pytest.mark.parametrize(
    "head",
    [
        LIVE + b"Authorization: Bearer " + b"x" * HEADER_BYTES_MAX + b"\r\n\r\n",
        LIVE + b"a: \r\n" * (HEADER_BYTES_MAX // 5) + b"\r\n",
        b"GET /" + b"x" * HEADER_BYTES_MAX + b" HTTP/1.1\r\nHost: axis\r\n\r\n",
        LIVE + b"a: ".ljust(3 * HEADER_BYTES_MAX, b"x"),
        LIVE + b"a: b\r\n" * HEADER_BYTES_MAX,
    ],
    ids=["one header", "many headers", "address", "no end of a header", "no end of the headers"],
)
def test_headers_over_the_limit_are_refused(dial: Open, head: bytes, pieces: int) -> None:
    line = dial(ConnectionLimits())
    call = line.call()
    size = len(head) // pieces + 1
    with suppress(ConnectionError):
        call.say(*(head[start : start + size] for start in range(0, len(head), size)))
    assert call.rest().partition(b" ")[2][:3] in {b"431", b"400", b""}
    line.waits_until_ended(ConnectionEnd.HEADERS_LARGE, 1)


def test_headers_over_the_limit_are_told_so(dial: Open) -> None:
    call = dial(ConnectionLimits(header_bytes=1_000)).call()
    call.say(LIVE + b"a: " + b"b" * (1_000 - len(LIVE) - 3))
    assert call.rest().startswith(b"HTTP/1.1 431 ")


def test_headers_up_to_the_limit_are_read(dial: Open) -> None:
    call = dial(ConnectionLimits()).call()
    call.say(LIVE + b"a: ".ljust(HEADER_BYTES_MAX - len(LIVE) - 4, b"b") + b"\r\n\r\n")
    assert call.answer().status == 200
    longest = b"Authorization: Bearer " + b"x" * TOKEN_BYTES_MAX
    call.say(b"GET /v1/envelopes HTTP/1.1\r\nHost: axis\r\n" + longest + b"\r\n\r\n")
    assert call.answer().status == 401


def test_a_body_does_not_count_as_headers(dial: Open) -> None:
    line = dial(ConnectionLimits())
    call = line.call()
    body = b"a=" + b"b" * 60_000
    for _ in range(3):
        call.say(FORM + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        assert call.answer().status == 400
    assert line.ended(ConnectionEnd.HEADERS_LARGE) == 0


def test_a_body_that_nobody_reads_does_not_count_either(dial: Open) -> None:
    line = dial(ConnectionLimits())
    call = line.call()
    for _ in range(3):
        call.say(b"POST /nowhere HTTP/1.1\r\nHost: axis\r\nContent-Length: %d\r\n\r\n" % UNREAD_MAX)
        assert call.answer().status == 404
        call.say(b"b" * UNREAD_MAX)
    call.say(LIVE, b"\r\n")
    assert call.answer().status == 200
    assert line.ended(ConnectionEnd.HEADERS_LARGE) == 0


def test_requests_sent_in_one_go_are_answered_one_by_one(dial: Open) -> None:
    call = dial(SOON).call()
    call.say((LIVE + b"\r\n") * 5 + LIVE + b"Connection: close\r\n\r\n")
    assert call.rest().count(b"HTTP/1.1 200 ") == 6


def test_large_requests_may_be_sent_in_one_go_too(dial: Open) -> None:
    line = dial(ConnectionLimits())
    call = line.call()
    large = LIVE + b"a: ".ljust(HEADER_BYTES_MAX - len(LIVE) - 100, b"b") + b"\r\n"
    with ThreadPoolExecutor() as pool:
        sent = pool.submit(call.say, (large + b"\r\n") * 30 + large + b"Connection: close\r\n\r\n")
        assert call.rest().count(b"HTTP/1.1 200 ") == 31
        sent.result(20)
    assert line.ended(ConnectionEnd.HEADERS_LARGE) == 0


@pytest.mark.parametrize("junk", [b"0\r\nx: ", b"1;x="], ids=["trailer", "extension of a chunk"])
def test_what_stands_between_chunks_is_limited_too(dial: Open, junk: bytes) -> None:
    line = dial(ConnectionLimits())
    call = line.call()
    call.say(FORM + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n" + junk)
    with suppress(ConnectionError):
        call.say(*[b"x" * HEADER_BYTES_MAX] * 64)
    assert call.rest()[9:12] in {b"400", b""}
    if line.protocol is not H11Protocol:  # it refuses such junk by itself, where it is the first to count so far
        line.waits_until_ended(ConnectionEnd.HEADERS_LARGE, 1)


def test_a_body_in_tiny_chunks_is_no_junk(dial: Open) -> None:
    line = dial(ConnectionLimits())
    call = line.call()
    call.say(FORM + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n" * 20_000, b"0\r\n\r\n")
    assert call.answer().status == 400
    assert line.ended(ConnectionEnd.HEADERS_LARGE) == 0


def test_connections_beyond_the_limit_are_turned_away_and_earlier_ones_go_on(dial: Open) -> None:
    line = dial(ConnectionLimits(connections=2))
    first, second = line.call(), line.call()
    for call in (first, second):
        call.say(LIVE, b"\r\n")
        assert call.answer().status == 200
    refused = line.call().rest()
    assert refused.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nretry-after: " in refused
    assert line.ended(ConnectionEnd.TOO_MANY) == 1
    first.say(LIVE, b"\r\n")
    assert first.answer().status == 200
    second.socket.close()
    eventually(lambda: line.call().is_quiet(0.1) or None)


def test_connections_leave_room_for_those_who_wait_and_for_files() -> None:
    usual_descriptors = 1_024
    assert 2 * SEATS <= CONNECTIONS_MAX < usual_descriptors
