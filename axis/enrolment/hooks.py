"""Addresses of webhooks as operators give them: read, and checked by the rules that every call obeys."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from axis.channels.webhooks import Webhooks
from axis.enrolment.reasons import EnrolmentCode, found
from axis.errors import Refused
from routing.errors import InvalidEntry
from routing.webhooks import CallOutcome, WebhookAddress

_REASONS: Final[Mapping[CallOutcome, EnrolmentCode]] = MappingProxyType(
    {
        CallOutcome.NOT_ALLOWED: EnrolmentCode.WEBHOOK_NOT_ALLOWED,
        CallOutcome.PRIVATE: EnrolmentCode.WEBHOOK_PRIVATE,
        CallOutcome.UNRESOLVED: EnrolmentCode.WEBHOOK_UNRESOLVED,
        CallOutcome.NOT_LOOKED_UP: EnrolmentCode.WEBHOOK_UNRESOLVED,
        CallOutcome.TOO_SLOW: EnrolmentCode.WEBHOOK_UNRESOLVED,
    }
)
"""What can be found out about an address without calling it."""


def read_webhook(address: str, webhooks: Webhooks) -> WebhookAddress:
    """Return the address of a webhook that may be called; raises `Refused`. Its host's name is looked up."""
    try:
        webhook = WebhookAddress(address)
    except InvalidEntry as error:
        raise Refused((found(EnrolmentCode.WEBHOOK_ADDRESS, "", value=address),)) from error
    fault = webhooks.find_fault(webhook)
    if fault is not None:
        raise Refused((found(_REASONS[fault], "", value=address),))
    return webhook
