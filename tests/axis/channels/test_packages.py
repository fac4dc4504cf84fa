"""The way out for whole packages: piece by piece, bounded in time, and what answers are read for."""

from __future__ import annotations

import hashlib
import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from ipaddress import ip_network
from pathlib import Path

import pytest

from axis.channels.guarded import Guard, Unreachable
from axis.channels.webhooks import Answered, Load, Webhooks
from benchmarks.webhooks import receiving as tls_receiving
from envelopes.acknowledgement import ACKNOWLEDGEMENT_BODY
from routing.webhooks import CallOutcome, WebhookAddress
from signing.http_signatures import digest_field
from tests.axis.channels.test_authorities import Answer, body, trickle
from tests.fixtures.receiver import echo, receiving

PIECE = b"x" * 65_536
FIELDS = {"content-type": "application/xml"}


def webhooks(*, seconds: float = 2.0, whole: float = 20.0) -> Webhooks:
    guard = Guard((ip_network("127.0.0.0/8"),), seconds, time.monotonic, lambda _host, _port: ("127.0.0.1",))
    return Webhooks(guard, is_plain_allowed=True, package_seconds=whole)


@contextmanager
def listening(deed: Answer, count: int = 2) -> Iterator[str]:
    """A server that reads the head of one request and so many pieces, then does with the connection what it shall."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.settimeout(10)

        def serve() -> None:
            with suppress(OSError), closing(server.accept()[0]) as connection:
                connection.settimeout(10)
                left, came = count * len(PIECE), b""
                while b"\r\n\r\n" not in came:
                    came += connection.recv(4_096)
                left -= len(came.partition(b"\r\n\r\n")[2])
                while left > 0 and (octets := connection.recv(min(left, 1 << 20))):
                    left -= len(octets)
                deed(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        thread.join(15)


def load(count: int) -> tuple[dict[str, str], Load]:
    """A package of so many pieces."""
    digest = hashlib.sha256()
    for _ in range(count):
        digest.update(PIECE)
    fields = {**FIELDS, "content-length": str(count * len(PIECE))}
    return fields, Load(iter([PIECE] * count), digest.digest())


def carried(url: str, count: int = 2, *, way: Webhooks | None = None) -> Answered:
    fields, package = load(count)
    return (way or webhooks()).carry(WebhookAddress(url), fields, load=package)


def answer(digest: bytes, *, more: str = "", content: bytes = b"") -> bytes:
    head = f"HTTP/1.1 200 OK\r\nAxis-Received-Digest: {digest_field(digest)}\r\n{more}\r\n"
    return head.encode() + content


def test_a_package_comes_whole_and_the_digest_counts() -> None:
    with receiving(reply=echo) as receiver:
        assert carried(receiver.url) == Answered(CallOutcome.TAKEN, 204)
    assert receiver.told[0].body == PIECE * 2


def test_it_goes_over_tls_to_whom_the_machine_trusts_and_to_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "restored afterwards")
    with tls_receiving(tmp_path) as url:
        fields, package = load(2)
        fields["content-digest"] = digest_field(package.digest)
        assert webhooks().carry(WebhookAddress(url), fields, load=package) == Answered(CallOutcome.TAKEN, 200)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nobody.pem"))
        fields, package = load(2)
        assert webhooks().carry(WebhookAddress(url), fields, load=package) == Answered(CallOutcome.UNREACHABLE)


def test_three_hundred_megabytes_are_never_in_memory() -> None:
    count = 4_800
    digest = bytes(32)
    fields = {**FIELDS, "content-length": str(count * len(PIECE))}
    with listening(body(b"", status="503 Busy"), count) as url:
        tracemalloc.start()
        way = webhooks(seconds=10, whole=60)
        answered = way.carry(WebhookAddress(url), fields, load=Load(iter([PIECE] * count), digest))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert answered == Answered(CallOutcome.BROKEN, 503)
    assert peak < 10_000_000


def test_a_refusal_before_the_last_octet_is_heard() -> None:
    with listening(body(b"", status="413 Too Large"), 1) as url:
        assert carried(url, 2).outcome in {CallOutcome.DECLINED, CallOutcome.UNREACHABLE}


def test_ten_gigabytes_in_the_place_of_an_acknowledgement_are_left() -> None:
    _, package = load(2)

    def endless(connection: socket.socket) -> None:
        more = f"Content-Type: {ACKNOWLEDGEMENT_BODY}\r\nContent-Length: 10000000000\r\n"
        connection.sendall(answer(package.digest, more=more))
        for _ in range(160_000):
            connection.sendall(PIECE)

    with listening(endless) as url:
        started = time.monotonic()
        assert carried(url) == Answered(CallOutcome.TAKEN, 200, cut_short=Unreachable.TOO_LARGE)
        assert time.monotonic() - started < 5


def test_an_acknowledgement_that_never_ends_is_left_and_the_package_was_taken() -> None:
    _, package = load(2)
    more = f"Content-Type: {ACKNOWLEDGEMENT_BODY}\r\nContent-Length: 5000\r\n"
    with listening(trickle(answer(package.digest, more=more))) as url:
        answered = carried(url, way=webhooks(seconds=0.5, whole=1.0))
    assert answered == Answered(CallOutcome.TAKEN, 200, cut_short=Unreachable.TOO_SLOW)


def test_a_body_of_another_type_is_not_read() -> None:
    _, package = load(2)
    octets = answer(package.digest, more="Content-Type: text/html\r\nContent-Length: 10000000000\r\n", content=PIECE)
    with listening(lambda connection: connection.sendall(octets)) as url:
        assert carried(url) == Answered(CallOutcome.TAKEN, 200)


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: "], ids=["silence", "a header without end"])
def test_who_does_not_answer_costs_one_wait_and_not_the_time_for_a_package(head: bytes) -> None:
    started = time.monotonic()
    with listening(trickle(head) if head else silent) as url:
        found = carried(url, way=webhooks(seconds=0.5, whole=3.0)).outcome
    assert found in {CallOutcome.TOO_SLOW, CallOutcome.UNREACHABLE}
    assert time.monotonic() - started < 6


def silent(connection: socket.socket) -> None:
    connection.recv(1)


def test_who_takes_octets_for_ever_is_left_in_the_end() -> None:
    started = time.monotonic()
    fields = {**FIELDS, "content-length": str(len(PIECE) * 1_000_000)}

    def slowly() -> Iterator[bytes]:
        while True:
            yield PIECE

    with listening(silent, 1_000_000) as url:
        way = webhooks(seconds=1.0, whole=1.0)
        answered = way.carry(WebhookAddress(url), fields, load=Load(slowly(), bytes(32)))
    assert answered.outcome is CallOutcome.TOO_SLOW
    assert time.monotonic() - started < 5


def test_what_the_pieces_raise_is_the_callers() -> None:
    class Stopped(Exception):
        """Somebody else's affair."""

    def stops() -> Iterator[bytes]:
        yield PIECE
        raise Stopped

    fields = {**FIELDS, "content-length": str(len(PIECE) * 2)}
    with receiving(reply=echo) as receiver, pytest.raises(Stopped):
        webhooks().carry(WebhookAddress(receiver.url), fields, load=Load(stops(), bytes(32)))
    assert receiver.told == []


def test_nothing_is_read_from_the_store_for_nobody() -> None:
    with receiving() as gone:
        address = gone.url
    asked = iter([PIECE])
    answered = webhooks().carry(WebhookAddress(address), {**FIELDS, "content-length": "65536"}, load=Load(asked, b""))
    assert answered.outcome is CallOutcome.UNREACHABLE
    assert next(asked) == PIECE


@pytest.mark.parametrize(
    ("status", "outcome"), [("200 OK", CallOutcome.WRONG_DIGEST), ("410 Gone", CallOutcome.GONE)], ids=["2xx", "410"]
)
def test_the_right_digest_before_the_last_octet_left_is_not_believed(status: str, outcome: CallOutcome) -> None:
    """It stands in the head of the call: whoever echoes it and hangs up has the head of a package, and no package."""
    fields, package = load(400)
    early = answer(package.digest, more="Content-Length: 0\r\n").replace(b"200 OK", status.encode())

    def hang_up(connection: socket.socket) -> None:
        connection.sendall(early)

    with listening(hang_up, count=1) as url:
        answered = webhooks().carry(WebhookAddress(url), fields, load=package)
    assert answered.outcome is outcome
    assert next(package.pieces, None) is not None, "the rest never left"
