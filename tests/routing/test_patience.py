"""When an alarm is raised for what nobody takes, and what comes late."""

from __future__ import annotations

from datetime import date

import pytest

from envelopes.codes import Priority
from routing.calendar import WORKING_DAYS
from routing.patience import alarm_at, is_sent_late
from tests.routing.test_calendar import at


@pytest.mark.parametrize(
    ("priority", "accepted", "alarm"),
    [
        (Priority.EXPRESS, "2026-11-21T23:50", "2026-11-22T00:20"),
        (Priority.EXPRESS_TIMED, "2026-11-20T10:00", "2026-11-20T10:30"),
        (Priority.VERY_URGENT, "2026-11-20T16:00", "2026-11-20T18:00"),
        (Priority.URGENT, "2026-11-20T16:00", "2026-11-23T11:00"),
        (Priority.NORMAL, "2026-11-20T16:00", "2026-11-23T17:00"),
        (Priority.NORMAL, "2026-11-21T10:00", "2026-11-23T17:00"),
    ],
)
def test_the_more_urgent_the_sooner(priority: Priority, accepted: str, alarm: str) -> None:
    assert alarm_at(priority.rank, at(accepted), calendar=WORKING_DAYS) == at(alarm)


@pytest.mark.parametrize("priority", Priority)
def test_no_urgency_is_without_an_alarm_and_none_is_before_the_acceptance(priority: Priority) -> None:
    moment = at("2026-02-13T16:59")
    assert alarm_at(priority.rank, moment, calendar=WORKING_DAYS) > moment


@pytest.mark.parametrize(
    ("issued", "priority", "sent", "late"),
    [
        ("2026-11-19", Priority.NORMAL, "2026-11-20T11:59", False),
        ("2026-11-19", Priority.NORMAL, "2026-11-20T12:01", True),
        ("2026-11-20", Priority.NORMAL, "2026-11-23T12:00", False),
        ("2026-11-20", Priority.URGENT, "2026-11-20T23:59", False),
        ("2026-11-20", Priority.URGENT, "2026-11-21T00:00", True),
        ("2026-11-25", Priority.EXPRESS, "2026-11-20T10:00", False),
    ],
)
def test_what_is_sent_late(issued: str, priority: Priority, sent: str, *, late: bool) -> None:
    found = is_sent_late(date.fromisoformat(issued), priority.rank, at=at(sent), calendar=WORKING_DAYS)
    assert found is late
