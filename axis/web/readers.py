"""Those at the other end of a connection, and how it ends when they do not take what they are sent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from starlette.types import ASGIApp, Receive, Scope, Send

from axis.web.presence import departed
from axis.web.problems import AnswerCutShort

STALLED_SECONDS: Final = 60.0
"""How long a connection may take nothing at all of what is sent on it: agencies' lines are slow, but one that stands
still for a minute is broken, or its reader does not mean to read."""


if TYPE_CHECKING:

    class _HttpProtocol(asyncio.Protocol):
        """What is used here of the server's protocols, which have it in common."""

        app: ASGIApp
        loop: asyncio.AbstractEventLoop
        transport: asyncio.Transport

else:
    _HttpProtocol = asyncio.Protocol


def attended(base: type[asyncio.Protocol]) -> type[asyncio.Protocol]:
    """Return one of the server's HTTP protocols that waits for no reader who does not read."""
    return type(f"Attended{base.__name__}", (_Attended, base), {})


class _Attended(_HttpProtocol):
    """Ends without waiting where an answer is cut short, and where nobody takes what is written.

    Closing alone would wait for the reader, for ever if he does not read.
    """

    _stall: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; who writes waits from now on until everything written before is out of this process."""
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=0)
        self.app = _Cutting(self.app, self.transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        super().connection_lost(exc)
        self._stop_watching()

    def pause_writing(self) -> None:
        """The other side takes less than is written."""
        super().pause_writing()
        self._start_watching()

    def resume_writing(self) -> None:
        """It has taken everything."""
        super().resume_writing()
        self._stop_watching()

    def _start_watching(self) -> None:
        left = self.transport.get_write_buffer_size()
        self._stall = self.loop.call_later(STALLED_SECONDS, self._end_unless_moving, left)

    def _end_unless_moving(self, left_before: int) -> None:
        if self.transport.get_write_buffer_size() < left_before:
            self._start_watching()
        else:
            self.transport.abort()

    def _stop_watching(self) -> None:
        if self._stall is not None:
            self._stall.cancel()


class _Cutting:
    """Ends the connection at once after an answer that was cut short, so that nobody takes it for whole."""

    def __init__(self, app: ASGIApp, transport: asyncio.Transport) -> None:
        self._app = app
        self._transport = transport

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application."""
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            # The process ends, and has waited as long as it does.
            self._transport.abort()
            raise
        except AnswerCutShort:
            self._transport.abort()
            # What failed is in the log already: the server only needs to see that there is nobody left to answer.
            await departed(receive)
