"""One leader at a time: held by a connection, and free again as soon as its process is gone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, text

from storage.database.leadership import Leadership
from storage.errors import DatabaseUnavailable
from tests.architecture.source import ROOT
from tests.fixtures.running import eventually


@contextmanager
def candidate(engine: Engine) -> Iterator[Leadership]:
    one = Leadership(engine)
    try:
        yield one
    finally:
        one.close()


def test_one_of_several_leads_and_goes_on_to(engine: Engine) -> None:
    with candidate(engine) as first, candidate(engine) as second, candidate(engine) as third:
        for _ in range(3):
            assert [one.is_leading() for one in (first, second, third)] == [True, False, False]


def test_another_leads_once_the_leader_has_ended(engine: Engine) -> None:
    with candidate(engine) as first, candidate(engine) as second:
        assert (first.is_leading(), second.is_leading()) == (True, False)
        first.close()
        assert eventually(lambda: second.is_leading() or None)
        assert not first.is_leading()


def test_a_leader_whose_connection_is_lost_leads_no_longer_and_may_ask_again(engine: Engine) -> None:
    with candidate(engine) as first, candidate(engine) as second:
        assert first.is_leading()
        with engine.begin() as connection:
            ended = connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity"
                    " WHERE application_name = 'axis leadership'"
                )
            ).all()
        assert len(ended) == 1
        assert eventually(lambda: second.is_leading() or None)
        with pytest.raises(DatabaseUnavailable):
            first.is_leading()
        assert not first.is_leading()
        second.close()
        assert eventually(lambda: first.is_leading() or None)


def test_who_never_asked_holds_nothing(engine: Engine) -> None:
    with candidate(engine), engine.connect() as connection:
        named = text("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'axis leadership'")
        assert connection.execute(named).scalar_one() == 0


def test_no_two_advisory_locks_have_one_number() -> None:
    written = [
        number
        for path in (ROOT / "storage").rglob("*.py")
        for number in re.findall(r"^_LOCK: Final = ([\d_]+)$", path.read_text("utf-8"), re.MULTILINE)
    ]
    assert len(written) == len(set(written)) == 3
