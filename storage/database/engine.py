"""The connection pool, with every limit that keeps one slow or dead client from stopping the others."""

from __future__ import annotations

import json
import select
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import psycopg
from sqlalchemy import Engine, create_engine, event, exc


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """How much of the database one process may take, and for how long. Times are seconds."""

    pool_size: int = 10
    """Connections of one process: as many as requests can be at the database at once. Ten processes stay under the
    server's default of 100."""

    pool_wait: float = 5.0
    """How long a request waits for a connection: a queue that is longer is answered with 503 while the client waits."""

    connect: int = 5
    """How long a new connection may take; a server in recovery refuses at once, a lost host never answers."""

    statement: float = 30.0
    """How long one statement may run. The slowest regular one, loading a whole directory, takes a few seconds."""

    lock: float = 5.0
    """How long a statement waits for a lock. No deed holds one longer than its own commit."""

    idle_in_transaction: float = 30.0
    """How long a transaction may stand open without a statement. No network call is made inside one, so a silent
    transaction belongs to a process that hangs, and its locks are in others' way."""


DEFAULT_LIMITS: Final = EngineLimits()

_RECYCLE_SECONDS: Final = 1800
"""Age at which a connection is replaced: its server process has by then cached every table it ever touched."""

_VANISHED: Final = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""A server that vanished without a word is noticed after a minute where nobody says anything, not after the system's
two hours, and half a minute after something was said to it, not after a quarter of an hour (TCP only; the last is
milliseconds)."""

_VANISHED_CLIENT: Final = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
"""The same for the server, which else goes by its own system: that a machine is gone which held a lock, the leader's or
a transaction's, is noticed within half a minute."""

_SIDE_STATEMENT: Final = 5.0
"""Seconds for a statement on a connection beside the pool: it asks for a lock without waiting, or listens."""


def make_engine(url: str, limits: EngineLimits = DEFAULT_LIMITS) -> Engine:
    """Return an engine for `url` (`postgresql+psycopg://…`); nothing is connected yet.

    Sessions on the server run in UTC. Statement parameters never appear in logs or exceptions.
    """
    settings = {
        "timezone": "UTC",
        "statement_timeout": _milliseconds(limits.statement),
        "lock_timeout": _milliseconds(limits.lock),
        "idle_in_transaction_session_timeout": _milliseconds(limits.idle_in_transaction),
    }
    engine = create_engine(
        url,
        pool_size=limits.pool_size,
        max_overflow=0,
        pool_timeout=limits.pool_wait,
        pool_recycle=_RECYCLE_SECONDS,
        hide_parameters=True,
        json_serializer=partial(json.dumps, ensure_ascii=False, separators=(",", ":")),
        connect_args={
            "application_name": "axis",
            **_reaching(limits.connect, settings),
        },
    )
    event.listen(engine, "checkout", _refuse_ended)
    return engine


def connect_beside(engine: Engine, *, name: str) -> psycopg.Connection:
    """Return a connection of its own to an engine's database, outside the pool, called `name`; it commits by itself.

    Every statement on it is over in seconds, and a peer that vanished is noticed as in the pool.
    """
    _, arguments = engine.dialect.create_connect_args(engine.url)
    settings = {"timezone": "UTC", "statement_timeout": _milliseconds(_SIDE_STATEMENT)}
    reaching = _reaching(DEFAULT_LIMITS.connect, settings)
    return psycopg.connect(**{**arguments, **reaching, "application_name": name, "autocommit": True})


def _reaching(seconds: int, settings: Mapping[str, str]) -> dict[str, str | int]:
    """Return the arguments of a connection that neither end waits on for long when the other one is gone."""
    options = {**settings, **_VANISHED_CLIENT}
    return {
        "connect_timeout": seconds,
        "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
        **_VANISHED,
    }


def _refuse_ended(connection: Any, *_others: object) -> None:
    """Have the pool replace a connection that its server has ended, so that a restart costs nobody a request.

    A server says nothing unasked to an idle connection but that it ends it. Looking whether there is anything to read
    is one system call; asking the server would be one turn more for every request.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        raise exc.DisconnectionError


def _milliseconds(seconds: float) -> str:
    return str(int(seconds * 1000))
