"""Large packages over lines that break: nothing is sent twice that has come, and no wrong octet is taken for right."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from axis.sdk import AxisUnreachable, ContentDiffers, Offer, ProblemReported, transfers
from axis.sdk.errors import read_problem
from axis.sdk.transfers import PAUSES, Stubborn, fetch_in_ranges, send_in_chunks
from envelopes.identifiers import DeliveryId, EnvelopeId, OrganId
from envelopes.packages import Package, package_of
from tests.envelopes.bundling import bundle

OCTETS = bytes(range(256)) * 40
BREAK = httpx.ConnectError("gone")


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfers, "CHUNK_BYTES", 3000)


@dataclass(slots=True)
class Line:
    """An axis with one upload and one delivery. `moods` are what becomes of the calls, one after the other.

    A number of octets after which a download breaks, a status that is answered, `before` or `after` for a break before
    or after the axis did what it was asked.
    """

    moods: list[int | str] = field(default_factory=list)
    came: bytearray = field(default_factory=bytearray)
    digest: str = ""
    state: str = "open"
    calls: list[str] = field(default_factory=list)
    content: bytes = OCTETS

    def call(self, method: str, path: str, **request: Any) -> httpx.Response:
        self.calls.append(f"{method} {path}")
        mood = self.moods.pop(0) if self.moods else None
        if mood == "before":
            raise AxisUnreachable("gone")
        if isinstance(mood, int):
            self.refuse(mood, "service/busy")
        answer = self.do(method, path, request)
        if mood == "after":
            raise AxisUnreachable("gone")
        return answer

    def do(self, method: str, path: str, request: Mapping[str, Any]) -> httpx.Response:
        if path.endswith("/submission"):
            self.state = "submitted"
            return httpx.Response(201, json={"receipt": "…"})
        if method == "PATCH":
            start = int(request["headers"]["Upload-Offset"])
            if start == len(self.came):
                self.came += request["content"]
            elif self.came[start : start + len(request["content"])] != request["content"]:
                self.refuse(409, "upload/offset")
        told = {"upload_id": str(UUID(int=1)), "offset": len(self.came), "state": self.state}
        return httpx.Response(200, json=told)

    def refuse(self, status: int, code: str) -> None:
        octets = json.dumps({"code": code, "title": code}).encode()
        raise ProblemReported(read_problem(status, octets, retry_after="7"))

    @contextmanager
    def stream(self, path: str, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        assert path.endswith("/content")
        self.calls.append(headers.get("Range", "whole"))
        start = int(headers["Range"][6:-1]) if "Range" in headers else 0
        mood = self.moods.pop(0) if self.moods else len(self.content)
        if mood == "before":
            raise AxisUnreachable("gone")
        assert isinstance(mood, int)

        def octets() -> Iterator[bytes]:
            yield self.content[start : start + mood]
            if start + mood < len(self.content):
                raise AxisUnreachable("gone")

        yield httpx.Response(206 if start else 200, content=octets())


@pytest.fixture
def package() -> Package:
    return package_of(bundle())


def send(line: Line, package: Package) -> list[float]:
    """Return the pauses of a transfer that succeeds."""
    pauses: list[float] = []
    assert send_in_chunks(line, package, stubborn=Stubborn(pauses.append)) == {"receipt": "…"}
    assert bytes(line.came) == package.whole().read()
    return pauses


def test_a_package_goes_up_in_chunks(package: Package) -> None:
    line = Line()
    assert send(line, package) == []
    assert [one.split()[0] for one in line.calls] == ["POST", *["PATCH"] * -(-package.size // 3000), "POST"]


@pytest.mark.parametrize("mood", ["before", "after", 503, 429])
def test_a_call_that_a_line_breaks_over_is_made_again_and_does_its_deed_once(package: Package, mood: int | str) -> None:
    pauses = send(Line(["fine", mood, mood]), package)
    assert pauses == ([7, 7] if isinstance(mood, int) else [1, 2])


def test_the_submission_is_asked_again_for_its_answer(package: Package) -> None:
    calls = -(-package.size // 3000) + 1
    line = Line([*["fine"] * calls, "after"])
    assert send(line, package) == [1]


def test_what_another_process_sent_is_not_sent_again(package: Package) -> None:
    line = Line(came=bytearray(package.whole().read(4000)))
    send(line, package)
    assert line.calls[1].startswith("PATCH")
    line.calls.clear()
    send(line, package)
    assert [one.split()[0] for one in line.calls] == ["POST", "POST"]


def test_where_another_process_is_faster_it_goes_on_from_there(package: Package) -> None:
    class Raced(Line):
        def do(self, method: str, path: str, request: Mapping[str, Any]) -> httpx.Response:
            if method == "PATCH" and not self.came:
                self.came += package.whole().read(5000)
                self.refuse(409, "upload/offset")
            return super().do(method, path, request)

    send(Raced(), package)


def test_a_line_that_stays_down_is_told_and_what_came_stays(package: Package) -> None:
    pauses: list[float] = []
    line = Line(["fine", "fine", *["before"] * 99])
    with pytest.raises(AxisUnreachable):
        send_in_chunks(line, package, stubborn=Stubborn(pauses.append))
    assert pauses == list(PAUSES)
    assert len(line.came) == 3000
    with pytest.raises(AxisUnreachable):
        send_in_chunks(Line(["before"]), package, stubborn=Stubborn(lambda _: None))


def test_an_axis_that_refuses_is_not_asked_again(package: Package) -> None:
    class Refusing(Line):
        def call(self, method: str, path: str, **request: Any) -> httpx.Response:
            self.refuse(429, "upload/too-many-open")
            return super().call(method, path, **request)

    line = Refusing()
    with pytest.raises(ProblemReported):
        send_in_chunks(line, package, stubborn=Stubborn(lambda _: pytest.fail("it waited")))


# ── down ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

OFFER = Offer(
    delivery_id=DeliveryId(UUID(int=1)),
    envelope_id=EnvelopeId(UUID(int=2)),
    recipient=OrganId("H26"),
    sender=OrganId("H51"),
    kind="edoc",
    document_id=None,
    subject=None,
    priority_rank=0,
    size=len(OCTETS),
    digest=hashlib.sha256(OCTETS).hexdigest(),
)
NOW = datetime(2026, 11, 30, tzinfo=UTC)


def fetch(line: Line, offer: Offer = OFFER) -> tuple[bytes, list[float]]:
    """Return what was fetched, and the pauses."""
    sink = io.BytesIO()
    pauses: list[float] = []
    fetch_in_ranges(line, offer, sink=sink, stubborn=Stubborn(pauses.append))
    return sink.getvalue(), pauses


def test_what_is_missing_after_a_break_is_asked_for_alone() -> None:
    line = Line([1000, 5000])
    assert fetch(line) == (OCTETS, [])
    assert line.calls == ["whole", "bytes=1000-", "bytes=6000-"]


def test_a_line_that_gets_nothing_on_is_waited_for() -> None:
    assert fetch(Line([1000, "before", "before", 9999])) == (OCTETS, [1])
    with pytest.raises(AxisUnreachable):
        fetch(Line([1000, *["before"] * 99]))
    with pytest.raises(AxisUnreachable):
        fetch(Line(["before"]))


@pytest.mark.parametrize("content", [OCTETS[:-1] + b"?", OCTETS + b"?"])
def test_other_octets_than_announced_are_no_delivery(content: bytes) -> None:
    with pytest.raises(ContentDiffers):
        fetch(Line(content=content))


def test_an_axis_that_begins_anew_instead_of_going_on_is_not_believed() -> None:
    class Forgetful(Line):
        @contextmanager
        def stream(self, path: str, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
            assert set(headers) <= {"Range"}
            with Line.stream(self, path, {}) as answer:
                yield answer

    with pytest.raises(ContentDiffers):
        fetch(Forgetful([1000]), replace(OFFER))
