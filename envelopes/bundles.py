"""A package as multipart/related (RFC 2387): the signed message first, then each file as it is, in one strict form.

    --B CRLF  headers  CRLF CRLF  octets  CRLF--B CRLF  …  CRLF--B-- [CRLF]

The message lists every file with its size and digest, so that its signature covers them; what stands in the headers is
covered by nothing, and is believed for nothing but to find the files again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Final, Protocol

from envelopes.detached import STEP, Detached, Window
from envelopes.errors import InvalidModel
from envelopes.limits import ATTACHMENTS_MAX, BUNDLE_BYTES_MAX, PACKAGE_BYTES_MAX, PART_HEADER_BYTES_MAX
from envelopes.mime import BOUNDARY, media_type_of
from envelopes.obstacles import Obstacle, unreadable

MEDIA_TYPE: Final = "multipart/related"
XML: Final = "application/xml"
"""The type of a package that is one message."""
CONTENT_ID_CHARACTERS: Final = re.compile(r"[!#$&'*+./0-9=?@A-Z^_`a-z{|}~-]{1,200}")
"""A Content-ID: what RFC 5322 allows without quoting, less what would be written otherwise in a `cid:` (`%`)."""

_ROOT_TYPES: Final = frozenset({"application/xml", "text/xml"})
_AS_IT_IS: Final = frozenset({"7bit", "8bit", "binary"})
_TYPE: Final = "content-type"
_ENCODING: Final = "content-transfer-encoding"
_ID: Final = "content-id"
_HEADERS: Final = frozenset({_TYPE, _ENCODING, _ID})
_ANY_TYPE: Final = "application/octet-stream"
_OPENING = re.compile(rf"--({BOUNDARY})\r\n".encode())
_OPENING_BYTES_MAX: Final = 2 + 70 + 2
_HEADER = re.compile(r"([A-Za-z-]+):[ \t]*([\x20-\x7e]*)")
_PLAIN_TYPE = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+/[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LINE: Final = b"\r\n"
_END_OF_HEADERS: Final = b"\r\n\r\n"
_CLOSE: Final = b"--"


@dataclass(frozen=True, slots=True)
class FilePart:
    """One file of a bundle: its Content-ID without brackets, its type, and its octets, hashed."""

    content_id: str
    media_type: str
    content: Detached
    start: int = field(default=0, compare=False)
    """Where its octets begin in the bundle it was found in."""

    def open(self) -> BinaryIO:
        """Return its octets as a seekable stream, which the caller closes."""
        return self.content.open()


@dataclass(frozen=True, slots=True)
class Bundle:
    """What stands in a multipart/related package."""

    boundary: str
    message: bytes
    parts: tuple[FilePart, ...]


class BundledFile(Protocol):
    """What is written of a file."""

    @property
    def content_id(self) -> str:
        """Its ContentId, without `cid:`."""
        ...

    @property
    def media_type(self) -> str:
        """Its type."""
        ...

    def open(self) -> BinaryIO:
        """Return its octets as a stream."""
        ...


def is_bundle(beginning: bytes) -> bool:
    """Return whether octets that begin like this are a bundle, or would be one: they begin with a boundary."""
    return beginning.startswith(_CLOSE)


def boundary_at(stream: BinaryIO) -> str | None:
    """Return the boundary at the beginning of a seekable stream, None where it does not begin like a bundle."""
    stream.seek(0)
    opening = _OPENING.match(stream.read(_OPENING_BYTES_MAX))
    return None if opening is None else opening[1].decode()


def type_at(stream: BinaryIO) -> str:
    """Return the Content-Type of the package that a seekable stream begins with; it is left anywhere."""
    boundary = boundary_at(stream)
    return XML if boundary is None else content_type_of(boundary)


def content_type_of(boundary: str) -> str:
    """Return the value of Content-Type for a bundle with this boundary."""
    return f'{MEDIA_TYPE}; boundary="{boundary}"; type="application/xml"'


def boundary_in(content_type: str) -> str:
    """Return the boundary that a Content-Type names; raises `UnreadableMessage` where it is not that of a bundle."""
    media_type, parameters = media_type_of(content_type, otherwise=Obstacle.MIME_HEADER)
    said = parameters.get("type", "application/xml").lower()
    if (
        media_type != MEDIA_TYPE
        or said not in _ROOT_TYPES
        or not re.fullmatch(BOUNDARY, parameters.get("boundary", ""))
    ):
        raise unreadable(Obstacle.MIME_ROOT, "Content-Type")
    return parameters["boundary"]


def split_bundle(stream: BinaryIO) -> Bundle:
    """Return what is in a bundle, from the beginning of a seekable stream to its end: each file measured and hashed.

    Of the files nothing is held in memory; of the message, everything. The parts read from `stream` when they are
    opened, so it stays open as long as they are wanted. Raises `UnreadableMessage` for whatever could be read in two
    ways, and for a message or a bundle that is larger than any may be.
    """
    stream.seek(0)
    octets = _Octets(stream)
    boundary = _boundary(octets)
    mark = b"\r\n--" + boundary.encode()
    headers = _headers(octets, "Package.Part[0]")
    _check_root(headers)
    message = bytearray()
    octets.pass_to(mark, lambda piece: _append(message, piece))
    parts: list[FilePart] = []
    while not _is_last(octets):
        if len(parts) == ATTACHMENTS_MAX:
            raise unreadable(Obstacle.MIME_TOO_MANY_PARTS)
        parts.append(_part(octets, stream, mark=mark, number=len(parts) + 1))
    repeated = {one.content_id for one in parts}
    if len(repeated) < len(parts):
        raise unreadable(Obstacle.MIME_CONTENT_ID, "Content-ID")
    return Bundle(boundary, bytes(message), tuple(parts))


def bundled(message: bytes, files: Sequence[BundledFile]) -> Iterator[bytes]:
    """Yield the octets of a bundle: the message, signed or not, and its files in the order of its manifest.

    Equal messages and files give equal octets. Raises `InvalidModel` for a ContentId that headers cannot carry.
    """
    boundary = f"axis-{hashlib.sha256(message).hexdigest()[:40]}".encode()
    yield b"--%b\r\nContent-Type: application/xml; charset=utf-8\r\n" % boundary
    yield b"Content-Transfer-Encoding: binary\r\n\r\n"
    yield message
    for file in files:
        if not CONTENT_ID_CHARACTERS.fullmatch(file.content_id):
            raise InvalidModel("a file that travels as a part has a content_id that headers can carry")
        media_type = file.media_type if _PLAIN_TYPE.fullmatch(file.media_type) else _ANY_TYPE
        yield b"\r\n--%b\r\nContent-Type: %b\r\n" % (boundary, media_type.encode())
        yield b"Content-ID: <%b>\r\nContent-Transfer-Encoding: binary\r\n\r\n" % file.content_id.encode()
        with file.open() as source:
            while piece := source.read(STEP):
                yield piece
    yield b"\r\n--%b--\r\n" % boundary


def is_said_alike(header: str, listed: str) -> bool:
    """Return whether the type in a part's header can be that of the manifest, which alone is signed."""
    return header in {_ANY_TYPE, listed.partition(";")[0].strip().lower()}


class _Octets:
    """A stream read once from its beginning, a little ahead."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._ahead = b""
        self.position = 0
        """Of the next octet that is taken."""

    def peek(self, count: int) -> bytes:
        """Return the next octets without taking them, fewer at the end."""
        while len(self._ahead) < count and self._more():
            pass
        return self._ahead[:count]

    def take(self, count: int) -> None:
        """Go on."""
        self._ahead = self._ahead[count:]
        self.position += count

    def pass_to(self, mark: bytes, sink: Callable[[bytes], object]) -> int:
        """Return how many octets stand before the mark; all of them go to `sink`, and the mark is taken, too."""
        size = 0
        while (at := self._ahead.find(mark)) < 0:
            size += self._hand_on(len(self._ahead) - len(mark) + 1, sink)
            if not self._more():
                raise unreadable(Obstacle.MIME_TRUNCATED)
        size += self._hand_on(at, sink)
        self.take(len(mark))
        return size

    def _hand_on(self, count: int, sink: Callable[[bytes], object]) -> int:
        if count <= 0:
            return 0
        sink(self._ahead[:count])
        self.take(count)
        return count

    def _more(self) -> bool:
        octets = self._stream.read(STEP)
        self._ahead += octets
        if self.position + len(self._ahead) > BUNDLE_BYTES_MAX:
            raise unreadable(Obstacle.TOO_LARGE)
        return bool(octets)


def _boundary(octets: _Octets) -> str:
    opening = _OPENING.match(octets.peek(_OPENING_BYTES_MAX))
    if opening is None:
        raise unreadable(Obstacle.MIME_BOUNDARY, "1")
    octets.take(opening.end())
    return opening[1].decode()


def _append(message: bytearray, piece: bytes) -> None:
    message += piece
    if len(message) > PACKAGE_BYTES_MAX:
        raise unreadable(Obstacle.TOO_LARGE)


def _part(octets: _Octets, stream: BinaryIO, *, mark: bytes, number: int) -> FilePart:
    place = f"Package.Part[{number}]"
    headers = _headers(octets, place)
    media_type, _ = media_type_of(headers.get(_TYPE, _ANY_TYPE), otherwise=Obstacle.MIME_HEADER)
    if media_type.startswith(("multipart/", "message/")):
        raise unreadable(Obstacle.MIME_NESTED, place)
    content_id = headers.get(_ID, "")
    if not (content_id.startswith("<") and content_id.endswith(">")):
        raise unreadable(Obstacle.MIME_CONTENT_ID, place)
    if not CONTENT_ID_CHARACTERS.fullmatch(content_id[1:-1]):
        raise unreadable(Obstacle.MIME_CONTENT_ID, place)
    hasher, start = hashlib.sha256(), octets.position
    size = octets.pass_to(mark, hasher.update)
    content = Detached(size, hasher.digest(), lambda: Window.opened(stream, start=start, size=size))
    return FilePart(content_id[1:-1], media_type, content, start)


def _headers(octets: _Octets, place: str) -> Mapping[str, str]:
    """Return the headers of a part by name; those of which anything could be misread are refused."""
    block = octets.peek(PART_HEADER_BYTES_MAX + len(_END_OF_HEADERS))
    end = block.find(_END_OF_HEADERS)
    if end < 0:
        obstacle = Obstacle.MIME_HEADER if len(block) > PART_HEADER_BYTES_MAX else Obstacle.MIME_TRUNCATED
        raise unreadable(obstacle, place)
    octets.take(end + len(_END_OF_HEADERS))
    headers: dict[str, str] = {}
    for line in block[:end].split(_LINE):
        found = _HEADER.fullmatch(line.decode("latin-1"))
        if found is None or found[1].lower() not in _HEADERS or found[1].lower() in headers:
            raise unreadable(Obstacle.MIME_HEADER, place)
        headers[found[1].lower()] = found[2].strip()
    if headers.get(_ENCODING, "binary").lower() not in _AS_IT_IS:
        raise unreadable(Obstacle.MIME_ENCODING, place)
    return headers


def _check_root(headers: Mapping[str, str]) -> None:
    media_type, parameters = media_type_of(headers.get(_TYPE, ""), otherwise=Obstacle.MIME_HEADER)
    if media_type not in _ROOT_TYPES:
        raise unreadable(Obstacle.MIME_ROOT, "Package.Part[0]")
    if parameters.get("charset", "utf-8").lower() not in {"utf-8", "utf8"}:
        raise unreadable(Obstacle.NOT_UTF8)


def _is_last(octets: _Octets) -> bool:
    """Return whether the boundary just taken closes the bundle, after which nothing may stand."""
    following = octets.peek(2)
    if following == _LINE:
        octets.take(2)
        return False
    if following != _CLOSE:
        raise unreadable(Obstacle.MIME_BOUNDARY if following else Obstacle.MIME_TRUNCATED)
    octets.take(2)
    if octets.peek(3) not in {b"", _LINE}:
        raise unreadable(Obstacle.MIME_TRAILING)
    return True
