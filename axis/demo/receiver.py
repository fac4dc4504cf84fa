"""The webhook of one agency in the demonstration: down at first, then it takes what is signed, each event once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from axis.sdk import Notification, Remembered, WebhookRefused, WebhookVerifier
from envelopes.notification import NOTIFICATION_BYTES_MAX

FAILURES: Final = 2
"""Calls that find the receiver down."""


class DemoReceiver:
    """What came to a webhook; `url` is its address."""

    def __init__(self, url: str, verifier: WebhookVerifier) -> None:
        self.url = url
        self.calls = 0
        self.events: list[Notification] = []
        self._verifier = verifier
        self._remembered = Remembered()
        self._came = threading.Condition()

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """Return the status that a call is answered with."""
        with self._came:
            self.calls += 1
            if self.calls <= FAILURES:
                return 503
            try:
                event = self._verifier.verify(headers, body)
            except WebhookRefused:
                return 401
            if self._remembered.is_first(event.event_id):
                self.events.append(event)
                self._came.notify_all()
            return 204

    def wait(self, count: int, *, seconds: float) -> bool:
        """Return whether so many events came in time."""
        with self._came:
            return self._came.wait_for(lambda: len(self.events) >= count, seconds)


@contextmanager
def receiving(verifier_for: Callable[[str], WebhookVerifier]) -> Iterator[DemoReceiver]:
    """Yield a webhook that runs on the loopback address; `verifier_for` makes what judges calls to its address."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Take one call."""
            length = min(int(self.headers.get("Content-Length", 0)), NOTIFICATION_BYTES_MAX + 1)
            self.send_response(receiver.take(dict(self.headers.items()), self.rfile.read(length)))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Leave the screen to the demonstration."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    url = f"http://127.0.0.1:{server.server_address[1]}/axis"
    receiver = DemoReceiver(url, verifier_for(url))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
