"""The API's models of the register of seals."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from axis.web.schema_fields import Digest


class SealBody(BaseModel):
    """One seal of the axis."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    state: Annotated[str, Field(description="`announced`, `active` or `retired`.", examples=["active"])]
    sha256: Digest
    certificates: Annotated[str, Field(description="Its certificate, then its intermediates, PEM.")]
    endorsement: Annotated[str | None, Field(description="What an earlier seal says about it: a compact JWS.")]


class SealListBody(BaseModel):
    """Every seal: announced ones, then the active one, then those that sealed earlier."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    items: list[SealBody]
