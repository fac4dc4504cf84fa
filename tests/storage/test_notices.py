"""Wake-up calls between processes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, text

from storage.database.notices import PAYLOAD_BYTES_MAX, Listener, Notice, notify
from storage.database.transactions import Transactions
from storage.errors import DatabaseUnavailable, StorageError


def hear(listener: Listener, count: int) -> list[Notice]:
    """The next notices, however many arrive together."""
    heard: list[Notice] = []
    while len(heard) < count:
        more = listener.wait(30)
        assert more, "silence"
        heard += more
    return heard


def test_listeners_of_a_channel_hear_what_was_committed(engine: Engine, transactions: Transactions) -> None:
    with Listener(engine, ["inbox", "other"]) as one, Listener(engine, ["inbox"]) as two:
        with transactions.begin() as session:
            notify(session, "inbox", payloads=["H51", "H51", "A12"])
            notify(session, "elsewhere", payloads=["Z01"])
        expected = [Notice("inbox", "H51"), Notice("inbox", "A12")]
        assert hear(one, 2) == expected
        assert hear(two, 2) == expected


def test_nobody_hears_of_what_was_rolled_back(engine: Engine, transactions: Transactions) -> None:
    def give_up() -> None:
        with transactions.begin() as session:
            notify(session, "inbox", payloads=["H51"])
            raise LookupError

    with Listener(engine, ["inbox"]) as listener:
        with pytest.raises(LookupError):
            give_up()
        with transactions.begin() as session:
            notify(session, "inbox", payloads=["A12"])
        assert hear(listener, 1) == [Notice("inbox", "A12")]


def test_a_listener_that_waits_is_woken(engine: Engine, transactions: Transactions) -> None:
    with Listener(engine, ["inbox"]) as listener, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(hear, listener, 1)
        with transactions.begin() as session:
            notify(session, "inbox", payloads=["H51"])
        assert waiting.result(30) == [Notice("inbox", "H51")]


def test_silence_ends_with_its_time(engine: Engine) -> None:
    with Listener(engine, ["inbox"]) as listener:
        assert listener.wait(0.01) == ()


def test_a_listener_whose_connection_broke_says_so(engine: Engine) -> None:
    with Listener(engine, ["inbox"]) as listener:
        with engine.connect() as connection:
            connection.execute(
                text("SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity WHERE query ~ '^LISTEN'")
            )
        with pytest.raises(DatabaseUnavailable):
            listener.wait(30)


def test_a_payload_may_be_as_long_as_postgresql_takes(engine: Engine, transactions: Transactions) -> None:
    with Listener(engine, ["inbox"]) as listener:
        with transactions.begin() as session:
            notify(session, "inbox", payloads=["x" * PAYLOAD_BYTES_MAX])
        assert len(hear(listener, 1)[0].payload) == PAYLOAD_BYTES_MAX
    with pytest.raises(StorageError), transactions.begin() as session:
        notify(session, "inbox", payloads=["x" * (PAYLOAD_BYTES_MAX + 1)])
