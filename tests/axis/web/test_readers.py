"""A connection by itself, with either of uvicorn's protocols: how long it waits for a reader."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import pytest
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from axis.web import readers
from axis.web.app import create_app
from axis.web.readers import attended
from axis.web.serving import configuration
from tests.axis.web.fakes import FakeAxis

PROTOCOLS = [H11Protocol, HttpToolsProtocol]


class Wire(asyncio.Transport):
    """A transport of which the buffer has these sizes, one after the other."""

    def __init__(self, sizes: Iterable[int]) -> None:
        super().__init__()
        self.sizes = list(sizes)
        self.aborted = asyncio.Event()
        self.high: int | None = None

    def set_write_buffer_limits(self, high: int | None = None, _low: int | None = None) -> None:
        self.high = high

    def get_write_buffer_size(self) -> int:
        return self.sizes.pop(0)

    def abort(self) -> None:
        self.aborted.set()

    def close(self) -> None:
        """What was written leaves by itself."""


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "STALLED_SECONDS", 0)


Connected = Callable[[Iterable[int]], tuple[asyncio.Protocol, Wire]]


@pytest.fixture(params=PROTOCOLS, ids=lambda kind: kind.__name__)
def connected(request: pytest.FixtureRequest) -> Connected:
    """Connects to a wire whose buffer has these sizes."""
    kind = attended(request.param)

    def connect(sizes: Iterable[int]) -> tuple[asyncio.Protocol, Wire]:
        wire = Wire(sizes)
        connection = kind(configuration(create_app(FakeAxis())), ServerState(), {})  # type: ignore[call-arg]
        connection.connection_made(wire)
        return connection, wire

    return connect


def test_a_reader_that_takes_little_at_a_time_is_waited_for_as_long_as_he_takes_something(connected: Connected) -> None:
    async def scene() -> None:
        connection, wire = connected([100, 99, 1, 1])
        connection.pause_writing()
        await asyncio.wait_for(wire.aborted.wait(), 30)
        assert wire.sizes == []

    asyncio.run(scene())


@pytest.mark.parametrize(
    "ends", [lambda connection: connection.resume_writing(), lambda connection: connection.connection_lost(None)]
)
def test_a_reader_that_took_everything_or_is_gone_is_waited_for_no_more(
    connected: Connected, ends: Callable[[asyncio.Protocol], None]
) -> None:
    async def scene() -> None:
        connection, wire = connected([100])
        connection.pause_writing()
        ends(connection)
        for _ in range(3):
            await asyncio.sleep(0)
        assert not wire.aborted.is_set()

    asyncio.run(scene())


def test_nothing_is_written_before_everything_written_earlier_has_gone(connected: Connected) -> None:
    async def scene() -> None:
        _, wire = connected([])
        assert wire.high == 0

    asyncio.run(scene())
