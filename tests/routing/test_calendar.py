"""Working time in Vietnam: holidays, days exchanged for a Saturday, and hours that run on past a night."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from envelopes.texts import VIETNAM
from routing.calendar import CLOSES, OPENS, WORKING_DAYS, WorkingCalendar
from routing.errors import InvalidEntry

HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    """A moment of Vietnam's clock."""
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-11-20", True),
        ("2026-11-21", False),
        ("2026-11-22", False),
        ("2026-02-17", False),
        ("2026-09-02", False),
        ("2026-08-31", False),
        ("2026-08-22", True),
    ],
    ids=["Friday", "Saturday", "Sunday", "Tết", "national day", "exchanged", "Saturday worked for it"],
)
def test_which_days_offices_work(day: str, *, works: bool) -> None:
    assert WORKING_DAYS.is_working(date.fromisoformat(day)) is works


def test_days_that_were_decided_on_since() -> None:
    friday, saturday = date(2026, 11, 20), date(2026, 11, 21)
    calendar = WorkingCalendar.of(closed=[friday], opened=[saturday])
    assert (calendar.is_working(friday), calendar.is_working(saturday)) == (False, True)
    assert calendar.next_working(date(2026, 11, 19)) == saturday
    with pytest.raises(InvalidEntry, match="not both"):
        WorkingCalendar.of(closed=[friday], opened=[friday])


def test_the_morning_after_tet() -> None:
    """Offices close from 16 to 20 February 2026, with the weekends on both sides."""
    assert WORKING_DAYS.morning_after(date(2026, 2, 13)) == at("2026-02-23T12:00")
    assert WORKING_DAYS.end_of_next(at("2026-02-13T23:59")) == at("2026-02-23T17:00")


def test_the_day_is_vietnams() -> None:
    """18:00 UTC on Thursday is Friday in Hà Nội, so that the next working day is Monday."""
    evening = datetime.fromisoformat("2026-11-19T18:00+00:00")
    assert WORKING_DAYS.end_of_next(evening) == at("2026-11-23T17:00")


@pytest.mark.parametrize(
    ("begun", "hours", "over"),
    [
        ("2026-11-20T09:00", 4, "2026-11-20T13:00"),
        ("2026-11-20T15:00", 4, "2026-11-23T10:00"),
        ("2026-11-20T06:30", 4, "2026-11-20T12:00"),
        ("2026-11-20T17:00", 1, "2026-11-23T09:00"),
        ("2026-11-21T10:00", 1, "2026-11-23T09:00"),
        ("2026-11-20T08:00", 9, "2026-11-20T17:00"),
        # Tuesday 24 November is the day of culture, a public holiday since 2026.
        ("2026-11-20T08:00", 27, "2026-11-25T17:00"),
        ("2026-11-20T09:00", 0, "2026-11-20T09:00"),
    ],
)
def test_hours_run_while_offices_are_open(begun: str, hours: int, over: str) -> None:
    assert WORKING_DAYS.add_working(at(begun), hours * HOUR) == at(over)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)),  # noqa: DTZ001 - made aware below
    st.integers(0, 40),
    st.integers(0, 40),
)
@example(datetime(2026, 11, 30, 9), 8, 0)  # noqa: DTZ001 - likewise
def test_hours_add_up_and_end_in_office_hours(begun: datetime, first: int, second: int) -> None:
    moment = begun.replace(tzinfo=VIETNAM)
    whole = WORKING_DAYS.add_working(moment, (first + second) * HOUR)
    assert whole == WORKING_DAYS.add_working(WORKING_DAYS.add_working(moment, first * HOUR), second * HOUR)
    assert WORKING_DAYS.is_working(whole.date())
    assert OPENS <= whole.time() <= CLOSES


def test_a_calendar_without_working_days_is_refused() -> None:
    every = [date(2026, 11, 20) + timedelta(days=ahead) for ahead in range(100)]
    with pytest.raises(InvalidEntry, match="no working day within 60 days"):
        WorkingCalendar.of(closed=every).next_working(date(2026, 11, 20))
