"""Serves the web application: on its own in a process, or on a thread beside others."""

from __future__ import annotations

import socket
import threading
from typing import Final

import uvicorn
from fastapi import FastAPI

BACKLOG: Final = 2048
"""Connections that may wait to be taken: a burst of a few hundred systems after a restart, several times over."""

KEEP_ALIVE_SECONDS: Final = 5
"""Idle connections are closed after this: existing agency software opens one for each call and forgets it."""

STOP_SECONDS: Final = 35
"""How long a stopping server finishes what it has in hand: a long poll of 30 seconds and room to spare."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that takes connections at once, port 0 meaning any free one; raises `OSError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.create_server((host, port), family=family, backlog=BACKLOG)
    opened.set_inheritable(True)
    return opened


def configuration(app: FastAPI) -> uvicorn.Config:
    """Return how uvicorn is run: without logs of its own, since every request has its line already."""
    return uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=True,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
        lifespan="on",
        proxy_headers=False,
    )


class WebServer:
    """The application on a thread, for a process that also does other things."""

    def __init__(self, app: FastAPI, opened: socket.socket) -> None:
        self._server = uvicorn.Server(configuration(app))
        self._socket = opened
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [opened]}, name="axis-web", daemon=True
        )

    def start(self) -> None:
        """Begin to answer; connections made before that wait."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what is in hand, then end."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join()
        self._socket.close()


def serve(app: FastAPI, opened: socket.socket) -> None:
    """Answer until the process is told to stop (SIGINT, SIGTERM)."""
    uvicorn.Server(configuration(app)).run(sockets=[opened])
