"""Where a transaction begins and ends: the only commit of the program."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from storage.database.faults import translated
from storage.errors import Contention

Result = TypeVar("Result")

ATTEMPTS: Final = 4
"""How often a deed is tried. A deadlock has one victim, so with two contenders the second try wins; more is load."""

_HOOKS: Final = "after_commit"


class ReadSession(Session):
    """A transaction that reads one consistent state of the database and can change nothing."""


class WriteSession(ReadSession):
    """A transaction whose changes become durable together when its `with` block ends well."""


class Transactions:
    """Transactions on one engine. Errors of the driver leave as errors of `storage.errors`."""

    def __init__(self, engine: Engine, *, attest: Callable[[WriteSession], None] | None = None) -> None:
        """`attest` is asked before each commit; where it raises, nothing of that transaction remains."""
        self._attest = attest
        self._writing = sessionmaker(engine, class_=WriteSession, autoflush=False, expire_on_commit=False)
        snapshot = engine.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")
        self._reading = sessionmaker(snapshot, class_=ReadSession, autoflush=False, expire_on_commit=False)
        single = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._glancing = sessionmaker(single, class_=ReadSession, autoflush=False, expire_on_commit=False)

    @contextmanager
    def begin(self) -> Iterator[WriteSession]:
        """Yield a session that commits when the block ends and rolls back when it raises.

        What was handed to `after_commit` runs after the commit, with the connection back in the pool.
        """
        with translated(), self._writing() as session:
            yield session
            if self._attest is not None:
                self._attest(session)
            session.commit()
        for hook in session.info.get(_HOOKS, ()):
            hook()

    @contextmanager
    def read(self) -> Iterator[ReadSession]:
        """Yield a read-only session: all its statements see the state of the first."""
        with translated(), self._reading() as session:
            yield session

    @contextmanager
    def glance(self) -> Iterator[ReadSession]:
        """Yield a session for one reading statement: one turn with the server, where `read` takes two more.

        Each statement sees a state of its own, so what must fit together comes from one statement or from `read`.
        """
        with translated(), self._glancing() as session:
            yield session

    def run(self, deed: Callable[[WriteSession], Result], *, attempts: int = ATTEMPTS) -> Result:
        """Return what `deed` returns, in a transaction of its own, done anew when it lost against another one.

        `deed` must be safe to repeat: it changes nothing outside its session. Raises `Contention` after the last try.
        """
        for _ in range(attempts - 1):
            try:
                with self.begin() as session:
                    return deed(session)
            except Contention:
                continue
        with self.begin() as session:
            return deed(session)


def after_commit(session: WriteSession, hook: Callable[[], object]) -> None:
    """Have `hook` called once the session's transaction is durable; not at all when it rolls back.

    For bells, never for promises: the process may die in between. A hook deals with its own failures. One that raises
    is a programming error and surfaces, although the deed is done.
    """
    session.info.setdefault(_HOOKS, []).append(hook)
