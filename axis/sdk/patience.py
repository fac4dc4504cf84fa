"""How long a caller waits for an axis that says when to come again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from axis.sdk.errors import ProblemReported

WAITS_MAX: Final = 3
"""Waits for one deed: an axis that is still busy after three is not about to be free."""

WAITING_SECONDS_MAX: Final = 30
"""Seconds of waiting for one deed, together: as long as a person watches a command that seems to do nothing."""

_LATER: Final = frozenset({429, 503})


@dataclass(slots=True)
class Patience:
    """What is left of one deed's waiting."""

    sleep: Callable[[float], None]
    waits: int = WAITS_MAX
    seconds: int = WAITING_SECONDS_MAX

    def wait(self, refusal: ProblemReported) -> None:
        """Wait as long as the refusal says; raises it again where it names no time, or more than there is left."""
        after = refusal.problem.retry_after
        if refusal.problem.status not in _LATER or after is None or not self.waits or after > self.seconds:
            raise refusal
        self.waits -= 1
        self.seconds -= after
        self.sleep(after)
