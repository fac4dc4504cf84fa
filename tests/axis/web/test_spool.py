"""Bodies on the wire, through the real server: too large, too slow, cut off, altered; and nothing of them remains."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import socket
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, nullcontext
from pathlib import Path
from typing import IO, Any

import httpx
import pytest
from starlette.requests import Request
from starlette.types import Message

from axis.web.api import envelopes
from axis.web.app import create_app
from axis.web.problem_codes import ProblemCode
from axis.web.reports import Problem
from axis.web.spool import MEMORY_BYTES, Allowance, spooled
from envelopes.bundles import content_type_of
from envelopes.limits import PACKAGE_BYTES_MAX
from tests.axis.web.calling import PACKAGE, bearer
from tests.axis.web.fakes import FakeAxis
from tests.axis.web.running import Address, Logged, client_of, open_files_in, served


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which temporary files are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def address(axis: FakeAxis, folder: Path) -> Iterator[Address]:
    """Where the real server listens. Afterwards nothing is in the folder, and no open file lies in it."""
    with served(create_app(axis)) as where:
        yield where
        assert list(folder.iterdir()) == []
        assert open_files_in(folder) == []


@pytest.fixture
def headers(address: Address, axis: FakeAxis) -> dict[str, str]:
    with client_of(address) as client:
        return bearer(client, axis) | {"Content-Type": "application/xml"}


def begin(address: Address, headers: dict[str, str], *lines: str) -> socket.socket:
    """A connection on which the head of a submission has been sent."""
    connection = socket.create_connection(address, timeout=30)
    named = [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join(["POST /v1/envelopes HTTP/1.1", "Host: axis", *named, *lines, "", ""])
    connection.sendall(head.encode())
    return connection


def everything_from(connection: socket.socket) -> bytes:
    parts = []
    try:
        while part := connection.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def answer_from(connection: socket.socket) -> tuple[int, dict[str, object]]:
    """Status and problem of the answer, after which the server ends the connection."""
    head, _, body = everything_from(connection).partition(b"\r\n\r\n")
    assert b"connection: close" in head.lower()
    return int(head.split()[1]), json.loads(body)


def test_a_large_package_arrives_whole(address: Address, axis: FakeAxis, headers: dict[str, str], folder: Path) -> None:
    package = b"<edXML>" + os.urandom(3 * MEMORY_BYTES)
    with client_of(address) as client:
        answer = client.post("/v1/envelopes", content=package, headers=headers)
    assert answer.status_code == 201
    assert answer.json()["raw_digest"] == hashlib.sha256(package).hexdigest()
    assert open_files_in(folder) == []


def test_a_package_in_chunks_without_a_length_arrives_whole(address: Address, headers: dict[str, str]) -> None:
    with client_of(address) as client:
        answer = client.post("/v1/envelopes", content=iter([b"<ed", b"XML>", b"x" * MEMORY_BYTES]), headers=headers)
    assert answer.status_code == 201


def test_a_length_over_the_limit_is_refused_before_anything_is_read(
    address: Address, axis: FakeAxis, headers: dict[str, str]
) -> None:
    with closing(begin(address, headers, f"Content-Length: {PACKAGE_BYTES_MAX + 1}")) as connection:
        status, problem = answer_from(connection)
    assert (status, problem["code"]) == (413, "package/too-large")
    assert f"{PACKAGE_BYTES_MAX:,}" in str(problem["detail"])
    assert axis.intake.callers == []


def test_a_package_in_parts_has_a_limit_of_its_own(address: Address, axis: FakeAxis, headers: dict[str, str]) -> None:
    most = axis.settings.limits.multipart_package
    named = headers | {"Content-Type": content_type_of("x")}
    with closing(begin(address, named, f"Content-Length: {most + 1}")) as connection:
        status, problem = answer_from(connection)
    assert (status, problem["code"]) == (413, "package/too-large")
    assert f"{most:,}" in str(problem["detail"])
    assert axis.intake.callers == []


@pytest.mark.parametrize(("digits", "status"), [(18, b" 413 "), (20, b" 400 "), (20_000, b" 400 ")])
def test_a_length_of_absurdly_many_digits_is_refused(
    address: Address, headers: dict[str, str], digits: int, status: bytes
) -> None:
    # What does not fit into 64 bits the server itself does not take for a number.
    with closing(begin(address, headers, f"Content-Length: {'9' * digits}")) as connection:
        assert status in everything_from(connection).split(b"\r\n")[0]


def test_a_body_that_grows_over_the_limit_is_refused_while_reading(
    address: Address, axis: FakeAxis, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(envelopes, "PACKAGE", Allowance(2 * MEMORY_BYTES, 30, "package/too-large"))
    with closing(begin(address, headers, "Transfer-Encoding: chunked")) as connection:
        chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
        # One chunk more than fits, and no end of the body: the answer does not wait for it.
        for _ in range(2 * MEMORY_BYTES // 65_536 + 1):
            connection.sendall(chunk)
        status, problem = answer_from(connection)
    assert (status, problem["code"]) == (413, "package/too-large")
    assert axis.intake.callers == []


def test_whoever_may_not_call_sends_no_body(address: Address, headers: dict[str, str]) -> None:
    unknown = headers | {"Authorization": "Bearer rubbish"}
    with closing(begin(address, unknown, "Content-Length: 1000000")) as connection:
        status, problem = answer_from(connection)
    assert (status, problem["code"]) == (401, "access/token-invalid")


def test_a_small_unread_body_does_not_cost_the_connection(address: Address, headers: dict[str, str]) -> None:
    with client_of(address) as client:
        answer = client.post("/v1/envelopes", content=PACKAGE, headers=headers | {"Authorization": "Bearer rubbish"})
        assert answer.status_code == 401
        assert "Connection" not in answer.headers


def test_a_body_that_dawdles_is_given_up(
    address: Address, axis: FakeAxis, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(envelopes, "PACKAGE", Allowance(PACKAGE_BYTES_MAX, 0.05, "package/too-large"))
    with closing(begin(address, headers, "Content-Length: 100000")) as connection:
        connection.sendall(b"<edXML>")
        status, problem = answer_from(connection)
    assert (status, problem["code"]) == (408, "request/body-too-slow")
    assert axis.intake.callers == []


def test_a_body_that_is_cut_off_reaches_no_use_case(
    address: Address,
    axis: FakeAxis,
    headers: dict[str, str],
    folder: Path,
    logged: Logged,
) -> None:
    with closing(begin(address, headers, "Content-Length: 1000000")) as connection:
        connection.sendall(b"<edXML>" + b"x" * 2 * MEMORY_BYTES)
    logged.wait_for(event="request_served", code="request/body-incomplete")
    assert axis.intake.callers == []
    assert open_files_in(folder) == []


def test_the_digest_in_the_header_is_compared(address: Address, axis: FakeAxis, headers: dict[str, str]) -> None:
    right, wrong = (base64.b64encode(hashlib.sha256(one).digest()).decode() for one in (PACKAGE, b"other"))
    with client_of(address) as client:

        def send(value: str) -> httpx.Response:
            return client.post("/v1/envelopes", content=PACKAGE, headers=headers | {"Content-Digest": value})

        assert send(f"sha-256=:{right}:").status_code == 201
        assert send(f"sha-512=:AAAA:, sha-256=:{right}:").status_code == 200
        assert send("sha-512=:AAAA:").status_code == 200
        assert send(f"sha-256=:{wrong}:").json()["code"] == "request/digest-mismatch"
        assert send("sha-256=:!:").json()["code"] == "request/digest-mismatch"
    assert len(axis.intake.callers) == 3


def test_the_file_is_closed_when_a_use_case_fails(
    address: Address, axis: FakeAxis, headers: dict[str, str], folder: Path
) -> None:
    axis.intake.fails = RuntimeError("canary")
    with client_of(address) as client:
        answer = client.post("/v1/envelopes", content=b"x" * 3 * MEMORY_BYTES, headers=headers)
    assert answer.status_code == 500
    assert open_files_in(folder) == []


@pytest.fixture
def file_made(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set once a temporary file was opened."""
    made, genuine = threading.Event(), tempfile.TemporaryFile

    def make(**named: Any) -> IO[bytes]:
        file: IO[bytes] = genuine(**named)
        made.set()
        return file

    monkeypatch.setattr(tempfile, "TemporaryFile", make)
    return made


def test_the_body_lies_in_a_file_without_a_name_while_it_arrives(
    address: Address, headers: dict[str, str], folder: Path, file_made: threading.Event
) -> None:
    with closing(begin(address, headers, f"Content-Length: {4 * MEMORY_BYTES}")) as connection:
        connection.sendall(b"<edXML>" + b"x" * 3 * MEMORY_BYTES)
        assert file_made.wait(30)
        assert len(open_files_in(folder)) == 1
        assert list(folder.iterdir()) == []
        connection.sendall(b"x" * (MEMORY_BYTES - 7))
        assert b" 201 " in connection.recv(65_536).split(b"\r\n")[0]


def test_a_disk_that_takes_no_more_is_said_to_be_unavailable(
    address: Address, axis: FakeAxis, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object, **_named: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with client_of(address) as client:
        answer = client.post("/v1/envelopes", content=b"x" * 3 * MEMORY_BYTES, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (503, "service/unavailable")
    assert axis.intake.callers == []


def request_of(messages: list[Message], **headers: str) -> Request:
    """A request whose body comes in these messages."""
    queue = iter(messages)

    async def receive() -> Message:
        return next(queue)

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": raw}, receive)


def part(octets: bytes, *, more: bool = False) -> Message:
    return {"type": "http.request", "body": octets, "more_body": more}


async def spooled_octets(request: Request, folder: Path) -> AsyncIterator[bytes]:
    async with spooled(request, Allowance(10_000_000, 30), timer=nullcontext(), folder=folder) as body:
        yield body.read()
        assert body.digest == hashlib.sha256(body.read()).digest()
        assert body.size == len(body.read())


@pytest.mark.parametrize("sizes", [[], [0], [10], [MEMORY_BYTES], [MEMORY_BYTES + 1], [1, MEMORY_BYTES * 2, 0, 7]])
def test_whatever_came_can_be_read_more_than_once(tmp_path: Path, sizes: list[int]) -> None:
    octets = [os.urandom(size) for size in sizes]
    request = request_of([*(part(one, more=True) for one in octets), part(b"")])

    async def collect() -> list[bytes]:
        return [one async for one in spooled_octets(request, tmp_path)]

    assert asyncio.run(collect()) == [b"".join(octets)]
    assert open_files_in(tmp_path) == []


@pytest.mark.parametrize(("length", "octets"), [("11", b"0123456789"), ("9", b"0123456789")])
def test_a_body_of_another_length_than_announced_is_refused(tmp_path: Path, length: str, octets: bytes) -> None:
    request = request_of([part(octets)], content_length=length)

    async def collect() -> list[bytes]:
        return [one async for one in spooled_octets(request, tmp_path)]

    with pytest.raises(Problem) as refused:
        asyncio.run(collect())
    assert refused.value.report.type.code == ProblemCode.BODY_INCOMPLETE


def test_a_cancelled_upload_leaves_no_open_file(tmp_path: Path, file_made: threading.Event) -> None:
    queue = iter([part(b"x" * 2 * MEMORY_BYTES, more=True)])

    async def receive() -> Message:
        for message in queue:
            return message
        await asyncio.Event().wait()
        raise AssertionError

    async def cancel() -> None:
        request = Request({"type": "http", "method": "POST", "path": "/", "headers": []}, receive)
        upload = asyncio.ensure_future(anext(spooled_octets(request, tmp_path)))
        assert await asyncio.to_thread(file_made.wait, 30)
        upload.cancel()
        with pytest.raises(asyncio.CancelledError):
            await upload

    asyncio.run(cancel())
    assert open_files_in(tmp_path) == []
