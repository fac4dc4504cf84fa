"""Base64 as it stands in the texts of messages."""

from __future__ import annotations

import binascii
from collections.abc import Iterator
from io import BytesIO
from typing import Final

_STEP: Final = 1024 * 1024
_XML_BLANKS: Final = b" \t\r\n"
_URL_ALPHABET: Final = bytes.maketrans(b"-_", b"+/")


def decode_base64(text: str) -> bytes | None:
    """Return the octets a base64 text stands for, None where it is none.

    Blanks of XML are skipped; everything else must be in the alphabet of RFC 4648 §4, or in that of §5, where padding
    may be left out. Memory used beside the text is the size of the result.
    """
    is_url = "-" in text or "_" in text
    if is_url and ("+" in text or "/" in text):
        return None
    sink = BytesIO()
    ended = False
    try:
        for quanta in _quanta(text, is_url=is_url):
            if ended:
                return None
            sink.write(binascii.a2b_base64(quanta, strict_mode=True))
            ended = quanta.endswith(b"=")
    except ValueError:
        return None
    return sink.getvalue()


def _quanta(text: str, *, is_url: bool) -> Iterator[bytes]:
    """Yield the text in pieces of whole groups of four characters, the last as it comes; ValueError unless ASCII."""
    carried = b""
    for start in range(0, len(text), _STEP):
        piece = carried + text[start : start + _STEP].encode("ascii").translate(
            _URL_ALPHABET if is_url else None, _XML_BLANKS
        )
        whole = len(piece) // 4 * 4
        if whole:
            yield piece[:whole]
        carried = piece[whole:]
    if carried:
        yield carried + b"=" * (-len(carried) % 4 if is_url else 0)
