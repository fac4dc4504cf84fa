"""NIST's path validation suite: every path, and every CRL, judged as its authors judge it."""

from __future__ import annotations

from typing import Any

import pytest

from signing.errors import CertificateUnreadable
from signing.policy import CERTIFICATES_MAX, PACKAGE_POLICY
from signing.revocation.judge import EVIDENCE_MAX
from signing.verdict import CertificatePath, Failure
from tests.conformance import pkits
from tests.conformance.folder import ABSENT
from tests.conformance.outcomes import Agreement, Why
from tests.conformance.pkits import DSA, MOMENT, STATES, Case, error_of, judged, refuses_dsa, revocation, validate

if not pkits.cases():
    pytest.skip(ABSENT, allow_module_level=True)

# The suite holds valid paths whose serial numbers are negative; the library warns that it will not read them for ever.
pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")


def kind_of(case: Case) -> str:
    """How a case is judged here."""
    if case["id"] in DSA:
        return "DSA"
    if error_of(case) in STATES:
        return "valid path"
    return "initial policies" if case.get("params") else "invalid path"


def chosen(kind: str) -> list[Any]:
    return [pytest.param(case, id=f"{case['id']}-{case['name']}") for case in pkits.cases() if kind_of(case) == kind]


@pytest.mark.parametrize("case", chosen("valid path"))
def test_a_valid_path_is_found_and_its_lists_say_what_they_should(case: Case) -> None:
    path = validate(case)
    assert isinstance(path, CertificatePath), path
    assert len(path.certificates) == case["path_len"] or error_of(case) is not None
    assert revocation(case, path) is STATES[error_of(case)]


@pytest.mark.parametrize("case", chosen("invalid path"))
def test_an_invalid_path_is_refused(case: Case) -> None:
    assert isinstance(validate(case), Failure)
    leaf, others = pkits.certificates(case)
    assert isinstance(pkits.store().judge(leaf, others, at=MOMENT, policy=PACKAGE_POLICY), Failure)


@pytest.mark.parametrize("case", [case for case in pkits.cases() if case["id"] in pkits.TOLERATED])
def test_what_breaks_a_must_of_rfc_5280_is_refused_unless_it_is_tolerated(case: Case) -> None:
    leaf, others = pkits.certificates(case)
    refused = pkits.store(frozenset()).path_of(leaf, others, at=MOMENT)
    assert isinstance(refused, Failure)
    assert refused.detail.startswith(f"{pkits.TOLERATED[case['id']]} ")
    assert isinstance(validate(case), CertificatePath)


@pytest.mark.parametrize("case", chosen("DSA"))
def test_dsa_is_refused_whether_valid_or_not(case: Case) -> None:
    assert refuses_dsa(case)
    try:
        assert isinstance(validate(case), Failure)
    except CertificateUnreadable:
        assert case["id"] == "40105"  # a key that inherits its parameters


def test_every_case_has_its_kind() -> None:
    kinds = [kind_of(case) for case in pkits.cases()]
    counted = {kind: kinds.count(kind) for kind in sorted(set(kinds))}
    assert counted == {"DSA": 3, "initial policies": 15, "invalid path": 74, "valid path": 154}


def test_what_needs_initial_policies_is_not_applicable_unless_it_is_refused_anyway() -> None:
    judgements = [judged(case) for case in pkits.cases() if kind_of(case) == "initial policies"]
    assert [one.why for one in judgements].count(Why.INITIAL_POLICIES) == 14
    assert [one.agreement for one in judgements].count(Agreement.AGREES) == 1


def test_no_case_needs_more_than_a_signature_may_bring() -> None:
    cases = pkits.cases()
    assert max(1 + len(case.get("other_certs", [])) for case in cases) <= CERTIFICATES_MAX
    assert max(1 + len(case.get("crls", [])) for case in cases) <= EVIDENCE_MAX
