"""What goes between a process and the cell it keeps: frames of JSON, with octets beside it on the way in."""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Mapping
from typing import IO, Any, Final

from envelopes.detached import STEP, Detached

_LENGTHS: Final = struct.Struct(">II")
"""Octets of the JSON text, octets of what is judged."""

TEXT_BYTES_MAX: Final = 64 * 1024 * 1024
"""One JSON text: an answer with 16 signatures has under 1 MB, a question with 64 revocation lists the most."""

OCTETS_MAX: Final = 256 * 1024 * 1024
"""What is judged, in octets: more than any file that a package can hold."""


Octets = bytes | Detached
"""What is judged: in memory, or where it can be read."""


class FrameBroken(Exception):
    """The stream ended inside a frame, or holds what is none."""


def write_frame(stream: IO[bytes], content: Mapping[str, Any], *, octets: Octets = b"") -> None:
    """Write one frame and flush it; raises what the stream raises, such as `BrokenPipeError`.

    Raises `FrameBroken` for too much, and for octets that are fewer or more than they were said to be. Those that are
    not in memory go from where they are to the stream, a little at a time.
    """
    text = json.dumps(content, separators=(",", ":"), allow_nan=False).encode("utf-8")
    size = octets.size if isinstance(octets, Detached) else len(octets)
    if len(text) > TEXT_BYTES_MAX or size > OCTETS_MAX:
        raise FrameBroken("too large")
    stream.write(_LENGTHS.pack(len(text), size))
    stream.write(text)
    if isinstance(octets, Detached):
        with octets.open() as source:
            shutil.copyfileobj(source, stream, STEP)
            if source.tell() != size:
                raise FrameBroken("torn")
    else:
        stream.write(octets)
    stream.flush()


def read_frame(stream: IO[bytes]) -> tuple[dict[str, Any], bytes] | None:
    """Return the next frame, or None at the orderly end of the stream; raises `FrameBroken`."""
    head = stream.read(_LENGTHS.size)
    if not head:
        return None
    if len(head) < _LENGTHS.size:
        raise FrameBroken("torn")
    text_length, length = _LENGTHS.unpack(head)
    if text_length > TEXT_BYTES_MAX or length > OCTETS_MAX:
        raise FrameBroken("too large")
    text, octets = stream.read(text_length), stream.read(length)
    if len(text) < text_length or len(octets) < length:
        raise FrameBroken("torn")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FrameBroken("no JSON") from error
    if not isinstance(content, dict):
        raise FrameBroken("no object")
    return content, octets
