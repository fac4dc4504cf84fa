"""What a worker has in hand when it is told to stop: finished, or given back, and never both."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from axis.exchange.turns import Turn
from storage.errors import DatabaseUnavailable


class Row:
    """Equal to every other, as rows may be: they are told apart all the same."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Row)

    __hash__ = None  # type: ignore[assignment]


def test_all_is_handed_out_and_nothing_given_back() -> None:
    given: list[Sequence[Row]] = []
    turn, rows = Turn[Row]("work", given.append), [Row(), Row(), Row()]
    assert [id(one) for one in turn.each(rows)] == [id(one) for one in rows]
    turn.abandon()
    assert given == []


def test_what_was_not_begun_goes_back_when_it_is_told_to_stop() -> None:
    given: list[Sequence[Row]] = []
    turn, rows = Turn[Row]("work", given.append), [Row(), Row(), Row()]
    handed = []
    for row in turn.each(rows):
        handed.append(row)
        turn.stop()
    assert (len(handed), [[id(one) for one in some] for some in given]) == (1, [[id(rows[1]), id(rows[2])]])
    turn.abandon()
    assert len(given) == 1


def test_what_is_being_worked_at_goes_back_when_its_process_ends_and_is_nobodys_then() -> None:
    given: list[Sequence[Row]] = []
    turn, rows = Turn[Row]("work", given.append), [Row(), Row()]
    begun, go_on, still = threading.Event(), threading.Event(), list[bool]()

    def work() -> None:
        for row in turn.each(rows):
            begun.set()
            go_on.wait(20)
            still.append(turn.holds(row))

    thread = threading.Thread(target=work)
    thread.start()
    assert begun.wait(20)
    turn.abandon()
    go_on.set()
    thread.join()
    assert (still, [len(some) for some in given]) == ([False], [2])


def test_whoever_cannot_give_back_ends_all_the_same() -> None:
    def fail(_rows: Sequence[Row]) -> None:
        raise DatabaseUnavailable("gone")

    turn = Turn[Row]("work", fail)
    for _ in turn.each([Row(), Row()]):
        turn.stop()


@pytest.mark.parametrize("taken", [[], [Row()]])
def test_a_turn_that_was_stopped_begins_nothing(taken: list[Row]) -> None:
    given: list[Sequence[Row]] = []
    turn = Turn[Row]("work", given.append)
    turn.stop()
    assert list(turn.each(taken)) == []
    assert given == ([taken] if taken else [])
