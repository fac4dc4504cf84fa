"""A line to the database that breaks at the worst moment: when a commit is on its way there, or its answer back."""

from __future__ import annotations

import select
import shutil
import socket
import tempfile
import threading
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Final, Self

from sqlalchemy import make_url

_COMMIT: Final = b"Q\x00\x00\x00\x0bCOMMIT\x00"
"""How the driver asks for a commit (PostgreSQL's protocol, message Query)."""

_DONE: Final = b"Z\x00\x00\x00\x05I"
"""How the server ends its answer, no transaction being open any more (ReadyForQuery)."""

_SOCKET: Final = ".s.PGSQL.5432"
_CHUNK: Final = 65_536
_PATIENCE_SECONDS: Final = 30.0


class Loss(Enum):
    """What of a commit is lost."""

    REQUEST = "request"
    """It never reaches the server, which rolls back when it finds its client gone."""

    ANSWER = "answer"
    """The server commits, and nobody is told."""


class Line:
    """Carries everything between its own Unix socket and the server's, until it is told to lose a commit."""

    def __init__(self, server: str) -> None:
        self._server = make_url(server)
        self._folder = Path(tempfile.mkdtemp(prefix="axis-line-"))
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(self._folder / _SOCKET))
        self._listening.listen()
        self._lock = threading.Lock()
        self._loss: Loss | None = None
        self._spared = 0
        self._broken = threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, name="line", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        shutil.rmtree(self._folder)

    @property
    def url(self) -> str:
        """The address of the database by this line."""
        through = self._server.set(query={"host": str(self._folder)})
        return through.render_as_string(hide_password=False)

    def will_lose(self, loss: Loss, *, after: int = 0) -> None:
        """Have a commit break its connection: the next one, or the one `after` so many more."""
        with self._lock:
            self._loss, self._spared = loss, after
            self._broken.clear()

    def has_lost(self) -> None:
        """Return when that has happened."""
        assert self._broken.wait(_PATIENCE_SECONDS)

    def _accept(self) -> None:
        with suppress(OSError):  # the line was taken down
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._carry, args=(client,), name="line", daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        """Pass on whatever either end says, until one of them closes or a commit is lost."""
        with client, socket.socket(socket.AF_UNIX) as server, suppress(ConnectionError):
            server.connect(f"{self._server.query['host']}/{_SOCKET}")
            while True:
                for end, other in ((client, server), (server, client)):
                    if not select.select([end], [], [], 0)[0]:
                        continue
                    octets = end.recv(_CHUNK)
                    if not octets:
                        return
                    if end is client and (loss := self._loss_of(octets)):
                        self._lose(loss, octets, server)
                        return
                    other.sendall(octets)
                select.select([client, server], [], [])

    def _loss_of(self, octets: bytes) -> Loss | None:
        if octets != _COMMIT:
            return None
        with self._lock:
            if self._loss is not None and self._spared:
                self._spared -= 1
                return None
            loss, self._loss = self._loss, None
            return loss

    def _lose(self, loss: Loss, commit: bytes, server: socket.socket) -> None:
        if loss is Loss.ANSWER:
            server.sendall(commit)
            while (heard := server.recv(_CHUNK)) and not heard.endswith(_DONE):
                pass
        self._broken.set()
