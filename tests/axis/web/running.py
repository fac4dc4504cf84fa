"""The application run for a test: in this process over ASGI, or by the real server on a free port."""

from __future__ import annotations

import io
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI

BASE_URL = "http://127.0.0.1:8080"


class _Bridge(httpx.BaseTransport):
    """Lets a synchronous client call an application that runs on another thread's event loop."""

    def __init__(self, app: FastAPI, portal: BlockingPortal) -> None:
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._portal = portal

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._portal.call(self._answer, request)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        answer = await self._transport.handle_async_request(request)
        return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())


class Client(httpx.Client):
    """A client that knows its application and the event loop it runs on."""

    def __init__(self, app: FastAPI, portal: BlockingPortal) -> None:
        super().__init__(transport=_Bridge(app, portal), base_url=BASE_URL)
        self.app = app
        self.portal = portal


@contextmanager
def in_process(app: FastAPI) -> Iterator[Client]:
    """Yield a client of the application, between its start-up and its shutdown."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(app.router.lifespan_context(app)),
        Client(app, portal) as client,
    ):
        yield client


class _Server(uvicorn.Server):
    """Says when it accepts connections, so that nobody has to sleep."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()


@contextmanager
def served(app: FastAPI) -> Iterator[tuple[str, int]]:
    """Yield host and port at which the real server serves the application; it is gone afterwards."""
    with socket.socket() as listening:
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listening.bind(("127.0.0.1", 0))
        server = _Server(uvicorn.Config(app, log_config=None, access_log=False, server_header=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        assert server.is_up.wait(30)
        try:
            yield listening.getsockname()
        finally:
            server.should_exit = True
            thread.join(30)
            assert not thread.is_alive()


class Logged(io.StringIO):
    """What is logged, line by line."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = threading.Condition()

    def write(self, text: str) -> int:
        with self._changed:
            self._changed.notify_all()
            return super().write(text)

    def __call__(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]

    def wait_for(self, **fields: object) -> None:
        """Return as soon as a line has these fields."""
        with self._changed:
            assert self._changed.wait_for(lambda: any(fields.items() <= line.items() for line in self()), 30)
