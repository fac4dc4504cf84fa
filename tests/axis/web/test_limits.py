"""Rates per system, and the gate before heavy work."""

from __future__ import annotations

import base64
import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from random import Random

import httpx
import pytest

from axis.errors import Busy
from axis.web import limits
from axis.web.app import create_app
from axis.web.limits import RateLimiter, VerificationGate
from axis.web.reports import Problem
from axis.web.spool import SpooledBody
from envelopes.identifiers import SystemId
from tests.axis.web.calling import XML, bearer
from tests.axis.web.fakes import FakeAxis
from tests.axis.web.running import in_process

ONE, TWO = SystemId("one"), SystemId("two")


class Watch:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def admitted(limiter: RateLimiter, system_id: SystemId = ONE) -> int:
    """How many requests are let in before one is refused."""
    count = 0
    while is_admitted(limiter, system_id):
        count += 1
    return count


def is_admitted(limiter: RateLimiter, system_id: SystemId) -> bool:
    try:
        limiter.admit(system_id)
    except Problem:
        return False
    return True


def test_a_system_has_half_a_minute_at_once_and_then_its_rate() -> None:
    watch = Watch()
    limiter = RateLimiter(60, watch)
    assert admitted(limiter) == 30
    watch.seconds += 5
    assert admitted(limiter) == 5
    watch.seconds += 3_600
    assert admitted(limiter) == 30


def test_systems_do_not_share_a_bucket() -> None:
    limiter = RateLimiter(60, Watch())
    assert admitted(limiter) == 30
    assert admitted(limiter, TWO) == 30


@pytest.mark.parametrize(("per_minute", "seconds"), [(60, 1), (1, 60), (7, 5), (6_000, 1)])
def test_the_time_to_wait_is_enough(per_minute: int, seconds: int) -> None:
    watch = Watch()
    limiter = RateLimiter(per_minute, watch)
    admitted(limiter)
    with pytest.raises(Problem) as refused:
        limiter.admit(ONE)
    assert refused.value.report.retry_after == seconds
    watch.seconds += seconds
    limiter.admit(ONE)


def test_a_watch_that_stands_still_gives_nothing_back() -> None:
    limiter = RateLimiter(60, Watch())
    admitted(limiter)
    assert admitted(limiter) == 0


def test_full_buckets_are_forgotten_before_they_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_FORGET_FROM", 3)
    watch = Watch()
    limiter = RateLimiter(60, watch)
    for number in range(5):
        watch.seconds += 31
        limiter.admit(SystemId(f"s{number}"))
    assert len(limiter._buckets) <= 3
    assert admitted(limiter, SystemId("s4")) == 29


def test_too_many_requests_are_429_with_the_time_to_wait() -> None:
    axis = FakeAxis(requests_per_minute=20)
    watch = Watch()
    with in_process(create_app(axis, stopwatch=watch)) as client:
        headers = bearer(client, axis)
        answers = [client.get("/v1/envelopes", headers=headers) for _ in range(10)]
        assert [answer.status_code for answer in answers] == [200] * 9 + [429]
        assert answers[-1].headers["Retry-After"] == "3"
        assert answers[-1].json()["code"] == "request/rate-exceeded"
        # Neither another address nor another path changes who is calling.
        spoofed = headers | {"X-Forwarded-For": "203.0.113.7", "Forwarded": "for=203.0.113.8"}
        assert client.post("/v1/leases", headers=spoofed).status_code == 429
        watch.seconds += 3
        assert client.get("/v1/envelopes", headers=headers).status_code == 200


def test_refused_and_public_requests_cost_a_system_nothing(client: httpx.Client, axis: FakeAxis) -> None:
    for _ in range(700):
        client.get("/health/live")
    assert client.get("/v1/envelopes", headers=bearer(client, axis)).status_code == 200


def test_the_gate_has_as_many_places_as_it_says() -> None:
    gate = VerificationGate(2, large_from=100)
    with ExitStack() as inside:
        inside.enter_context(gate.passage(100))
        inside.enter_context(gate.passage(1_000))
        with pytest.raises(Busy):
            inside.enter_context(gate.passage(100))
        with pytest.raises(Busy):
            gate.refuse_early(100)
        inside.enter_context(gate.passage(99))
        gate.refuse_early(99)
    with gate.passage(100):
        gate.refuse_early(100)


def test_a_failure_inside_gives_the_place_back() -> None:
    gate = VerificationGate(1, large_from=1)
    with pytest.raises(ValueError, match="inside"), gate.passage(5):
        raise ValueError("inside")
    gate.refuse_early(5)


def zipped_package(unpacked: int) -> bytes:
    """A package that is small on the wire, with one archive of zeros and noise inside."""
    sink, noise = io.BytesIO(), Random(1)
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", b"".join(noise.randbytes(200) + bytes(19_800) for _ in range(unpacked // 20_000)))
    encoded = base64.encodebytes(sink.getvalue())
    return b"<edXML><a:ContentTransferEncoded xmlns:a='urn:a'>%b</a:ContentTransferEncoded></edXML>" % encoded


def test_a_small_package_that_unpacks_to_much_needs_a_place() -> None:
    axis = FakeAxis(concurrent_verifications=1, large_package=1_000_000)
    small, swelling = zipped_package(2_000_000), zipped_package(20_000_000)
    assert len(swelling) < 1_000_000
    with in_process(create_app(axis)) as client, ThreadPoolExecutor() as threads:
        headers = bearer(client, axis) | XML
        axis.intake.held.clear()
        inside = threads.submit(client.post, "/v1/envelopes", content=swelling, headers=headers)
        assert axis.intake.entered.acquire(timeout=30)
        refused = client.post("/v1/envelopes", content=swelling, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (503, "service/busy")
        passing = threads.submit(client.post, "/v1/envelopes", content=small, headers=headers)
        assert axis.intake.entered.acquire(timeout=30)
        axis.intake.held.set()
        assert {inside.result().status_code, passing.result().status_code} == {201}


@pytest.mark.parametrize("octets", [b"", b"<edXML", b"\x00", b"<edXML>PK</edXML>"])
def test_what_holds_no_archive_weighs_what_it_is(octets: bytes) -> None:
    gate = VerificationGate(1, large_from=100)
    assert gate.weigh(SpooledBody(octets, len(octets), digest=b"")) == len(octets)
