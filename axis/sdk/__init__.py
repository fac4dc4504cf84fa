"""The client library: build, sign, send, pull, acknowledge, and believe no receipt that does not verify."""

from __future__ import annotations

from axis.sdk.client import Axis, Credentials
from axis.sdk.errors import AnswerUnreadable, AxisUnreachable, ContentDiffers, ProblemReported, ReceiptRefused, SdkError
from axis.sdk.packages import CheckedPackage, check_package, sign_octets, sign_package
from axis.sdk.receipts import ReceiptVerifier
from axis.sdk.results import Lease, Offer, Receipt

__all__ = [
    "AnswerUnreadable",
    "Axis",
    "AxisUnreachable",
    "CheckedPackage",
    "ContentDiffers",
    "Credentials",
    "Lease",
    "Offer",
    "ProblemReported",
    "Receipt",
    "ReceiptRefused",
    "ReceiptVerifier",
    "SdkError",
    "check_package",
    "sign_octets",
    "sign_package",
]
