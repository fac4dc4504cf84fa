"""The content digest: by it a package that its sender built anew is recognised as the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Final

from envelopes.model import Attachment, Envelope, TraceHeader
from envelopes.status import StatusReport
from envelopes.texts import VIETNAM
from envelopes.writer import write

_NO_TYPE: Final = "application/octet-stream"
_NO_TIME: Final = datetime(1970, 1, 1, tzinfo=VIETNAM)


def content_digest(message: Envelope | StatusReport) -> bytes:
    """Return the SHA-256 digest (32 octets) of what a message says.

    Taken over the canonical form, so that prefixes, element order, blanks, comments, the signature and the spelling of
    codes and dates do not matter. Builders also change the following each time they build; all of it is left out:

    * the times of the trace; its agencies stay;
    * how a file travels: zipped or raw, and the type it is labelled with, which says which of the two it is. Each file
      stands there as the SHA-256 of its own octets, with name and description;
    * whether files stand in the message or travel as parts beside it (`bundles`): the octets are the same;
    * ContentIds, which builders draw at random: files count by their order.

    A status message keeps its Timestamp: there it is part of the statement.
    """
    return sha256(write(_stripped(message))).digest()


def _stripped(message: Envelope | StatusReport) -> Envelope | StatusReport:
    if isinstance(message, StatusReport):
        return message
    hops = tuple(TraceHeader(hop.organ_id, _NO_TIME) for hop in message.trace)
    files = tuple(_as_digest(file, number) for number, file in enumerate(message.attachments, 1))
    return replace(message, trace=hops, attachments=files)


def _as_digest(file: Attachment, number: int) -> Attachment:
    return replace(file, content_id=str(number), content=file.digest, media_type=_NO_TYPE)
