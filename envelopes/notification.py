"""What a connected system is told at its webhook: a thin event in the form of CloudEvents 1.0, without any content."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from envelopes.identifiers import DeliveryId, EnvelopeId, IdentifierError, OrganId

NOTIFICATION_TYPE: Final = "application/cloudevents+json"
"""The media type of an event in CloudEvents' structured mode."""

NOTIFICATION_BYTES_MAX: Final = 8_192
"""Octets of an event: identifiers and one address; the longest has under 1,500."""

NOTIFICATION_TAG: Final = "axis-webhook"
"""The `tag` of its signature (RFC 9421 §2.3): what was signed for another purpose is no event."""

NOTIFICATION_LABEL: Final = "axis"
"""The label of its signature."""

NOTIFICATION_COVERED: Final = ("@method", "@target-uri", "content-type", "content-digest")
"""What its signature covers, in this order; the digest is that of the body."""

NOTIFICATION_WINDOW: Final = 300
"""Seconds between the signature and the receiver's clock: each call is signed anew, so only clocks stand apart."""

PACKAGE_TYPE: Final = "application/xml"
"""The media type of a package, which is the body of a call that carries one: CloudEvents' binary mode. One in parts is
`multipart/related`, with the boundary that stands in it."""

_IN_PARTS: Final = "multipart/related;"

PACKAGE_TAG: Final = "axis-package"
"""The `tag` of such a call's signature."""

RECEIVED_DIGEST: Final = "axis-received-digest"
"""The field of the answer in which a receiver names the SHA-256 of what it got, written as in RFC 9530.

`Content-Digest` and `Repr-Digest` of an answer are about the answer itself.
"""

_VERSION: Final = "1.0"

_FIELDS: Final = {
    "specversion": "ce-specversion",
    "id": "ce-id",
    "type": "ce-type",
    "source": "ce-source",
    "time": "ce-time",
    "subject": "ce-subject",
}
_DATA_FIELDS: Final = {
    "envelope_id": "ce-envelopeid",
    "recipient": "ce-recipient",
    "priority_rank": "ce-priorityrank",
    "kind": "ce-messagekind",
    "link": "ce-link",
}
"""Attributes of an event as fields of HTTP; those of the data are extensions, in whose names no sign may stand."""

PACKAGE_COVERED: Final = (
    "@method",
    "@target-uri",
    "content-type",
    "content-digest",
    *_FIELDS.values(),
    *_DATA_FIELDS.values(),
)
"""What the signature of a call with a package covers, in this order: everything that says what it is."""


class NotificationKind(StrEnum):
    """What an event tells. A receiver answers 2xx to kinds it does not know: later ones may come."""

    DELIVERY_CONSIGNED = "axis.delivery.consigned"
    """A delivery waits to be pulled."""
    DELIVERY_CARRIED = "axis.delivery.carried"
    """A delivery, whole: its package is the body."""
    WEBHOOK_TESTED = "axis.webhook.tested"
    """An operator tries the webhook out; nothing else happened."""


_OF_DELIVERIES: Final = frozenset({NotificationKind.DELIVERY_CONSIGNED, NotificationKind.DELIVERY_CARRIED})


class NotificationUnreadable(ValueError):
    """The body is no event of an axis."""


@dataclass(frozen=True, slots=True)
class Consigned:
    """The delivery that waits: for whom, how urgent (0 to 3, 3 is hỏa tốc), and where it can be looked at."""

    delivery_id: DeliveryId
    envelope_id: EnvelopeId
    recipient: OrganId
    priority_rank: int
    is_status: bool
    link: str


@dataclass(frozen=True, slots=True)
class Notification:
    """One event. `event_id` is the same at every call about the same thing: whoever has seen it does nothing.

    `source` is the axis's address; `time` is when the thing happened, aware. `consigned` is None for other kinds.
    """

    event_id: UUID
    kind: NotificationKind | str
    source: str
    time: datetime
    consigned: Consigned | None = None


def write_notification(notification: Notification) -> bytes:
    """Return the event as JSON, the same octets for the same event."""
    document = _document(notification)
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def package_fields(notification: Notification) -> dict[str, str]:
    """Return the fields of HTTP that say what a package is: its event in CloudEvents' binary mode."""
    document = _document(notification)
    data = document["data"]
    if not isinstance(data, dict):
        raise TypeError("a package is of a delivery")
    fields = {field: str(document[name]) for name, field in _FIELDS.items()}
    return fields | {field: str(data[name]) for name, field in _DATA_FIELDS.items()}


def read_package_fields(fields: Mapping[str, str]) -> Notification:
    """Return what a package is by the verified fields, in small letters, that came with it.

    Raises `NotificationUnreadable`.
    """
    try:
        document: dict[str, object] = {name: fields[field] for name, field in _FIELDS.items()}
        data = {name: fields[field] for name, field in _DATA_FIELDS.items()}
    except KeyError as error:
        raise NotificationUnreadable("a field is missing") from error
    return _read({**document, "data": {**data, "delivery_id": document["subject"]}})


def _document(notification: Notification) -> dict[str, object]:
    document: dict[str, object] = {
        "specversion": _VERSION,
        "id": str(notification.event_id),
        "type": str(notification.kind),
        "source": notification.source,
        "time": notification.time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    told = notification.consigned
    if told is not None:
        document["subject"] = str(told.delivery_id)
        document["datacontenttype"] = "application/json"
        document["data"] = {
            "delivery_id": str(told.delivery_id),
            "envelope_id": str(told.envelope_id),
            "recipient": told.recipient.value,
            "priority_rank": told.priority_rank,
            "kind": "status" if told.is_status else "document",
            "link": told.link,
        }
    return document


def read_notification(octets: bytes) -> Notification:
    """Return the event in a verified body; raises `NotificationUnreadable` for what is none.

    Members nobody here knows are passed over, and so is the data of kinds nobody here knows.
    """
    if len(octets) > NOTIFICATION_BYTES_MAX:
        raise NotificationUnreadable("too large")
    try:
        document: object = json.loads(octets)
    except (ValueError, RecursionError) as error:  # nested a thousand times deep
        raise NotificationUnreadable("not JSON") from error
    if not isinstance(document, dict):
        raise NotificationUnreadable("not a CloudEvent 1.0")
    return _read(document)


def _read(document: Mapping[str, Any]) -> Notification:
    if document.get("specversion") != _VERSION:
        raise NotificationUnreadable("not a CloudEvent 1.0")
    try:
        kind, time = str(document["type"]), datetime.fromisoformat(document["time"])
        is_known = kind in _OF_DELIVERIES
        return Notification(
            UUID(document["id"]),
            NotificationKind(kind) if kind in set(NotificationKind) else kind,
            str(document["source"]),
            time,
            _consigned(document["data"]) if is_known else None,
        )
    except (KeyError, TypeError, AttributeError, IdentifierError, ValueError) as error:
        raise NotificationUnreadable("a member is missing or malformed") from error


def _consigned(data: Mapping[str, Any]) -> Consigned:
    return Consigned(
        delivery_id=DeliveryId(UUID(data["delivery_id"])),
        envelope_id=EnvelopeId(UUID(data["envelope_id"])),
        recipient=OrganId(data["recipient"]),
        priority_rank=int(data["priority_rank"]),
        is_status=data["kind"] == "status",
        link=str(data["link"]),
    )


def is_package_type(content_type: str) -> bool:
    """Return whether a call with this Content-Type carries a package: one message, or one in parts."""
    return content_type == PACKAGE_TYPE or content_type.startswith(_IN_PARTS)
