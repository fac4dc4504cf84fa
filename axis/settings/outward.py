"""Settings of the way out to connected systems."""

from __future__ import annotations

from pydantic import Field, IPvAnyNetwork

from axis.settings.branch import Branch


class WebhookSettings(Branch):
    """The way out to connected systems that want to be told what waits for them."""

    networks: tuple[IPvAnyNetwork, ...] = Field(
        default=(),
        description='Private networks in which webhooks may stand, as JSON: ["10.20.0.0/16"]. Any other address inside '
        "is refused when a webhook is set and at every call, so that nobody makes the axis call its own neighbours.",
    )
    seconds: int = Field(
        default=10,
        ge=1,
        le=60,
        description="How long one call may take in all, however slowly the answer comes. A receiver stores the event "
        "and answers; what takes longer it does afterwards. Of a call that carries a package, how long a single wait "
        "may take: for its next octets to be taken, for the answer to come.",
    )
    package_seconds: int = Field(
        default=480,
        ge=10,
        le=540,
        description="How long a call that carries a whole package may take in all: 50 MB over a line of 1 Mbit/s. At "
        "most nine minutes: a courier that is silent for ten is taken for dead.",
    )
