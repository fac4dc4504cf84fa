"""The client library: build, sign, send, pull, acknowledge, and believe no receipt that does not verify."""

from __future__ import annotations

from axis.sdk.client import Axis, Credentials
from axis.sdk.errors import (
    AnswerUnreadable,
    AxisUnreachable,
    ContentDiffers,
    ProblemReported,
    ReceiptRefused,
    SdkError,
    SealRefused,
    WebhookRefused,
)
from axis.sdk.keys import open_signer
from axis.sdk.packages import (
    CheckedPackage,
    check_opened,
    check_package,
    open_file,
    sign_bundle,
    sign_octets,
    sign_package,
)
from axis.sdk.receipts import Origin, ReceiptVerifier
from axis.sdk.results import Lease, Offer, Receipt
from axis.sdk.timestamping import Timestamper
from axis.sdk.webhooks import PackageAnswer, Remembered, WebhookVerifier
from envelopes.evidence_facts import EnvironmentKind
from envelopes.notification import Notification, NotificationKind
from signing.timestamping import NoTimestamp

__all__ = [
    "AnswerUnreadable",
    "Axis",
    "AxisUnreachable",
    "CheckedPackage",
    "ContentDiffers",
    "Credentials",
    "EnvironmentKind",
    "Lease",
    "NoTimestamp",
    "Notification",
    "NotificationKind",
    "Offer",
    "Origin",
    "PackageAnswer",
    "ProblemReported",
    "Receipt",
    "ReceiptRefused",
    "ReceiptVerifier",
    "Remembered",
    "SdkError",
    "SealRefused",
    "Timestamper",
    "WebhookRefused",
    "WebhookVerifier",
    "check_opened",
    "check_package",
    "open_file",
    "open_signer",
    "sign_bundle",
    "sign_octets",
    "sign_package",
]
