"""Months: where each id belongs, that its place is ready in time, and that making it stops nobody."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from storage.database.events import append_events, get_event
from storage.database.partitions import Month, ensure, least_descendant, least_id, missing
from storage.database.tables import PARTITIONED
from storage.database.transactions import Transactions
from storage.errors import AppendOnly, PartitionMissing
from tests.fixtures.postgres import MOMENT
from tests.storage.records import event, new_id

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9999, 11, 30), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
RANDOM_BITS = st.integers(0, 2**74 - 1)


def minted(moment: datetime, random: int) -> UUID:
    """A UUIDv7 of `moment` with these 74 random bits (RFC 9562 §5.7)."""
    milliseconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | (random >> 62) << 64 | 0b10 << 62 | random & (1 << 62) - 1)


@given(MOMENTS, RANDOM_BITS)
def test_every_id_belongs_to_the_month_it_was_minted_in(moment: datetime, random: int) -> None:
    identifier, month = minted(moment, random), Month.of(moment)
    assert identifier.version == 7
    assert month.lower_bound() <= identifier < month.next().lower_bound()
    assert month.next().previous() == month


@given(MOMENTS, RANDOM_BITS, RANDOM_BITS, st.timedeltas(timedelta(), timedelta(hours=23)))
def test_what_follows_is_found_although_its_clock_is_behind(
    moment: datetime, random: int, other: int, behind: timedelta
) -> None:
    ancestor = minted(max(moment, datetime(1971, 1, 1, tzinfo=UTC)), random)
    descendant = minted(max(moment, datetime(1971, 1, 1, tzinfo=UTC)) - behind, other)
    assert least_descendant(ancestor) <= descendant


def test_bounds_hold_the_first_millisecond_and_no_random_bits() -> None:
    assert str(Month(2026, 11).lower_bound()) == "01a19467-e800-7000-8000-000000000000"
    assert Month(2026, 12).next() == Month(2027, 1)
    assert Month(2027, 1).previous() == Month(2026, 12)
    assert str(Month(987, 3)) == "0987_03"


def test_a_month_is_a_month_in_utc() -> None:
    assert Month.of(datetime.fromisoformat("2026-12-01T06:59:59+07:00")) == Month(2026, 11)


def test_an_upgrade_leaves_the_month_before_and_three_ahead(own_engine: Engine) -> None:
    with Transactions(own_engine).read() as session:
        assert missing(session, MOMENT) == ()
        assert missing(session, MOMENT + timedelta(days=30)) == tuple(f"{table}_2027_03" for table in PARTITIONED)
        assert len(missing(session, MOMENT + timedelta(days=3650))) == 5 * len(PARTITIONED)


def test_the_schedule_makes_what_is_missing_and_then_nothing(own_engine: Engine) -> None:
    transactions = Transactions(own_engine)
    later = MOMENT + timedelta(days=40)
    with transactions.begin() as session:
        assert ensure(session, later) == tuple(f"{table}_2027_{month}" for table in PARTITIONED for month in ("03",))
    with transactions.begin() as session:
        assert ensure(session, later) == ()
        assert missing(session, later) == ()


def test_a_row_of_a_month_without_a_place_is_refused_by_name(transactions: Transactions) -> None:
    with pytest.raises(PartitionMissing, match="events"), transactions.begin() as session:
        append_events(session, [event(MOMENT + timedelta(days=365))])


def test_a_row_of_a_month_that_was_made_later_is_kept(own_engine: Engine) -> None:
    transactions = Transactions(own_engine)
    late = event(MOMENT + timedelta(days=365))
    with transactions.begin() as session:
        ensure(session, late.at)
        append_events(session, [late])
    with transactions.read() as session:
        assert get_event(session, late.event_id) == late


def test_a_new_month_only_grows_too(own_engine: Engine) -> None:
    transactions = Transactions(own_engine)
    late = event(MOMENT + timedelta(days=365))
    with transactions.begin() as session:
        ensure(session, late.at)
        append_events(session, [late])
    for change in ("UPDATE events_2027_11 SET tag = 'x'", "DELETE FROM events_2027_11", "TRUNCATE events_2027_11"):
        with pytest.raises(AppendOnly), transactions.begin() as session:
            session.execute(text(change))


def test_making_a_month_waits_for_nobody_who_reads_or_writes(own_engine: Engine) -> None:
    transactions = Transactions(own_engine)
    with transactions.read() as reader, transactions.begin() as writer:
        assert get_event(reader, event().event_id) is None
        append_events(writer, [event()])
        with transactions.begin() as session:
            assert len(ensure(session, MOMENT + timedelta(days=40))) == len(PARTITIONED)
        append_events(writer, [event()])


def test_two_schedules_at_once_make_each_month_once(own_engine: Engine) -> None:
    transactions = Transactions(own_engine)
    together = Barrier(2)

    def make(_: int) -> int:
        together.wait(30)
        with transactions.begin() as session:
            return len(ensure(session, MOMENT + timedelta(days=40)))

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(make, range(2))) == [0, len(PARTITIONED)]


def test_a_look_up_by_id_reads_one_month(engine: Engine) -> None:
    with engine.connect() as connection:
        question = text("EXPLAIN SELECT * FROM deliveries WHERE id = CAST(:id AS uuid)")
        plan = "\n".join(connection.scalars(question, {"id": str(new_id())}))
    assert "deliveries_2026_11" in plan
    assert "deliveries_2026_10" not in plan
    assert "deliveries_2026_12" not in plan


def test_the_least_id_of_a_moment_is_what_ids_begin_with() -> None:
    assert least_id(MOMENT) <= new_id(MOMENT) < least_id(MOMENT + timedelta(milliseconds=1))
