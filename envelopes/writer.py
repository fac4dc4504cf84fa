"""The one canonical form of a message: the layout of the operator's builder, equal bytes for equal messages."""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from itertools import chain
from typing import Final

from envelopes.layout import Branch, File, Part, document, status
from envelopes.model import Attachment, Envelope, Extension
from envelopes.status import StatusReport
from envelopes.zipping import must_be_zipped, zip_alone

_DECLARATION: Final = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_BASE64_STEP: Final = 3 * 64 * 1024
"""Octets encoded at a time: a multiple of three, so that the pieces join into one line of base64."""

_START = re.compile(rb"<[^\s/>]+")
_DECLARES_DEFAULT = re.compile(rb'<[^\s/>]+ xmlns="')
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def write(message: Envelope | StatusReport) -> bytes:
    """Return the message in the canonical form, without a signature.

    Equal messages give equal bytes; reading them gives an equal message; receivers built on the operator's library can
    read them. Files that are detached are listed, and their octets left out: `bundles` puts them beside the message.
    UTF-8 without BOM, its builder's element order and prefixes, LF, base64 on one line, no empty texts.
    Memory used beside the message stays near the size of the result.
    """
    tree = document(message) if isinstance(message, Envelope) else status(message)
    sink = BytesIO()
    sink.write(_DECLARATION)
    for piece in _branch(tree, _by_path(message.extensions), indent=""):
        sink.write(piece)
    return sink.getvalue()


def _by_path(extensions: Iterable[Extension]) -> Mapping[str, list[bytes]]:
    places: defaultdict[str, list[bytes]] = defaultdict(list)
    for extension in extensions:
        places[extension.path].append(extension.xml)
    return dict(places)


def _branch(branch: Branch, extensions: Mapping[str, list[bytes]], *, indent: str) -> Iterator[bytes]:
    """Yield the lines of an element and all below it; nothing where it would be empty and need not stand there."""
    start = f"{indent}<{branch.name} {branch.attributes}".rstrip()
    below = f"{indent}  "
    inner = chain(
        chain.from_iterable(_part(part, extensions, indent=below) for part in branch.parts),
        (b"%b%b\n" % (below.encode(), _in_any_scope(xml)) for xml in extensions.get(branch.path, ())),
    )
    first = next(inner, None)
    if first is not None:
        yield f"{start}>\n".encode()
        yield first
        yield from inner
        yield f"{indent}</{branch.name}>\n".encode()
    elif branch.always:
        yield f"{start} />\n".encode()


def _part(part: Part, extensions: Mapping[str, list[bytes]], *, indent: str) -> Iterator[bytes]:
    match part:
        case Branch():
            yield from _branch(part, extensions, indent=indent)
        case File():
            yield f"{indent}<{part.name} {part.attributes}>".encode()
            yield from _base64(part.attachment)
            yield f"</{part.name}>\n".encode()
        case _:
            yield f"{indent}<{part.name}>{part.text.translate(_ESCAPES)}</{part.name}>\n".encode()


def _base64(attachment: Attachment) -> Iterator[bytes]:
    content, name = attachment.content, attachment.name
    if not isinstance(content, bytes):
        raise TypeError("detached octets are no part of the message")
    octets = memoryview(zip_alone(content, name) if must_be_zipped(content, name) else content)
    for start in range(0, len(octets), _BASE64_STEP):
        yield b2a_base64(octets[start : start + _BASE64_STEP], newline=False)


def _in_any_scope(xml: bytes) -> bytes:
    """Return the element so that the default namespace around it does not reach its unprefixed names.

    Exclusive C14N puts a default declaration first, and never writes `xmlns=""` on the outermost element.
    """
    return xml if _DECLARES_DEFAULT.match(xml) else _START.sub(rb'\g<0> xmlns=""', xml, count=1)
