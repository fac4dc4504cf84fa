"""The page on conformance explains every reason not to agree, and none that there is not."""

from __future__ import annotations

import re

from tests.conformance.outcomes import Why
from tests.docs.pages import page

_ROW = re.compile(r"^\| (?P<reason>[^`|]+?) \| ", re.MULTILINE)


def reasons(words: str) -> set[str]:
    """The first column of the tables of reasons, without their heads and rules."""
    explained = words[words.index("## Why a case is not applicable") :]
    return {match["reason"] for match in _ROW.finditer(explained)} - {"reason", "---"}


def test_every_reason_is_explained_beside_its_clause_and_no_other() -> None:
    assert reasons(page("docs/conformance.md").text) == set(Why) - {Why.UNEXPLAINED}


def test_a_reason_that_is_missing_or_made_up_is_seen() -> None:
    text = page("docs/conformance.md").text
    assert Why.DSA not in reasons(text.replace("| DSA | ", "| DSS | "))
    assert "DSS" in reasons(text.replace("| DSA | ", "| DSS | "))
