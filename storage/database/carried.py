"""Deliveries that are to be pushed to a webhook, and to which nobody is left to be called about."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import exists, select, text

from envelopes.identifiers import DeliveryId
from routing.agencies import SystemState
from routing.delivery import Delivery
from routing.webhooks import WebhookMode
from storage.database.deliveries import lock_deliveries
from storage.database.tables import DeliveryRow, NoticeRow, SystemRow, table_of
from storage.database.transactions import WriteSession

_TABLE = table_of(DeliveryRow)
_C = _TABLE.c

_CARRIED: Final = text("deliveries.state IN ('ready', 'deferred')")
"""Spelled as the index has it: of a parameter it would not be known that it fits."""


def uncarried(session: WriteSession, now: datetime, *, limit: int) -> tuple[Delivery, ...]:
    """Return deliveries that are to be pushed and that nobody is to be called about, locked until the session ends.

    The webhook was removed or is told by events now, its system may no longer act for the recipient, or was removed.
    Those that another worker is looking at are passed over, and those whose time is over; also what its recipient
    agreed to give back: its content is not given out any more, so that it is at nobody's disposal.
    """
    notice, system = table_of(NoticeRow).c, table_of(SystemRow).c
    carrier = exists().where(
        notice.delivery_id == _C.id,
        notice.due_at.is_not(None),
        system.system_id == notice.system_id,
        system.webhook.is_not(None),
        system.webhook_mode == WebhookMode.PACKAGE.value,
        system.state != SystemState.REMOVED.value,
    )
    is_open = (_C.due_at > now, _C.recalled_at.is_(None))
    query = select(_C.id).where(_CARRIED, *is_open, ~carrier).order_by(_C.id).limit(limit)
    found = session.scalars(query.with_for_update(skip_locked=True, of=_TABLE)).all()
    return lock_deliveries(session, [DeliveryId(one) for one in found]) if found else ()
