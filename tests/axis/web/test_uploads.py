"""Packages on their way in through the real server: so many at once, so many of one system, however they end."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

import pytest

from axis.errors import Busy
from axis.web.app import create_app
from axis.web.door import Door
from axis.web.downloads import DOWNLOADS
from axis.web.places import Places
from axis.web.problem_codes import ProblemCode
from axis.web.reports import Problem
from axis.web.spool import BUNDLES_PER_SYSTEM, UPLOADS, UPLOADS_PER_SYSTEM
from axis.web.waiting import SEATS
from envelopes.bundles import content_type_of
from envelopes.identifiers import SystemId
from envelopes.limits import PACKAGE_BYTES_MAX
from tests.axis.web.calling import PACKAGE, XML, bearer
from tests.axis.web.fakes import FakeAxis
from tests.axis.web.running import Address, Logged, client_of, served

ADDRESS = "/v1/envelopes"
GOES_ON = b"HTTP/1.1 100 Continue\r\n\r\n"
"""What the server says when it begins to read a body: whoever sends it has a place by then."""


@dataclass(frozen=True, slots=True)
class Stand:
    """A running server."""

    address: Address
    axis: FakeAxis
    door: Door

    def headers(self, name: str = "vpcp") -> dict[str, str]:
        with client_of(self.address) as client:
            return bearer(client, self.axis, name) | XML

    @contextmanager
    def begun(self, headers: dict[str, str]) -> Iterator[socket.socket]:
        """Yield a connection on which the head of a submission in chunks was sent, and nothing of its body."""
        with socket.create_connection(self.address, timeout=30) as connection:
            said = headers | {"Transfer-Encoding": "chunked", "Expect": "100-continue"}
            named = "".join(f"{name}: {value}\r\n" for name, value in said.items())
            connection.sendall(f"POST {ADDRESS} HTTP/1.1\r\nHost: axis\r\n{named}\r\n".encode())
            yield connection

    @contextmanager
    def withheld(self, headers: dict[str, str]) -> Iterator[socket.socket]:
        """Yield a connection on which a package has begun to arrive and does not end."""
        with self.begun(headers) as connection:
            assert connection.recv(len(GOES_ON), socket.MSG_WAITALL) == GOES_ON
            connection.sendall(b"7\r\n<edXML>\r\n")
            yield connection

    def in_progress(self) -> int:
        return self.door.uploads._by_system.total()


def standing(axis: FakeAxis, *, places: int = UPLOADS) -> Iterator[Stand]:
    app = create_app(axis)
    uploads = Places(places, per_system=UPLOADS_PER_SYSTEM, too_many=ProblemCode.TOO_MANY_UPLOADS)
    app.state.door = replace(app.state.door, uploads=uploads)
    with served(app) as address:
        yield Stand(address, axis, app.state.door)
    assert uploads._by_system.total() + app.state.door.bundles._by_system.total() == 0


@pytest.fixture
def stand(axis: FakeAxis) -> Iterator[Stand]:
    """A server; afterwards no package holds a place."""
    yield from standing(axis)


@pytest.fixture
def small(axis: FakeAxis) -> Iterator[Stand]:
    """A server with one place."""
    yield from standing(axis, places=1)


def refusal_from(connection: socket.socket) -> tuple[bytes, str]:
    """Head and problem code of an answer after which the server ends the connection."""
    answer = b""
    while part := connection.recv(65_536):
        answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.lower(), json.loads(body)["code"]


def test_one_system_cannot_withhold_the_ends_of_packages_until_nothing_is_left(stand: Stand) -> None:
    headers, others = stand.headers(), stand.headers("tinh-a")
    with ExitStack() as senders:
        for _ in range(UPLOADS_PER_SYSTEM):
            senders.enter_context(stand.withheld(headers))
        with stand.begun(headers) as refused:
            head, code = refusal_from(refused)
        assert head.startswith(b"http/1.1 429 ")
        assert b"\r\nretry-after: 5" in head
        assert code == "request/too-many-uploads"
        with client_of(stand.address) as client:
            assert client.post(ADDRESS, content=PACKAGE, headers=others).status_code == 201
        assert stand.in_progress() == UPLOADS_PER_SYSTEM


def test_large_packages_in_parts_have_few_places_and_small_ones_need_none(stand: Stand) -> None:
    headers = stand.headers() | {"Content-Type": content_type_of("x")}
    with ExitStack() as senders:
        for _ in range(BUNDLES_PER_SYSTEM):
            senders.enter_context(stand.withheld(headers))
        with stand.begun(headers) as refused:
            _, code = refusal_from(refused)
        assert code == "request/too-many-uploads"
        with client_of(stand.address) as client:
            # Read to its end, and found to be none.
            assert client.post(ADDRESS, content=PACKAGE, headers=headers).json()["code"] == "package/mime-root"


def test_a_full_process_takes_no_package_of_anybody_before_anything_of_it_is_read(small: Stand) -> None:
    headers, others = small.headers(), small.headers("tinh-a")
    with small.withheld(headers) as sender:
        with small.begun(others) as refused:
            head, code = refusal_from(refused)
        assert (head.split(b"\r\n")[0], code) == (b"http/1.1 503 service unavailable", "service/busy")
        assert b"\r\nretry-after: 5" in head
        sender.sendall(b"0\r\n\r\n")
        assert b" 201 " in sender.recv(65_536).split(b"\r\n")[0]
        assert small.in_progress() == 0
    with client_of(small.address) as client:
        assert client.post(ADDRESS, content=PACKAGE, headers=others).status_code == 201


def test_whoever_hangs_up_leaves_his_place(small: Stand, logged: Logged) -> None:
    headers = small.headers()
    with small.withheld(headers):
        assert small.in_progress() == 1
    logged.wait_for(event="request_served", code="request/body-incomplete")
    assert small.in_progress() == 0


@pytest.mark.parametrize(
    ("octets", "others", "status"),
    [
        (b"no XML", {}, 400),
        (PACKAGE, {"Content-Digest": "sha-256=:AAAA:"}, 400),
        (PACKAGE, {"Content-Encoding": "gzip"}, 415),
        (iter([b"x" * (PACKAGE_BYTES_MAX + 1)]), {}, 413),
    ],
)
def test_a_refused_package_gives_its_place_back(
    small: Stand, octets: bytes | Iterator[bytes], others: dict[str, str], status: int
) -> None:
    headers = small.headers()
    with small.begun(headers | others) as connection:
        parts = [octets] if isinstance(octets, bytes) else octets
        try:
            for part in parts:
                connection.sendall(b"%x\r\n%s\r\n" % (len(part), part))
            connection.sendall(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            pass
        answer = connection.recv(65_536).removeprefix(GOES_ON) or connection.recv(65_536)
        assert int(answer.split()[1]) == status
    with client_of(small.address) as client:
        assert client.post(ADDRESS, content=PACKAGE, headers=headers).status_code == 201


def test_a_use_case_that_fails_gives_the_place_back(small: Stand) -> None:
    headers = small.headers()
    small.axis.intake.fails = RuntimeError("canary")
    with client_of(small.address) as client:
        assert client.post(ADDRESS, content=PACKAGE, headers=headers).status_code == 500
        assert small.in_progress() == 0


def test_a_batch_on_eight_connections_is_never_refused(stand: Stand) -> None:
    headers, connections = stand.headers(), 8

    def send(number: int) -> list[int]:
        with client_of(stand.address) as client:
            packages = [b"<edXML>%d %d</edXML>" % (number, count) for count in range(20)]
            return [client.post(ADDRESS, content=one, headers=headers).status_code for one in packages]

    with ThreadPoolExecutor(connections) as pool:
        statuses = [one for some in pool.map(send, range(connections)) for one in some]
    assert statuses == [201] * (20 * connections)


def test_calls_that_wait_and_packages_in_both_directions_fit_into_a_process() -> None:
    usual_descriptors = 1_024
    assert usual_descriptors - 200 > SEATS + 2 * (UPLOADS + DOWNLOADS)


# ── places by themselves ──────────────────────────────────────────────────────────────────────────────────────────


def test_places_are_counted_by_process_and_by_system_and_come_back() -> None:
    one, two, three = (SystemId(name) for name in ("one", "two", "three"))
    places = Places(3, per_system=2, too_many=ProblemCode.TOO_MANY_UPLOADS)
    with ExitStack() as held:
        held.enter_context(places.place(one))
        held.enter_context(places.place(one))
        with pytest.raises(Problem) as refused:
            held.enter_context(places.place(one))
        assert refused.value.report.type.code == ProblemCode.TOO_MANY_UPLOADS
        held.enter_context(places.place(two))
        with pytest.raises(Busy):
            held.enter_context(places.place(three))
    with pytest.raises(ValueError, match="inside"), places.place(one):
        raise ValueError("inside")
    assert (places._free, places._by_system.total()) == (3, 0)
