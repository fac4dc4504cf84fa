"""The multipart/related form of legacy e-doc, read in the one strict way: whatever could be read in two is refused."""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from envelopes.limits import ATTACHMENTS_MAX, PACKAGE_BYTES_MAX
from envelopes.obstacles import Obstacle, unreadable

_HEADER_BYTES_MAX: Final = 16 * 1024
"""The headers of one part; real ones have a few hundred bytes."""

BOUNDARY: Final = r"[0-9A-Za-z'()+_,./:=?-]{1,70}"
"""RFC 2046 §5.1.1, without the blank, which nobody uses and lines lose."""
_BEGINS_WITH_BOUNDARY = re.compile(rf"\s*--({BOUNDARY})[ \t]*\r?\n[A-Za-z-]+:".encode())
_BEGINS_WITH_HEADER = re.compile(rb"(?:MIME-Version|Content-Type)[ \t]*:", re.IGNORECASE)
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")
_HEADER = re.compile(r"([!-9;-~]+):[ \t]*(.*)")
_FOLD = re.compile(r"\r?\n[ \t]+")
_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
"""A token of RFC 2045 §5.1."""
CONTENT_TYPE = re.compile(rf'({_WORD}/{_WORD})((?:\s*;\s*{_WORD}=(?:"[^"\\]*"|[^\s;"]+))*)\s*;?')
PARAMETER = re.compile(rf';\s*({_WORD})=(?:"([^"\\]*)"|([^\s;"]+))')
_ENCODED = re.compile(rb"[\x20-\x7e\t\r\n]*")

_XML_TYPES: Final = frozenset({"text/xml", "application/xml", "application/soap+xml"})
_AS_IT_IS: Final = frozenset({"7bit", "8bit", "binary"})


def media_type_of(value: str, *, otherwise: Obstacle) -> tuple[str, Mapping[str, str]]:
    """Return a media type in lower case and its parameters, each of which may stand there once.

    Raises `UnreadableMessage` with the obstacle `otherwise` for what cannot be read in one way.
    """
    found = CONTENT_TYPE.fullmatch(value)
    if found is None:
        raise unreadable(otherwise, "Content-Type")
    parameters: dict[str, str] = {}
    for name, quoted, bare in PARAMETER.findall(found[2]):
        if name.lower() in parameters:
            raise unreadable(otherwise, "Content-Type")
        parameters[name.lower()] = quoted or bare
    return found[1].lower(), parameters


@dataclass(frozen=True, slots=True)
class Part:
    """One attached part: its Content-ID without brackets, its type without parameters, its content in base64."""

    content_id: str | None
    media_type: str
    base64: str


@dataclass(frozen=True, slots=True)
class Multipart:
    """A message and its attachments."""

    message: bytes
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class _Block:
    """Headers by name in lower case, and what follows them."""

    headers: Mapping[str, str]
    content: bytes

    def content_type(self) -> tuple[str, Mapping[str, str]]:
        """Return the media type in lower case and its parameters."""
        return media_type_of(
            self.headers.get("content-type", "application/octet-stream"), otherwise=Obstacle.AMBIGUOUS_MIME
        )

    @property
    def content_id(self) -> str | None:
        """The Content-ID without brackets."""
        return self.headers.get("content-id", "").strip().removeprefix("<").removesuffix(">").strip() or None

    @property
    def is_base64(self) -> bool:
        """True where the content is base64; False where it is as it stands."""
        encoding = self.headers.get("content-transfer-encoding", "binary").strip().lower()
        if encoding != "base64" and encoding not in _AS_IT_IS:
            raise unreadable(Obstacle.AMBIGUOUS_MIME, "Content-Transfer-Encoding")
        return encoding == "base64"


def is_multipart(octets: bytes) -> bool:
    """Return whether the octets begin as MIME does: with its headers, or with a boundary and the headers of a part."""
    return bool(_BEGINS_WITH_HEADER.match(octets) or _BEGINS_WITH_BOUNDARY.match(octets))


def split(octets: bytes) -> Multipart:
    """Return the message and the attached parts.

    Raises `UnreadableMessage` for a header or parameter given twice, a missing end, a nested multipart, text outside
    the parts, lines that only begin like a boundary, encodings other than base64 and none, a message not first.
    """
    if len(octets) > PACKAGE_BYTES_MAX:
        raise unreadable(Obstacle.TOO_LARGE)
    start, body, boundary = None, octets, _BEGINS_WITH_BOUNDARY.match(octets)
    if boundary is None:
        outer = _block(octets)
        media_type, parameters = outer.content_type()
        if media_type != "multipart/related" or not re.fullmatch(BOUNDARY, parameters.get("boundary", "")):
            raise unreadable(Obstacle.AMBIGUOUS_MIME, "Content-Type")
        start, body, mark = parameters.get("start"), outer.content, parameters["boundary"]
    else:
        mark = boundary[1].decode()
    first, *others = (_block(content) for content in _contents(body, mark.encode()))
    if start is not None and start.strip("<>") != first.content_id:
        raise unreadable(Obstacle.AMBIGUOUS_MIME, "start")
    return Multipart(_message(first), tuple(_part(block) for block in others))


def _contents(body: bytes, boundary: bytes) -> Iterator[bytes]:
    """Yield what stands between the boundaries, with the headers."""
    line = re.compile(rb"(?:\A|\r?\n)--" + re.escape(boundary) + rb"(?P<rest>[^\r\n]*)(?=\r?\n|\Z)")
    begins: int | None = None
    count = 0
    for found in line.finditer(body):
        rest = found["rest"].rstrip(b" \t")
        if rest not in {b"", b"--"}:
            raise unreadable(Obstacle.AMBIGUOUS_MIME, "boundary")
        if begins is None:
            _refuse_text(body[: found.start()])
        else:
            count += 1
            yield body[begins : found.start()]
        if rest == b"--":
            _refuse_text(body[found.end() :])
            break
        begins = found.end()
        if count > ATTACHMENTS_MAX:
            raise unreadable(Obstacle.AMBIGUOUS_MIME, "parts")
    else:
        raise unreadable(Obstacle.AMBIGUOUS_MIME, "boundary")
    if not count:
        raise unreadable(Obstacle.AMBIGUOUS_MIME, "parts")


def _refuse_text(outside: bytes) -> None:
    if outside.strip():
        raise unreadable(Obstacle.AMBIGUOUS_MIME, "boundary")


def _block(octets: bytes) -> _Block:
    octets = octets.removeprefix(b"\r").removeprefix(b"\n")
    end = _END_OF_HEADERS.search(octets, 0, _HEADER_BYTES_MAX)
    if end is None:
        raise unreadable(Obstacle.AMBIGUOUS_MIME, "headers")
    try:
        text = _FOLD.sub(" ", octets[: end.start()].decode("utf-8"))
    except UnicodeDecodeError as error:
        raise unreadable(Obstacle.AMBIGUOUS_MIME, "headers") from error
    headers: dict[str, str] = {}
    for line in re.split(r"\r?\n", text):
        found = _HEADER.fullmatch(line)
        if found is None or found[1].lower() in headers:
            raise unreadable(Obstacle.AMBIGUOUS_MIME, "headers")
        headers[found[1].lower()] = found[2]
    return _Block(headers, octets[end.end() :])


def _message(block: _Block) -> bytes:
    media_type, parameters = block.content_type()
    if media_type not in _XML_TYPES:
        raise unreadable(Obstacle.AMBIGUOUS_MIME, "Content-Type")
    if parameters.get("charset", "utf-8").lower() not in {"utf-8", "utf8"}:
        raise unreadable(Obstacle.NOT_UTF8)
    if block.is_base64:
        raise unreadable(Obstacle.AMBIGUOUS_MIME, "Content-Transfer-Encoding")
    return block.content


def _part(block: _Block) -> Part:
    media_type, _ = block.content_type()
    if media_type.startswith(("multipart/", "message/")):
        raise unreadable(Obstacle.AMBIGUOUS_MIME, "Content-Type")
    if not block.is_base64:
        text = b2a_base64(block.content, newline=False)
    elif _ENCODED.fullmatch(block.content):
        text = block.content
    else:
        raise unreadable(Obstacle.AMBIGUOUS_MIME, "Content-Transfer-Encoding")
    return Part(block.content_id, media_type, text.decode("ascii"))
