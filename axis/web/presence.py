"""Whether the caller is still there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import Receive


@contextmanager
def departure(receive: Receive) -> Iterator[asyncio.Future[object]]:
    """Yield what is done as soon as the caller has gone; for a request of which nobody reads the body any more."""
    gone: asyncio.Future[object] = asyncio.ensure_future(departed(receive))
    try:
        yield gone
    finally:
        gone.cancel()


async def departed(receive: Receive) -> None:
    """Return when the caller has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
