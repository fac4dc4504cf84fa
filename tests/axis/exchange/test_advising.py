"""Whatever a message is refused for, evidence that names it is told with what to do."""

from __future__ import annotations

import pytest

from axis.exchange.advising import advice_on
from axis.exchange.document_words import DOCUMENT_WORDS
from axis.web.catalogue import CATALOGUE
from axis.web.problem_codes import ProblemCode
from envelopes.evidence_facts import Reason
from envelopes.rules import rules
from signing.verdict import FailureCode

OF_MESSAGES = [
    code
    for code in CATALOGUE
    if code not in set(ProblemCode) and not code.startswith(("message/", "pdf/", "authenticity/"))
]


def reason(code: str, place: str | None = None) -> Reason:
    return Reason(code, "Lý do.", "A reason.", place=place)


@pytest.mark.parametrize("code", [*OF_MESSAGES, *sorted({rule.code for rule in rules()})])
def test_every_reason_of_a_message_has_its_advice(code: str) -> None:
    words = CATALOGUE[code].words if code in CATALOGUE else None
    if words is not None and "…" in words.do_vi + words.do_en:
        assert advice_on(reason(code)) == ("", ""), "what fills it is not in evidence"
        return
    assert all(advice_on(reason(code)))


@pytest.mark.parametrize("code", DOCUMENT_WORDS)
def test_what_is_said_of_a_file_has_words_of_its_own(code: str) -> None:
    words = DOCUMENT_WORDS[code]
    assert advice_on(reason(code, "Attachment[1]")) == (words.do_vi, words.do_en)


def test_a_code_means_a_file_only_where_its_place_is_one() -> None:
    altered = FailureCode.ALTERED.value
    assert advice_on(reason(altered, "Attachment[1]")) != advice_on(reason(altered, "edXMLHeader/Signature"))


def test_a_code_of_a_newer_axis_has_no_advice() -> None:
    assert advice_on(reason("tomorrow/other")) == ("", "")
