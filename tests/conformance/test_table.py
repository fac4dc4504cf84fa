"""The table of `make conformance`: nothing unexplained, and the numbers that the documentation states."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conformance.__main__ import counted, judgements, rows
from tests.conformance.folder import ABSENT, FOLDER
from tests.conformance.outcomes import Agreement, Outcome, Why

_PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"
_ROW = re.compile(r"^\| `(?P<suite>\w+)` \|.*\| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", re.MULTILINE)

needs_vectors = pytest.mark.skipif(not FOLDER.is_dir(), reason=ABSENT)


@needs_vectors
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_the_documentation_states_what_is_found() -> None:
    judged = judgements()
    assert [one for outcomes in judged.values() for one in outcomes if one.why is Why.UNEXPLAINED] == []
    stated = {match["suite"]: tuple(map(int, match.groups()[1:])) for match in _ROW.finditer(_PAGE.read_text("utf-8"))}
    assert {suite: counted(outcomes) for suite, outcomes in judged.items()} == stated


def test_the_table_counts_each_suite_and_names_each_reason() -> None:
    judged = {
        "one": [Outcome.agrees("a"), Outcome.disagrees("b", Why.HOSTILE), Outcome.disagrees("c")],
        "two": [Outcome.not_applicable("d", Why.NO_LOG)] * 2,
    }
    head, first, second, _, *reasons = (line.split() for line in rows(judged))
    assert head == ["suite", "cases", *" ".join(Agreement).split()]
    assert (first, second) == (["one", "3", "1", "2", "0"], ["two", "2", "0", "0", "2"])
    assert [" ".join(line) for line in reasons] == [
        f"one 1 disagree: {Why.HOSTILE}",
        f"one 1 disagree: {Why.UNEXPLAINED}",
        f"two 2 not applicable: {Why.NO_LOG}",
    ]
