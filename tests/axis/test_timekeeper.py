"""The clock of a process is compared with the database's: seldom, fairly, and whenever it may have jumped."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from sqlalchemy import Engine, text
from structlog.testing import capture_logs

from axis import timekeeper as module
from axis.clock import SettableClock, SystemClock
from axis.errors import ClockAstray
from axis.hesitation import HESITATE_SECONDS
from axis.metrics import Metrics
from axis.timekeeper import AGREED_SECONDS, ASTRAY_SECONDS, TOLERANCE, Timekeeper, keep_time
from storage.database.engine import EngineLimits, make_engine
from storage.database.moment import database_moment
from storage.database.transactions import ReadSession, Transactions, WriteSession
from storage.errors import DatabaseUnavailable, StatementTooSlow
from tests.fixtures.clocks import JumpingClock
from tests.fixtures.postgres import MOMENT

HOUR = timedelta(hours=1)
MONTH = timedelta(days=31)
MOMENTS = 50
WAIT = 20
"""Seconds, far less than a connection is waited for that nobody gives back."""
JUMPS = [HOUR, -HOUR, MONTH, -MONTH, TOLERANCE + timedelta(milliseconds=1), -TOLERANCE - timedelta(milliseconds=1)]


class MachineClock(SettableClock):
    """A machine's clock in the hands of the test: it may be wrong."""

    is_watched = True


@dataclass
class World:
    """A machine and a database's server: how time passes on each."""

    clock: SettableClock
    metrics: Metrics
    elapsed: float = 0.0
    server_ahead: timedelta = timedelta()
    answer: timedelta = timedelta()
    asked: int = 0
    is_away: bool = False
    limit: float = 0.0
    """Seconds after which a question to a database that is away is given up."""

    def stopwatch(self) -> float:
        return self.elapsed

    def passes(self, by: timedelta) -> None:
        """Time passes, and all that measure it agree about that."""
        self.clock.advance(by)
        self.elapsed += by.total_seconds()

    def jumps(self, by: timedelta) -> None:
        """The machine's clock is put elsewhere; no time passes, and the server's clock stays where it is."""
        self.clock.advance(by)
        self.server_ahead -= by

    def sleeps(self, by: timedelta) -> None:
        """The machine is suspended: its clock is put right afterwards, its stopwatch stood still."""
        self.clock.advance(by)

    def moment(self, _session: ReadSession) -> object:
        """What the server answers, after half of the time that the answer takes; the other half follows."""
        self.asked += 1
        if self.is_away:
            self.passes(timedelta(seconds=self.limit))
            raise DatabaseUnavailable("gone")
        self.passes(self.answer / 2)
        moment = self.clock.now() + self.server_ahead
        self.passes(self.answer / 2)
        return moment


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(MachineClock(MOMENT), Metrics())
    monkeypatch.setattr(module, "database_moment", world.moment)
    return world


@pytest.fixture
def keeper(world: World, transactions: Transactions) -> Timekeeper:
    return Timekeeper(transactions, world.clock, stopwatch=world.stopwatch, metrics=world.metrics)


def test_a_clock_that_jumps_is_astray_at_the_next_question_and_right_when_it_is_back(
    world: World, keeper: Timekeeper
) -> None:
    keeper.require()
    for jump in JUMPS:
        world.jumps(jump)
        with pytest.raises(ClockAstray) as raised:
            keeper.require()
        assert raised.value.ahead == jump
        assert not keeper.is_right()
        assert not keeper.check()
        world.jumps(-jump)
        world.passes(timedelta(seconds=ASTRAY_SECONDS))
        keeper.require()
        assert keeper.check()


def test_a_clock_that_is_wrong_from_the_start_is_found_at_the_first_question(world: World, keeper: Timekeeper) -> None:
    world.jumps(MONTH)
    assert not keeper.is_right()


def test_asking_costs_one_statement_a_minute(world: World, keeper: Timekeeper) -> None:
    for _ in range(MOMENTS):
        keeper.require()
        world.passes(timedelta(seconds=AGREED_SECONDS / MOMENTS))
    assert world.asked == 1
    keeper.require()
    assert world.asked == 2


def test_who_knocks_while_the_clock_is_astray_costs_one_statement_a_second(world: World, keeper: Timekeeper) -> None:
    world.jumps(HOUR)
    for _ in range(MOMENTS):
        assert not keeper.is_right()
    assert world.asked == 1
    world.passes(timedelta(seconds=ASTRAY_SECONDS))
    assert not keeper.is_right()
    assert world.asked == 2


def test_a_difference_within_the_tolerance_is_none(world: World, keeper: Timekeeper) -> None:
    for jump in (TOLERANCE, -TOLERANCE, -TOLERANCE, TOLERANCE):
        world.jumps(jump)
        keeper.require()
        assert keeper.check()


def test_steps_that_are_small_each_do_not_add_up_unseen(world: World, keeper: Timekeeper) -> None:
    keeper.require()
    world.jumps(TOLERANCE)
    keeper.require()
    world.jumps(TOLERANCE)
    assert not keeper.is_right()


@pytest.mark.parametrize("answer", [timedelta(seconds=2), TOLERANCE])
def test_a_slow_answer_is_no_difference(world: World, keeper: Timekeeper, answer: timedelta) -> None:
    world.answer = answer
    keeper.require()
    assert keeper.check()
    assert world.metrics.registry.get_sample_value("axis_clock_ahead_seconds") == 0


@pytest.mark.parametrize("jump", [timedelta(), timedelta(seconds=9), -timedelta(seconds=9)])
def test_an_answer_that_is_slower_than_a_clock_may_differ_is_no_agreement(
    world: World, keeper: Timekeeper, jump: timedelta
) -> None:
    """It may hide as much as it took; whoever asks when the database answers quickly again learns it."""
    world.answer = timedelta(seconds=20)
    world.jumps(jump)
    with pytest.raises(StatementTooSlow):
        keeper.require()
    world.passes(timedelta(seconds=HESITATE_SECONDS))
    world.answer = timedelta()
    assert keeper.is_right() is (not jump)


def test_a_slow_answer_hides_no_month(world: World, keeper: Timekeeper) -> None:
    world.answer = timedelta(seconds=20)
    world.jumps(MONTH)
    assert not keeper.is_right()


def test_a_jump_while_the_answer_is_on_its_way_is_seen(
    world: World, keeper: Timekeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    def moment(session: ReadSession) -> object:
        answered = world.moment(session)
        if world.asked == 1:
            world.jumps(HOUR)
        return answered

    monkeypatch.setattr(module, "database_moment", moment)
    assert not keeper.is_right()


def test_a_machine_that_slept_goes_on_after_one_look(world: World, keeper: Timekeeper) -> None:
    keeper.require()
    world.sleeps(HOUR)
    keeper.require()
    assert world.asked == 2


def test_a_clock_that_is_set_is_right_and_never_compared(world: World, transactions: Transactions) -> None:
    clock = SettableClock(MOMENT)
    keeper = Timekeeper(transactions, clock, stopwatch=world.stopwatch, metrics=world.metrics)
    for _ in range(3):
        clock.advance(MONTH)
        keeper.require()
        assert keeper.check()
    assert world.asked == 0
    assert world.metrics.registry.get_sample_value("axis_clock_ahead_seconds") is None


def test_it_is_measured_each_time_and_told_once(world: World, keeper: Timekeeper) -> None:
    ahead = partial(world.metrics.registry.get_sample_value, "axis_clock_ahead_seconds")
    with capture_logs() as lines:
        keeper.require()
        world.jumps(-HOUR)
        assert not any(keeper.check() for _ in range(3))
        assert ahead() == -HOUR.total_seconds()
        world.jumps(HOUR)
        assert all(keeper.check() for _ in range(3))
    assert ahead() == 0
    assert [(one["event"], one["log_level"], one["seconds_ahead"]) for one in lines] == [
        ("clock_astray", "error", -HOUR.total_seconds()),
        ("clock_right", "info", 0),
    ]


def test_where_the_database_is_away_nobody_can_say(world: World, keeper: Timekeeper) -> None:
    world.is_away = True
    with pytest.raises(DatabaseUnavailable):
        keeper.require()
    assert keeper.check(), "another check says that the database is away"
    world.is_away = False
    world.passes(timedelta(seconds=HESITATE_SECONDS))
    keeper.require()
    world.jumps(HOUR)
    assert not keeper.check()
    world.is_away = True
    assert not keeper.check(), "what was found astray is not right for want of an answer"


def test_many_who_wait_for_a_database_that_hangs_wait_for_one_time_limit(world: World, keeper: Timekeeper) -> None:
    """The first waits for its limit; those behind it are told the same, and do not wait for limits of their own."""
    world.is_away, world.limit = True, 5.0
    with ThreadPoolExecutor(8) as pool:
        outcomes = [pool.submit(keeper.require) for _ in range(MOMENTS)]
    assert [type(one.exception(WAIT)) for one in outcomes] == [DatabaseUnavailable] * MOMENTS
    assert (world.asked, world.elapsed) == (1, 5.0)
    world.is_away = False
    with pytest.raises(DatabaseUnavailable):
        keeper.require()
    world.passes(timedelta(seconds=HESITATE_SECONDS))
    keeper.require()


def test_many_who_ask_at_once_ask_the_database_once(world: World, keeper: Timekeeper) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda _: keeper.is_right(), range(MOMENTS)))
    assert world.asked == 1


def test_a_real_clock_agrees_with_a_real_database_until_it_jumps(transactions: Transactions) -> None:
    clock, elapsed = JumpingClock(), [0.0]
    keeper = Timekeeper(transactions, clock, stopwatch=lambda: elapsed[0])
    assert keeper.check()
    for jump in (HOUR, -HOUR, MONTH, -MONTH):
        clock.jump(jump)
        assert not keeper.check()
        clock.jump(-jump)
        assert keeper.check()


@pytest.mark.parametrize("jump", JUMPS)
def test_what_a_clock_did_that_jumped_on_the_way_is_not_committed(engine: Engine, jump: timedelta) -> None:
    clock = JumpingClock()
    transactions, keeper = keep_time(engine, clock)
    keeper.require()

    def make(session: WriteSession) -> None:
        session.execute(text("CREATE TABLE astray ()"))
        clock.jump(jump + jump / 10)

    with pytest.raises(ClockAstray):
        transactions.run(make)
    with transactions.read() as session:
        assert session.execute(text("SELECT to_regclass('astray')")).scalar_one() is None


def test_what_a_right_clock_did_is_committed_and_costs_the_database_no_question(
    world: World, keeper: Timekeeper, engine: Engine
) -> None:
    transactions = Transactions(engine, attest=keeper.attest)
    keeper.require()
    for _ in range(MOMENTS):
        world.passes(timedelta(seconds=AGREED_SECONDS / MOMENTS / 2))
        with transactions.begin() as session:
            session.execute(text("SELECT 1"))
    assert world.asked == 1


def test_threads_that_hold_every_connection_do_not_wait_for_one_when_the_clock_is_compared(own_engine: Engine) -> None:
    engine = make_engine(own_engine.url.render_as_string(), EngineLimits(pool_size=4, pool_wait=2 * WAIT))
    clock, together = JumpingClock(), Barrier(4)
    transactions, keeper = keep_time(engine, clock)
    keeper.require()

    def commit(_number: int) -> bool:
        with transactions.begin() as session:
            session.execute(text("SELECT 1"))
            if together.wait() == 0:
                clock.jump(HOUR)
            together.wait()
        return True

    with ThreadPoolExecutor(4) as pool:
        outcomes = [pool.submit(commit, number) for number in range(4)]
    assert [type(one.exception(WAIT)) for one in outcomes] == [ClockAstray] * 4
    engine.dispose()


def test_the_moment_is_the_statements_and_not_the_transactions(transactions: Transactions) -> None:
    with transactions.read() as session:
        first, second = database_moment(session), database_moment(session)
    assert first < second
    assert abs(second - SystemClock().now()) < TOLERANCE
