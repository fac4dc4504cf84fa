"""The seam of what runs in the background: whatever fails there is logged, and the loop goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from axis.errors import ClockAstray
from axis.logs import LogEvent, logger

Result = TypeVar("Result")


def survive(work: str, step: Callable[[], Result], *, otherwise: Result) -> Result:
    """Return what one step of a loop gives, or `otherwise` where it fails in any way.

    The next step is done all the same.

    For threads that nobody watches and that must never end by themselves. The work itself is due again: a row, a check,
    a bell that the sweep makes up for. A clock that is astray is told by whoever found it out, once.
    """
    try:
        return step()
    except ClockAstray:
        return otherwise
    except Exception as error:  # noqa: BLE001  the named seam of background loops
        logger.error(LogEvent.WORK_FAILED, work=work, exc_info=error)
        return otherwise
