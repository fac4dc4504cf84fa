"""How long a document may wait for its recipient before the axis raises an alarm, by urgency and by working time.

NĐ 30/2020 Art. 4 clause 2c and Art. 23 clause 1, QĐ 28/2018 Art. 6 clause 2. The law names days for ordinary documents
and says `immediately` for urgent ones; the hours for these are the axis's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final

from envelopes.codes import Priority
from envelopes.texts import VIETNAM
from routing.calendar import WorkingCalendar

BY_THE_CLOCK: Final[Mapping[int, timedelta]] = MappingProxyType(
    {
        Priority.EXPRESS.rank: timedelta(minutes=30),
        Priority.VERY_URGENT.rank: timedelta(hours=2),
    }
)
"""Hỏa tốc and thượng khẩn, whatever day it is: agencies keep somebody on duty for them, and half an hour is two of the
rounds of a guard."""

WORKING_HOURS: Final[Mapping[int, timedelta]] = MappingProxyType({Priority.URGENT.rank: timedelta(hours=4)})
"""Khẩn: half a working day."""


def alarm_at(priority_rank: int, accepted_at: datetime, *, calendar: WorkingCalendar) -> datetime:
    """Return when an alarm is raised for a delivery that nobody has taken over by then, aware.

    An ordinary document is registered on the day it arrives, on the next working day at the latest.
    """
    if priority_rank in BY_THE_CLOCK:
        return accepted_at + BY_THE_CLOCK[priority_rank]
    if priority_rank in WORKING_HOURS:
        return calendar.add_working(accepted_at, WORKING_HOURS[priority_rank])
    return calendar.end_of_next(accepted_at)


def is_sent_late(issued_on: date, priority_rank: int, *, at: datetime, calendar: WorkingCalendar) -> bool:
    """Return whether a document issued on a day reaches the axis late, at the aware moment `at`.

    Due on the day it was signed, in the morning of the next working day at the latest: the stricter of the two rules
    (QĐ 28 Art. 6 clause 2, NĐ 30 Art. 18 clause 1). An urgent one is due at once; of its signing only the day is known.
    """
    if priority_rank > Priority.NORMAL.rank:
        return at.astimezone(VIETNAM).date() > issued_on
    return at > calendar.morning_after(issued_on)
