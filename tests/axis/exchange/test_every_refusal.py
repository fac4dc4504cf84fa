"""Whatever is refused or doubted: the rule, the place and what to do are told, in both languages, and documented."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from axis.exchange.attested import reason_of
from axis.exchange.document_words import DOCUMENT_WORDS, doubts_of, findings_of
from axis.exchange.inside_words import code_inside
from axis.exchange.retelling import retell
from axis.exchange.signature_words import finding_for, mark_finding
from axis.web.catalogue import type_of
from envelopes.errors import Finding, Severity, Words
from envelopes.evidence_signatures import DocumentWorth
from routing.authenticity import Authenticity, DocumentVerdict, Doubt, DoubtCode
from routing.authenticity_words import VERDICT_WORDS
from signing.pdf.verdict import UNFINISHED, PdfFailure, PdfFailureCode, PdfVerdict
from signing.verdict import Failure, FailureCode
from tests.docs.pages import page
from tests.envelopes.evidence_samples import acceptance
from tests.signing.pki import MOMENT
from tests.vietnamese import foreign_in

ATTACHMENT = "Attachment[2]"


def every_finding() -> Iterator[Finding]:
    """A finding of every code, made where the program makes it."""
    for code in FailureCode:
        yield finding_for(Failure(code))
    yield mark_finding(FailureCode.REVOCATION_UNKNOWN, Severity.WARNING)
    for inside in (*PdfFailureCode, *FailureCode):
        yield from findings_of(PdfVerdict(MOMENT, "test", failure=PdfFailure(inside)), ATTACHMENT)
    doubts = tuple(Doubt(code, "Nguyễn Văn A") for code in DoubtCode)
    yield from doubts_of(Authenticity(DocumentVerdict.AGENCY_ONLY, doubts), ATTACHMENT)


FINDINGS = list(every_finding())


def is_told(words: Words) -> bool:
    """Whether both languages say what is wrong and what to do, in sentences without a gap."""
    texts = (words.vi, words.en, words.do_vi, words.do_en)
    return all(text.endswith(".") and "{" not in text for text in texts) and foreign_in(words) == []


def test_every_code_is_among_them() -> None:
    codes = {one.code for one in FINDINGS}
    inside = {code_inside(code) for code in FailureCode}
    assert codes == {code.value for code in (*FailureCode, *PdfFailureCode, *DoubtCode)} | inside
    assert len(FINDINGS) == 2 * len(FailureCode) + 1 + len(PdfFailureCode) + len(DoubtCode)


@pytest.mark.parametrize("finding", FINDINGS, ids=lambda one: f"{one.path}:{one.code}")
def test_a_finding_names_its_rule_its_place_and_what_to_do(finding: Finding) -> None:
    assert finding.path in {"Signature", ATTACHMENT}
    assert is_told(finding.words)
    assert finding.value is None or finding.code == DoubtCode.TIME_STAMP_UNPROVED


@pytest.mark.parametrize("finding", FINDINGS, ids=lambda one: f"{one.path}:{one.code}")
def test_every_code_has_a_problem_type_and_stands_on_its_page(finding: Finding) -> None:
    assert type_of(finding.code).code == finding.code
    assert f"| `{finding.code}` |" in page("docs/problems.md").text


@pytest.mark.parametrize("finding", FINDINGS, ids=lambda one: f"{one.path}:{one.code}")
def test_an_answer_that_is_retold_from_its_receipt_still_says_what_to_do(finding: Finding) -> None:
    (warning,) = retell(replace(acceptance(), reasons=(reason_of(finding),)), b"").warnings
    assert (warning.code, warning.path, warning.words) == (finding.code, finding.path, finding.words)


def test_what_is_found_in_a_file_is_a_warning_unless_the_settings_refuse_it() -> None:
    assert {one.severity for one in FINDINGS if one.path == ATTACHMENT} == {Severity.WARNING}
    refusing = {code for code in (*PdfFailureCode, *DoubtCode) if type_of(str(code)).status == 422}
    refused = {DoubtCode.WORTH_REFUSED, DoubtCode.CHANGED_AFTER_AGENCY}
    assert refusing == {*set(PdfFailureCode) - UNFINISHED, *refused}
    assert {type_of(str(code)).status for code in (*UNFINISHED, *set(DoubtCode) - refusing)} == {201}


@pytest.mark.parametrize("verdict", DocumentVerdict)
def test_every_worth_of_a_document_is_told_and_stands_on_its_page(verdict: DocumentVerdict) -> None:
    assert is_told(VERDICT_WORDS[verdict])
    assert f"| `{verdict.value}` |" in page("docs/evidence.md").text
    assert DocumentWorth(verdict.value).value == verdict.value


def test_the_words_of_documents_are_of_these_codes_alone() -> None:
    codes = (*PdfFailureCode, *FailureCode)
    assert set(DOCUMENT_WORDS) == {code.value for code in codes} | {code_inside(code) for code in codes}
