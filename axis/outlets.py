"""The way out to connected systems, of the settings."""

from __future__ import annotations

import time

from axis.channels.guarded import Guard
from axis.channels.webhooks import Webhooks
from axis.settings import Environment, Settings
from axis.settings.hosts import Place


def open_webhooks(settings: Settings) -> Webhooks:
    """Return the way out to webhooks; the axis's own doors are none."""
    guard = Guard(tuple(settings.webhooks.networks), float(settings.webhooks.seconds), time.monotonic)
    doors = (settings.web.public_url, settings.issuer, f"http://{settings.web.host}:{settings.web.port}")
    own = frozenset(place for door in doors if (place := Place.of(door)) is not None)
    is_development = settings.environment is not Environment.PRODUCTION
    package_seconds = float(settings.webhooks.package_seconds)
    return Webhooks(guard, own, is_plain_allowed=is_development, package_seconds=package_seconds)
