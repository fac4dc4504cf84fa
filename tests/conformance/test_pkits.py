"""NIST's path validation suite against the store's path validation.

Out of scope until revocation is judged: what is refused only for a CRL's sake. Out of scope by policy: initial policy
sets, which this store does not take (a path that is refused only because of one is not judged), and DSA, which is
refused.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from signing.certificates import Certificate
from signing.errors import CertificateUnreadable
from signing.policy import CERTIFICATES_MAX, PACKAGE_POLICY
from signing.purposes import TrustedAuthority
from signing.trust import TrustStore
from signing.verdict import CertificatePath, Failure, FailureCode

_FOLDER: Final = Path(os.environ.get("AXIS_CONFORMANCE", "../shared/conformance")) / "pkits"
if not (_FOLDER / "pkits.json").is_file():
    pytest.skip(f"no vectors in {_FOLDER} (AXIS_CONFORMANCE)", allow_module_level=True)

# The suite holds valid paths whose serial numbers are negative; the library warns that it will not read them for ever.
pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")

Case = dict[str, Any]
_CASES: Final[list[Case]] = json.loads((_FOLDER / "pkits.json").read_text())
MOMENT: Final = datetime(2026, 11, 21, tzinfo=UTC)
"""Within the suite's validity, 2010 to 2030."""

_BY_REVOCATION: Final = {"RevokedError", "InsufficientRevinfoError", "StaleRevinfoError"}
_DSA: Final = {"40104", "40105", "40106"}
_STRICTER: Final = {
    # Valid by the suite, which follows RFC 3280: refused by our lint of what RFC 5280 says an issuer must do. A real
    # authority that is like this is let pass by `tolerates` in the trust store.
    "40604": "constraints-critical",
    # Refused by the suite for its revocation alone, by us before that.
    "40415": "serial-positive",
}


def error_of(case: Case) -> str | None:
    return str(case["error"]["class"]) if "error" in case else None


def kind_of(case: Case) -> str:
    """How a case is judged here."""
    if case["id"] in _DSA:
        return "DSA"
    if case["id"] in _STRICTER:
        return "stricter"
    if error_of(case) in _BY_REVOCATION:
        return "revocation"
    if error_of(case) is None:
        return "valid"
    return "policy set" if case.get("params") else "invalid"


def chosen(kind: str) -> list[Any]:
    return [pytest.param(case, id=f"{case['id']}-{case['name']}") for case in _CASES if kind_of(case) == kind]


def certificates(case: Case) -> tuple[Certificate, list[Certificate]]:
    read = [
        Certificate((_FOLDER / "certs" / name).read_bytes()) for name in [case["cert"], *case.get("other_certs", [])]
    ]
    return read[0], read[1:]


def store() -> TrustStore:
    return TrustStore([Certificate((_FOLDER / "certs" / "TrustAnchorRootCertificate.crt").read_bytes())])


def validate(case: Case) -> CertificatePath | Failure:
    """Path validation alone, below the store's own rules on who may sign documents."""
    leaf, others = certificates(case)
    return store()._validate(leaf, tuple(others), at=MOMENT)


@pytest.mark.parametrize("case", chosen("valid"))
def test_a_valid_path_is_found(case: Case) -> None:
    path = validate(case)
    assert isinstance(path, CertificatePath), path
    assert len(path.certificates) == case["path_len"]


@pytest.mark.parametrize("case", chosen("invalid"))
def test_an_invalid_path_is_refused(case: Case) -> None:
    assert isinstance(validate(case), Failure)
    leaf, others = certificates(case)
    assert isinstance(store().judge(leaf, others, at=MOMENT, policy=PACKAGE_POLICY), Failure)


@pytest.mark.parametrize("case", chosen("stricter"))
def test_what_breaks_a_must_of_rfc_5280_is_refused_by_its_lint_unless_it_is_tolerated(case: Case) -> None:
    lint = _STRICTER[case["id"]]
    judged = validate(case)
    assert isinstance(judged, Failure)
    assert judged.detail.startswith(f"{lint} ")
    leaf, others = certificates(case)
    anchor = TrustedAuthority(store().anchors[0], tolerates=frozenset({lint}))
    assert isinstance(TrustStore(authorities=[anchor])._validate(leaf, tuple(others), at=MOMENT), CertificatePath)


@pytest.mark.parametrize("case", chosen("DSA"))
def test_dsa_is_refused_whether_valid_or_not(case: Case) -> None:
    try:
        leaf, others = certificates(case)
    except CertificateUnreadable:
        return  # a key that inherits its parameters
    judged = store().judge(leaf, others, at=MOMENT, policy=PACKAGE_POLICY)
    assert isinstance(judged, Failure)
    assert judged.code is FailureCode.KEY_FORBIDDEN
    assert isinstance(validate(case), Failure)


@pytest.mark.parametrize("case", chosen("revocation"))
def test_what_only_revocation_refuses_is_not_judged_yet(case: Case) -> None:
    # When CRLs are judged, these turn round: each must then be refused.
    assert isinstance(validate(case), CertificatePath)


def test_every_case_has_its_kind() -> None:
    kinds = [kind_of(case) for case in _CASES]
    counted = {kind: kinds.count(kind) for kind in sorted(set(kinds))}
    assert counted == {
        "DSA": 3,
        "invalid": 74,
        "policy set": 15,
        "revocation": 45,
        "stricter": 2,
        "valid": 107,
    }


def test_no_case_needs_more_certificates_than_a_signature_may_bring() -> None:
    assert max(1 + len(case.get("other_certs", [])) for case in _CASES) <= CERTIFICATES_MAX
