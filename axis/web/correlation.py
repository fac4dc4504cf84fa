"""One id for everything that one request causes: taken from the caller or minted, logged, and sent back."""

from __future__ import annotations

import re
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from axis.clock import Clock
from axis.logs import correlated

CORRELATION_HEADER: Final = "Correlation-Id"

_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{8,64}")
"""Long enough to be told apart, short enough for a log line, and nothing that a log or a page would have to escape."""

_STATE_KEY: Final = "correlation_id"


class Correlation:
    """Gives each request its id; the outermost layer, so that every answer and every log line carries it."""

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application with the id in its scope, its log lines and its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        identifier = self._identifier(Headers(scope=scope))
        scope.setdefault("state", {})[_STATE_KEY] = identifier

        async def labelled(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[CORRELATION_HEADER] = identifier
            await send(message)

        with correlated(identifier):
            await self._app(scope, receive, labelled)

    def _identifier(self, headers: Headers) -> str:
        given = headers.getlist(CORRELATION_HEADER)
        if len(given) == 1 and _ACCEPTED.fullmatch(given[0]):
            return given[0]
        return str(self._clock.mint())


def correlation_of(scope: Scope) -> str:
    """Return the id of a request that went through `Correlation`, else an empty text."""
    return str(scope.get("state", {}).get(_STATE_KEY, ""))
