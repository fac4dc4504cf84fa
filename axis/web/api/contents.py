"""How original octets leave the axis."""

from __future__ import annotations

import base64
from typing import Final

from starlette.responses import Response

from axis.exchange.offers import Content
from axis.web import examples
from axis.web.documentation import success

CONTENT_SUCCESS: Final = success(
    "The original octets, as they were signed.",
    examples.XML,
    media_type="application/xml",
    headers={
        "Content-Disposition": "An attachment named by the envelope's id.",
        "Repr-Digest": "SHA-256 of the octets (RFC 9530).",
    },
)
"""The description of such an answer."""


def content_answer(content: Content) -> Response:
    """Return the octets under a name of ours, never the sender's, and with their digest (RFC 9530)."""
    digest = base64.b64encode(bytes.fromhex(content.digest)).decode("ascii")
    headers = {
        "Content-Disposition": f'attachment; filename="{content.envelope_id}.edxml"',
        "Repr-Digest": f"sha-256=:{digest}:",
    }
    return Response(content.octets, 200, headers, "application/xml")
