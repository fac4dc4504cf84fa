"""The webhooks of recipients: each judges its calls as an agency should, writes them down, and rings for good ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Final

import httpx

from axis.sdk import WebhookRefused, WebhookVerifier
from signing.certificates import Certificate
from tests.chaos.journal import Deed, Journal
from tests.chaos.people import Bell

_UNTRUSTED: Final = 401


@dataclass(slots=True)
class Listener:
    """What a webhook does with a call: `answer` is the status for a good one by its number."""

    verifier: WebhookVerifier
    answer: Callable[[int], int]
    bell: Bell
    journal: Journal
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def take(self, headers: Mapping[str, str], body: bytes) -> int:
        """Return the status that a call is answered with; it is written down before."""
        try:
            event = self.verifier.verify(headers, body)
        except WebhookRefused as refusal:
            self.journal.write(Deed.MISTOLD, fault=refusal.fault)
            return _UNTRUSTED
        status = self.answer(next(self._numbers))
        delivery = "" if event.consigned is None else str(event.consigned.delivery_id)
        self.journal.write(Deed.TOLD, status=status, event=str(event.event_id), delivery=delivery)
        if status < httpx.codes.MULTIPLE_CHOICES:
            self.bell.rung.set()
        return status


def webhook(
    answer: Callable[[int], int], bell: Bell, journal: Journal, *, seal: Sequence[Certificate]
) -> ThreadingHTTPServer:
    """Return a webhook that listens: it rings the bell for calls that it answers well. Whoever gets it serves it."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length)
            if len(body) < length:  # whoever called was killed
                return
            self.send_response(listener.take(dict(self.headers.items()), body))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    listener = Listener(WebhookVerifier.pinned(address_of(server), seal), answer, bell, journal)
    return server


def address_of(server: ThreadingHTTPServer) -> str:
    """Return where it is called."""
    return f"http://127.0.0.1:{server.server_address[1]}/axis"
