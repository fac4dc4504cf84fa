"""A verdict either passed and hands out what was signed, or says why not; it cannot be built otherwise."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing.verdict import (
    DETAIL_MAX,
    Failure,
    FailureCode,
    Indication,
    SubIndication,
    Verdict,
    outcome_of,
)
from tests.signing.pki import MOMENT
from tests.signing.xml.packages import judge, signed

PASSED = judge(signed())
REFUSED = judge(signed().replace(b"OrganId>H26", b"OrganId>H27"))


def test_what_is_not_judged_is_said() -> None:
    assert PASSED.revocation is None
    assert PASSED.revocation_word == "not-judged"
    assert PASSED.judged_at == MOMENT


@pytest.mark.parametrize(
    "change",
    [
        {"covered": None},
        {"facts": None},
        {"failure": Failure(FailureCode.ALTERED)},
        {"sub_indication": SubIndication.HASH_FAILURE},
        {"indication": Indication.TOTAL_FAILED},
        {"indication": Indication.INDETERMINATE, "sub_indication": SubIndication.TRY_LATER},
        {"mark": FailureCode.REVOCATION_UNKNOWN},
        {"indication": Indication.INDETERMINATE, "failure": Failure(FailureCode.ALTERED)},
        {"judged_at": MOMENT.replace(tzinfo=None)},
    ],
    ids="+".join,
)
def test_a_passed_verdict_has_everything(change: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        replace(PASSED, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"failure": None},
        {"sub_indication": None},
        {"indication": Indication.TOTAL_PASSED},
        {"covered": b"<edXML/>"},
        {"covered": b"<edXML/>", "facts": PASSED.facts},
    ],
    ids="+".join,
)
def test_a_refusal_hands_out_nothing(change: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        replace(REFUSED, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize("code", FailureCode)
def test_every_failure_has_an_outcome_of_the_standard(code: FailureCode) -> None:
    indication, sub_indication = outcome_of(code)
    assert indication is not Indication.TOTAL_PASSED
    verdict = Verdict(indication, sub_indication, judged_at=MOMENT, policy="urn:x", failure=Failure(code))
    assert verdict.covered is None


def test_failures_of_the_mathematics_are_final_and_of_trust_are_not() -> None:
    assert outcome_of(FailureCode.ALTERED) == (Indication.TOTAL_FAILED, SubIndication.HASH_FAILURE)
    assert outcome_of(FailureCode.INVALID) == (Indication.TOTAL_FAILED, SubIndication.SIG_CRYPTO_FAILURE)
    assert outcome_of(FailureCode.UNTRUSTED)[0] is Indication.INDETERMINATE
    assert outcome_of(FailureCode.MISSING) == (Indication.TOTAL_FAILED, SubIndication.FORMAT_FAILURE)


def test_codes_are_stable_words() -> None:
    values = [code.value for code in FailureCode]
    assert len(set(values)) == len(values)
    assert all(value.startswith(("signature/", "timestamp/")) for value in values)


@given(st.text(max_size=3 * DETAIL_MAX))
def test_a_detail_is_short_and_printable_whatever_an_attacker_wrote(text: str) -> None:
    detail = Failure(FailureCode.ALGORITHM_FORBIDDEN, text).detail
    assert len(detail) <= DETAIL_MAX
    assert detail == "" or detail.isprintable()


def test_a_detail_that_is_an_ordinary_identifier_is_kept() -> None:
    named = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
    assert Failure(FailureCode.ALGORITHM_FORBIDDEN, named).detail == named
