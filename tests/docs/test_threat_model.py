"""The threat model speaks of every case, and names only tests that exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest

from tests.architecture.source import ROOT
from tests.docs.pages import page

CASES = range(1, 105)
LATER = {"delivery", "log", "console"}

_NAMED = re.compile(r"`(?P<file>[\w/]+\.py)::(?P<test>test_\w+)`")
_ROW = re.compile(
    r"^\| (?P<first>\d+)(?:–(?P<last>\d+))? \| (?P<case>.+?) \| (?P<deed>.+?) \| (?P<shown>.+) \|$", re.MULTILINE
)
_LATER = re.compile(r"\blater: (\w+)")


def text() -> str:
    return page("docs/threat-model.md").text


def rows(words: str) -> Iterator[tuple[int, str]]:
    """Every case with what shows it; a row may stand for several."""
    for match in _ROW.finditer(words):
        for number in range(int(match["first"]), int(match["last"] or match["first"]) + 1):
            yield number, match["shown"]


def missing_tests(words: str) -> set[tuple[str, str]]:
    """Tests that are named and do not exist."""
    named = {(match["file"], match["test"]) for match in _NAMED.finditer(words)}
    return {(file, test) for file, test in named if test not in functions_in(file)}


@cache
def functions_in(file: str) -> frozenset[str]:
    """The names of a test file's functions; none where there is no such file."""
    path = ROOT / "tests" / file
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_every_case_has_one_row() -> None:
    assert [number for number, _ in rows(text())] == list(CASES)


def test_every_test_that_is_named_exists() -> None:
    assert missing_tests(text()) == set()


def test_a_test_that_does_not_exist_is_caught() -> None:
    known = "`docs/test_threat_model.py::test_every_case_has_one_row`"
    assert missing_tests(known) == set()
    renamed = "`docs/test_threat_model.py::test_every_case_has_two_rows`"
    assert missing_tests(renamed) == {("docs/test_threat_model.py", "test_every_case_has_two_rows")}
    assert missing_tests("`docs/test_nothing.py::test_it`") == {("docs/test_nothing.py", "test_it")}


def test_every_row_says_what_shows_it_or_that_nothing_does() -> None:
    silent = [
        number
        for number, shown in rows(text())
        if not (_NAMED.search(shown) or _LATER.search(shown) or "not yet shown" in shown)
    ]
    assert silent == []


def test_what_comes_later_belongs_to_a_part_that_is_explained() -> None:
    assert set(_LATER.findall(text())) == LATER
    assert [part for part in LATER if f"**{part}**" not in text()] == []


@pytest.mark.parametrize("row", ["| 1 | a | b | `x.py::test_y` |", "| 1–8 | a | b | later: log |"])
def test_rows_are_read(row: str) -> None:
    assert list(rows(row))
