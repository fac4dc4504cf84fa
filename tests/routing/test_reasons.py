"""Every reason has its words, in both languages, and none leaves a gap."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from envelopes.errors import Severity
from routing.reason_words import WORDS
from routing.reasons import REASONS, UNTOLD, ReasonCode, found

CODE = re.compile(r"[a-z]+(-[a-z]+)*/[a-z]+(-[a-z]+)*")
VIETNAMESE = re.compile(r"[ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_each_code_has_words_and_each_words_a_code() -> None:
    assert set(WORDS) == {code.value for code in ReasonCode} == {code.value for code in REASONS}


@pytest.mark.parametrize("code", ReasonCode)
def test_codes_keep_their_grammar_and_words_their_language(code: ReasonCode) -> None:
    words = REASONS[code].words
    assert CODE.fullmatch(code)
    for text in (words.vi, words.do_vi):
        assert VIETNAMESE.search(text.lower())
    for text in (words.en, words.do_en):
        assert not VIETNAMESE.search(text.lower())
    for text in (words.vi, words.en, words.do_vi, words.do_en):
        assert text == text.strip()
        assert text.endswith(".")


@pytest.mark.parametrize("code", ReasonCode)
def test_both_languages_name_the_same_things(code: ReasonCode) -> None:
    words = REASONS[code].words
    vi = {name.removesuffix("_vi") for name in placeholders(words.vi) | placeholders(words.do_vi)}
    en = {name.removesuffix("_en") for name in placeholders(words.en) | placeholders(words.do_en)}
    assert vi == en


@pytest.mark.parametrize("code", ReasonCode)
def test_a_finding_has_its_gaps_filled(code: ReasonCode) -> None:
    words = REASONS[code].words
    names = {name: "{H26}" for text in (words.vi, words.en, words.do_vi, words.do_en) for name in placeholders(text)}
    finding = found(code, "MessageHeader.To[1].OrganId", value=7, names=names or None)
    assert (finding.code, finding.path, finding.value) == (code.value, "MessageHeader.To[1].OrganId", "7")
    assert "{" not in finding.words.vi.replace("{H26}", "")
    assert ("{H26}" in finding.words.vi) == bool(names)


def test_a_forgotten_gap_is_an_error_of_the_program() -> None:
    with pytest.raises(KeyError):
        found(ReasonCode.RECIPIENT_CLOSED, "x", names={})


def test_only_what_merges_succeeds_or_doubts_is_a_warning() -> None:
    warnings = {code for code, reason in REASONS.items() if reason.severity is Severity.WARNING}
    merged = {ReasonCode.RECIPIENT_DUPLICATE, ReasonCode.RECIPIENT_FORWARDED, ReasonCode.SENDER_SUCCEEDS}
    assert warnings == merged | {ReasonCode.DOCUMENT_DUPLICATE_NUMBER, ReasonCode.DOCUMENT_SENT_LATE}


def test_what_is_never_told_is_a_reason_all_the_same() -> None:
    assert set(REASONS) >= UNTOLD
