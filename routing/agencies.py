"""Who takes part: agencies, the certificates registered for them, and the systems that may act for them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from envelopes.identifiers import OrganId, SystemId
from envelopes.texts import VIETNAM, is_carried_unchanged
from routing.errors import InvalidEntry
from routing.webhooks import WebhookAddress, WebhookMode

NAME_MAX: Final = 500
"""Characters in an agency's or system's name: full names of fourth-level units exceed the 200 a message carries."""

KID_MAX: Final = 128
"""Characters in a key id: the longest in use is a SHA-512 thumbprint in hexadecimal."""

JWK_MAX: Final = 8_192
"""Characters in a public key as JSON: RSA-8192 with a chain thumbprint stays under 2,000."""

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_PRIVATE_MEMBERS: Final = frozenset({"d", "dp", "dq", "k", "oth", "p", "q", "qi"})
"""Members of a JWK that only a private or shared key has (RFC 7518 §6.2.2, §6.3.2, §6.4.1)."""

_KEY_TYPES: Final = frozenset({"EC", "OKP", "RSA"})


class Standing(StrEnum):
    """Whether an agency exists on a day."""

    OPEN = "open"
    NOT_YET_OPEN = "not-yet-open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Agency:
    """One row of the catalogue. Rows are closed, never deleted.

    `organ_id` is canonical and never changes; `aliases` are its other spellings. It exists from the day `valid_from` up
    to, but not on, the day `valid_to` (Vietnam time), so that both sides of a merger carry one date; None is unbounded.
    `is_group` marks a node that only groups others (`W00` codes): nothing is sent to it. `forwards_to` is the one of
    its `successors` that gets its mail once it is closed; None where mail to it is refused, naming them.
    """

    organ_id: OrganId
    name_vi: str
    aliases: tuple[OrganId, ...] = ()
    name_en: str | None = None
    parent: OrganId | None = None
    is_group: bool = False
    is_receiving: bool = True
    valid_from: date | None = None
    valid_to: date | None = None
    successors: tuple[OrganId, ...] = ()
    forwards_to: OrganId | None = None

    def __post_init__(self) -> None:
        _check_name(self.name_vi)
        if self.name_en is not None:
            _check_name(self.name_en)
        if len(set(self.keys)) != len(self.keys):
            raise InvalidEntry(f"{self.organ_id}: an id is listed twice (upper and lower case are alike)")
        if self.valid_from is not None and self.valid_to is not None and self.valid_to <= self.valid_from:
            raise InvalidEntry(f"{self.organ_id}: closes before it opens")
        if len({successor.key for successor in self.successors}) != len(self.successors):
            raise InvalidEntry(f"{self.organ_id}: a successor is listed twice")
        if self.forwards_to is not None and self.forwards_to.key not in {one.key for one in self.successors}:
            raise InvalidEntry(f"{self.organ_id}: mail is forwarded to who is no successor")

    @property
    def keys(self) -> tuple[str, ...]:
        """Every text this agency is found under: the canonical id first, then the aliases."""
        if not self.aliases:
            return (self.organ_id.key,)
        return (self.organ_id.key, *(alias.key for alias in self.aliases))

    def standing_on(self, moment: datetime) -> Standing:
        """Return whether the agency exists on the Vietnamese day of the aware `moment`."""
        today = moment.astimezone(VIETNAM).date()
        if self.valid_to is not None and today >= self.valid_to:
            return Standing.CLOSED
        if self.valid_from is not None and today < self.valid_from:
            return Standing.NOT_YET_OPEN
        return Standing.OPEN


@dataclass(frozen=True, slots=True)
class RegisteredCertificate:
    """A certificate that may sign for one agency, by the SHA-256 of its DER octets in lower-case hexadecimal.

    The window is that of the *registration*, `valid_from` included and `valid_to` excluded; windows of one agency may
    overlap while keys change. The certificate's own validity is judged by the verifier.
    """

    fingerprint: str
    organ_id: OrganId
    valid_from: datetime
    valid_to: datetime
    suspended_at: datetime | None = None

    def __post_init__(self) -> None:
        if not _FINGERPRINT.fullmatch(self.fingerprint):
            raise InvalidEntry("a fingerprint is 64 lower-case hexadecimal digits")
        _check_window(self.valid_from, self.valid_to)
        _check_aware(self.suspended_at)

    def is_registered_at(self, moment: datetime) -> bool:
        """Return whether `moment` lies in the window of registration."""
        return self.valid_from <= moment < self.valid_to

    def is_suspended_at(self, moment: datetime) -> bool:
        """Return whether the registration was suspended at or before `moment`."""
        return self.suspended_at is not None and self.suspended_at <= moment


class SystemState(StrEnum):
    """Whether a connected system may call. `REMOVED` is for ever; the row stays for the archives."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class SystemKey:
    """A public key a system authenticates with: `jwk` is its JSON text (RFC 7517), never with a private member.

    `valid_from` included, `valid_to` excluded; None is unbounded.
    """

    kid: str
    jwk: str
    valid_from: datetime
    valid_to: datetime | None = None

    def __post_init__(self) -> None:
        if not self.kid or len(self.kid) > KID_MAX or not self.kid.isprintable():
            raise InvalidEntry("not a key id")
        _check_window(self.valid_from, self.valid_to)
        _check_public_jwk(self.jwk)

    @property
    def public_key(self) -> Mapping[str, object]:
        """The key's members, read-only."""
        return MappingProxyType(json.loads(self.jwk))

    def is_valid_at(self, moment: datetime) -> bool:
        """Return whether `moment` lies in the key's window."""
        return self.valid_from <= moment and (self.valid_to is None or moment < self.valid_to)


@dataclass(frozen=True, slots=True)
class System:
    """A connected software. It acts for every agency at or below one of `scopes`, and for each of `exact_scopes` alone.

    `organ_id` is the agency that runs it and answers for it; being home gives no right by itself. `webhook` is where it
    wants to be told of what waits for its agencies, None for one that only asks; `webhook_mode` is what it gets there.
    """

    system_id: SystemId
    organ_id: OrganId
    name: str
    scopes: tuple[OrganId, ...] = ()
    exact_scopes: tuple[OrganId, ...] = ()
    state: SystemState = SystemState.ACTIVE
    keys: tuple[SystemKey, ...] = ()
    webhook: WebhookAddress | None = None
    webhook_mode: WebhookMode = WebhookMode.EVENT

    def __post_init__(self) -> None:
        _check_name(self.name)
        if not self.scopes and not self.exact_scopes:
            raise InvalidEntry(f"{self.system_id}: acts for no agency")
        if len({key.kid for key in self.keys}) != len(self.keys):
            raise InvalidEntry(f"{self.system_id}: two keys have one id")

    @property
    def is_active(self) -> bool:
        """True where it may call, and is called."""
        return self.state is SystemState.ACTIVE

    @property
    def is_pushed_to(self) -> bool:
        """True where it gets whole packages at its webhook."""
        return self.webhook is not None and self.webhook_mode is WebhookMode.PACKAGE

    def is_told_at(self, address: WebhookAddress) -> bool:
        """Return whether it is told by events at this address, and may be called."""
        return self.is_active and self.webhook == address and self.webhook_mode is WebhookMode.EVENT

    def key(self, kid: str, moment: datetime) -> SystemKey | None:
        """Return the key with this id where system and key are both in force at `moment`, else None."""
        if self.state is not SystemState.ACTIVE:
            return None
        return next((key for key in self.keys if key.kid == kid and key.is_valid_at(moment)), None)


def _check_name(name: str) -> None:
    if len(name) > NAME_MAX or not is_carried_unchanged(name):
        raise InvalidEntry(f"a name is 1 to {NAME_MAX} characters without blanks at the ends")


def _check_aware(moment: datetime | None) -> None:
    if moment is not None and moment.utcoffset() is None:
        raise InvalidEntry("times are aware")


def _check_window(start: datetime, end: datetime | None) -> None:
    _check_aware(start)
    _check_aware(end)
    if end is not None and end <= start:
        raise InvalidEntry("a window ends after it begins")


def _check_public_jwk(text: str) -> None:
    if len(text) > JWK_MAX:
        raise InvalidEntry("not a public key: too long")
    try:
        members = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidEntry("not a public key: no JSON") from error
    if not isinstance(members, dict) or members.get("kty") not in _KEY_TYPES:
        raise InvalidEntry("not a public key: kty is EC, OKP or RSA")
    if not _PRIVATE_MEMBERS.isdisjoint(members):
        raise InvalidEntry("a private key was given where the public one belongs")
