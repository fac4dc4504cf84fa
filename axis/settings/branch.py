"""What every branch of the settings is: frozen, closed, and silent about its values."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Branch(BaseModel):
    """A branch of the tree; an unknown name in it is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
