"""Notices to connected systems: born with their deliveries, and put into the signed words of an event."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from axis.clock import Clock
from envelopes.identifiers import EventId
from envelopes.notification import (
    NOTIFICATION_COVERED,
    NOTIFICATION_LABEL,
    NOTIFICATION_TAG,
    NOTIFICATION_TYPE,
    Consigned,
    Notification,
    NotificationKind,
    write_notification,
)
from routing.agencies import Agency
from routing.audience import Audience
from routing.delivery import Delivery
from routing.webhooks import TOLD_WITHIN, WebhookAddress
from signing.http_signatures import Covering, HttpMessage, content_digest, sign_message
from signing.keys import Signer
from storage.records import Notice


@dataclass(frozen=True, slots=True)
class Herald:
    """Writes events and signs the calls that tell them, with the axis's seal; `source` is its public address."""

    signer: Signer
    source: str

    def event(self, notice: Notice) -> bytes:
        """Return what a system is told of a delivery: the same octets at every call."""
        told = Consigned(
            notice.delivery_id,
            notice.envelope_id,
            notice.recipient,
            notice.priority_rank,
            notice.is_status,
            f"{self.source}/v1/deliveries/{notice.delivery_id}",
        )
        kind = NotificationKind.DELIVERY_CONSIGNED
        return write_notification(Notification(notice.notice_id, kind, self.source, notice.consigned_at, told))

    def test(self, event_id: EventId, *, at: datetime) -> bytes:
        """Return an event that tells nothing but that it is a test."""
        return write_notification(Notification(event_id, NotificationKind.WEBHOOK_TESTED, self.source, at))

    def signed(self, address: WebhookAddress, body: bytes, *, at: datetime) -> dict[str, str]:
        """Return the fields of a call: type, digest and signature (RFC 9421), made at this moment.

        The key is named by the fingerprint of its certificate, which `/v1/seals` publishes. Raises `KeyUnusable`.
        """
        fields = {"content-type": NOTIFICATION_TYPE, "content-digest": content_digest(body)}
        message = HttpMessage(fields, "POST", str(address))
        covering = Covering(NOTIFICATION_COVERED, NOTIFICATION_LABEL, NOTIFICATION_TAG, int(at.timestamp()))
        made = sign_message(message, self.signer, covering=covering, key_id=self.signer.certificate.fingerprint)
        return {**fields, **made}


def notices_of(
    audience: Audience, delivery: Delivery, *, recipient: Agency, is_status: bool, clock: Clock
) -> Iterator[Notice]:
    """Yield what is told of a new delivery, one notice for each system that may pull it and wants to be told."""
    at = delivery.accepted_at
    for system in audience.of(recipient):
        yield Notice(
            notice_id=EventId(clock.mint(at)),
            system_id=system.system_id,
            envelope_id=delivery.envelope_id,
            delivery_id=delivery.delivery_id,
            recipient=recipient.organ_id,
            priority_rank=delivery.priority_rank,
            is_status=is_status,
            consigned_at=at,
            expires_at=at + TOLD_WITHIN,
            due_at=at,
        )
