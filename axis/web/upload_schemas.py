"""The API's model of uploads."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from axis.web.schema_fields import Answer, Digest, Identifier, Moment


class UploadBody(Answer):
    """A package on its way in, chunk by chunk."""

    upload_id: Identifier
    state: Annotated[
        Literal["open", "submitted", "ended"],
        Field(description="`submitted`: its package was accepted; `ended`: given up, or other octets than announced."),
    ]
    offset: Annotated[int, Field(description="Octets that are kept: the next chunk begins here.", examples=[8388608])]
    size: Annotated[int, Field(description="Octets of the whole package.", examples=[314572800])]
    digest: Annotated[Digest, Field(description="Announced for the whole package.")]
    expires_at: Annotated[Moment, Field(description="When it ends by itself, and what came of it is removed.")]
    chunk_max: Annotated[int, Field(description="Octets of one chunk at most.", examples=[16777216])]
    envelope_id: Annotated[Identifier | None, Field(description="The accepted message, once there is one.")]
