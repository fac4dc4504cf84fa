"""Every reason for which a signature inside a document is refused is explained in both languages."""

from __future__ import annotations

import pytest

from axis.exchange.document_words import DOCUMENT_WORDS, findings_of
from envelopes.errors import Severity
from signing.pdf.verdict import PdfFailure, PdfFailureCode, PdfVerdict
from signing.verdict import FailureCode
from tests.signing.pki import MOMENT
from tests.vietnamese import foreign_in


@pytest.mark.parametrize("code", [*PdfFailureCode, *FailureCode])
def test_every_failure_has_words_and_advice_in_both_languages(code: str) -> None:
    words = DOCUMENT_WORDS[code]
    texts = (words.vi, words.en, words.do_vi, words.do_en)
    assert all(text.endswith(".") and text == text.strip() and "{" not in text for text in texts)
    assert foreign_in(words) == []
    assert words.en.isascii()
    assert words.do_en.isascii()
    assert not words.vi.isascii()


def test_no_two_failures_are_explained_alike() -> None:
    every = len(PdfFailureCode) + len(FailureCode)
    assert len({words.en for words in DOCUMENT_WORDS.values()}) == every
    assert len({words.vi for words in DOCUMENT_WORDS.values()}) == every


def test_a_finding_names_the_attachment_and_accompanies_the_message() -> None:
    verdict = PdfVerdict(MOMENT, "test", failure=PdfFailure(PdfFailureCode.ENCRYPTED))
    (finding,) = findings_of(verdict, "AttachmentEncoded.Attachment[1]")
    assert (finding.code, finding.path, finding.severity, finding.value) == (
        "pdf/encrypted",
        "AttachmentEncoded.Attachment[1]",
        Severity.WARNING,
        None,
    )
