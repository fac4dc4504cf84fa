"""What of an exception may be told: its types and places. Its own words may quote what it choked on."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from pathlib import PurePath
from typing import Final

_LINKS_MAX: Final = 20
"""Of each: whoever reads them looks for the first few."""


def error_of(given: object) -> BaseException | None:
    """Return the exception that somebody who logs means by `exc_info`, as the standard library takes it."""
    match given:
        case BaseException():
            return given
        case (_, BaseException() as error, _):
            return error
        case True:
            return sys.exception()
        case _:
            return None


def types_of(error: BaseException) -> Iterator[str]:
    """Yield the types of an exception and of those that led to it, the last one first."""
    link: BaseException | None = error
    for _ in range(_LINKS_MAX):
        if link is None:
            return
        yield f"{type(link).__module__}.{type(link).__qualname__}"
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def frames_of(error: BaseException) -> Iterator[str]:
    """Yield where it happened, the innermost places only, outermost of these first."""
    for frame in traceback.extract_tb(error.__traceback__)[-_LINKS_MAX:]:
        yield f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}"
