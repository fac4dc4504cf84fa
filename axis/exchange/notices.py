"""Notices to connected systems: born with their deliveries, and put into the signed words of an event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from axis.clock import Clock
from envelopes.identifiers import EventId
from envelopes.notification import (
    NOTIFICATION_COVERED,
    NOTIFICATION_LABEL,
    NOTIFICATION_TAG,
    NOTIFICATION_TYPE,
    PACKAGE_COVERED,
    PACKAGE_TAG,
    Consigned,
    Notification,
    NotificationKind,
    package_fields,
    write_notification,
)
from routing.agencies import System
from routing.delivery import Delivery
from routing.webhooks import TOLD_WITHIN, WebhookAddress
from signing.http_signatures import Covering, HttpMessage, content_digest, digest_field, sign_message
from signing.keys import Signer
from storage.records import EnvelopeRecord, Notice


@dataclass(frozen=True, slots=True)
class Herald:
    """Writes events and signs the calls that tell them, with the axis's seal; `source` is its public address."""

    signer: Signer
    source: str

    def event(self, notice: Notice) -> bytes:
        """Return what a system is told of a delivery: the same octets at every call."""
        return write_notification(self._notification(notice, NotificationKind.DELIVERY_CONSIGNED))

    def test(self, event_id: EventId, *, at: datetime) -> bytes:
        """Return an event that tells nothing but that it is a test."""
        return write_notification(Notification(event_id, NotificationKind.WEBHOOK_TESTED, self.source, at))

    def signed(self, address: WebhookAddress, body: bytes, *, at: datetime) -> dict[str, str]:
        """Return the fields of a call that tells an event: type, digest and signature (RFC 9421), made at this moment.

        The key is named by the fingerprint of its certificate, which `/v1/seals` publishes. Raises `KeyUnusable`.
        """
        fields = {"content-type": NOTIFICATION_TYPE, "content-digest": content_digest(body)}
        return self._signed(fields, address, covering=NOTIFICATION_COVERING, at=at)

    def package(
        self, notice: Notice, envelope: EnvelopeRecord, *, media_type: str, address: WebhookAddress, at: datetime
    ) -> dict[str, str]:
        """Return the fields of a call that carries a package: what it is, its digest and size, and the signature.

        Raises `KeyUnusable`.
        """
        fields = {
            "content-type": media_type,
            "content-digest": digest_field(envelope.raw_digest),
            **package_fields(self._notification(notice, NotificationKind.DELIVERY_CARRIED)),
        }
        signed = self._signed(fields, address, covering=PACKAGE_COVERING, at=at)
        return {**signed, "content-length": str(envelope.size)}

    def _notification(self, notice: Notice, kind: NotificationKind) -> Notification:
        told = Consigned(
            notice.delivery_id,
            notice.envelope_id,
            notice.recipient,
            notice.priority_rank,
            notice.is_status,
            f"{self.source}/v1/deliveries/{notice.delivery_id}",
        )
        return Notification(notice.notice_id, kind, self.source, notice.consigned_at, told)

    def _signed(
        self, fields: Mapping[str, str], address: WebhookAddress, *, covering: Covering, at: datetime
    ) -> dict[str, str]:
        message = HttpMessage(fields, "POST", str(address))
        made = replace(covering, moment=int(at.timestamp()))
        key_id = self.signer.certificate.fingerprint
        return {**fields, **sign_message(message, self.signer, covering=made, key_id=key_id)}


NOTIFICATION_COVERING: Final = Covering(NOTIFICATION_COVERED, NOTIFICATION_LABEL, NOTIFICATION_TAG)
PACKAGE_COVERING: Final = Covering(PACKAGE_COVERED, NOTIFICATION_LABEL, PACKAGE_TAG)
"""What is covered, for which purpose; the time is that of each call."""


def notices_of(systems: Iterable[System], delivery: Delivery, *, is_status: bool, clock: Clock) -> Iterator[Notice]:
    """Yield what is told of a new delivery, or carried: one notice for each system with a webhook that may pull it."""
    at = delivery.accepted_at
    for system in systems:
        yield Notice(
            notice_id=EventId(clock.mint(at)),
            system_id=system.system_id,
            envelope_id=delivery.envelope_id,
            delivery_id=delivery.delivery_id,
            recipient=delivery.recipient,
            priority_rank=delivery.priority_rank,
            is_status=is_status,
            consigned_at=at,
            expires_at=at + TOLD_WITHIN,
            due_at=at,
        )
