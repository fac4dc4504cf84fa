"""Webhooks: where connected systems want to be told of what waits for them, and what an answer there means."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from routing.errors import InvalidEntry

ADDRESS_MAX: Final = 500
"""Characters of a webhook's address: a host of 253 and a path that a person can still read."""

TOLD_WITHIN: Final = timedelta(days=12)
"""How long a system is tried to be told: an office may be switched off for the whole Tết holiday, up to nine days."""

_ADDRESS: Final = re.compile(r"(?P<scheme>https?)://[A-Za-z0-9._\[\]:-]+(?:/[!$-.0-;=@-Z_a-z~/%]*)?")
_OK, _REDIRECTS, _FAULTS = range(200, 300), range(300, 400), range(500, 600)
_GONE: Final = 410


@dataclass(frozen=True, slots=True)
class WebhookAddress:
    """Where a system wants to be told: https, or http on the machine itself; without user, query and fragment.

    Those would be secrets in the directory's history: whom it hears, a receiver knows by the signature.
    """

    text: str

    def __post_init__(self) -> None:
        found = _ADDRESS.fullmatch(self.text)
        if found is None or len(self.text) > ADDRESS_MAX:
            raise InvalidEntry("not the address of a webhook")
        try:
            parts = urlsplit(self.text)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise InvalidEntry("not the address of a webhook") from error
        if not host or port == 0:
            raise InvalidEntry("not the address of a webhook")
        if self.is_plain and not _is_loopback(host):
            raise InvalidEntry("http is for the machine itself")

    def __str__(self) -> str:
        return self.text

    @property
    def is_plain(self) -> bool:
        """True where nothing is encrypted on the way."""
        return self.text.startswith("http://")


class WebhookMode(StrEnum):
    """What is posted to a webhook. The values stand in stored rows and never change."""

    EVENT = "event"
    """That a delivery waits; the system then pulls it."""
    PACKAGE = "package"
    """The delivery itself, whole."""


class NoticeState(StrEnum):
    """Where a notice to one system is. The values stand in stored rows and never change."""

    WAITING = "waiting"
    TAKEN = "taken"
    REFUSED = "refused"
    EXPIRED = "expired"
    NEEDLESS = "needless"
    """The delivery ended before, or nobody is to be told any more."""


class CallOutcome(StrEnum):
    """What became of one call to a webhook. The values stand in stored rows and never change."""

    TAKEN = "taken"
    GONE = "gone"
    """410: whoever is there wants no such notice, ever."""
    REDIRECTED = "redirected"
    """3xx: it is somewhere else now, and nobody follows a word of unknown origin."""
    DECLINED = "declined"
    """Another answer from 400 on: most are mended by whoever runs the receiver."""
    BROKEN = "broken"
    """500 and above: the receiver itself failed."""
    WRONG_DIGEST = "wrong-digest"
    """A 2xx to a package that does not name the digest of what was received, or does before the last octet left."""
    CALLED_OFF = "called-off"
    """The axis broke it off: the delivery was withdrawn or held before its first octet, or the system suspended."""
    NOT_READ = "not-read"
    """The octets could not be read from the axis's own store."""
    NOT_ALLOWED = "not-allowed"
    PRIVATE = "private-address"
    UNRESOLVED = "unresolved"
    NOT_LOOKED_UP = "not-looked-up"
    """The axis waited for so many other names that it did not look this one up."""
    UNREACHABLE = "unreachable"
    TOO_SLOW = "too-slow"

    @property
    def is_permanent(self) -> bool:
        """True where calling again about the same thing is of no use."""
        return self is CallOutcome.GONE

    @property
    def is_own(self) -> bool:
        """True where the axis itself was the reason, and the receiver had no part in it."""
        return self in {CallOutcome.CALLED_OFF, CallOutcome.NOT_READ, CallOutcome.NOT_LOOKED_UP}

    @property
    def is_answer(self) -> bool:
        """True where somebody answered, whatever it was."""
        return self in _ANSWERS


_ANSWERS: Final = frozenset(
    {
        CallOutcome.TAKEN,
        CallOutcome.GONE,
        CallOutcome.REDIRECTED,
        CallOutcome.DECLINED,
        CallOutcome.BROKEN,
        CallOutcome.WRONG_DIGEST,
    }
)


def judge_status(status: int) -> CallOutcome:
    """Return what a status says: a 2xx took the notice, 410 refuses it for good, anything else is a failure."""
    if status in _OK:
        return CallOutcome.TAKEN
    if status == _GONE:
        return CallOutcome.GONE
    if status in _REDIRECTS:
        return CallOutcome.REDIRECTED
    return CallOutcome.BROKEN if status in _FAULTS else CallOutcome.DECLINED


def judge_package_answer(status: int, echoed: bytes | None, *, digest: bytes) -> CallOutcome:
    """Return what an answer to a whole package says; a 2xx counts where it names the digest of what was sent.

    `echoed` is the SHA-256 that the receiver says it got, None where it says nothing.
    """
    outcome = judge_status(status)
    if outcome is CallOutcome.TAKEN and echoed != digest:
        return CallOutcome.WRONG_DIGEST
    return outcome


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
