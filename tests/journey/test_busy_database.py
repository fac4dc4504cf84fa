"""The database is in the way: what may pass is tried again a few times, then answered with 503 and `Retry-After`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

import pytest
from sqlalchemy import Engine, text

from axis import wiring
from axis.sdk import Axis as Client
from storage.database.engine import EngineLimits
from storage.database.transactions import ATTEMPTS
from tests.fixtures.running import RunningAxis, started
from tests.journey.door import Door, comes_again, door_of

SOON: Final = 0.2
"""Seconds this axis waits for a lock or a connection; the real ones are five."""

LONG: Final = 1.5
"""Seconds a statement may run here; the real ones are thirty."""

POOL: Final = 3

LOSING: Final = """
CREATE SEQUENCE tries;
CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A sequence counts on where the transaction is rolled back.
    IF nextval('tries') <= {losses} THEN RAISE EXCEPTION 'lost' USING ERRCODE = '{state}'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loses BEFORE INSERT ON submission_keys FOR EACH ROW EXECUTE FUNCTION lose();
"""
WINNING: Final = "DROP TRIGGER loses ON submission_keys; DROP FUNCTION lose; DROP SEQUENCE tries"


@dataclass(frozen=True, slots=True)
class Impatient:
    """A door that does not wait long for the database, and one letter for it."""

    door: Door
    client: Client
    package: bytes

    @property
    def engine(self) -> Engine:
        """The way to the database of who is not in a hurry."""
        return self.door.first.embedded.axis.engine

    def defers(self) -> None:
        """Send the letter; it is to come again, and nothing of it is kept."""
        before = self._kept()
        comes_again(lambda: self.client.send(self.package))
        assert self._kept() == before

    def accepts(self) -> None:
        """Send the letter; it is accepted, for the first time and once."""
        before = self._kept()
        assert not self.client.send(self.package).is_repeat
        grown = {name: number - before[name] for name, number in self._kept().items()}
        assert (grown["envelopes"], grown["submission_keys"], grown["deliveries"]) == (1, 1, 1)

    @contextmanager
    def losing(self, losses: int, state: str) -> Iterator[None]:
        """Let that many transactions fail that would accept something."""
        self._execute(LOSING.format(losses=losses, state=state))
        try:
            yield
        finally:
            self._execute(WINNING)

    def tries(self) -> int:
        with self.engine.connect() as connection:
            return int(connection.scalars(text("SELECT last_value FROM tries")).one())

    def _kept(self) -> dict[str, int]:
        return dict(self.door.first.rows())

    def _execute(self, statements: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(statements))


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningAxis]:
    """An axis whose tables this module may spoil."""
    with started(tmp_path_factory.mktemp("own")) as running:
        yield running


@pytest.fixture
def impatient(own: RunningAxis, monkeypatch: pytest.MonkeyPatch) -> Iterator[Impatient]:
    monkeypatch.setattr(wiring, "EngineLimits", partial(EngineLimits, pool_wait=SOON, lock=SOON, statement=LONG))
    with door_of(own, database=own.embedded.axis.settings.database.model_copy(update={"pool_size": POOL})) as door:
        sender, recipient = own.agencies(2)
        client = door.client(sender)
        own.settle()
        yield Impatient(door, client, own.package(sender, recipient))


@pytest.mark.parametrize("state", ["40001", "40P01"], ids=["serialization failure", "deadlock"])
def test_who_loses_against_others_is_tried_again_unseen(impatient: Impatient, state: str) -> None:
    with impatient.losing(ATTEMPTS - 1, state):
        impatient.accepts()
        assert impatient.tries() == ATTEMPTS


@pytest.mark.parametrize("state", ["40001", "40P01"], ids=["serialization failure", "deadlock"])
def test_who_keeps_losing_is_told_to_come_again(impatient: Impatient, state: str) -> None:
    with impatient.losing(1000, state):
        impatient.defers()
        assert impatient.tries() == ATTEMPTS
    impatient.accepts()


@pytest.mark.parametrize("mode", ["SHARE ROW EXCLUSIVE", "ACCESS EXCLUSIVE"], ids=["writing", "reading"])
def test_a_lock_that_is_not_given_in_time_is_no_reason_to_lose_a_letter(impatient: Impatient, mode: str) -> None:
    with impatient.engine.begin() as holder:
        holder.execute(text(f"LOCK TABLE submission_keys IN {mode} MODE"))
        # What is kept cannot be looked at before the lock is given back.
        comes_again(lambda: impatient.client.send(impatient.package))
    impatient.accepts()


def test_when_every_connection_is_busy_the_letter_comes_again(impatient: Impatient) -> None:
    with ExitStack() as busy:
        for _ in range(POOL):
            session = busy.enter_context(impatient.door.axis.premises.transactions.read())
            session.execute(text("SELECT 1"))
        impatient.defers()
    impatient.accepts()


def test_a_statement_that_is_stopped_is_no_reason_to_lose_a_letter(impatient: Impatient) -> None:
    statement = "CREATE RULE slow AS ON INSERT TO document_numbers DO ALSO SELECT pg_sleep(30)"
    impatient._execute(statement)
    impatient.defers()
    impatient._execute("DROP RULE slow ON document_numbers")
    impatient.accepts()
