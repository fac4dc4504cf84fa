"""Time stamps over HTTP: from an authority that works, and from bad neighbours."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from axis.clock import SettableClock
from axis.sdk import NoTimestamp, Timestamper, check_package, sign_octets
from axis.sdk.timestamping import HttpTransport
from signing.policy import PACKAGE_POLICY
from signing.timestamping import ATTEMPTS_MAX, QUERY_TYPE, TransportFailed, TransportFault
from signing.timestamps import ANSWER_BYTES_MAX, judge_token
from signing.verdict import Timestamp
from tests.fixtures.stamping import Answer, http_authority
from tests.signing.pki import MOMENT, credential, signer, trust
from tests.signing.stamping import STAMPED, Stamp, refusal
from tests.signing.xml.packages import PACKAGE
from tests.signing.xml.stamped import judge_at
from tests.signing.xml.xmlsec1 import accepts, needs_xmlsec1


def good(request: bytes) -> bytes:
    return Stamp().answering(request)


def timestamper(*addresses: str, pauses: list[float] | None = None) -> Timestamper:
    """One whose time is MOMENT and whose pauses are written down."""
    kept = [] if pauses is None else pauses
    return Timestamper(addresses, trust(), SettableClock(MOMENT), sleep=kept.append)


def test_a_stamp_over_http() -> None:
    with http_authority(good) as authority, timestamper(authority.url) as stamper:
        assert isinstance(judge_token(stamper(STAMPED), STAMPED, trust=trust(), at=MOMENT), Timestamp)
        assert authority.asked == ["/tsa"]


@needs_xmlsec1
def test_a_package_signed_and_stamped(tmp_path: Path) -> None:
    with http_authority(good) as authority, timestamper(authority.url) as stamper:
        octets = sign_octets(PACKAGE, signer(credential()), at=MOMENT, stamper=stamper)
    checked = check_package(octets, trust(), at=MOMENT)
    assert checked.verdict.facts is not None
    assert checked.verdict.facts.additions.verified_level == "B-T"
    assert checked.verdict.policy == PACKAGE_POLICY.name
    assert accepts(tmp_path, octets)


def test_nothing_is_signed_where_nobody_stamps() -> None:
    with http_authority(lambda _: refusal()) as authority, timestamper(authority.url) as stamper:
        with pytest.raises(NoTimestamp, match="timestamp/refused rejection bad_alg"):
            sign_octets(PACKAGE, signer(credential()), at=MOMENT, stamper=stamper)
        assert len(authority.asked) == 1


def test_without_an_authority_the_level_is_the_basic_one() -> None:
    facts = judge_at(sign_octets(PACKAGE, signer(credential()), at=MOMENT)).facts
    assert facts is not None
    assert facts.additions.verified_level == "B-B"


NEIGHBOURS: dict[str, Answer] = {
    "HTTP 500": Answer(b"", 500),
    "HTTP 302": Answer(b"", 302, {"Location": "http://127.0.0.1:9/"}),
    "HTTP 404": Answer(b"<html/>", 404),
    "too long": Answer(bytes(ANSWER_BYTES_MAX + 1)),
}


@pytest.mark.parametrize("reason", NEIGHBOURS)
def test_an_answer_that_is_none(reason: str) -> None:
    pauses: list[float] = []
    with http_authority(lambda _: NEIGHBOURS[reason]) as bad, http_authority(good) as other:
        with timestamper(bad.url, other.url, pauses=pauses) as stamper:
            assert stamper(STAMPED)
        assert (len(bad.asked), len(other.asked)) == (ATTEMPTS_MAX, 1)
    assert pauses == [1.0, 2.0]


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/", "ftp://127.0.0.1/", "no address", "http://[::1"])
def test_an_address_where_nobody_is(address: str) -> None:
    with timestamper(address) as stamper, pytest.raises(NoTimestamp) as caught:
        stamper(STAMPED)
    assert [one.address for one in caught.value.attempts] == [address]


def carried(transport: Callable[[httpx.Request], httpx.Response]) -> Any:
    with httpx.Client(transport=httpx.MockTransport(transport)) as http:
        return HttpTransport(http)("http://tsa.example/", b"request", content_type=QUERY_TYPE)


@pytest.mark.parametrize(
    "begin",
    [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"],
    ids=["headers", "body"],
)
def test_an_answer_that_trickles_in_is_given_up(begin: bytes) -> None:
    """Each octet comes in time for the library, which would read for hours."""
    ended = threading.Event()

    def trickle(server: socket.socket) -> None:
        line, _ = server.accept()
        with line, suppress(OSError):
            line.sendall(begin)
            while not ended.wait(0.02):
                line.sendall(b"a")

    with socket.create_server(("127.0.0.1", 0)) as server, httpx.Client() as http:
        thread = threading.Thread(target=trickle, args=(server,))
        thread.start()
        begun = time.monotonic()
        with pytest.raises(TransportFailed, match=r"0\.3 s"):
            HttpTransport(http, seconds=0.3)(
                f"http://127.0.0.1:{server.getsockname()[1]}/", b"request", content_type=QUERY_TYPE
            )
        assert time.monotonic() - begun < 5
        ended.set()
        thread.join()


def test_an_answer_is_not_decompressed() -> None:
    def answering(request: httpx.Request) -> httpx.Response:
        assert request.headers["Accept-Encoding"] == "identity"
        return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"as it is"))

    assert carried(answering) == b"as it is"


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("http://127.0.0.1:9/", TransportFault.REFUSED),
        ("http://tsa.invalid/", TransportFault.NO_HOST),
        ("ftp://127.0.0.1/", TransportFault.BROKEN),
    ],
)
def test_why_nobody_answers_is_told_apart(address: str, fault: TransportFault) -> None:
    with httpx.Client() as http, pytest.raises(TransportFailed) as caught:
        HttpTransport(http, seconds=5)(address, b"request", content_type=QUERY_TYPE)
    assert caught.value.fault is fault


@pytest.mark.parametrize(
    ("status", "fault"),
    [(503, TransportFault.BUSY), (500, TransportFault.BUSY), (404, TransportFault.NO_AUTHORITY)],
)
def test_who_cannot_just_now_is_no_stranger(status: int, fault: TransportFault) -> None:
    with pytest.raises(TransportFailed, match=f"HTTP {status}") as caught:
        carried(lambda _: httpx.Response(status))
    assert caught.value.fault is fault
