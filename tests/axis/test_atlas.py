"""The directory of a process while its database does not answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from axis import atlas as module
from axis.atlas import FRESH_SECONDS, Atlas
from axis.hesitation import HESITATE_SECONDS
from routing.directory import Catalogue, Directory
from storage.database.transactions import ReadSession, Transactions
from storage.errors import DatabaseUnavailable

CALLERS = 40
LIMIT = 5.0
WAIT = 20
DIRECTORY = Directory(1, Catalogue(()), (), ())


@dataclass
class Loading:
    """The database as the atlas sees it: away, it gives each question up after its limit."""

    elapsed: float = 0.0
    asked: int = 0
    is_away: bool = False

    def stopwatch(self) -> float:
        return self.elapsed

    def load(self, _session: ReadSession, _known: Directory | None) -> Directory:
        self.asked += 1
        if self.is_away:
            self.elapsed += LIMIT
            raise DatabaseUnavailable("gone")
        return DIRECTORY


@pytest.fixture
def loading(monkeypatch: pytest.MonkeyPatch) -> Loading:
    loading = Loading()
    monkeypatch.setattr(module, "load_directory", loading.load)
    return loading


def test_all_who_wait_for_a_directory_that_cannot_be_loaded_are_told_at_once(
    loading: Loading, transactions: Transactions
) -> None:
    atlas = Atlas(transactions, loading.stopwatch)
    assert atlas.directory() is DIRECTORY
    loading.elapsed, loading.is_away = FRESH_SECONDS, True
    with ThreadPoolExecutor(8) as pool:
        outcomes = [pool.submit(atlas.directory) for _ in range(CALLERS)]
    assert [type(one.exception(WAIT)) for one in outcomes] == [DatabaseUnavailable] * CALLERS
    assert (loading.asked, loading.elapsed) == (2, FRESH_SECONDS + LIMIT)


def test_it_is_loaded_again_a_moment_after_the_database_is_back(loading: Loading, transactions: Transactions) -> None:
    atlas, loading.is_away = Atlas(transactions, loading.stopwatch), True
    with pytest.raises(DatabaseUnavailable):
        atlas.directory()
    loading.is_away = False
    with pytest.raises(DatabaseUnavailable):
        atlas.directory()
    assert atlas.refresh() is DIRECTORY, "who just changed it always asks"
    loading.elapsed += FRESH_SECONDS + HESITATE_SECONDS
    assert atlas.directory() is DIRECTORY
