"""XML signatures that the authors of libxmlsec judged: what must be refused is, and for the reason they name."""

from __future__ import annotations

from typing import Any

import pytest

from signing.verdict import FailureCode
from tests.conformance import xmldsig
from tests.conformance.folder import ABSENT
from tests.conformance.outcomes import Outcome
from tests.conformance.xmldsig import PSS, REASONS, Case, core_of, file_of, judged, trusted

if not xmldsig.cases():
    pytest.skip(ABSENT, allow_module_level=True)


def chosen(must: str) -> list[Any]:
    return [pytest.param(case, id=str(case["id"]).removeprefix("xmlsec:")) for case in xmldsig.cases(must)]


@pytest.mark.parametrize("case", chosen("accept"))
def test_what_must_be_accepted_is_mathematically_right(case: Case) -> None:
    core = core_of(case)
    if file_of(case) in PSS:
        assert core.refused == FailureCode.ALGORITHM_FORBIDDEN
        return
    assert core.refused is None
    assert core.holds_for == core.certificates[:1]
    assert judged(case) == Outcome.agrees(file_of(case))


@pytest.mark.parametrize("case", chosen("reject"))
def test_what_must_be_refused_is(case: Case) -> None:
    core = core_of(case)
    assert core.refused is not None or not core.is_mathematical or trusted(case, core) == ()
    assert judged(case) == Outcome.agrees(file_of(case))


@pytest.mark.parametrize("case", chosen("info"))
def test_what_our_policy_forbids_is_refused_for_that_reason(case: Case) -> None:
    why, codes = REASONS[str(case["why"]).split()[0]]
    assert core_of(case).refused in codes
    assert judged(case) == Outcome.not_applicable(file_of(case), why)


def test_the_vectors_are_all_there() -> None:
    cases = xmldsig.cases()
    assert {case["must"] for case in cases} == {"accept", "reject", "info"}
    assert len(cases) >= 223
    assert {file_of(case) for case in cases} >= PSS
