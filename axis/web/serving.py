"""Serves the web application: on its own in a process, or on a thread beside others."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Final

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from axis.interruption import until_interrupted
from axis.logs import LogEvent, logger
from axis.settings import Settings
from axis.web.app import create_app
from axis.web.connections import DEFAULT_LIMITS, KEEP_ALIVE_SECONDS, ConnectionLimits, limited
from axis.web.door import Door
from axis.web.readers import attended
from axis.web.waiting import WaitingRoom
from axis.wiring import build
from storage.database.schema import check_revision

BACKLOG: Final = 2048
"""Connections that may wait to be taken: a burst of a few hundred systems after a restart, several times over."""

STOP_SECONDS: Final = 35
"""How long a stopping server finishes what it has in hand: the largest package over a good line. Waiting calls end."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that takes connections at once, port 0 meaning any free one; raises `OSError` that names them."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        opened = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise OSError(error.errno, error.strerror, f"{host}:{port}") from error
    # Inherited by every connection. asyncio sets it only on sockets it opened itself; without it each answer
    # on a kept connection waits 40 ms for the acknowledgement of its first half.
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    opened.set_inheritable(True)
    return opened


def configuration(app: FastAPI, limits: ConnectionLimits = DEFAULT_LIMITS) -> uvicorn.Config:
    """Return how uvicorn is run: without logs of its own, since every request has its line already."""
    door: Door = app.state.door
    return uvicorn.Config(
        app,
        http=limited(attended(AutoHTTPProtocol), limits, metrics=door.parts.metrics),
        h11_max_incomplete_event_size=limits.header_bytes,
        ws="none",  # nothing of the axis is a WebSocket, and a connection that became one would have no limits
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=True,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
        lifespan="on",
        proxy_headers=False,
    )


class _Server(uvicorn.Server):
    """Sends home those who only wait, before it waits for what is in hand. Ends when `told` is set, too."""

    def __init__(self, app: FastAPI, told: threading.Event, *, limits: ConnectionLimits = DEFAULT_LIMITS) -> None:
        super().__init__(configuration(app, limits))
        self._room: WaitingRoom = app.state.door.room
        self._told = told

    async def on_tick(self, counter: int) -> bool:
        """Return whether it is time to end; asked ten times a second."""
        return await super().on_tick(counter) or self._told.is_set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the server."""
        self._room.close()
        await super().shutdown(sockets)


class WebServer:
    """The application on a thread, for a process that also does other things."""

    def __init__(self, app: FastAPI, opened: socket.socket, *, limits: ConnectionLimits = DEFAULT_LIMITS) -> None:
        self._told = threading.Event()
        self._server = _Server(app, self._told, limits=limits)
        self._socket = opened
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [opened]}, name="axis-web", daemon=True
        )

    def start(self) -> None:
        """Begin to answer; connections made before that wait."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what is in hand, then end."""
        self._told.set()
        if self._thread.is_alive():
            self._thread.join()
        self._socket.close()


def serve(app: FastAPI, opened: socket.socket) -> None:
    """Answer until the process is told to stop (SIGINT, SIGTERM), and return."""
    # The server raises anew what it was told, once it has ended: without a handler the process would die of it there,
    # and what comes afterwards would not be done.
    with until_interrupted() as told:
        _Server(app, told).run(sockets=[opened])


def run(settings: Settings, tell: Callable[[str], None]) -> None:
    """Serve the API with these settings until told to stop; `tell` gets the address once it listens.

    Raises `SchemaOutdated` where the database is not this program's, and whatever `build` raises.
    """
    axis = build(settings)
    try:
        check_revision(axis.engine)
        opened = listen(settings.web.host, settings.web.port)
        axis.start()
        host, port = opened.getsockname()[:2]
        tell(f"http://{host}:{port}")
        logger.info(LogEvent.AXIS_STARTED, part="web")
        serve(create_app(axis), opened)
        logger.info(LogEvent.AXIS_STOPPED, part="web")
    finally:
        axis.close()
