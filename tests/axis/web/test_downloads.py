"""Downloads through the real server: with flat memory, so many at once, for so long, and nothing of them remains."""

from __future__ import annotations

import hashlib
import io
import os
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from axis.errors import Busy
from axis.exchange.contents import Content
from axis.web import downloads, readers, serving
from axis.web.app import create_app
from axis.web.door import Door
from axis.web.downloads import CHUNK_BYTES, DOWNLOADS_PER_SYSTEM, Download, DownloadRevoked, Downloads
from axis.web.readers import _Attended
from envelopes.identifiers import SystemId
from routing.agencies import System, SystemState
from routing.directory import Directory
from storage.blobs.filesystem import FilesystemBlobs
from storage.errors import DatabaseUnavailable
from tests.axis.web.calling import bearer
from tests.axis.web.country import MINISTRY, NOW, directory, system, system_key
from tests.axis.web.fakes import FakeAxis
from tests.axis.web.running import BUFFERED_OCTETS, Address, Logged, client_of, in_process, open_files_in, served

SIZE = 4 * 1024 * 1024
"""Of a package that nobody's machine takes in before its reader reads."""

LARGE = 48 * 1024 * 1024
TEMPLATE = "/v1/envelopes/{envelope_id}/content"
THREADS = 40
"""Threads of the server's pool."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A large package in a real object store."""

    root: Path
    digest: str

    def open(self) -> Any:
        return FilesystemBlobs(self.root).open(bytes.fromhex(self.digest))

    @property
    def file(self) -> Path:
        return next(self.root.rglob(self.digest))


def keep(root: Path, size: int) -> Kept:
    octets = os.urandom(1024 * 1024) * (size // 1024 // 1024)
    digest = hashlib.sha256(octets).digest()
    FilesystemBlobs(root).put(digest, io.BytesIO(octets))
    return Kept(root, digest.hex())


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return keep(tmp_path_factory.mktemp("blobs"), SIZE)


@dataclass(frozen=True, slots=True)
class Stand:
    """A running server, and the address of a package on it."""

    address: Address
    axis: FakeAxis
    door: Door
    path: str

    def headers(self, name: str = "vpcp") -> dict[str, str]:
        with client_of(self.address) as client:
            return bearer(client, self.axis, name)

    @contextmanager
    def begun(self, headers: dict[str, str], method: str = "GET") -> Iterator[socket.socket]:
        """Yield a connection on which the package was asked for, and whose reader has read nothing yet."""
        with socket.socket() as connection:
            connection.settimeout(30)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFERED_OCTETS)
            connection.connect(self.address)
            named = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            connection.sendall(f"{method} {self.path} HTTP/1.1\r\nHost: axis\r\n{named}\r\n".encode())
            yield connection

    def in_progress(self) -> int:
        return self.door.downloads._places._by_system.total()


@contextmanager
def standing(axis: FakeAxis, **limits: Any) -> Iterator[Stand]:
    """Yield a server with these limits of downloads; afterwards no download holds a place."""
    app = create_app(axis)
    app.state.door = replace(app.state.door, downloads=Downloads(**limits))
    with served(app) as address:
        stand = Stand(address, axis, app.state.door, f"/v1/envelopes/{axis.tracer.view.envelope_id}/content")
        yield stand
    assert stand.in_progress() == 0
    assert all(content.stream.closed for content in axis.shelf.opened)


class Held(io.BytesIO):
    """A package that is read slowly: until it is let go."""

    def __init__(self) -> None:
        super().__init__(bytes(SIZE))
        self.entered, self.go = threading.Event(), threading.Event()

    def read(self, size: int | None = -1, /) -> bytes:
        self.entered.set()
        assert self.go.wait(30)
        return super().read(size)


@pytest.fixture
def axis(kept: Kept) -> FakeAxis:
    """An axis whose every content is the large package."""
    axis = FakeAxis()
    axis.shelf.digest, axis.shelf.size, axis.shelf.opens = kept.digest, SIZE, kept.open
    return axis


@pytest.fixture
def lost(monkeypatch: pytest.MonkeyPatch) -> SimpleQueue[object]:
    """The addresses of clients whose connections the server has let go, one after the other."""
    lost, lose = SimpleQueue[object](), _Attended.connection_lost

    def noted(self: Any, exc: Exception | None) -> None:
        lose(self, exc)
        lost.put(self.client)

    monkeypatch.setattr(_Attended, "connection_lost", noted)
    return lost


def wait_for(lost: SimpleQueue[object], connection: socket.socket) -> None:
    """Return when the server has let this connection go."""
    while lost.get(timeout=30) != connection.getsockname():
        pass


def head_of(connection: socket.socket) -> bytes:
    """The status line and the headers of an answer, octet by octet: nothing of its body is read."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        octet = connection.recv(1)
        assert octet
        head += octet
    return head


def read_to_end(
    connection: socket.socket, note: Callable[[bytes], object] = lambda _part: None, *, size: int = SIZE
) -> int:
    """How many octets come until the whole package has come, or the connection ends."""
    count = 0
    try:
        while count < size and (part := connection.recv(BUFFERED_OCTETS)):
            count += len(part)
            note(part)
    except ConnectionResetError:
        pass
    return count


def resident() -> int:
    """Octets of memory that this process holds, server and readers together."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_several_large_downloads_at_once_take_little_memory(axis: FakeAxis, tmp_path: Path) -> None:
    """Answers that hold the whole package took 272 MB for these four."""
    large = keep(tmp_path, LARGE)
    axis.shelf.digest, axis.shelf.size, axis.shelf.opens = large.digest, LARGE, large.open
    readers, digests, peak = 4, set[str](), [0]
    together = threading.Barrier(readers + 1)

    def load(stand: Stand, headers: dict[str, str]) -> None:
        digest = hashlib.sha256()

        def note(part: bytes) -> None:
            digest.update(part)
            peak[0] = max(peak[0], resident())

        with stand.begun(headers) as connection:
            assert b"200 OK" in head_of(connection)
            together.wait(30)
            assert read_to_end(connection, note, size=LARGE) == LARGE
        digests.add(digest.hexdigest())

    with standing(axis) as stand:
        headers, before = stand.headers(), resident()
        threads = [threading.Thread(target=load, args=(stand, headers)) for _ in range(readers)]
        for thread in threads:
            thread.start()
        together.wait(30)
        for thread in threads:
            thread.join(60)
    assert digests == {axis.shelf.digest}
    assert peak[0] - before < LARGE // 2


def test_a_download_says_its_length_and_the_digest_of_the_whole(axis: FakeAxis) -> None:
    with standing(axis) as stand, stand.begun(stand.headers()) as connection:
        head = head_of(connection).lower()
        assert f"content-length: {SIZE}".encode() in head
        assert b"repr-digest: sha-256=:" in head


def test_whoever_hangs_up_leaves_his_place_and_his_file(axis: FakeAxis, kept: Kept, logged: Logged) -> None:
    with standing(axis) as stand:
        with stand.begun(stand.headers()) as connection:
            head_of(connection)
            assert (stand.in_progress(), len(open_files_in(kept.root))) == (1, 1)
        logged.wait_for(event="request_served", path=TEMPLATE)
        assert (stand.in_progress(), open_files_in(kept.root)) == (0, [])
        assert axis.shelf.opened[0]._position < SIZE


def test_a_reader_that_is_too_slow_is_cut_off(
    axis: FakeAxis, kept: Kept, lost: SimpleQueue[object], logged: Logged
) -> None:
    """And does not have to read for that."""
    with standing(axis, seconds=0.2) as stand, stand.begun(stand.headers()) as connection:
        assert b"200 OK" in head_of(connection)
        wait_for(lost, connection)
        assert (stand.in_progress(), open_files_in(kept.root)) == (0, [])
        assert read_to_end(connection) < SIZE
    (cut,) = (line for line in logged() if line["event"] == "download_cut_short")
    assert 0 < int(str(cut["octets_left"])) < SIZE
    assert not {"library_message", "request_failed"} & {line["event"] for line in logged()}


def test_what_was_cut_off_goes_on_where_it_ended(axis: FakeAxis, logged: Logged) -> None:
    parts: list[bytes] = []
    with standing(axis, seconds=0.2) as stand, stand.begun(stand.headers()) as connection:
        head_of(connection)
        logged.wait_for(event="download_cut_short")
        begun = read_to_end(connection, parts.append)
    with standing(axis) as stand, stand.begun(stand.headers() | {"Range": f"bytes={begun}-"}) as connection:
        head = head_of(connection)
        assert b"206 Partial Content" in head
        assert f"Content-Range: bytes {begun}-{SIZE - 1}/{SIZE}".lower().encode() in head.lower()
        while sum(map(len, parts)) < SIZE:
            parts.append(connection.recv(BUFFERED_OCTETS))
    assert hashlib.sha256(b"".join(parts)).hexdigest() == axis.shelf.digest


def test_a_reader_that_takes_nothing_at_all_is_cut_off_sooner(
    axis: FakeAxis, kept: Kept, logged: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "STALLED_SECONDS", 0.1)
    with standing(axis) as stand, stand.begun(stand.headers()) as connection:
        head_of(connection)
        logged.wait_for(event="request_served", path=TEMPLATE)
        assert (stand.in_progress(), open_files_in(kept.root)) == (0, [])
        assert read_to_end(connection) < SIZE


def test_the_end_of_an_answer_that_nobody_takes_holds_no_connection(
    axis: FakeAxis, lost: SimpleQueue[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is over for the application: all of it is written, and waits for its reader in this process."""
    monkeypatch.setattr(readers, "STALLED_SECONDS", 0.1)
    monkeypatch.setattr(downloads, "CHUNK_BYTES", SIZE)
    with standing(axis) as stand, stand.begun(stand.headers() | {"Connection": "close"}) as connection:
        head_of(connection)
        wait_for(lost, connection)
        assert read_to_end(connection) < SIZE


def test_places_are_refused_by_name_before_anything_is_opened(axis: FakeAxis) -> None:
    with standing(axis, places=1) as stand, client_of(stand.address) as client:
        headers = stand.headers()
        with stand.begun(headers) as connection:
            head_of(connection)
            refused = client.get(stand.path, headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (503, "service/busy")
            assert refused.headers["Retry-After"] == "5"
            assert len(axis.shelf.opened) == 1
            assert read_to_end(connection) == SIZE
        axis.shelf.opens = partial(io.BytesIO, bytes(SIZE))
        assert client.get(stand.path, headers=headers).status_code == 200


def test_one_system_cannot_take_all_places(axis: FakeAxis) -> None:
    with standing(axis) as stand, client_of(stand.address) as client, ExitStack() as readers:
        headers, others = stand.headers(), stand.headers("tinh-a")
        for _ in range(DOWNLOADS_PER_SYSTEM):
            head_of(readers.enter_context(stand.begun(headers)))
        refused = client.get(stand.path, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (429, "request/too-many-downloads")
        assert refused.headers["Retry-After"] == "5"
        # Not its own, but looked up: this system has places.
        assert client.get(stand.path, headers=others).status_code == 404
        assert len(axis.shelf.opened) == DOWNLOADS_PER_SYSTEM


def test_slow_readers_hold_no_threads(axis: FakeAxis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "DOWNLOADS_PER_SYSTEM", 2 * THREADS)
    package = tmp_path / "package"
    with package.open("wb") as hollow:
        hollow.truncate(SIZE)
    axis.shelf.opens = lambda: package.open("rb")
    with standing(axis) as stand, client_of(stand.address) as client, ExitStack() as readers:
        headers = stand.headers()
        for _ in range(THREADS + 1):
            head_of(readers.enter_context(stand.begun(headers)))
        assert stand.in_progress() == THREADS + 1
        assert client.get("/v1/envelopes", headers=headers).status_code == 200


def test_a_slow_store_holds_up_nobody_else(axis: FakeAxis) -> None:
    held = Held()
    axis.shelf.opens = lambda: held
    with standing(axis) as stand, client_of(stand.address) as client, stand.begun(stand.headers()) as connection:
        assert held.entered.wait(30)
        try:
            assert client.get("/health/live").status_code == 200
        finally:
            held.go.set()
        head_of(connection)
        assert read_to_end(connection) == SIZE


def test_a_method_that_would_fetch_nothing_opens_nothing(axis: FakeAxis) -> None:
    with standing(axis) as stand, stand.begun(stand.headers(), "HEAD") as connection:
        assert b"405 Method Not Allowed" in head_of(connection)
        assert axis.shelf.opened == []


@pytest.mark.parametrize("damage", [Path.unlink, partial(Path.write_bytes, data=b"<edXML>forged</edXML>")])
def test_nothing_leaves_of_a_package_that_is_not_what_it_was(
    axis: FakeAxis, tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    octets = b"<edXML>" + bytes(2 * CHUNK_BYTES)
    digest = hashlib.sha256(octets).digest()
    FilesystemBlobs(tmp_path).put(digest, io.BytesIO(octets))
    damage(Kept(tmp_path, digest.hex()).file)
    axis.shelf.opens = Kept(tmp_path, digest.hex()).open
    with standing(axis) as stand, stand.begun(stand.headers() | {"Connection": "close"}) as connection:
        answer: list[bytes] = []
        read_to_end(connection, answer.append)
        assert b"503 Service Unavailable" in answer[0]
        assert b'"code":"service/unavailable"' in b"".join(answer)
        assert b"edXML" not in b"".join(answer)
        assert open_files_in(tmp_path) == []


class Breaking(io.BytesIO):
    """A package whose disk fails after the first chunk."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell():
            raise OSError(5, "Input/output error")
        return super().read(size)


def test_a_store_that_fails_in_the_middle_ends_the_connection(axis: FakeAxis, logged: Logged) -> None:
    axis.shelf.opens = partial(Breaking, bytes(SIZE))
    with standing(axis) as stand, stand.begun(stand.headers()) as connection:
        assert b"200 OK" in head_of(connection)
        assert read_to_end(connection) <= CHUNK_BYTES
        logged.wait_for(event="store_unavailable")


ENDED = {
    "suspended": system("vpcp", MINISTRY, state=SystemState.SUSPENDED),
    "gone": system("another", MINISTRY),
    "key ended": system("vpcp", MINISTRY, key=system_key("vpcp", valid_to=NOW)),
    "key replaced": system("vpcp", MINISTRY, key=system_key("another")),
}


@pytest.mark.parametrize("changed", ENDED.values(), ids=ENDED.keys())
def test_a_download_ends_with_the_right_of_its_system_to_connect(
    axis: FakeAxis, kept: Kept, lost: SimpleQueue[object], logged: Logged, changed: System
) -> None:
    with standing(axis) as stand, stand.begun(stand.headers()) as connection:
        assert b"200 OK" in head_of(connection)
        assert connection.recv(1)
        axis.atlas.current = directory(changed)
        assert read_to_end(connection) < SIZE
        wait_for(lost, connection)
        assert (stand.in_progress(), open_files_in(kept.root)) == (0, [])
    (cut,) = (line for line in logged() if line["event"] == "download_cut_short")
    assert cut["code"] == "access/revoked"
    assert 0 < int(str(cut["octets_left"])) < SIZE
    assert not {"library_message", "request_failed"} & {line["event"] for line in logged()}


def test_a_download_outlives_its_token(axis: FakeAxis) -> None:
    with standing(axis) as stand, stand.begun(stand.headers()) as connection:
        head_of(connection)
        axis.pass_time(seconds=axis.settings.web.token_lifetime + 1)
        assert read_to_end(connection) == SIZE


def test_a_directory_that_cannot_be_asked_any_more_ends_a_download(
    axis: FakeAxis, logged: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever might be suspended gets nothing; what is missing is asked for when the database is there again."""

    def fail() -> Directory:
        raise DatabaseUnavailable

    with standing(axis) as stand, stand.begun(stand.headers()) as connection:
        head_of(connection)
        monkeypatch.setattr(axis.atlas, "directory", fail)
        assert read_to_end(connection) < SIZE
        logged.wait_for(event="database_unavailable")


def test_a_process_that_ends_closes_what_it_was_sending(
    axis: FakeAxis, kept: Kept, lost: SimpleQueue[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "STOP_SECONDS", 0)
    with ExitStack() as reader:
        with standing(axis) as stand:
            connection = reader.enter_context(stand.begun(stand.headers()))
            head_of(connection)
        assert open_files_in(kept.root) == []
        wait_for(lost, connection)


@pytest.mark.parametrize("chunk", [1, 3, 7, 8, 9])
def test_a_package_leaves_whole_however_it_falls_into_chunks(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "CHUNK_BYTES", chunk)
    axis = FakeAxis()
    with in_process(create_app(axis)) as client:
        path = f"/v1/envelopes/{axis.tracer.view.envelope_id}/content"
        assert client.get(path, headers=bearer(client, axis)).content == b"<edXML/>"


# ── a download by itself ──────────────────────────────────────────────────────────────────────────────────────────


def always() -> bool:
    return True


def content(stream: io.BytesIO) -> Content:
    return Content("1.edxml", "00" * 32, SIZE, range(SIZE), stream)


def test_a_download_that_ends_while_a_thread_reads_waits_for_nobody_and_is_closed_by_the_thread() -> None:
    held, download = Held(), Download(1, is_in_force=always)
    download.hold(content(held))
    with ThreadPoolExecutor() as threads:
        reading = threads.submit(download.read)
        assert held.entered.wait(30)
        download.end()
        was_closed = held.closed
        held.go.set()
        assert len(reading.result(30)) == CHUNK_BYTES
    assert (was_closed, held.closed) == (False, True)
    assert download.read() == b""


def test_a_content_that_is_opened_when_its_download_is_over_is_closed_at_once() -> None:
    held, download = Held(), Download(1, is_in_force=always)
    download.end()
    download.hold(content(held))
    assert held.closed
    assert download.read() == b""


def test_a_failure_gives_the_place_back() -> None:
    place = partial(Downloads(places=1).place, SystemId("one"), is_in_force=always)
    with pytest.raises(ValueError, match="inside"), place():
        raise ValueError("inside")
    with ExitStack() as inside:
        inside.enter_context(place())
        with pytest.raises(Busy):
            inside.enter_context(place())
    with place():
        pass


def test_nothing_is_read_for_whoever_may_not_connect_any_more() -> None:
    held, download = Held(), Download(1, is_in_force=lambda: False)
    download.hold(content(held))
    with pytest.raises(DownloadRevoked):
        download.read()
    assert not held.entered.is_set()
    download.end()
    assert held.closed
