"""What the documentation lists is what the code has: a list that is not up to date fails here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import pytest

from axis.cli.reference import every_option
from axis.logs import LogEvent, LogField
from axis.settings import describe
from axis.web.catalogue import CATALOGUE
from envelopes.evidence import EvidenceType
from envelopes.rules import rules
from routing.events import EventTag
from routing.lifecycle import DEADLINES, TRANSITIONS
from scripts.document import BLOCKS, PageBroken, blocks_of, pages, refreshed
from tests.docs.names import exposed
from tests.docs.pages import page

AGAIN = "Run `make docs`."
PAGES = tuple(path for path in pages() if blocks_of(path.read_text("utf-8")))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_list_is_up_to_date(path: object) -> None:
    text = page(str(path)).text
    assert text == refreshed(text), AGAIN


def test_everything_that_can_be_generated_stands_on_one_page() -> None:
    counted = Counter(name for path in PAGES for name in blocks_of(path.read_text("utf-8")))
    assert counted == dict.fromkeys(BLOCKS, 1)


@pytest.mark.parametrize("name", BLOCKS)
def test_what_is_generated_is_the_same_each_time(name: str) -> None:
    assert BLOCKS[name]() == BLOCKS[name]()


LISTED: tuple[tuple[str, Callable[[], set[str]]], ...] = (
    ("docs/settings.md", lambda: {row.name for row in describe()}),
    ("docs/problems.md", lambda: set(CATALOGUE)),
    ("docs/evidence.md", lambda: {kind.value for kind in EvidenceType} | {kind.uri for kind in EvidenceType}),
    ("docs/events.md", lambda: set(EventTag)),
    ("docs/rules.md", lambda: {rule.code for rule in rules()}),
    ("docs/logs-and-metrics.md", lambda: set(LogEvent)),
    ("docs/logs-and-metrics.md", lambda: set(LogField)),
    ("docs/logs-and-metrics.md", lambda: set(exposed())),
    ("docs/lifecycle.md", lambda: {event.value for _, event in TRANSITIONS} | {state.value for state in DEADLINES}),
    ("docs/cli.md", lambda: {f"axis {command}" for command, _ in every_option()}),
    ("docs/cli.md", lambda: {option for _, names in every_option() for option in names.split(", ")}),
)
"""By page: what it must speak of, asked of the code without the help of the generator."""


@pytest.mark.parametrize(("name", "wanted"), LISTED, ids=lambda value: value if isinstance(value, str) else "")
def test_nothing_is_left_out(name: str, wanted: Callable[[], set[str]]) -> None:
    assert unspoken_of(page(name).text, wanted()) == set()


def unspoken_of(text: str, wanted: set[str]) -> set[str]:
    """What does not stand in the text as a whole word."""
    return {word for word in wanted if not re.search(rf"(?<![\w./-]){re.escape(word)}(?![\w/-]|\.\w)", text)}


def test_a_removed_line_is_caught() -> None:
    for name in ("docs/settings.md", "docs/problems.md", "docs/events.md", "docs/cli.md"):
        text = refreshed(page(name).text)
        lines = text.splitlines(keepends=True)
        row = next(number for number, line in enumerate(lines) if line.startswith("| `"))
        assert "".join(lines[:row] + lines[row + 1 :]) != refreshed(text)
        assert "".join(lines) == refreshed("".join(lines[:row] + lines[row + 1 :]))


def test_a_thing_nobody_wrote_down_is_caught() -> None:
    text = page("docs/settings.md").text
    assert unspoken_of(text, {"AXIS_WEB__PORT"}) == set()
    assert unspoken_of(text, {"AXIS_WEB__PO", "AXIS_TELEPATHY"}) == {"AXIS_WEB__PO", "AXIS_TELEPATHY"}
    assert unspoken_of("`signature/missing-thing`", {"signature/missing"}) == {"signature/missing"}


def test_a_change_in_the_code_makes_a_page_out_of_date() -> None:
    text = page("docs/rules.md").text
    changed = {**BLOCKS, "rules": lambda: BLOCKS["rules"]() + "| `N.New` | all | error | – | A new rule. |\n"}
    assert refreshed(text, changed) != text


@pytest.mark.parametrize(
    "text",
    [
        "<!-- generated: settings -->\n",
        "<!-- end: settings -->\n",
        "<!-- generated: settings -->\n<!-- end: limits -->\n",
        "<!-- generated: settings -->\n<!-- generated: limits -->\n<!-- end: settings -->\n",
        "<!-- generated: nobody -->\n<!-- end: nobody -->\n",
    ],
)
def test_stray_markers_are_refused(text: str) -> None:
    with pytest.raises(PageBroken):
        refreshed(text)


def test_what_people_wrote_stays() -> None:
    text = "before\n<!-- generated: a -->\nold\n<!-- end: a -->\nafter\n"
    expected = "before\n<!-- generated: a -->\n\nnew\n\n<!-- end: a -->\nafter\n"
    assert refreshed(text, {"a": lambda: "new\n"}) == expected
    assert refreshed(expected, {"a": lambda: "new\n"}) == expected
