"""The seam where any failure of background work ends: it is logged, and the work is due again."""

from __future__ import annotations

from typing import Any

from dramatiq import Broker, Middleware
from dramatiq.broker import MessageProxy

from axis.logs import LogEvent, logger


class FailureLog(Middleware):
    """Logs what an actor raised, by type and place; the message itself is forgotten, the row is not."""

    def after_process_message(
        self,
        broker: Broker,  # noqa: ARG002  the signature is dramatiq's
        message: MessageProxy,
        *,
        result: Any = None,  # noqa: ARG002  likewise
        exception: BaseException | None = None,
    ) -> None:
        """Log a failure."""
        if exception is not None:
            logger.error(LogEvent.WORK_FAILED, work=message.actor_name, exc_info=exception)
