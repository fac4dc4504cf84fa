"""Large packages over bad lines: up in chunks and down in ranges, each going on where the line broke."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, BinaryIO, Final, Protocol, TypeVar

import httpx

from axis.sdk.answers import members_of, members_read
from axis.sdk.errors import AxisUnreachable, ContentDiffers, ProblemReported
from axis.sdk.results import Offer
from envelopes.packages import Package

Result = TypeVar("Result")

DIRECT_MAX: Final = 8 * 1024 * 1024
"""Octets of a package that goes up in one request: a line that breaks over it costs no more than a chunk would."""

CHUNK_BYTES: Final = 8 * 1024 * 1024
"""Octets of a chunk: three quarters of a minute over a line of 1.5 Mbit/s, and held in memory meanwhile."""

PAUSES: Final = (1, 2, 4, 8, 16, 30)
"""Seconds waited after one break after the other, until something got on again: a minute in all, then it is an error
that the caller hears of. Called again, it goes on where it was."""

SUBMISSION_SECONDS: Final = 300.0
"""For the answer to what came up: the axis puts it together, hashes, judges and keeps all of it meanwhile."""

_LATER: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_UPLOAD: Final = "upload/"
_OFFSET: Final = "upload/offset"


class Line(Protocol):
    """The connection of a client."""

    def call(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Return a good answer; raises `ProblemReported` and `AxisUnreachable`."""
        ...

    def stream(self, path: str, headers: Mapping[str, str]) -> AbstractContextManager[httpx.Response]:
        """Yield a good answer whose body is still to come; raises as `call`."""
        ...


@dataclass(frozen=True, slots=True)
class Stubborn:
    """Does things again that a line broke over; each of them is harmless to repeat."""

    sleep: Callable[[float], None]

    def get(self, deed: Callable[[], Result]) -> Result:
        """Return what a deed gives; raises what it raises, breaks only after the last pause."""
        for pause in PAUSES:
            try:
                return deed()
            except AxisUnreachable:
                self.sleep(pause)
            except ProblemReported as refusal:
                problem = refusal.problem
                if problem.status not in _LATER or problem.code.startswith(_UPLOAD):
                    raise
                self.sleep(problem.retry_after or pause)
        return deed()


@dataclass(frozen=True, slots=True)
class _Place:
    """How far an upload has come."""

    address: str
    offset: int
    is_submitted: bool

    @classmethod
    def told(cls, answer: httpx.Response) -> _Place:
        members = members_of(answer)
        with members_read(answer.status_code):
            address = f"/v1/uploads/{members['upload_id']}"
            return cls(address, int(members["offset"]), members["state"] == "submitted")


def send_in_chunks(line: Line, package: Package, *, stubborn: Stubborn) -> dict[str, Any]:
    """Return the axis's answer to a package that goes up in chunks.

    What came up before is not sent again, also when another process sent it. Raises `ProblemReported`, and
    `AxisUnreachable` where the axis is out of reach from the beginning, or the line stays down.
    """
    place = _begun(line, package)
    with package.whole() as octets:
        while not place.is_submitted and place.offset < package.size:
            octets.seek(place.offset)
            piece = octets.read(CHUNK_BYTES)
            place = stubborn.get(partial(_appended, line, place, piece=piece))
    address = f"{place.address}/submission"
    return members_of(stubborn.get(partial(line.call, "POST", address, timeout=SUBMISSION_SECONDS)))


def fetch_in_ranges(line: Line, offer: Offer, *, sink: BinaryIO, stubborn: Stubborn) -> None:
    """Write the octets of a delivery to `sink`, and ask for what is missing where the line broke.

    Raises `AxisUnreachable` as `send_in_chunks` does, and `ContentDiffers` unless they are the octets that were
    announced; more than were announced are not read.
    """
    download = _Download(line, offer, sink=sink)
    while download.done < offer.size:
        before = download.done
        try:
            download.go_on()
        except AxisUnreachable:
            if not download.done:
                raise
            if download.done == before:
                stubborn.get(download.go_on)
    if download.digest != offer.digest:
        raise ContentDiffers(str(offer.delivery_id))


class _Download:
    """What has come of a delivery."""

    def __init__(self, line: Line, offer: Offer, *, sink: BinaryIO) -> None:
        self.done = 0
        self._line = line
        self._offer = offer
        self._sink = sink
        self._hasher = hashlib.sha256()

    @property
    def digest(self) -> str:
        """SHA-256 of what has come, in hexadecimal."""
        return self._hasher.hexdigest()

    def go_on(self) -> None:
        """Take what is missing."""
        headers = {"Range": f"bytes={self.done}-"} if self.done else {}
        with self._line.stream(f"/v1/deliveries/{self._offer.delivery_id}/content", headers) as answer:
            if self.done and answer.status_code != HTTPStatus.PARTIAL_CONTENT:
                raise ContentDiffers(str(self._offer.delivery_id))
            for piece in answer.iter_raw():
                self.done += len(piece)
                if self.done > self._offer.size:
                    raise ContentDiffers(f"{self._offer.delivery_id}: more than {self._offer.size} octets")
                self._hasher.update(piece)
                self._sink.write(piece)


def _begun(line: Line, package: Package) -> _Place:
    headers = {"Upload-Length": str(package.size), "Repr-Digest": _field_of(package.digest)}
    return _Place.told(line.call("POST", "/v1/uploads", headers=headers))


def _appended(line: Line, place: _Place, *, piece: bytes) -> _Place:
    """Return how far an upload has come with a chunk more, or, where another process was faster, without it."""
    headers = {
        "Content-Type": "application/offset+octet-stream",
        "Upload-Offset": str(place.offset),
        "Content-Digest": _field_of(hashlib.sha256(piece).digest()),
    }
    try:
        return _Place.told(line.call("PATCH", place.address, content=piece, headers=headers))
    except ProblemReported as refusal:
        if refusal.problem.code != _OFFSET:
            raise
    return _Place.told(line.call("GET", place.address))


def _field_of(digest: bytes) -> str:
    """Return the field value of a SHA-256 (RFC 9530)."""
    return f"sha-256=:{base64.b64encode(digest).decode('ascii')}:"
