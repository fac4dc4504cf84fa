"""Headers that every answer carries, whatever it is about."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from axis.web.spool import announced_length

_ALWAYS: Final[Mapping[str, str]] = {
    "X-Content-Type-Options": "nosniff",  # a package is never shown as a page
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",  # should a browser show it all the same
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",  # addresses hold ids
    "Cross-Origin-Resource-Policy": "same-origin",
}

_UNLESS_SET: Final[Mapping[str, str]] = {"Cache-Control": "no-store"}
"""Answers are for one system; what may be kept says so itself."""

_HSTS: Final = "max-age=31536000"
"""A year; agencies' systems call every day and renew it."""

UNREAD_MAX: Final = 64 * 1024
"""Octets of an announced body that are worth reading and throwing away to keep a connection."""


class SecurityHeaders:
    """Adds what keeps an answer from being misused; HSTS where the axis is reached over TLS."""

    def __init__(self, app: ASGIApp, public_url: str) -> None:
        self._app = app
        is_secure = urlsplit(public_url).scheme == "https"
        self._always = {**_ALWAYS, "Strict-Transport-Security": _HSTS} if is_secure else _ALWAYS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application and complete its answer."""

        async def completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._always)
                for name, value in _UNLESS_SET.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, completed)


class UnreadBodies:
    """Ends the connection after an answer that came before the whole body was read.

    Otherwise the server would go on reading what nobody wants, for as long as somebody sends it. A caller that is still
    sending finds the answer when its writing fails (RFC 9112 §9.6).
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application and watch how much of the body it reads."""
        if scope["type"] != "http" or not _announces_much(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        is_read = False

        async def watched() -> Message:
            nonlocal is_read
            message = await receive()
            is_read = is_read or not message.get("more_body", False)
            return message

        async def ended(message: Message) -> None:
            if message["type"] == "http.response.start" and not is_read and message["status"] >= HTTPStatus.OK:
                MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        await self._app(scope, watched, ended)


def _announces_much(headers: Headers) -> bool:
    return "transfer-encoding" in headers or announced_length(headers) > UNREAD_MAX
