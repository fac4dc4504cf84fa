"""Every table of words is Vietnamese in its Vietnamese half, with room for nothing that could be another language."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from axis.cli.draft_words import DRAFT_WORDS, KINDS
from axis.cli.exits import ExitCode
from axis.cli.words import CLI_WORDS
from axis.enrolment.agency_rows import Kind
from axis.enrolment.reason_words import FILE_WORDS, WORDS
from axis.exchange import gate, statements
from axis.exchange.document_words import DOCUMENT_WORDS
from axis.exchange.signature_words import SIGNATURE_WORDS
from axis.settings.refusals import SETTING_WORDS
from axis.web.problem_table import DOOR_PROBLEMS
from envelopes.errors import Words
from envelopes.obstacles import OBSTACLES
from envelopes.remarks import REMARKS
from envelopes.rules import rules
from routing import reason_words as routing_words
from routing.authenticity_words import DOUBT_WORDS, VERDICT_WORDS
from routing.events import EVENTS
from tests.vietnamese import foreign, foreign_in

IN_BOTH = {
    # The same in all languages: identifiers, numbers, dates, codes, names of columns and commands.
    *("alias", "closed", "column", "columns", "count", "cycle", "earlier", "end", "expected", "first", "limit"),
    *("missing", "name", "names", "one", "opens", "option", "other", "owner", "start", "status"),
    # In the language of the sentence.
    *("fault", "kind", "state", "successors_vi"),
}
"""Every placeholder there may be. A new one is either the same in all languages, or filled by a phrase."""


def tables() -> Iterator[tuple[str, Words]]:
    """Yield every text with its code."""
    for table in (OBSTACLES, routing_words.WORDS, WORDS, FILE_WORDS, CLI_WORDS, DRAFT_WORDS, SETTING_WORDS):
        yield from ((str(code), words) for code, words in table.items())
    yield from ((code.value, words) for code, words in SIGNATURE_WORDS.items())
    for of_documents in (DOCUMENT_WORDS, VERDICT_WORDS, DOUBT_WORDS):
        yield from ((str(code), words) for code, words in of_documents.items())
    yield from ((code.value, words) for code, (_, words) in DOOR_PROBLEMS.items())
    yield from ((reason.name, remark.words) for reason, remark in REMARKS.items())
    yield from ((rule.code, rule.words) for rule in rules())
    yield from ((finding.code, finding.words) for finding in (*gate.FINDINGS, *statements.FINDINGS))


@pytest.mark.parametrize("words", [words for _, words in tables()], ids=[code for code, _ in tables()])
def test_words_are_vietnamese(words: Words) -> None:
    assert foreign_in(words) == []
    assert set(re.findall(r"\{(\w+)\}", words.vi + words.do_vi)) <= IN_BOTH


def test_phrases_are_vietnamese() -> None:
    phrases = [vi for vi, _ in KINDS.values()] + [kind.phrase[0] for kind in Kind]
    phrases += [code.vi for code in ExitCode] + [rule.vi for rule in EVENTS.values()]
    assert [foreign(one) for one in phrases if foreign(one)] == []


@pytest.mark.parametrize(
    "text",
    [
        "Input should be a valid integer",
        "Field required",
        "Expecting ',' delimiter: line 1 column 2 (char 1)",
        "not an agency id",
        "no private key, or a wrong password",
        "the receipt is about other octets",
        "Invalid isoformat string",
        "Incorrect padding",
        "File is not a zip file",
        "unknown encoding",
    ],
)
def test_a_fault_of_a_library_is_seen(text: str) -> None:
    assert foreign(text)
    assert foreign(f"Giá trị không hợp lệ: {text}.")
    assert not foreign(
        "Giá trị không hợp lệ: cần số nguyên (UTF-8, SHA-256, X.509, --limit, Retry-After, edXMLHeader)."
    )
