"""Working days and hours of Vietnamese offices: from when to when a deadline of the law counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Final

import holidays

from envelopes.texts import VIETNAM
from routing.errors import InvalidEntry

OPENS: Final = time(8)
CLOSES: Final = time(17)
"""Office hours as most agencies keep them; the break at noon counts, so that a deadline is rather too early."""

NOON: Final = time(12)
"""The end of a morning."""

DAYS_AHEAD_MAX: Final = 60
"""Days looked through for the next working day: Tết closes offices for nine, so sixty in a row are a wrong setting."""

_COUNTRY: Final = "VN"


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Which days offices work: public holidays and weekends do not, nor do days that were exchanged for a Saturday.

    `closed` and `opened` are days the Government decided on since the library's tables were made. Raises `InvalidEntry`
    where one day is both.
    """

    closed: frozenset[date] = field(default_factory=frozenset)
    opened: frozenset[date] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        if self.closed & self.opened:
            raise InvalidEntry("a day is closed or opened, not both")

    @classmethod
    def of(cls, *, closed: Iterable[date] = (), opened: Iterable[date] = ()) -> WorkingCalendar:
        """Return the calendar with days that were decided on since."""
        return cls(frozenset(closed), frozenset(opened))

    def is_working(self, day: date) -> bool:
        """Return whether offices work on a day, by the calendar of Vietnam."""
        if day in self.opened:
            return True
        return day not in self.closed and _is_working(day)

    def next_working(self, day: date) -> date:
        """Return the first working day after a day; raises `InvalidEntry` where there is none within two months."""
        for ahead in range(1, DAYS_AHEAD_MAX + 1):
            following = day + timedelta(days=ahead)
            if self.is_working(following):
                return following
        raise InvalidEntry(f"no working day within {DAYS_AHEAD_MAX} days after {day}")

    def morning_after(self, day: date) -> datetime:
        """Return noon of the next working day, aware: what was signed on `day` is sent by then (QĐ 28 Art. 6.2)."""
        return _at(self.next_working(day), NOON)

    def end_of_next(self, moment: datetime) -> datetime:
        """Return when offices close on the working day after the day of an aware moment (NĐ 30 Art. 4.2c)."""
        return _at(self.next_working(_day_of(moment)), CLOSES)

    def add_working(self, moment: datetime, hours: timedelta) -> datetime:
        """Return the aware moment by which so many office hours have passed since `moment`."""
        local = moment.astimezone(VIETNAM)
        at, left = self._opened(local), hours
        while True:
            rest = _at(at.date(), CLOSES) - at
            if left <= rest:
                return at + left
            left -= rest
            at = _at(self.next_working(at.date()), OPENS)

    def _opened(self, local: datetime) -> datetime:
        """Return the moment itself where offices are open, or when they open next."""
        if self.is_working(local.date()) and local.time() <= CLOSES:
            return max(local, _at(local.date(), OPENS))
        return _at(self.next_working(local.date()), OPENS)


def _day_of(moment: datetime) -> date:
    return moment.astimezone(VIETNAM).date()


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, VIETNAM)


@cache
def _year(year: int) -> holidays.HolidayBase:
    """Return the library's table of one year, which nobody changes: several threads ask at once."""
    return holidays.country_holidays(_COUNTRY, years=year, expand=False)


def _is_working(day: date) -> bool:
    return bool(_year(day.year).is_working_day(day))


WORKING_DAYS: Final = WorkingCalendar()
"""The calendar without any day that was decided on since."""
