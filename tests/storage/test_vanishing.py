"""The other end of a connection is gone without a word: both ends are told when to believe it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from threading import Thread
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from storage.database import engine as module
from storage.database.engine import EngineLimits, make_engine
from storage.database.leadership import Leadership
from storage.database.notices import Listener
from storage.errors import DatabaseUnavailable

SERVER = {
    "tcp_keepalives_idle": 10,
    "tcp_keepalives_interval": 5,
    "tcp_keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""What PostgreSQL is told: on a socket of its own machine it keeps the values and does nothing with them."""

CLIENT = {
    socket.TCP_KEEPIDLE: 30,
    socket.TCP_KEEPINTVL: 10,
    socket.TCP_KEEPCNT: 3,
    socket.TCP_USER_TIMEOUT: 30_000,
}
"""What the kernel does at this end."""

LONG = 60
"""Seconds, far more than a connection may take."""


@contextmanager
def pooled(engine: Engine) -> Iterator[psycopg.Connection]:
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        yield driver


@contextmanager
def leading(engine: Engine) -> Iterator[psycopg.Connection]:
    with closing(Leadership(engine)) as leadership:
        leadership.is_leading()
        assert leadership._connection is not None
        yield leadership._connection


@contextmanager
def listening(engine: Engine) -> Iterator[psycopg.Connection]:
    with Listener(engine, ["inbox"]) as listener:
        yield listener._connection


KINDS = pytest.mark.parametrize("connected", [pooled, leading, listening])
Connected = Callable[[Engine], Any]


@contextmanager
def over_tcp(engine: Engine) -> Iterator[Engine]:
    """Yield an engine that reaches the same database by a port of this machine."""
    inside = engine.url.query["host"]
    assert isinstance(inside, str)
    with socket.create_server(("127.0.0.1", 0)) as door, ExitStack() as ends:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    outer, _ = door.accept()
                    inner = socket.socket(socket.AF_UNIX)
                    inner.connect(f"{inside}/.s.PGSQL.5432")
                    for one, other in ((outer, inner), (inner, outer)):
                        ends.enter_context(one)
                        Thread(target=carry, args=(one, other), daemon=True).start()

        Thread(target=serve, daemon=True).start()
        host, port = door.getsockname()
        url = engine.url.set(query={**engine.url.query, "host": host, "port": str(port)})
        through = make_engine(url.render_as_string(hide_password=False))
        yield through
        through.dispose()
        door.shutdown(socket.SHUT_RDWR)


def carry(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while octets := one.recv(65_536):
            other.sendall(octets)
        other.shutdown(socket.SHUT_WR)


@KINDS
def test_the_server_is_told_when_to_believe_that_a_client_is_gone(engine: Engine, connected: Connected) -> None:
    with connected(engine) as connection:
        query = "SELECT name, reset_val FROM pg_settings WHERE name = ANY(%s)"
        told = {name: int(value) for name, value in connection.execute(query, (list(SERVER),))}
    assert told == SERVER


@KINDS
def test_the_kernel_is_told_when_to_believe_that_the_server_is_gone(engine: Engine, connected: Connected) -> None:
    with (
        over_tcp(engine) as through,
        connected(through) as connection,
        socket.fromfd(connection.fileno(), socket.AF_INET, socket.SOCK_STREAM) as end,
    ):
        assert end.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert {option: end.getsockopt(socket.IPPROTO_TCP, option) for option in CLIENT} == CLIENT


@KINDS
def test_no_statement_runs_for_ever(engine: Engine, connected: Connected) -> None:
    with connected(engine) as connection:
        ((limit,),) = connection.execute("SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout'")
    assert 0 < limit <= EngineLimits().statement * 1000


@KINDS
def test_a_host_that_takes_the_connection_and_says_nothing_is_given_up(
    connected: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = EngineLimits(connect=2)
    monkeypatch.setattr(module, "DEFAULT_LIMITS", limits)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host, port = silent.getsockname()
        silenced = make_engine(f"postgresql+psycopg://axis@{host}:{port}/axis", limits)
        began = time.monotonic()
        with pytest.raises((DatabaseUnavailable, OperationalError)), connected(silenced):
            pass
        assert time.monotonic() - began < LONG
