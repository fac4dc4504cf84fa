"""Bodies from the socket to a temporary file, measured, hashed and timed while they come; small ones to memory."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import io
import tempfile
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, Final, cast

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from axis.web.problem_codes import ProblemCode
from axis.web.reports import Detail, Problem, SpoolUnavailable
from envelopes.bundles import is_bundle
from envelopes.limits import ACKNOWLEDGEMENT_BYTES_MAX, PACKAGE_BYTES_MAX
from envelopes.obstacles import Obstacle, unreadable
from envelopes.packages import Package, open_package

PACKAGE_SECONDS: Final = 300.0
"""For the whole body of a package: 50 MB over a line of 1.5 Mbit/s, the slowest that agencies still have."""

UPLOADS: Final = 100
"""Packages on their way in at once in one process: each takes at most 50 MB of disk, 5 GB in all, and two of the 1,024
files that a process may usually open, beside 400 calls that wait and as many downloads."""

UPLOADS_PER_SYSTEM: Final = 20
"""Packages of one system on their way in at once in one process: at most 1 GB of disk, and none can take all places.
Most packages take theirs for milliseconds, so that a nightly batch on eight connections never meets this."""

BUNDLE_SECONDS: Final = 900.0
"""For the whole body of a package in parts: 400 MB over a line of 4 Mbit/s. Over a slower one, or one that breaks, it
goes up in chunks (`/v1/uploads`)."""

BUNDLES: Final = 8
"""Packages in parts on their way in at once in one process: each takes as much of the disk for temporary files as
`limits.multipart_package` allows, 400 MB by default and 3.2 GB in all."""

BUNDLES_PER_SYSTEM: Final = 2
"""Of one system: large documents are rare, and none can take all places."""

SMALL_BYTES: Final = 64 * 1024
"""A body that is no package (a form, JSON, an acknowledgement), in octets: the largest needs a quarter of it."""

SMALL_SECONDS: Final = 15.0
"""For a body that is no package."""

MEMORY_BYTES: Final = 256 * 1024
"""Octets kept in memory before a file is opened: most packages never touch the disk, and a hundred uploads at once
take 25 MB."""

_BUNDLE: Final = b"--"

_LENGTH_DIGITS_MAX: Final = 15
"""A longer number is more than any body, and Python refuses to read numbers of thousands of digits."""

_Receive = Callable[[], Awaitable[Message]]
_Take = Callable[[bytes], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much a body may hold (octets) and how long it may take (seconds); `too_large` is said of more."""

    octets: int
    seconds: float
    too_large: str = ProblemCode.BODY_TOO_LARGE


PACKAGE: Final = Allowance(PACKAGE_BYTES_MAX, PACKAGE_SECONDS, Obstacle.TOO_LARGE)
SMALL: Final = Allowance(SMALL_BYTES, SMALL_SECONDS)
ACKNOWLEDGEMENT: Final = Allowance(ACKNOWLEDGEMENT_BYTES_MAX, SMALL_SECONDS, ProblemCode.ACKNOWLEDGEMENT_TOO_LARGE)


class SpooledBody:
    """A body that arrived whole: its size, its SHA-256, and its octets for whoever has a turn to hold them."""

    def __init__(self, kept: IO[bytes] | bytes, size: int, *, digest: bytes) -> None:
        self.size = size
        self.digest = digest
        self._kept = kept

    def read(self) -> bytes:
        """Return all octets. Blocks on the disk: for the thread pool."""
        if isinstance(self._kept, bytes):
            return self._kept
        self._kept.seek(0)
        return self._kept.read()

    def stream(self) -> BinaryIO:
        """Return all octets as a seekable stream at its beginning, which ends with the request. For the thread pool."""
        if isinstance(self._kept, bytes):
            return io.BytesIO(self._kept)
        self._kept.seek(0)
        return cast("BinaryIO", self._kept)

    def package(self, boundary: str | None = None) -> Package:
        """Return the body as a package; blocks on the disk. It reads from here, so that it ends with the request.

        `boundary` is the one that was announced for a package in parts, None for one that is a single message. Raises
        `UnreadableMessage` where it is none, or the other.
        """
        stream = self.stream()
        if boundary is None and self.size > PACKAGE_BYTES_MAX:
            raise unreadable(Obstacle.TOO_LARGE)
        if boundary is None and is_bundle(stream.read(len(_BUNDLE))):
            raise unreadable(Obstacle.NOT_XML, "1:1")
        package = open_package(stream, size=self.size, digest=self.digest)
        if package.boundary != boundary:
            raise unreadable(Obstacle.MIME_ROOT, "Content-Type")
        return package


class _Spool:
    """Takes octets as they come; at most `MEMORY_BYTES` of them are in memory."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._file: IO[bytes] | None = None
        self._is_open = True
        self._lock = threading.Lock()
        self._waiting = bytearray()
        self._hash = hashlib.sha256()

    async def take(self, chunk: bytes) -> None:
        self._waiting += chunk
        if len(self._waiting) > MEMORY_BYTES:
            full, self._waiting = self._waiting, bytearray()
            await run_in_threadpool(self._write, full)

    async def body(self, size: int) -> SpooledBody:
        if self._file is None:
            self._hash.update(self._waiting)
            return SpooledBody(bytes(self._waiting), size, digest=self._hash.digest())
        await run_in_threadpool(self._write, self._waiting)
        return SpooledBody(self._file, size, digest=self._hash.digest())

    def _write(self, octets: bytearray) -> None:
        with self._lock:
            if not self._is_open:
                return
            self._hash.update(octets)
            try:
                self._append(octets)
            except OSError as error:
                raise SpoolUnavailable(error.strerror) from error

    def _append(self, octets: bytearray) -> None:
        if self._file is None:
            # Without a name from the start: whatever ends this process, nothing is left behind.
            self._file = tempfile.TemporaryFile(dir=self._folder, buffering=0)  # noqa: SIM115 closed in `close`
        view = memoryview(octets)
        while view:
            view = view[self._file.write(view) :]

    def close(self) -> None:
        # A cancelled request leaves its thread writing: the file is closed when that write is over, not under it.
        with self._lock:
            self._is_open = False
            if self._file is not None:
                self._file.close()


@asynccontextmanager
async def spooled(
    request: Request, allowance: Allowance, *, timer: AbstractContextManager[object], folder: Path | None = None
) -> AsyncIterator[SpooledBody]:
    """Yield the request's body once it is there; nothing of it remains afterwards, nor when it is refused.

    `timer` is entered while it arrives. Files are made in `folder`, or where the system keeps temporary ones.

    Refuses with `Problem`: too large (by Content-Length before anything is read, else as soon as it is), too slow, cut
    off, of another length or digest than announced.
    """
    spool = _Spool(folder)
    try:
        with timer:
            size = await _receive_into(spool.take, request, allowance=allowance)
            body = await spool.body(size)
        check_digest(request.headers, body.digest)
        yield body
    finally:
        spool.close()


async def read_small(request: Request, allowance: Allowance) -> bytes:
    """Return a small body; refuses as `spooled` does."""
    octets = bytearray()

    async def take(chunk: bytes) -> None:
        octets.extend(chunk)

    await _receive_into(take, request, allowance=allowance)
    check_digest(request.headers, hashlib.sha256(octets).digest())
    return bytes(octets)


def announced_length(headers: Headers) -> int:
    """Return Content-Length, 0 where there is none."""
    text = headers.get("content-length", "0")
    if not text.isascii() or not text.isdecimal():
        return 0
    return int(text[: _LENGTH_DIGITS_MAX + 1])


def check_digest(headers: Headers, digest: bytes) -> None:
    """Refuse a body whose Content-Digest (RFC 9530) names another SHA-256; other algorithms are not looked at."""
    for announced in _sha256_of(headers.getlist("content-digest")):
        if announced != digest:
            raise Problem.of(ProblemCode.DIGEST_MISMATCH)


def digest_in(headers: Headers, name: str) -> bytes | None:
    """Return the SHA-256 that a header names (RFC 9530), None where it names none; refuses one that cannot be read."""
    digest = next(iter(_sha256_of(headers.getlist(name))), None)
    if digest is not None and len(digest) != hashlib.sha256().digest_size:
        raise Problem.of(ProblemCode.DIGEST_MISMATCH)
    return digest


def refuse_encoded(request: Request) -> None:
    """Refuse a body with a Content-Encoding: what is signed and counted are the octets themselves."""
    if any(value.strip().lower() not in {"", "identity"} for value in request.headers.getlist("content-encoding")):
        raise Problem.of(ProblemCode.CONTENT_ENCODING)


def require_media_type(request: Request, *allowed: str) -> str:
    """Return the media type of a body, which is one of these; parameters such as `charset` do not matter.

    Any other is refused.
    """
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in allowed:
        names = ", ".join(allowed)
        detail = Detail(f"This operation takes {names}.", f"Thao tác này nhận {names}.")
        raise Problem.of(ProblemCode.MEDIA_TYPE, detail)
    return given


async def _receive_into(take: _Take, request: Request, *, allowance: Allowance) -> int:
    """Return the size of the body, all of which was taken."""
    announced = announced_length(request.headers)
    if announced > allowance.octets:
        raise _too_large(allowance)
    try:
        async with asyncio.timeout(allowance.seconds):
            size = await _pump(take, request.receive, allowance=allowance)
    except TimeoutError as error:
        detail = Detail(
            f"The body may take {allowance.seconds:.0f} s.",
            f"Thân yêu cầu phải đến đủ trong {allowance.seconds:.0f} giây.",
        )
        raise Problem.of(ProblemCode.BODY_TOO_SLOW, detail) from error
    if size != announced and "content-length" in request.headers and "transfer-encoding" not in request.headers:
        raise Problem.of(ProblemCode.BODY_INCOMPLETE)
    return size


async def _pump(take: _Take, receive: _Receive, *, allowance: Allowance) -> int:
    """Return how many octets came; they are taken only as long as they fit."""
    size, is_more = 0, True
    while is_more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk: bytes = message.get("body", b"")
        is_more = message.get("more_body", False)
        size += len(chunk)
        if size > allowance.octets:
            raise _too_large(allowance)
        await take(chunk)
    return size


def _too_large(allowance: Allowance) -> Problem:
    detail = Detail(
        f"At most {allowance.octets:,} octets are taken here.",
        f"Tối đa {allowance.octets:,} byte được nhận tại đây.".replace(",", "."),
    )
    return Problem.of(allowance.too_large, detail)


def _sha256_of(values: Iterable[str]) -> Iterable[bytes]:
    """Yield the SHA-256 digests in a dictionary of byte sequences (RFC 8941 §3.2); refuses one that cannot be read."""
    for member in (one.strip() for value in values for one in value.split(",")):
        name, _, text = member.partition("=")
        if name.strip().lower() != "sha-256":
            continue
        try:
            yield base64.b64decode(text.strip().strip(":"), validate=True)
        except binascii.Error as error:
            raise Problem.of(ProblemCode.DIGEST_MISMATCH) from error
