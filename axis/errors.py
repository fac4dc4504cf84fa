"""What use cases answer when they do not do what was asked; they know no HTTP and no command line."""

from __future__ import annotations

from datetime import timedelta

from envelopes.errors import Finding
from routing.uploads import UploadFault


class AxisError(Exception):
    """Base of this floor's errors. Texts hold codes and identifiers, never content."""


class NotFound(AxisError):
    """There is nothing under this id that concerns the caller; whether it exists for somebody else is not said."""


class Refused(AxisError):
    """What was asked is understood and refused. `findings` says why, errors first; there is at least one."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__(findings[0].code)
        self.findings = findings


class LeaseLost(AxisError):
    """The lease has expired or was released, so that it no longer gives any right to the delivery."""


class LeasedElsewhere(AxisError):
    """Another lease holds the delivery at present."""


class Withdrawn(AxisError):
    """The sender took the document back before any of it left the axis; the delivery has ended."""


class Recalled(AxisError):
    """The recipient agreed to give the document back, so that its content is not given out any more."""


class PartAbsent(AxisError):
    """The part that is asked for begins behind the last octet, or holds none; `size` is how many there are."""

    def __init__(self, size: int) -> None:
        super().__init__(f"of {size} octets")
        self.size = size


class UploadRefused(AxisError):
    """An upload does not go on, and how many octets of it there are, where that tells how to."""

    def __init__(self, fault: UploadFault, *, received: int | None = None) -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.received = received


class Busy(AxisError):
    """The axis has too much in hand at the moment; the same request may succeed in `retry_after` whole seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"again in {retry_after} s")
        self.retry_after = retry_after


class ClockAstray(AxisError):
    """The clock of this process is not the database's: nothing that depends on the time is done until it is.

    `ahead` says by how much; what is behind is negative.
    """

    def __init__(self, ahead: timedelta) -> None:
        super().__init__(f"the clock is ahead of the database's by {ahead.total_seconds():.0f} s")
        self.ahead = ahead
