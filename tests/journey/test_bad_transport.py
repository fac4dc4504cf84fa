"""Bodies that are too large or never end: refused while they are read, and nothing of them remains."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import pytest

from axis.web.spool import MEMORY_BYTES
from envelopes.limits import PACKAGE_BYTES_MAX
from tests.axis.web.running import Logged
from tests.journey.refusing import Gatekeeper

CHUNK = b"x" * 1024 * 1024


@contextmanager
def submission(gatekeeper: Gatekeeper, *lines: str) -> Iterator[socket.socket]:
    """Yield a connection on which the head of a submission was sent; afterwards nothing of it is kept."""
    token = gatekeeper.sender.sdk.bearer()
    before = gatekeeper.running.footprint(gatekeeper.spool)
    head = ["POST /v1/envelopes HTTP/1.1", "Host: axis", "Content-Type: application/xml", *lines]
    head += [f"Authorization: Bearer {token}", "", ""]
    address = urlsplit(gatekeeper.running.url)
    with closing(socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=30)) as connection:
        connection.sendall("\r\n".join(head).encode())
        yield connection
    assert gatekeeper.running.footprint(gatekeeper.spool).since(before) == {}


def everything_from(connection: socket.socket) -> bytes:
    """Return what comes before the server ends the connection, in whatever way."""
    parts = []
    with suppress(ConnectionResetError):
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def answer_from(connection: socket.socket) -> tuple[int, dict[str, Any]]:
    """Return status and problem of an answer after which the server ends the connection."""
    head, _, body = everything_from(connection).partition(b"\r\n\r\n")
    assert b"connection: close" in head.lower()
    return int(head.split()[1]), json.loads(body)


def test_a_length_over_the_limit_is_refused_before_a_single_octet_of_the_body(gatekeeper: Gatekeeper) -> None:
    with submission(gatekeeper, f"Content-Length: {PACKAGE_BYTES_MAX + 1}") as connection:
        status, problem = answer_from(connection)
    assert (status, problem["code"], problem["type"]) == (
        413,
        "package/too-large",
        "urn:axis:problem:package-too-large",
    )
    assert f"{PACKAGE_BYTES_MAX:,}" in problem["detail"]


def test_a_body_without_a_length_is_refused_as_soon_as_it_is_too_large(gatekeeper: Gatekeeper) -> None:
    """The end of the body never comes, and the answer does not wait for it."""
    with submission(gatekeeper, "Transfer-Encoding: chunked") as connection:
        for _ in range(PACKAGE_BYTES_MAX // len(CHUNK) + 1):
            connection.sendall(b"%x\r\n%b\r\n" % (len(CHUNK), CHUNK))
        status, problem = answer_from(connection)
    assert (status, problem["code"]) == (413, "package/too-large")
    assert problem["what_to_do_vi"]


def test_a_body_that_is_cut_off_is_forgotten(gatekeeper: Gatekeeper, logged: Logged) -> None:
    package = gatekeeper.running.package(gatekeeper.sender, gatekeeper.recipient)
    with submission(gatekeeper, f"Content-Length: {len(package)}") as connection:
        connection.sendall(package[:-1])
        connection.close()
        logged.wait_for(event="request_served", code="request/body-incomplete", status=400)


def test_a_large_body_that_is_cut_off_leaves_no_file(gatekeeper: Gatekeeper, logged: Logged) -> None:
    with submission(gatekeeper, "Transfer-Encoding: chunked") as connection:
        connection.sendall(b"%x\r\n%b\r\n" % (len(CHUNK), CHUNK))
        assert len(CHUNK) > MEMORY_BYTES
        connection.close()
        logged.wait_for(event="request_served", code="request/body-incomplete", status=400)


def test_a_body_longer_than_announced_is_no_second_request(gatekeeper: Gatekeeper) -> None:
    """What comes after the announced length is nobody's: it is neither added to the package nor taken for a call."""
    package = gatekeeper.running.package(gatekeeper.sender, gatekeeper.recipient)
    smuggled = b"DELETE /v1/leases/x HTTP/1.1\r\nHost: axis\r\n\r\n"
    with submission(gatekeeper, f"Content-Length: {len(package) - 10}", "Connection: close") as connection:
        connection.sendall(package + smuggled)
        status, problem = answer_from(connection)
    assert (status, problem["code"]) == (400, "package/truncated")


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: 7", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Content-Length: 7"),
        ("Content-Length: 7", "Content-Length: 8"),
        ("Content-Length: 7, 8",),
        ("Content-Length: +7",),
        ("Transfer-Encoding: chunked, identity",),
    ],
    ids=" and ".join,
)
def test_a_length_that_can_be_read_in_two_ways_is_refused(gatekeeper: Gatekeeper, lines: tuple[str, ...]) -> None:
    with submission(gatekeeper, *lines) as connection:
        connection.sendall(b"3\r\n<x>\r\n0\r\n\r\n")
        assert everything_from(connection).startswith(b"HTTP/1.1 400 ")


def test_a_package_of_almost_the_limit_is_read_to_its_end(gatekeeper: Gatekeeper) -> None:
    """What fits is judged by what it is: fifty megabytes that are no package are refused as that, and forgotten."""
    gatekeeper.refuses_to_read(b"<x>" + b" " * (PACKAGE_BYTES_MAX - 3), "package/truncated")
