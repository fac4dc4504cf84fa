"""What goes wrong, and when: one plan, over and over, as long as a run lasts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import cycle
from typing import Final

from routing.leases import LEASE_TIME_MIN
from tests.chaos.passage import Weather
from tests.chaos.site import Program, Site

HOUR: Final = timedelta(hours=1).total_seconds()
LEAST_KILLING: Final = 6.0
"""Seconds between two killed workers at the least: one takes three to begin."""

LEAST_FLUSHING: Final = 2.0
LEAST_WRONG: Final = 1.5
"""Seconds that a clock is wrong at the least, so that it is noticed and that something is asked meanwhile."""

LEAST_TURN: Final = int(LEASE_TIME_MIN.total_seconds())
EFFECT_SECONDS: Final = 15.0
"""How much longer than ordered a trouble lasts, until somebody meets it: a machine that does something else is slow."""

LEAST_BACKLOG: Final = 150
"""Enough for each recipient to have hands full: a short run among other tests leaves them some of the processors."""

MONTH: Final = timedelta(days=40).total_seconds()


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that goes wrong (or right again), `at` so many seconds after the plan began.

    `deed` returns whether it took effect, None where that shows only when it goes right again: then it is counted.
    """

    at: float
    name: str
    deed: Callable[[], bool | None]


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a plan is, and how long troubles last; all in seconds."""

    length: float
    """Of one plan; then it begins anew."""

    killing: float
    """Between two killed workers."""

    flushing: float
    store: float
    """How long the object store is away; errors and cut answers last half of it each."""

    wrong: float
    """How long a clock is wrong."""

    turn: int
    """How long a recipient has its turn; in the end it looks so long for what would come again."""

    backlog: int
    """How many deliveries may wait before senders hold."""


LONG: Final = Pace(length=600, killing=20, flushing=15, store=60, wrong=20, turn=60, backlog=1_500)


def pace_of(minutes: float) -> Pace:
    """Return the pace of a plan of so many minutes: that of ten, or for a shorter one everything in proportion."""
    part = min(1.0, minutes * 60 / LONG.length)
    return Pace(
        length=minutes * 60,
        killing=max(LEAST_KILLING, LONG.killing * part),
        flushing=max(LEAST_FLUSHING, LONG.flushing * part),
        store=LONG.store * part,
        wrong=max(LEAST_WRONG, LONG.wrong * part),
        turn=max(LEAST_TURN, round(LONG.turn * part)),
        backlog=max(LEAST_BACKLOG, round(LONG.backlog * part)),
    )


def plan(site: Site, pace: Pace) -> list[Trouble]:
    """Return one plan, in the order of time."""
    troubles = [
        *_killed(site, pace),
        *(Trouble(at, "broker flushed", partial(_flush, site)) for at in _every(pace.flushing, pace.length)),
        *_database(site, pace),
        *_store(site, pace),
        *_clocks(site, pace),
        Trouble(0.35 * pace.length, "broker killed", partial(_kill_broker, site)),
        Trouble(0.40 * pace.length, "broker there again", site.broker.start),
    ]
    return sorted(troubles, key=lambda one: one.at)


def ends(site: Site) -> list[Trouble]:
    """Return what puts everything right, so that what is under way can come to its end."""
    return [
        Trouble(0, "store right", partial(site.store.turn, Weather.CLEAR)),
        *(Trouble(0, f"{one.name} clock right", partial(one.jump, 0)) for one in site.programs),
    ]


def _every(pause: float, length: float) -> Iterator[float]:
    at = pause
    while at < length:
        yield at
        at += pause


def _flush(site: Site) -> bool:
    """Have the broker lose all it has, where it is there."""
    if site.broker.process is None:
        return False
    site.broker.flush()
    return True


def _kill_broker(site: Site) -> bool:
    was_there = site.broker.process is not None and site.broker.process.poll() is None
    site.broker.kill()
    return was_there


def _killed(site: Site, pace: Pace) -> Iterator[Trouble]:
    """Yield each worker killed in its turn, and now and then a door; each begins anew at once."""
    workers, doors = cycle(site.workers), cycle(site.doors)
    for at in _every(pace.killing, pace.length):
        one = next(workers)
        yield Trouble(at, f"{one.name} killed", partial(_begin_anew, one))
    for at in _every(3.2 * pace.killing, pace.length):
        one = next(doors)
        yield Trouble(at, f"{one.name} killed", partial(_begin_anew, one))


def _begin_anew(one: Program) -> bool:
    was_running = one.kill()
    one.start()
    return was_running


def _database(site: Site, pace: Pace) -> Iterator[Trouble]:
    for part in (0.15, 0.6):
        yield Trouble(part * pace.length, "database crashed", site.database.crash)
    for part in (0.3, 0.85):
        yield Trouble(part * pace.length, "database restarted", partial(_restart, site))


def _restart(site: Site) -> bool:
    site.database.restart()
    return True


def _store(site: Site, pace: Pace) -> Iterator[Trouble]:
    for part, weather, lasts in (
        (0.2, Weather.AWAY, pace.store),
        (0.5, Weather.ERRORS, pace.store / 2),
        (0.7, Weather.CUT, pace.store / 2),
    ):
        at = part * pace.length
        yield Trouble(at, f"store {weather} from now on", partial(site.store.turn, weather))
        yield Trouble(at + lasts, f"store {weather}", partial(_clear, site, weather))


def _clear(site: Site, weather: Weather) -> bool:
    """Have the store right again, once somebody met how it was."""
    is_met = _await(lambda: site.store.met[weather] > 0)
    site.store.turn(Weather.CLEAR)
    site.store.met.clear()
    return is_met


def _await(is_so: Callable[[], bool]) -> bool:
    """Return whether something is so, having waited for it for a while."""
    deadline, waiting = time.monotonic() + EFFECT_SECONDS, threading.Event()
    while not (found := is_so()) and time.monotonic() < deadline:
        waiting.wait(0.1)
    return found


def _clocks(site: Site, pace: Pace) -> Iterator[Trouble]:
    """Yield clocks of single processes that jump: an hour or a month, forwards and back."""
    for part, one, seconds in (
        (0.1, site.workers[0], HOUR),
        (0.4, site.workers[1], -HOUR),
        (0.65, site.workers[0], MONTH),
        (0.75, site.doors[0], HOUR),
        (0.9, site.doors[1], -MONTH),
    ):
        at = part * pace.length
        name = f"{one.name} clock {seconds:+.0f} s"
        yield Trouble(at, f"{name} from now on", partial(one.jump, seconds))
        yield Trouble(at + pace.wrong, name, partial(_put_right, one))


def _put_right(one: Program) -> bool:
    """Have a clock right again, once somebody asked it."""
    is_noticed = _await(lambda: one.is_noticed)
    one.jump(0)
    return is_noticed
