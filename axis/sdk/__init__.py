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
)
from axis.sdk.keys import open_signer
from axis.sdk.packages import CheckedPackage, check_package, sign_octets, sign_package
from axis.sdk.receipts import Origin, ReceiptVerifier
from axis.sdk.results import Lease, Offer, Receipt
from axis.sdk.timestamping import Timestamper
from envelopes.evidence_facts import EnvironmentKind
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
    "Offer",
    "Origin",
    "ProblemReported",
    "Receipt",
    "ReceiptRefused",
    "ReceiptVerifier",
    "SdkError",
    "SealRefused",
    "Timestamper",
    "check_package",
    "open_signer",
    "sign_octets",
    "sign_package",
]
