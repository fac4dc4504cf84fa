"""A port on the loopback address that leads on to others: what a balancer is to doors, and a bad line to a store."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from typing import Any, Final, TypeVar

_CHUNK: Final = 65_536
_CUT_AFTER: Final = 1_500
"""Octets of answers on one connection before it is cut: the head of an answer and the beginning of an object."""

_HEAD_MAX: Final = 16_384
_SLOW_DOWN: Final = b"<Error><Code>SlowDown</Code><Message>come again</Message></Error>"
_ERROR: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/xml\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(_SLOW_DOWN), _SLOW_DOWN)
)
_Done = TypeVar("_Done")


class Weather(StrEnum):
    """What a passage does to those who take it."""

    CLEAR = "clear"
    AWAY = "away"
    """Connections are reset as soon as they are made."""

    ERRORS = "errors"
    """Every request is answered with an error of S3."""

    CUT = "cut"
    """Answers end in the middle, whatever they promised."""


@dataclass(slots=True)
class Passage:
    """Leads each connection to one of `ports`, the next that takes it; `weather` changes under way, too."""

    ports: Sequence[int]
    port: int = 0
    met: Counter[Weather] = field(default_factory=Counter)
    """How many connections met which weather; of answers that are cut, those that were."""

    _weather: Weather = Weather.CLEAR
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _open: set[asyncio.Task[None]] = field(default_factory=set)
    _turns: Iterator[int] = field(default_factory=count)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def turn(self, weather: Weather) -> None:
        """Have another weather from now on; connections under way do not outlive it."""
        self._run(self._turn(weather))

    async def _turn(self, weather: Weather) -> None:
        self._weather = weather
        for task in tuple(self._open):
            task.cancel()

    def _run(self, deed: Coroutine[Any, Any, _Done]) -> _Done:
        return asyncio.run_coroutine_threadsafe(deed, self._loop).result(30)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            with suppress(OSError, asyncio.CancelledError, asyncio.IncompleteReadError):
                await self._lead(reader, writer)
        finally:
            self._open.discard(task)
            writer.transport.abort()

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        weather = self._weather
        if weather is not Weather.CUT:
            self.met[weather] += 1
        if weather is Weather.AWAY:
            return
        if weather is Weather.ERRORS:
            with suppress(asyncio.LimitOverrunError):
                await reader.readuntil(b"\r\n\r\n")
            writer.write(_ERROR)
            await writer.drain()
            return
        there, back = await self._onward()
        try:
            ways = {
                asyncio.create_task(_carry(reader, back)),
                asyncio.create_task(self._carry_back(there, writer, weather)),
            }
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        finally:
            back.transport.abort()

    async def _carry_back(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, weather: Weather) -> None:
        is_cut = await _carry(source, target, _CUT_AFTER if weather is Weather.CUT else None)
        self.met[Weather.CUT] += is_cut

    async def _onward(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Return a connection to the next port that takes one; raises `OSError` where none does."""
        first = next(self._turns)
        for number in range(len(self.ports)):
            with suppress(ConnectionRefusedError):
                return await asyncio.open_connection("127.0.0.1", self.ports[(first + number) % len(self.ports)])
        raise ConnectionRefusedError

    async def _open_door(self) -> asyncio.Server:
        server = await asyncio.start_server(self._take, "127.0.0.1", self.port, limit=_HEAD_MAX, backlog=512)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _close_door(self, server: asyncio.Server) -> None:
        server.close()
        tasks = tuple(self._open)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _carry(source: asyncio.StreamReader, target: asyncio.StreamWriter, most: int | None = None) -> bool:
    """Carry octets until there are no more, or `most` have been: then return True."""
    carried = 0
    with suppress(OSError):
        while octets := await source.read(_CHUNK):
            if most is not None and carried + len(octets) > most:
                target.write(octets[: most - carried])
                await target.drain()
                return True
            carried += len(octets)
            target.write(octets)
            await target.drain()
    return False


@contextmanager
def passage(*ports: int, at: int = 0) -> Iterator[Passage]:
    """Yield a passage to these ports, at a port of its own or any free one; nothing of it is left afterwards."""
    one = Passage(ports, at)
    thread = threading.Thread(target=one._loop.run_forever, name="passage", daemon=True)
    thread.start()
    server = one._run(one._open_door())
    try:
        yield one
    finally:
        one._run(one._close_door(server))
        one._loop.call_soon_threadsafe(one._loop.stop)
        thread.join(10)
        one._loop.close()
