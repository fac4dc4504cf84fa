"""What the API's models share: the base of answers, moments, digests."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from axis.clock import written

Moment = Annotated[
    datetime,
    PlainSerializer(written, return_type=str),
    Field(description="RFC 3339, UTC, milliseconds.", examples=["2026-11-21T02:03:04.567Z"]),
]
Identifier = Annotated[UUID, Field(examples=["019aa5f0-7c11-7a52-8f3e-5d0c2b1e9a77"])]
Digest = Annotated[
    str,
    Field(
        description="SHA-256, lower-case hexadecimal.",
        pattern="^[0-9a-f]{64}$",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    ),
]


class Answer(BaseModel):
    """A model that is answered with: what it is made of is all that it says."""

    model_config = ConfigDict(frozen=True, extra="forbid")
