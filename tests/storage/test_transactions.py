"""Transactions: one commit, at the end; what goes wrong in the driver leaves in our own words, without values."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine, text

from storage.database.embedded import EmbeddedPostgres
from storage.database.engine import EngineLimits, make_engine
from storage.database.events import append_events, get_event
from storage.database.evidences import insert_evidences
from storage.database.history import lock_directory
from storage.database.transactions import Transactions, WriteSession, after_commit
from storage.errors import (
    ConstraintBroken,
    Contention,
    DatabaseUnavailable,
    LockTimeout,
    StatementTooSlow,
    StorageError,
)
from storage.records import EventRecord
from tests.storage.records import event, evidence

SOON = 0.05


class Interrupted(Exception):
    """What a use case may raise."""


def limited(engine: Engine, limits: EngineLimits) -> Iterator[Transactions]:
    """Transactions on the same database with other limits."""
    other = make_engine(engine.url.render_as_string(), limits)
    yield Transactions(other)
    other.dispose()


def write_and_raise(transactions: Transactions, record: EventRecord, bell: Callable[[], object] = lambda: None) -> None:
    with transactions.begin() as session:
        append_events(session, [record])
        after_commit(session, bell)
        raise Interrupted


def is_kept(transactions: Transactions, record: EventRecord) -> bool:
    with transactions.read() as session:
        return get_event(session, record.event_id) is not None


def test_what_was_written_is_durable_when_the_block_has_ended(transactions: Transactions) -> None:
    record = event()
    with transactions.begin() as session:
        append_events(session, [record])
        assert not is_kept(transactions, record)
    assert is_kept(transactions, record)


def test_nothing_is_kept_of_a_block_that_raised(transactions: Transactions) -> None:
    record = event()
    with pytest.raises(Interrupted):
        write_and_raise(transactions, record)
    assert not is_kept(transactions, record)


def test_bells_ring_after_the_commit_in_the_order_they_were_asked_for(transactions: Transactions) -> None:
    record = event()
    rung: list[object] = []
    with transactions.begin() as session:
        after_commit(session, lambda: rung.append(is_kept(transactions, record)))
        after_commit(session, lambda: rung.append("second"))
        append_events(session, [record])
        assert rung == []
    assert rung == [True, "second"]


def test_no_bell_rings_for_what_was_rolled_back(transactions: Transactions) -> None:
    rung: list[str] = []
    with pytest.raises(Interrupted):
        write_and_raise(transactions, event(), bell=lambda: rung.append("rung"))
    assert rung == []


def test_a_bell_that_breaks_surfaces_and_the_deed_stands(transactions: Transactions) -> None:
    def ring(session: WriteSession) -> None:
        append_events(session, [record])
        after_commit(session, {}.popitem)

    record = event()
    with pytest.raises(KeyError):
        transactions.run(ring)
    assert is_kept(transactions, record)


def test_reading_sees_the_state_of_its_first_statement(transactions: Transactions) -> None:
    record = event()
    with transactions.read() as session:
        assert get_event(session, record.event_id) is None
        with transactions.begin() as other:
            append_events(other, [record])
        assert get_event(session, record.event_id) is None
    assert is_kept(transactions, record)


def test_a_reading_session_writes_nothing(transactions: Transactions) -> None:
    with pytest.raises(DatabaseUnavailable, match="25006"), transactions.read() as session:
        session.execute(text("UPDATE directory_versions SET version = 1"))


def test_a_connection_that_was_used_for_reading_writes_again(engine: Engine) -> None:
    for transactions in limited(engine, EngineLimits(pool_size=1)):
        record = event()
        assert not is_kept(transactions, record)
        with transactions.begin() as session:
            append_events(session, [record])
        assert is_kept(transactions, record)


def test_of_two_deeds_in_each_others_way_both_are_done(own_engine: Engine) -> None:
    transactions, together = Transactions(own_engine), Barrier(2)
    tries: list[str] = []
    with own_engine.begin() as connection:
        connection.execute(text("CREATE TABLE accounts (id int PRIMARY KEY, amount int)"))
        connection.execute(text("INSERT INTO accounts VALUES (1, 0), (2, 0)"))

    def transfer(first: int, second: int) -> Callable[[WriteSession], None]:
        def deed(session: WriteSession) -> None:
            is_first_try = f"{first}" not in tries
            tries.append(f"{first}")
            session.execute(text("UPDATE accounts SET amount = amount + 1 WHERE id = :id"), {"id": first})
            if is_first_try:
                together.wait(30)
            session.execute(text("UPDATE accounts SET amount = amount + 1 WHERE id = :id"), {"id": second})

        return deed

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(transactions.run, [transfer(1, 2), transfer(2, 1)]))
    with transactions.read() as session:
        assert session.scalars(text("SELECT amount FROM accounts")).all() == [2, 2]
    assert len(tries) > 2


def test_a_deed_that_keeps_losing_is_given_up(transactions: Transactions) -> None:
    tries: list[int] = []

    def lose(session: WriteSession) -> None:
        tries.append(len(tries))
        session.execute(text("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$"))

    with pytest.raises(Contention):
        transactions.run(lose, attempts=3)
    assert tries == [0, 1, 2]


def test_a_deed_that_fails_otherwise_is_not_repeated(transactions: Transactions) -> None:
    tries: list[int] = []

    def fail(_: WriteSession) -> None:
        tries.append(1)
        raise Interrupted

    with pytest.raises(Interrupted):
        transactions.run(fail)
    assert tries == [1]


def test_a_deed_gives_its_result(transactions: Transactions) -> None:
    assert transactions.run(lambda session: session.scalars(text("SELECT 42")).one()) == 42


def test_a_statement_that_takes_too_long_is_stopped(engine: Engine) -> None:
    for transactions in limited(engine, EngineLimits(statement=SOON)):
        with pytest.raises(StatementTooSlow), transactions.read() as session:
            session.execute(text("SELECT pg_sleep(30)"))


def test_a_lock_that_is_not_given_is_not_waited_for_long(transactions: Transactions, engine: Engine) -> None:
    with transactions.begin() as holder:
        lock_directory(holder)
        for impatient in limited(engine, EngineLimits(lock=SOON)):
            with pytest.raises(LockTimeout), impatient.begin() as session:
                lock_directory(session)


def test_a_transaction_that_stands_idle_is_ended(engine: Engine) -> None:
    def idle(transactions: Transactions) -> None:
        with transactions.read() as session:
            server = os.pidfd_open(session.scalars(text("SELECT pg_backend_pid()")).one())
            assert select.select([server], [], [], 30)[0] == [server]
            os.close(server)
            session.execute(text("SELECT 1"))

    for transactions in limited(engine, EngineLimits(idle_in_transaction=SOON)):
        with pytest.raises(StatementTooSlow, match="25P03"):
            idle(transactions)


def test_when_every_connection_is_busy_the_next_is_refused(engine: Engine) -> None:
    for transactions in limited(engine, EngineLimits(pool_size=1, pool_wait=SOON)):
        with transactions.read() as session:
            session.execute(text("SELECT 1"))
            with pytest.raises(DatabaseUnavailable, match="busy"):
                is_kept(transactions, event())


def test_a_server_that_dies_in_the_middle_is_named(tmp_path: Path) -> None:
    def interrupt(session: WriteSession) -> None:
        session.execute(text("SELECT 1"))
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        server.start()
        session.execute(text("SELECT 1"))

    with EmbeddedPostgres(tmp_path, throwaway=True) as server:
        engine = make_engine(server.url())
        with pytest.raises(DatabaseUnavailable):
            Transactions(engine).run(interrupt)
        engine.dispose()


def test_connections_that_broke_while_nobody_used_them_are_replaced_unseen(engine: Engine) -> None:
    for transactions in limited(engine, EngineLimits(pool_size=1)):
        with transactions.read() as session:
            server = session.scalars(text("SELECT pg_backend_pid()")).one()
        with engine.connect() as connection:
            assert connection.scalars(text("SELECT pg_terminate_backend(:pid, 30000)"), {"pid": server}).one()
        assert not is_kept(transactions, event())


def test_each_of_many_idle_connections_that_broke_is_replaced_unseen(engine: Engine) -> None:
    for transactions in limited(engine, EngineLimits(pool_size=4)):
        together = Barrier(4)

        def ask(_: int, transactions: Transactions = transactions, together: Barrier = together) -> int:
            with transactions.read() as session:
                found: int = session.scalars(text("SELECT pg_backend_pid()")).one()
                together.wait(30)
                return found

        with ThreadPoolExecutor(4) as pool:
            before = set(pool.map(ask, range(4)))
            with engine.connect() as connection:
                end = text("SELECT pg_terminate_backend(pid, 30000) FROM unnest(CAST(:pids AS int[])) AS pid")
                assert all(connection.scalars(end, {"pids": list(before)}))
            after = set(pool.map(ask, range(4)))
        assert (len(before), len(after)) == (4, 4)
        assert before.isdisjoint(after)


def test_a_glance_takes_one_turn_and_leaves_no_transaction_open(transactions: Transactions, engine: Engine) -> None:
    about = text("SELECT pg_backend_pid(), now(), statement_timestamp()")
    with transactions.glance() as session:
        first, second = session.execute(about).one(), session.execute(about).one()
        with engine.connect() as connection:
            query = text("SELECT state FROM pg_stat_activity WHERE pid = :pid")
            assert connection.scalars(query, {"pid": first[0]}).one() == "idle"
    assert first[1] == first[2]
    assert first[1] < second[1]
    with pytest.raises(StorageError), transactions.glance() as session:
        session.execute(text("SELECT * FROM nowhere"))


def test_no_server_at_all_is_named(tmp_path: Path) -> None:
    nowhere = Transactions(make_engine(f"postgresql+psycopg://axis@/axis?host={tmp_path}"))
    with pytest.raises(DatabaseUnavailable), nowhere.read() as session:
        session.execute(text("SELECT 1"))


def test_a_broken_constraint_is_named_without_the_rows_values(transactions: Transactions) -> None:
    secret = evidence(octets=b"secret", digest=b"short")
    with pytest.raises(ConstraintBroken, match="ck_evidences_digest") as caught, transactions.begin() as session:
        insert_evidences(session, [secret])
    assert caught.value.__suppress_context__
    assert caught.value.__cause__ is None


def test_statements_never_tell_their_parameters(transactions: Transactions) -> None:
    with pytest.raises(StorageError) as caught, transactions.begin() as session:
        session.execute(text("SELECT * FROM nowhere WHERE a = :a"), {"a": "secret words"})
    errors: list[BaseException] = []
    error: BaseException | None = caught.value
    while error is not None:
        errors.append(error)
        error = error.__cause__ or error.__context__
    assert all("secret" not in str(error) for error in errors)
    assert len(errors) > 1


def test_two_equal_ids_are_a_broken_constraint(transactions: Transactions) -> None:
    with pytest.raises(ConstraintBroken, match="23505"), transactions.begin() as session:
        append_events(session, [event()] * 2)


def test_times_come_back_in_utc_whatever_the_server_prefers(own_engine: Engine) -> None:
    with own_engine.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {own_engine.url.database} SET timezone = 'Asia/Ho_Chi_Minh'"))
        connection.commit()
    own_engine.dispose()
    record = event()
    with Transactions(own_engine).begin() as session:
        append_events(session, [record])
        assert session.scalars(text("SHOW timezone")).one() == "UTC"
        kept = get_event(session, record.event_id)
        assert kept is not None
        assert kept.at.isoformat() == record.at.isoformat()
