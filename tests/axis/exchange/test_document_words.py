"""Every reason for which a signature inside a document is refused is explained in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from axis.exchange.document_words import DOCUMENT_WORDS, FAILURES_INSIDE, findings_of
from axis.exchange.inside_words import INSIDE_WORDS, code_inside
from axis.web.catalogue import CATALOGUE, type_of
from axis.web.reports import Report
from envelopes.errors import Severity
from signing.pdf.verdict import PdfFailure, PdfFailureCode, PdfVerdict
from signing.verdict import FailureCode
from tests.signing.pki import MOMENT
from tests.vietnamese import foreign_in

ROOT = Path(__file__).parents[3]


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


def test_whatever_can_be_wrong_inside_a_document_has_a_code_of_documents() -> None:
    found: set[str] = set()
    for file in (
        *(ROOT / "signing" / "pdf").glob("*.py"),
        ROOT / "signing" / "trust.py",
        ROOT / "axis" / "confinement" / "cells.py",
    ):
        found |= set(re.findall(r"(?<!Pdf)FailureCode\.([A-Z_]+)", file.read_text()))
    translated = {"CERTIFICATE_REVOKED", "CERTIFICATE_ON_HOLD", "AUTHORITY_REVOKED"}
    assert found - translated == {one.name for one in INSIDE_WORDS}
    for code in FAILURES_INSIDE:
        told = code_inside(code)
        assert told.startswith("pdf/")
        assert told in CATALOGUE
        assert DOCUMENT_WORDS[told] is DOCUMENT_WORDS[code.value], "older evidence is read with the same words"
    assert len({code_inside(code) for code in FAILURES_INSIDE}) == len(FAILURES_INSIDE)


def test_an_altered_document_is_no_altered_package() -> None:
    (finding,) = findings_of(refused(FailureCode.ALTERED, "HASH_FAILURE"), "Attachment[1]")
    report = Report.of_findings((finding,))
    assert (finding.code, finding.value, report.type.code) == ("pdf/altered", None, "pdf/altered")
    assert "PDF" in report.type.title
    assert "PDF" in report.type.title_vi
    assert type_of(FailureCode.ALTERED.value).title != report.type.title


def refused(code: FailureCode | PdfFailureCode, detail: str = "") -> PdfVerdict:
    return PdfVerdict(MOMENT, "test", failure=PdfFailure(code, detail))


@pytest.mark.parametrize(
    ("code", "detail", "value"),
    [
        (PdfFailureCode.UNREADABLE, "%%EOF", None),
        (PdfFailureCode.UNREADABLE, "PdfReadError", None),
        (PdfFailureCode.CHANGED, "OTHER", None),
        (FailureCode.CERTIFICATE_EXPIRED, "signer", None),
        (PdfFailureCode.SUBFILTER_FORBIDDEN, "adbe.pkcs7.sha1", "adbe.pkcs7.sha1"),
        (PdfFailureCode.INCOMPLETE, "/ByteRange", "/ByteRange"),
    ],
)
def test_a_word_of_the_judgements_own_is_no_identifier(
    code: FailureCode | PdfFailureCode, detail: str, value: str | None
) -> None:
    (finding,) = findings_of(refused(code, detail), "Attachment[1]")
    assert finding.value == value


def test_where_a_file_ends_too_early_is_said_in_words() -> None:
    (finding,) = findings_of(refused(PdfFailureCode.UNREADABLE, "%%EOF"), "Attachment[1]")
    assert "cut off" in finding.words.en
    assert foreign_in(finding.words) == []
