"""The receiving side of webhooks: an event is believed once its signature, time and digest are, and acted on once."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from axis.clock import Clock, SystemClock
from axis.sdk.errors import WebhookFault, WebhookRefused
from envelopes.acknowledgement import (
    ACKNOWLEDGEMENT_BODY,
    ACKNOWLEDGEMENT_TYPE,
    Acknowledgement,
    AckOutcome,
    write_acknowledgement,
)
from envelopes.limits import PACKAGE_BYTES_MAX
from envelopes.notification import (
    NOTIFICATION_BYTES_MAX,
    NOTIFICATION_COVERED,
    NOTIFICATION_LABEL,
    NOTIFICATION_TAG,
    NOTIFICATION_WINDOW,
    PACKAGE_COVERED,
    PACKAGE_TAG,
    RECEIVED_DIGEST,
    Notification,
    NotificationUnreadable,
    is_package_type,
    read_notification,
    read_package_fields,
)
from signing.certificates import Certificate
from signing.errors import TrustFault, TrustUnusable
from signing.http_signatures import (
    Covering,
    HttpMessage,
    HttpSignatureFailure,
    HttpSignatureRefused,
    PublicKey,
    digest_field,
    public_key_of,
    verify_message,
)
from signing.jws import sign_jws
from signing.keys import Signer
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
class PackageAnswer:
    """What a call with a package is answered with, beside status 200."""

    headers: Mapping[str, str]
    body: bytes = b""


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

        1. The body is no larger than an event can be, or than a package, where it is one by its type.
        2. The call is signed by a seal of the axis (RFC 9421), over its method, this webhook's address, type and digest
           of the body, and of a package over every field that says what it is, within five minutes of now; the body has
           that digest.
        3. The seal's certificate leads to a pinned authority now.
        4. The body is an event, or the fields beside a package are.

        Of a package (`NotificationKind.DELIVERY_CARRIED`) the body is the original octets, to be judged by
        `check_package` like any. Whether it came before is not asked: see `Remembered`.
        """
        fields = {name.lower(): value for name, value in headers.items()}
        is_package = is_package_type(fields.get("content-type", ""))
        if len(body) > (PACKAGE_BYTES_MAX if is_package else NOTIFICATION_BYTES_MAX):
            raise WebhookRefused(WebhookFault.UNREADABLE)
        now = self.clock.now()
        covered, tag = (PACKAGE_COVERED, PACKAGE_TAG) if is_package else (NOTIFICATION_COVERED, NOTIFICATION_TAG)
        covering = Covering(covered, NOTIFICATION_LABEL, tag, int(now.timestamp()), NOTIFICATION_WINDOW)
        try:
            message = HttpMessage(fields, "POST", self.target)
            params = verify_message(message, body, covering=covering, find=self._key)
        except HttpSignatureRefused as error:
            raise WebhookRefused(_FAULTS.get(error.failure, WebhookFault.SIGNATURE)) from error
        path = self.trust.judge(self.seals[params.key_id or ""], (), at=now, policy=SEAL_POLICY)
        if isinstance(path, Failure):
            raise WebhookRefused(WebhookFault.UNTRUSTED)
        try:
            return read_package_fields(fields) if is_package else read_notification(body)
        except NotificationUnreadable as error:
            raise WebhookRefused(WebhookFault.UNREADABLE) from error

    def answer(
        self, event: Notification, octets: bytes, *, signer: Signer | None = None, failure: str | None = None
    ) -> PackageAnswer:
        """Return what a package that was verified is answered with, once its octets are stored.

        It names their digest, without which the axis sends them again. With a `signer`, a key that the directory knows
        as the recipient agency's, it is the acknowledgement too: taken over, or not, with the reason `failure`.
        Answer a repeat like the first: the axis may not have heard it.
        """
        if event.consigned is None:
            raise ValueError("not the event of a delivery")
        digest = hashlib.sha256(octets)
        headers = {RECEIVED_DIGEST: digest_field(digest.digest())}
        if signer is None:
            return PackageAnswer({**headers, "content-length": "0"})
        statement = Acknowledgement(
            delivery=event.consigned.delivery_id,
            recipient=event.consigned.recipient,
            digest=digest.hexdigest(),
            outcome=AckOutcome.DONE if failure is None else AckOutcome.FAIL,
            time=self.clock.now(),
            reason=None if failure is None else failure.strip(),
        )
        body = sign_jws(write_acknowledgement(statement), signer, kind=ACKNOWLEDGEMENT_TYPE).encode("ascii")
        return PackageAnswer({**headers, "content-type": ACKNOWLEDGEMENT_BODY, "content-length": str(len(body))}, body)

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
