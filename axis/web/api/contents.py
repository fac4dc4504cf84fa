"""How original octets leave the axis: from the object store to the caller, chunk by chunk."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from axis.errors import LeaseLost, Recalled, Withdrawn
from axis.exchange.contents import Content, Part
from axis.logs import LogEvent, logger
from axis.web import examples
from axis.web.documentation import Responses, success
from axis.web.door import AuthorizationPart, CallerPart, DoorPart
from axis.web.downloads import Download, DownloadRevoked
from axis.web.presence import departure
from axis.web.problem_codes import ProblemCode
from axis.web.problems import AnswerCutShort
from axis.web.ranges import part_asked

_XML: Final = "application/xml"
_HEADERS: Final = {
    "Content-Disposition": "An attachment named by the envelope's id.",
    "Repr-Digest": "SHA-256 of all octets of the package, or file (RFC 9530), also where only some are sent.",
    "Accept-Ranges": "`bytes`: what is missing after a broken connection can be asked for.",
}

_CUT_SHORT: Final[Mapping[type[Exception], ProblemCode | None]] = {
    TimeoutError: None,
    DownloadRevoked: ProblemCode.REVOKED,
    Withdrawn: ProblemCode.WITHDRAWN,
    Recalled: ProblemCode.RECALLED,
    LeaseLost: ProblemCode.LEASE_LOST,
}
"""What ends a download that has begun, and what whoever asks again is answered."""

CONTENT_ANSWERS: Final[Responses] = {
    200: success("The original octets, as they were signed.", examples.XML, media_type=_XML, headers=_HEADERS),
    206: success(
        "The octets asked for with Range.",
        examples.XML,
        media_type=_XML,
        headers=_HEADERS | {"Content-Range": "Which octets these are, and of how many."},
    ),
}
"""The descriptions of such answers."""

CONTENT_PROBLEMS: Final = (ProblemCode.RANGE_NOT_SATISFIABLE, ProblemCode.TOO_MANY_DOWNLOADS, ProblemCode.BUSY)

CONTENT_REQUEST: Final[dict[str, Any]] = {
    "parameters": [
        {
            "name": "Range",
            "in": "header",
            "required": False,
            "description": "One range of octets (RFC 9110 §14), such as `bytes=1048576-` for all but the first "
            "megabyte. Several ranges, other units and requests with If-Range get the whole.",
            "schema": {"type": "string"},
        }
    ]
}
"""What such operations take besides the address."""


async def download_of(
    caller: CallerPart, door: DoorPart, *, authorization: AuthorizationPart
) -> AsyncIterator[Download]:
    """Yield the place of a download, held until the last octet has gone; refuses before anything else is done."""
    is_in_force = door.identity.standing(authorization)
    with door.downloads.place(caller.system.system_id, is_in_force=is_in_force) as download:
        yield download


async def part_of(request: Request) -> Part | None:
    """Return the part that is asked for, None for the whole."""
    return part_asked(request.headers)


DownloadPart = Annotated[Download, Depends(download_of, scope="request")]
AskedPart = Annotated[Part | None, Depends(part_of)]


class ContentAnswer(Response):
    """The octets, under a name of ours, never the sender's, and with the digest of the whole (RFC 9530).

    Each chunk is read on a thread, which first looks whether the caller may still connect, and now and then whether the
    content is still given out, and sent without one. Who takes too long over it, is suspended or has given it back
    meanwhile, loses the connection; the file is closed with the download's place, whatever happens.
    """

    def __init__(self, download: Download, content: Content, *, is_partial: bool) -> None:
        download.hold(content)
        part, digest = content.part, base64.b64encode(bytes.fromhex(content.digest)).decode("ascii")
        headers = {
            "Content-Disposition": f'attachment; filename="{content.name}"',
            "Content-Length": str(len(part)),
            "Repr-Digest": f"sha-256=:{digest}:",
            "Accept-Ranges": "bytes",
        }
        if is_partial:
            headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{content.size}"
        super().__init__(None, HTTPStatus.PARTIAL_CONTENT if is_partial else HTTPStatus.OK, headers, content.media_type)
        self._download = download
        self._left = len(part)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 as ASGI has it
        """Send the octets; raises `AnswerCutShort` when the time is up or the caller may not have them any more."""
        try:
            with departure(receive) as gone:
                async with asyncio.timeout(self._download.seconds):
                    await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
                    await self._send_octets(send, gone)
        except tuple(_CUT_SHORT) as error:
            logger.info(LogEvent.DOWNLOAD_CUT_SHORT, octets_left=self._left, code=_CUT_SHORT[type(error)])
            raise AnswerCutShort(LogEvent.DOWNLOAD_CUT_SHORT) from None

    async def _send_octets(self, send: Send, gone: asyncio.Future[object]) -> None:
        while self._left and not gone.done():
            octets = await run_in_threadpool(self._download.read)
            self._left -= len(octets)
            await send({"type": "http.response.body", "body": octets, "more_body": self._left > 0})
