"""Every reason for which a signature is refused is explained in both languages."""

from __future__ import annotations

import pytest

from axis.exchange.signature_words import SIGNATURE_PATH, SIGNATURE_WORDS, finding_for
from envelopes.errors import Severity
from signing.verdict import Failure, FailureCode


@pytest.mark.parametrize("code", FailureCode)
def test_every_failure_has_words_and_advice_in_both_languages(code: FailureCode) -> None:
    words = SIGNATURE_WORDS[code]
    texts = (words.vi, words.en, words.do_vi, words.do_en)
    assert all(text.endswith(".") and text == text.strip() and "{" not in text for text in texts)
    assert len(set(texts)) == 4
    assert words.en.isascii()
    assert words.do_en.isascii()
    assert not words.vi.isascii()
    assert not words.do_vi.isascii()


def test_no_two_failures_are_explained_alike() -> None:
    assert len({words.en for words in SIGNATURE_WORDS.values()}) == len(FailureCode)
    assert len({words.vi for words in SIGNATURE_WORDS.values()}) == len(FailureCode)


def test_a_finding_names_the_signature_and_the_offending_identifier() -> None:
    finding = finding_for(Failure(FailureCode.ALGORITHM_FORBIDDEN, "http://www.w3.org/2000/09/xmldsig#rsa-sha1"))
    assert finding.code == "signature/algorithm-forbidden"
    assert (finding.path, finding.severity) == (SIGNATURE_PATH, Severity.ERROR)
    assert finding.value == "http://www.w3.org/2000/09/xmldsig#rsa-sha1"


def test_a_failure_without_detail_gives_no_value() -> None:
    assert finding_for(Failure(FailureCode.ALTERED)).value is None
