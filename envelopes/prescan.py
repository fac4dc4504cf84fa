"""What is refused before a tree is built: encodings, DOCTYPE, and markup that only exists to exhaust memory."""

from __future__ import annotations

import codecs
import re
from typing import Final, NoReturn
from xml.parsers import expat

from envelopes.limits import (
    ATTRIBUTE_VALUE_MAX,
    ATTRIBUTES_MAX,
    ATTRIBUTES_TOTAL_MAX,
    DEPTH_MAX,
    ELEMENTS_MAX,
    JUNK_BEFORE_PROLOG_MAX,
    MARKUP_BYTES_MAX,
    NAME_BYTES_MAX,
    PACKAGE_BYTES_MAX,
)
from envelopes.obstacles import Obstacle, unreadable

_STEP: Final = 64 * 1024
"""Octets looked at between two checks: small against every limit, large against the cost of a call."""

_OTHER_ENCODINGS: Final = (
    b"\xff\xfe",  # UTF-16 and UTF-32, little-endian, with byte order mark
    b"\xfe\xff",  # UTF-16, big-endian
    b"\x00\x00\xfe\xff",  # UTF-32, big-endian
    b"<\x00",  # UTF-16 and UTF-32, little-endian, without
    b"\x00<",  # UTF-16, big-endian, without
    b"\x00\x00\x00<",  # UTF-32, big-endian, without
    b"\x4c\x6f\xa7\x94",  # EBCDIC
    b"+/v",  # UTF-7
)
_DECLARATION = re.compile(rb"<\?xml(?P<attributes>[ \t\r\n][^?>]{0,200})\?>")
_VERSION = re.compile(rb"\bversion\s*=\s*[\"']([^\"']*)[\"']")
_ENCODING = re.compile(rb"\bencoding\s*=\s*[\"']([^\"']*)[\"']")

_NAMED: Final = {
    expat.errors.codes[words]: obstacle
    for words, obstacle in (
        (expat.errors.XML_ERROR_NO_ELEMENTS, Obstacle.TRUNCATED),
        (expat.errors.XML_ERROR_UNCLOSED_TOKEN, Obstacle.TRUNCATED),
        (expat.errors.XML_ERROR_PARTIAL_CHAR, Obstacle.TRUNCATED),
        (expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION, Obstacle.TRUNCATED),
        (expat.errors.XML_ERROR_BAD_CHAR_REF, Obstacle.FORBIDDEN_CHARACTER),
        (expat.errors.XML_ERROR_UNBOUND_PREFIX, Obstacle.UNDECLARED_PREFIX),
        (expat.errors.XML_ERROR_MISPLACED_XML_PI, Obstacle.JUNK_BEFORE_PROLOG),
    )
}
_BRACES: Final = frozenset("{}")
_BETWEEN_NAME_PARTS: Final = " "


def checked(octets: bytes) -> bytes:
    """Return the octets from the XML declaration on, well-formed and within every limit of an XML package.

    The same object where nothing stood before it. A UTF-8 byte order mark is dropped, and so are up to 64 bytes without
    `<` before `<?xml`. Raises `UnreadableMessage` for everything else. Uses little memory beside its argument, whatever
    it is given; no entity is ever defined, because DOCTYPE is refused at its first word.
    """
    if len(octets) > PACKAGE_BYTES_MAX:
        raise unreadable(Obstacle.TOO_LARGE)
    if octets.startswith(_OTHER_ENCODINGS):
        raise unreadable(Obstacle.NOT_UTF8)
    if not octets.strip():
        raise unreadable(Obstacle.EMPTY)
    octets = _without_junk(octets.removeprefix(codecs.BOM_UTF8))
    _check_declaration(octets)
    if b"\x00" in octets:
        raise unreadable(Obstacle.FORBIDDEN_CHARACTER)
    _check_encoding(octets)
    _Scan(octets).run()
    return octets


def stands_before_prolog(octets: bytes) -> bool:
    """Return whether anything but a byte order mark stands before `<?xml`: existing receivers fail on it."""
    bare = octets.removeprefix(codecs.BOM_UTF8)
    start = bare.find(b"<")
    return start > 0 and bare.startswith(b"<?xml", start)


def _without_junk(octets: bytes) -> bytes:
    start = octets.find(b"<")
    if octets.startswith(b"<?xml", start):
        if start > JUNK_BEFORE_PROLOG_MAX:
            raise unreadable(Obstacle.JUNK_BEFORE_PROLOG)
        return octets[start:]
    if octets[: max(start, 0)].strip() and b"<?xml" in octets:
        raise unreadable(Obstacle.JUNK_BEFORE_PROLOG)
    return octets


def _check_declaration(octets: bytes) -> None:
    declaration = _DECLARATION.match(octets)
    if declaration is None:
        return
    version = _VERSION.search(declaration["attributes"])
    if version is not None and version[1] != b"1.0":
        raise unreadable(Obstacle.XML_VERSION)
    encoding = _ENCODING.search(declaration["attributes"])
    if encoding is not None and encoding[1].upper() not in {b"UTF-8", b"UTF8"}:
        raise unreadable(Obstacle.NOT_UTF8)


def _check_encoding(octets: bytes) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    view = memoryview(octets)
    try:
        for start in range(0, len(view), _STEP):
            decoder.decode(view[start : start + _STEP])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise unreadable(Obstacle.NOT_UTF8) from error


class _Scan:
    """One pass of expat over the octets, which builds nothing and counts everything."""

    def __init__(self, octets: bytes) -> None:
        self._source = octets
        self._octets = memoryview(octets)
        self._depth = 0
        self._nodes = 0
        self._attributes = 0
        self._declared_prefixes = 0
        self._parser = parser = expat.ParserCreate("UTF-8", _BETWEEN_NAME_PARTS)
        parser.ordered_attributes = True
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartNamespaceDeclHandler = self._declare
        parser.CommentHandler = parser.ProcessingInstructionHandler = self._count

    def run(self) -> None:
        """Raise `UnreadableMessage` unless the octets pass."""
        try:
            for start in range(0, len(self._octets), _STEP):
                piece = self._octets[start : start + _STEP]
                self._parser.Parse(piece, False)  # noqa: FBT003  expat takes no keywords
                # An event that does not end holds the parser at its first byte; expat keeps all of it until then.
                if start + len(piece) - self._parser.CurrentByteIndex > MARKUP_BYTES_MAX:
                    self._refuse(Obstacle.OVERSIZED_MARKUP)
            self._parser.Parse(b"", True)  # noqa: FBT003
        except expat.ExpatError as error:
            obstacle = _NAMED.get(error.code) or self._obstacle_at_error()
            raise unreadable(obstacle, f"{error.lineno}:{error.offset + 1}") from error

    def _obstacle_at_error(self) -> Obstacle:
        stands_before = not self._nodes and self._source.find(b"<?xml", self._parser.ErrorByteIndex) >= 0
        return Obstacle.JUNK_BEFORE_PROLOG if stands_before else Obstacle.NOT_XML

    def _refuse(self, obstacle: Obstacle) -> NoReturn:
        raise unreadable(obstacle, f"{self._parser.CurrentLineNumber}:{self._parser.CurrentColumnNumber + 1}")

    def _refuse_doctype(self, *_declaration: object) -> None:
        self._refuse(Obstacle.DOCTYPE)

    def _count(self, *_content: object) -> None:
        self._nodes += 1
        if self._nodes > ELEMENTS_MAX:
            self._refuse(Obstacle.TOO_MANY_ELEMENTS)

    def _declare(self, prefix: str | None, address: str | None) -> None:
        self._declared_prefixes += 1
        if address and not _BRACES.isdisjoint(address):
            # No address has braces (RFC 3986 §2), and the tree writes expanded names with them.
            self._refuse(Obstacle.FOREIGN_NAMESPACE)
        self._check_name(f"{prefix}{_BETWEEN_NAME_PARTS}{address}")

    def _start(self, name: str, attributes: list[str]) -> None:
        self._count()
        self._depth += 1
        if self._depth > DEPTH_MAX:
            self._refuse(Obstacle.TOO_DEEP)
        self._check_name(name)
        if attributes or self._declared_prefixes:
            self._check_attributes(attributes)

    def _end(self, _name: str) -> None:
        self._depth -= 1

    def _check_attributes(self, attributes: list[str]) -> None:
        count = len(attributes) // 2 + self._declared_prefixes
        self._attributes += count
        if count > ATTRIBUTES_MAX or self._attributes > ATTRIBUTES_TOTAL_MAX:
            self._refuse(Obstacle.OVERSIZED_MARKUP)
        self._declared_prefixes = 0
        for name, value in zip(attributes[::2], attributes[1::2], strict=True):
            self._check_name(name)
            if len(value) > ATTRIBUTE_VALUE_MAX:
                self._refuse(Obstacle.OVERSIZED_MARKUP)

    def _check_name(self, name: str) -> None:
        # A character takes four bytes at most, so that nearly every name is decided by the first comparison.
        if len(name) > NAME_BYTES_MAX // 4 and any(
            len(part.encode()) > NAME_BYTES_MAX for part in name.split(_BETWEEN_NAME_PARTS)
        ):
            self._refuse(Obstacle.OVERSIZED_MARKUP)
