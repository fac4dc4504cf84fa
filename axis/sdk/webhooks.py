"""The receiving side of webhooks: an event is believed once its signature, time and digest are, and acted on once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from axis.clock import Clock, SystemClock
from axis.sdk.errors import WebhookFault, WebhookRefused
from envelopes.notification import (
    NOTIFICATION_BYTES_MAX,
    NOTIFICATION_COVERED,
    NOTIFICATION_LABEL,
    NOTIFICATION_TAG,
    NOTIFICATION_WINDOW,
    Notification,
    NotificationUnreadable,
    read_notification,
)
from signing.certificates import Certificate
from signing.errors import TrustFault, TrustUnusable
from signing.http_signatures import (
    Covering,
    HttpMessage,
    HttpSignatureFailure,
    HttpSignatureRefused,
    PublicKey,
    public_key_of,
    verify_message,
)
from signing.policy import SEAL_POLICY
from signing.trust import TrustStore
from signing.verdict import Failure

REMEMBERED: Final = 100_000
"""Ids that `Remembered` keeps: an agency's deliveries of weeks, in ten megabytes."""

_FAULTS: Final = {
    HttpSignatureFailure.KEY_UNKNOWN: WebhookFault.OTHER_KEY,
    HttpSignatureFailure.TIME: WebhookFault.TIME,
    HttpSignatureFailure.DIGEST: WebhookFault.DIGEST,
}


@dataclass(frozen=True, slots=True)
class WebhookVerifier:
    """Judges calls to one webhook. `target` is its address, as it was told to the axis's operator.

    `seals` are the certificates of the axis's seal by fingerprint, former and announced ones too.
    """

    target: str
    trust: TrustStore
    seals: Mapping[str, Certificate]
    clock: Clock

    @classmethod
    def pinned(cls, target: str, certificates: Iterable[Certificate], *, clock: Clock | None = None) -> WebhookVerifier:
        """Return a verifier for the seals among these certificates; the authorities among them are its anchors.

        They are those that receipts are judged with. Raises `TrustUnusable` where there is no seal.
        """
        given = tuple(certificates)
        seals = {one.fingerprint: one for one in given if not one.is_authority}
        if not seals:
            raise TrustUnusable(TrustFault.NO_SEAL)
        return cls(target, TrustStore(one for one in given if one.is_authority), seals, clock or SystemClock())

    def verify(self, headers: Mapping[str, str], body: bytes) -> Notification:
        """Return the event in a POST to the webhook; raises `WebhookRefused`, to be answered with 401.

        1. The body is no larger than an event can be.
        2. The call is signed by a seal of the axis (RFC 9421), over its method, this webhook's address, type and digest
           of the body, within five minutes of now; the body has that digest.
        3. The seal's certificate leads to a pinned authority now.
        4. The body is an event.

        Whether it came before is not asked: see `Remembered`.
        """
        if len(body) > NOTIFICATION_BYTES_MAX:
            raise WebhookRefused(WebhookFault.UNREADABLE)
        now = self.clock.now()
        fields = {name.lower(): value for name, value in headers.items()}
        covering = Covering(
            NOTIFICATION_COVERED, NOTIFICATION_LABEL, NOTIFICATION_TAG, int(now.timestamp()), NOTIFICATION_WINDOW
        )
        try:
            message = HttpMessage(fields, "POST", self.target)
            params = verify_message(message, body, covering=covering, find=self._key)
        except HttpSignatureRefused as error:
            raise WebhookRefused(_FAULTS.get(error.failure, WebhookFault.SIGNATURE)) from error
        path = self.trust.judge(self.seals[params.key_id or ""], (), at=now, policy=SEAL_POLICY)
        if isinstance(path, Failure):
            raise WebhookRefused(WebhookFault.UNTRUSTED)
        try:
            return read_notification(body)
        except NotificationUnreadable as error:
            raise WebhookRefused(WebhookFault.UNREADABLE) from error

    def _key(self, key_id: str) -> PublicKey | None:
        seal = self.seals.get(key_id)
        return None if seal is None else public_key_of(seal)


class Remembered:
    """Which events were seen, the latest `REMEMBERED` of them, in this process's memory; for several threads.

    Enough where acting twice does no harm, as pulling does: a lease after the first finds nothing. Whoever does more
    keeps the ids in a table of its own, in the transaction of what it does.
    """

    def __init__(self) -> None:
        self._seen: OrderedDict[UUID, None] = OrderedDict()
        self._lock = threading.Lock()

    def is_first(self, event_id: UUID) -> bool:
        """Return True the first time an id is shown, False ever after; it is remembered from now on."""
        with self._lock:
            if event_id in self._seen:
                self._seen.move_to_end(event_id)
                return False
            self._seen[event_id] = None
            if len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)
            return True
