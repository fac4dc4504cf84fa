"""For those who watch a worker: what the web door answers of itself, from a small server of the worker's own."""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import Any, Final

from axis.clock import written
from axis.inquiry.vitals import Check, is_ready
from axis.logs import LogEvent, logger
from axis.metrics import Metrics

ANSWER_SECONDS: Final = 5.0
"""For one connection, from its first octet to the end of the answer: watchers are near, and an answer is 20 KB."""

PLACES: Final = 8
"""Connections at once: a few watchers that ask now and then. Each has a thread, so strangers must not open more."""

_LOOK_SECONDS: Final = 0.1
"""Between two looks whether to end: what a stopping worker waits for this at most."""

_JSON: Final = "application/json"
_HEADERS: Final[Mapping[str, str]] = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True, slots=True)
class Watch:
    """What a process tells of itself: its measurements, and the last outcomes of its checks."""

    metrics: Metrics
    checks: Callable[[], Sequence[Check]]

    def answer(self, path: str) -> tuple[HTTPStatus, bytes, str] | None:
        """Return status, octets and media type of the answer at a path; None where there is nothing."""
        match path:
            case "/health/live":
                return HTTPStatus.OK, _document({"live": True}), _JSON
            case "/health/ready":
                return self._readiness()
            case "/metrics":
                return HTTPStatus.OK, *self.metrics.exposition()
        return None

    def _readiness(self) -> tuple[HTTPStatus, bytes, str]:
        checks = self.checks()
        ready = is_ready(checks)
        shown = [
            {"name": check.name.value, "passed": check.is_passed, "checked_at": written(check.checked_at)}
            for check in checks
        ]
        status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        return status, _document({"ready": ready, "checks": shown}), _JSON


@contextmanager
def watched(watch: Watch, host: str, *, port: int, seconds: float = ANSWER_SECONDS) -> Iterator[str]:
    """Answer those who watch while the context lasts; yield the address. Port 0 takes any free one; raises `OSError`.

    A connection is ended after `seconds`.
    """
    with _Server(watch, (host, port), seconds=seconds) as server:
        thread = threading.Thread(target=server.serve_forever, args=(_LOOK_SECONDS,), name="axis-watch", daemon=True)
        thread.start()
        try:
            yield server.url
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingMixIn, TCPServer):
    """Answers each connection on a thread of its own, `PLACES` at once."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = PLACES

    def __init__(self, watch: Watch, address: tuple[str, int], *, seconds: float) -> None:
        self.watch = watch
        self.seconds = seconds
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._places = threading.BoundedSemaphore(PLACES)
        super().__init__(address, _Answering)

    @property
    def url(self) -> str:
        """The address it answers at."""
        host, port = self.server_address[:2]
        name = f"[{host!s}]" if self.address_family is socket.AF_INET6 else host
        return f"http://{name!s}:{port}"

    def verify_request(self, request: object, client_address: object) -> bool:  # noqa: ARG002  socketserver's signature
        """Return whether there is a place for one more."""
        return self._places.acquire(blocking=False)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Have a thread answer; without one, the place is free again."""
        try:
            super().process_request(request, client_address)
        except (RuntimeError, MemoryError):  # the system has no thread to give
            self._places.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer, and give the place back."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002  likewise
        """Log a fault of the program; a watcher that went away is none."""
        error = sys.exception()
        if not isinstance(error, OSError):
            logger.error(LogEvent.WORK_FAILED, work="watch", exc_info=error)


class _Answering(BaseHTTPRequestHandler):
    """One question, one answer (HTTP/1.0)."""

    server: _Server
    # Refusals of the library itself quote what was sent, and as a page.
    error_content_type = "text/plain"
    error_message_format = "%(code)d\n"

    def handle(self) -> None:
        """Answer within the time that a connection has."""
        with _ended_after(self.server.seconds, self.connection):
            super().handle()

    def do_GET(self) -> None:
        """Answer what is there to be asked."""
        found = self.server.watch.answer(self.path.partition("?")[0])
        if found is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        status, octets, media_type = found
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(octets)))
        self.end_headers()
        self.wfile.write(octets)

    def send_response(self, code: int, message: str | None = None) -> None:  # noqa: ARG002  it would quote the request
        """Begin an answer, without saying what serves it."""
        self.send_response_only(code)
        self.send_header("Date", self.date_time_string())
        for name, value in _HEADERS.items():
            self.send_header(name, value)

    def log_message(self, *_words: object) -> None:
        """Log nothing: machines ask every few seconds."""


@contextmanager
def _ended_after(seconds: float, connection: socket.socket) -> Iterator[None]:
    """End a connection that outlasts its time; a time-out of the socket would begin anew with each octet."""

    def end() -> None:
        with suppress(OSError):  # gone already
            connection.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.daemon = True  # a process that ends waits for no watcher
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _document(content: Mapping[str, object]) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()
