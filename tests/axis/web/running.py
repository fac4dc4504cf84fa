"""The application run for a test: in this process over ASGI, or by the real server on a free port."""

from __future__ import annotations

import io
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import uvicorn
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI

from axis.web.serving import configuration

BASE_URL = "http://127.0.0.1:8080"
BUFFERED_OCTETS = 64 * 1024
Address = tuple[str, int]


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
def served(app: FastAPI) -> Iterator[Address]:
    """Yield host and port at which the real server serves the application; it is gone afterwards."""
    with socket.socket() as listening:
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # What the system takes in for a reader that does not read: by itself up to megabytes, other on each machine.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFERED_OCTETS)
        listening.bind(("127.0.0.1", 0))
        server = _Server(configuration(app))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        assert server.is_up.wait(30)
        try:
            yield listening.getsockname()
        finally:
            server.should_exit = True
            thread.join(30)
            assert not thread.is_alive()


def client_of(address: Address) -> httpx.Client:
    """A client of a real server."""
    return httpx.Client(base_url=f"http://{address[0]}:{address[1]}", trust_env=False)


def open_files_in(folder: Path) -> list[str]:
    """Files of this process in the folder, those without a name too."""
    links = []
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            links.append(str(descriptor.readlink()))
        except FileNotFoundError:
            continue
    return [link for link in links if link.startswith(str(folder))]


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
