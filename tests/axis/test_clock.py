"""One contract for every clock, and what only one of them can do."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axis.clock import Clock, SettableClock, SystemClock, is_due_again, moment_of

_NOON = datetime(2026, 11, 20, 12, 0, 0, 123_000, tzinfo=UTC)


@pytest.fixture(params=[SystemClock, lambda: SettableClock(_NOON)], ids=["system", "settable"])
def clock(request: pytest.FixtureRequest) -> Clock:
    made: Clock = request.param()
    return made


def test_now_is_utc_in_whole_milliseconds(clock: Clock) -> None:
    now = clock.now()
    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0


def test_now_does_not_run_backwards_while_nobody_sets_it(clock: Clock) -> None:
    moments = [clock.now() for _ in range(100)]
    assert moments == sorted(moments)


def test_an_identifier_is_a_uuid_of_version_7_and_the_rfc_variant(clock: Clock) -> None:
    minted = clock.mint()
    assert minted.version == 7
    assert minted.int >> 62 & 0b11 == 0b10


def test_an_identifier_holds_the_moment_it_was_minted_at(clock: Clock) -> None:
    before = clock.now()
    moment = moment_of(clock.mint())
    assert before <= moment <= clock.now()


def test_identifiers_of_one_millisecond_sort_as_they_were_minted(clock: Clock) -> None:
    minted = [clock.mint(_NOON) for _ in range(10_000)]
    assert minted == sorted(minted)
    assert len(set(minted)) == len(minted)


def test_minting_for_other_moments_in_between_does_not_disturb_that_order(clock: Clock) -> None:
    first = clock.mint(_NOON)
    clock.mint(_NOON + timedelta(hours=1))
    clock.mint(_NOON - timedelta(hours=1))
    assert first < clock.mint(_NOON)


def test_many_threads_never_mint_the_same_identifier(clock: Clock) -> None:
    with ThreadPoolExecutor(8) as pool:
        minted = list(pool.map(lambda _: clock.mint(_NOON), range(8_000)))
    assert len(set(minted)) == len(minted)


def test_a_naive_moment_has_no_identifier(clock: Clock) -> None:
    with pytest.raises(ValueError, match="aware"):
        clock.mint(_NOON.replace(tzinfo=None))


def test_a_moment_before_1970_has_no_identifier(clock: Clock) -> None:
    with pytest.raises(ValueError, match="1970"):
        clock.mint(datetime(1969, 12, 31, tzinfo=UTC))


@given(
    st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30)),  # noqa: DTZ001
    st.sampled_from([UTC, timezone(timedelta(hours=7))]),
)
def test_the_moment_of_an_identifier_is_the_one_it_was_minted_for(naive: datetime, offset: timezone) -> None:
    moment = naive.replace(tzinfo=offset)
    held = moment_of(SettableClock(_NOON).mint(moment))
    assert held.tzinfo is UTC
    assert timedelta(0) <= moment - held < timedelta(milliseconds=1)


def test_the_bits_stand_where_rfc_9562_puts_them() -> None:
    at = datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)
    assert str(SettableClock(at).mint()).startswith("017f22e2-79b0-7")


@pytest.mark.parametrize("identifier", [uuid4(), UUID(int=0), UUID("c232ab00-9414-11ec-b3c8-9f6bdeced846")])
def test_other_uuids_hold_no_moment(identifier: UUID) -> None:
    with pytest.raises(ValueError, match="UUIDv7"):
        moment_of(identifier)


def test_a_moment_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="9999"):
        moment_of(UUID("ffffffff-ffff-7fff-bfff-ffffffffffff"))


def test_a_settable_clock_goes_where_it_is_told_and_stays_there() -> None:
    clock = SettableClock(_NOON.astimezone(timezone(timedelta(hours=7))))
    assert clock.now() == _NOON == clock.now()
    assert clock.advance(timedelta(minutes=5)) == _NOON + timedelta(minutes=5) == clock.now()
    clock.set(_NOON - timedelta(days=1))
    assert clock.now() == _NOON - timedelta(days=1)
    with pytest.raises(ValueError, match="aware"):
        clock.set(_NOON.replace(tzinfo=None))


def test_a_forked_child_does_not_go_on_with_its_parents_count() -> None:
    program = """
import os
from datetime import UTC, datetime
from axis.clock import SystemClock
clock, noon = SystemClock(), datetime(2026, 11, 20, tzinfo=UTC)
clock.mint(noon)
child = os.fork()
os.write(1, b'%d\\n' % clock.mint(noon).int)  # in one piece, whoever comes first
if child:
    os.waitpid(child, 0)
"""
    # A process of its own: this one may have threads, and those do not survive a fork.
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    first, second = (_counter(UUID(int=int(line))) for line in done.stdout.split())
    assert abs(first - second) > 1


def _counter(identifier: UUID) -> int:
    rest = (identifier.int >> 64 & 0xFFF) << 62 | identifier.int & (2**62 - 1)
    return rest >> 32


@pytest.mark.parametrize(
    ("ago", "is_due"),
    [
        (None, True),
        (timedelta(), False),
        (timedelta(seconds=59), False),
        (timedelta(minutes=1), True),
        (timedelta(milliseconds=-1), True),
        (timedelta(days=-40), True),
    ],
)
def test_what_was_done_just_now_rests_and_what_will_have_been_done_does_not(
    ago: timedelta | None, *, is_due: bool
) -> None:
    last = None if ago is None else _NOON - ago
    assert is_due_again(last, _NOON, every=timedelta(minutes=1)) is is_due
