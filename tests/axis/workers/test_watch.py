"""What a worker answers to those who watch it, over HTTP of its own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace

import httpx
import pytest

from axis.inquiry.vitals import Check
from axis.metrics import HealthCheck, Metrics
from axis.web.app import create_app
from axis.web.schemas import HealthBody
from axis.workers.watch import PLACES, Watch, watched
from tests.axis.web.fakes import FakeAxis
from tests.axis.web.running import in_process


def has_ipv6() -> bool:
    """Whether the loopback address of IPv6 can be listened on."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


class Subject:
    """A worker whose checks have the outcomes that a test gives them."""

    def __init__(self) -> None:
        self.axis = FakeAxis()
        self.outcomes: Sequence[Check] = self.axis.readiness.outcomes
        self.watch = Watch(self.axis.metrics, lambda: self.outcomes)

    @property
    def metrics(self) -> Metrics:
        return self.axis.metrics


@pytest.fixture
def subject() -> Subject:
    return Subject()


@pytest.fixture
def client(subject: Subject) -> Iterator[httpx.Client]:
    with watched(subject.watch, "127.0.0.1", port=0) as url, httpx.Client(base_url=url, trust_env=False) as client:
        yield client


def address(client: httpx.Client) -> tuple[str, int]:
    return client.base_url.host, client.base_url.port or 0


def test_a_living_worker_says_so_as_the_web_door_does(client: httpx.Client, subject: Subject) -> None:
    with in_process(create_app(subject.axis)) as door:
        for path in ("/health/live", "/health/ready"):
            ours, theirs = client.get(path), door.get(path)
            assert (ours.status_code, ours.json()) == (theirs.status_code, theirs.json())
            assert ours.headers["Content-Type"] == theirs.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("failing", [one for one in HealthCheck if one.is_vital])
def test_one_failed_check_is_not_ready(client: httpx.Client, subject: Subject, failing: HealthCheck) -> None:
    subject.outcomes = [replace(check, is_passed=check.name is not failing) for check in subject.outcomes]
    answer = client.get("/health/ready")
    body = HealthBody.model_validate_json(answer.content)
    assert (answer.status_code, body.ready) == (503, False)
    assert [check.name for check in body.checks if not check.passed] == [failing]
    assert client.get("/health/live").status_code == 200


def test_a_broken_trust_store_is_told_and_the_worker_goes_on(client: httpx.Client, subject: Subject) -> None:
    subject.outcomes = [replace(check, is_passed=check.name is not HealthCheck.TRUST) for check in subject.outcomes]
    body = HealthBody.model_validate_json(client.get("/health/ready").content)
    assert (body.ready, [check.name for check in body.checks if not check.passed]) == (True, ["trust"])


def test_a_worker_that_was_never_checked_is_not_ready(client: httpx.Client, subject: Subject) -> None:
    subject.outcomes = ()
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "checks": []})


def test_measurements_are_those_of_this_process_in_the_format_of_prometheus(
    client: httpx.Client, subject: Subject
) -> None:
    subject.metrics.set_sweep_lag(2.5)
    answer = client.get("/metrics?from=prometheus")
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    assert "axis_sweep_lag_seconds 2.5\n" in answer.text
    assert answer.content == subject.metrics.exposition()[0]


@pytest.mark.parametrize("path", ["/", "/metrics/", "/health", "/v1/envelopes", "//[", "/%00", "/../metrics"])
def test_anything_else_is_not_there(client: httpx.Client, path: str) -> None:
    assert ask(address(client), f"GET {path} HTTP/1.1").startswith(b"HTTP/1.0 404 ")


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "<script>"])
def test_nothing_can_be_done_but_asking(client: httpx.Client, method: str) -> None:
    answer = ask(address(client), f"{method} /metrics HTTP/1.1")
    assert answer.startswith(b"HTTP/1.0 501 ")
    assert b"text/plain" in answer
    assert b"axis_" not in answer
    assert b"<script>" not in answer.partition(b"\r\n\r\n")[2]


def test_what_is_no_http_is_refused_and_the_next_one_is_answered(client: httpx.Client) -> None:
    for line in ("\x16\x03\x01\x02", "GET", "GET / HTTP/9.9", "x" * 70_000):
        ask(address(client), line)
    assert client.get("/health/live").status_code == 200


def test_no_answer_says_what_serves_it_or_may_be_kept(client: httpx.Client) -> None:
    for path in ("/health/live", "/metrics", "/nowhere"):
        headers = client.get(path).headers
        assert "Server" not in headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("begun", [b"", b"GET /metr", b"GET /metrics HTTP/1.1\r\nHost: a"])
def test_a_connection_that_dawdles_is_ended(subject: Subject, begun: bytes) -> None:
    with (
        watched(subject.watch, "127.0.0.1", port=0, seconds=0.2) as url,
        socket.create_connection((httpx.URL(url).host, httpx.URL(url).port or 0), 20) as slow,
    ):
        slow.sendall(begun)
        assert b"axis_" not in everything(slow)


def test_connections_beyond_the_places_are_turned_away_and_free_them_again(subject: Subject) -> None:
    with watched(subject.watch, "127.0.0.1", port=0, seconds=20) as url, ExitStack() as stack:
        place = httpx.URL(url).host, httpx.URL(url).port or 0
        waiting = [stack.enter_context(socket.create_connection(place, 20)) for _ in range(PLACES)]
        assert ask(place, "GET /health/live HTTP/1.1") == b""
        for one in waiting:
            one.sendall(b"GET /health/live HTTP/1.1\r\n\r\n")
            assert everything(one).startswith(b"HTTP/1.0 200 ")


def test_a_connection_that_gets_no_thread_gives_its_place_back(
    subject: Subject, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, refused = threading.Thread.start, list[str]()

    def refuse(thread: threading.Thread) -> None:
        if threading.current_thread().name == "axis-watch":
            refused.append(thread.name)
            raise RuntimeError("can't start new thread")
        start(thread)

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        for _ in range(PLACES + 1):
            assert ask(address(client), "GET /health/live HTTP/1.1") == b""
    assert len(refused) == PLACES + 1, "each had a place"
    assert client.get("/health/live").status_code == 200


def test_it_ends_with_its_context_and_leaves_the_port(subject: Subject) -> None:
    with watched(subject.watch, "127.0.0.1", port=0) as url:
        port = httpx.URL(url).port or 0
    with watched(subject.watch, "127.0.0.1", port=port) as again:
        assert httpx.get(f"{again}/health/live", trust_env=False).status_code == 200


def test_a_port_that_is_taken_is_an_error_before_any_work(subject: Subject) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        watched(subject.watch, "127.0.0.1", port=taken.getsockname()[1]).__enter__()


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_it_listens_on_ipv6_too(subject: Subject) -> None:
    with watched(subject.watch, "::1", port=0) as url:
        assert url.startswith("http://[::1]:")
        assert httpx.get(f"{url}/health/live", trust_env=False).status_code == 200


def ask(place: tuple[str, int], line: str) -> bytes:
    """Return the whole answer to one line and the end of the headers; nothing where the connection just ends."""
    with socket.create_connection(place, 20) as asking:
        try:
            asking.sendall(f"{line}\r\n\r\n".encode("latin-1"))
            return everything(asking)
        except ConnectionError:
            return b""


def everything(connection: socket.socket) -> bytes:
    """Return what comes until the other side ends the connection."""
    return b"".join(iter(lambda: connection.recv(65_536), b""))
