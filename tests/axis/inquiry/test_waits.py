"""Everything that waits is in one table, with its deadline and the step that ends it."""

from __future__ import annotations

import inspect
import pkgutil
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import timedelta
from enum import StrEnum
from importlib import import_module

import pytest

import routing
from axis.inquiry.waits import WAITS, Step, spoken
from axis.workers.errands import Errands
from axis.workers.rounds import Rounds
from routing.agencies import SystemState
from routing.demands import DEMAND_STEPS, DemandState
from routing.lifecycle import FINAL_STATES, DeliveryState
from routing.uploads import UploadState
from routing.webhooks import NoticeState
from storage.database.tables import Base

OPEN: Mapping[type[StrEnum], AbstractSet[StrEnum]] = {
    DeliveryState: set(DeliveryState) - FINAL_STATES,
    DemandState: {state for state, _ in DEMAND_STEPS},
    NoticeState: {NoticeState.WAITING},
    UploadState: {UploadState.OPEN},
}
"""For each enumeration of states, those that are not final."""

OF_PEOPLE = {SystemState}
"""States that are decisions of people, and last until another one."""

_UNTIL = re.compile(r"(?:due_at|alarm_at|expires_at|opened_at|\w+_until)")
_DIRECTORY = {"agencies", "agency_certificates", "system_keys", "systems"}
"""Tables whose windows are the directory's: nothing waits for their ends."""


def test_every_state_that_is_not_final_is_in_it() -> None:
    assert {one.state for one in WAITS if one.state is not None} == {
        state for states in OPEN.values() for state in states
    }


def test_every_enumeration_of_states_is_known() -> None:
    modules = (import_module(f"routing.{one.name}") for one in pkgutil.iter_modules(routing.__path__))
    found = {
        value
        for module in modules
        for name, value in vars(module).items()
        if name.endswith("State") and inspect.isclass(value) and issubclass(value, StrEnum)
    }
    assert found == {*OPEN, *OF_PEOPLE}


def test_every_column_that_says_until_when_is_in_it() -> None:
    columns = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if _UNTIL.fullmatch(column.name) and table.name not in _DIRECTORY
    }
    assert {one.column for one in WAITS if one.column != "-"} == columns


def test_every_step_of_a_worker_ends_something_and_there_is_no_other() -> None:
    named = re.findall(r'"(\w+)": self\.', inspect.getsource(Rounds.make))
    named += re.findall(r'survive\("(\w+)"', inspect.getsource(Errands))
    assert set(named) - {"measure"} == set(Step)
    assert {one.step for one in WAITS} == set(Step)


def test_each_says_until_when_and_why_so_long() -> None:
    assert [one.what for one in WAITS if not (one.until and one.reason.endswith("."))] == []


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(days=12), "12 days"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(minutes=10), "10 minutes"),
        (timedelta(seconds=90), "90 seconds"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(milliseconds=500), "0.5 seconds"),
    ],
)
def test_spans_in_words(span: timedelta, words: str) -> None:
    assert spoken(span) == words
