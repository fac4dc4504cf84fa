"""Range requests (RFC 9110 §14): a download that broke off goes on where it ended."""

from __future__ import annotations

import re
from typing import Final

from starlette.datastructures import Headers

from axis.exchange.contents import Part

# Fifteen digits are more than any package has, and Python refuses to read numbers of thousands of digits.
_SINGLE: Final = re.compile(r"bytes=[ \t]*(?:([0-9]{1,15})-([0-9]{1,15})?|-([0-9]{1,15}))[ \t]*", re.IGNORECASE)


def part_asked(headers: Headers) -> Part | None:
    """Return the one part that a Range header asks for; None for the whole.

    The whole is sent where no range is asked for, or several, another unit, or nothing the standard knows (§14.2); and
    where If-Range stands beside it (§13.1.5): the axis gives no validators, since no content ever changes.
    """
    asked = headers.getlist("range")
    if len(asked) != 1 or "if-range" in headers:
        return None
    single = _SINGLE.fullmatch(asked[0])
    if single is None:
        return None
    first, last, tail = (None if text is None else int(text) for text in single.groups())
    if first is None:
        return Part(tail=tail)
    return None if last is not None and last < first else Part(first, last)
