"""NIST's path validation suite against the store's path validation, and its CRLs against ours (RFC 5280 §6).

Out of scope by policy: initial policies, which this store does not take (a path that is refused only because of one is
not judged), and DSA, which is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from signing.certificates import Certificate
from signing.errors import CertificateUnreadable
from signing.policy import PACKAGE_POLICY
from signing.purposes import TrustedAuthority
from signing.revocation.judge import revocation_of
from signing.statuses import RevocationEvidence, RevocationState, Source
from signing.trust import TrustStore
from signing.verdict import CertificatePath, Failure, FailureCode
from tests.conformance.folder import FOLDER, has
from tests.conformance.outcomes import Outcome, Why

NAME: Final = "pkits"
Case = dict[str, Any]
_FOLDER: Final = FOLDER / NAME

MOMENT: Final = datetime(2026, 11, 21, tzinfo=UTC)
"""Within the suite's validity, 2010 to 2030."""

ROOT_LIST: Final = "TrustAnchorRootCRL.crl"
"""The root's own CRL, which the suite has once for all cases."""

DSA: Final = frozenset({"40104", "40105", "40106"})

STATES: Final = {
    None: RevocationState.GOOD,
    "RevokedError": RevocationState.REVOKED,
    "InsufficientRevinfoError": RevocationState.UNKNOWN,
    "StaleRevinfoError": RevocationState.UNKNOWN,
}
"""What the authors' error says of the certificates of a path that is valid by itself."""


def cases() -> list[Case]:
    """Return the cases; none where there are no vectors."""
    if not has(f"{NAME}/pkits.json"):
        return []
    read: list[Case] = json.loads((_FOLDER / "pkits.json").read_text("utf-8"))
    return read


def error_of(case: Case) -> str | None:
    """Return the class of error that the authors expect."""
    return str(case["error"]["class"]) if "error" in case else None


def certificates(case: Case) -> tuple[Certificate, list[Certificate]]:
    """Return the certificate in question and the others that come with it; raises `CertificateUnreadable`."""
    names = [case["cert"], *case.get("other_certs", [])]
    leaf, *others = (Certificate((_FOLDER / "certs" / name).read_bytes()) for name in names)
    return leaf, others


TOLERATED: Final = {"40604": "constraints-critical", "40415": "serial-positive"}
"""Cases that break what RFC 5280 says an issuer must do (the suite follows RFC 3280), and the lint that would refuse
each. The store lets these two pass, as an installation may for a real authority that is like this."""


def store(tolerates: frozenset[str] = frozenset(TOLERATED.values())) -> TrustStore:
    """Return a store that trusts the suite's root."""
    root = Certificate((_FOLDER / "certs" / "TrustAnchorRootCertificate.crt").read_bytes())
    return TrustStore(authorities=[TrustedAuthority(root, tolerates=tolerates)])


def validate(case: Case) -> CertificatePath | Failure:
    """Return what path validation alone says, below the store's own rules on who may sign documents."""
    leaf, others = certificates(case)
    return store().path_of(leaf, others, at=MOMENT)


def revocation(case: Case, path: CertificatePath) -> RevocationState:
    """Return what the CRLs say of a path: revoked where any of it is, good where all of it is."""
    names = [ROOT_LIST, *case.get("crls", [])]
    lists = [RevocationEvidence(Source.CRL, (_FOLDER / "crls" / name).read_bytes()) for name in names]
    leaf, others = certificates(case)
    states = set()
    for start in range(len(path.certificates) - 1):
        part = CertificatePath(path.certificates[start:])
        states.add(revocation_of(part, lists, at=MOMENT, others=(leaf, *others)).state)
    if RevocationState.REVOKED in states:
        return RevocationState.REVOKED
    return RevocationState.GOOD if states == {RevocationState.GOOD} else RevocationState.UNKNOWN


def refuses_dsa(case: Case) -> bool:
    """Return whether a case with DSA is refused for it, whatever its authors say of it."""
    try:
        leaf, others = certificates(case)
    except CertificateUnreadable:
        return True  # a key that inherits its parameters
    judged_ = store().judge(leaf, others, at=MOMENT, policy=PACKAGE_POLICY)
    return isinstance(judged_, Failure) and judged_.code is FailureCode.KEY_FORBIDDEN


def judged(case: Case) -> Outcome:
    """Return how our verdict on a case compares with its authors'."""
    name, error = f"{case['id']}-{case['name']}", error_of(case)
    if case["id"] in DSA:
        return Outcome.not_applicable(name, Why.DSA) if refuses_dsa(case) else Outcome.disagrees(name)
    path = validate(case)
    if isinstance(path, Failure):
        return Outcome.disagrees(name) if error in STATES else Outcome.agrees(name)
    if error not in STATES:
        has_policies = bool(case.get("params"))
        return Outcome.not_applicable(name, Why.INITIAL_POLICIES) if has_policies else Outcome.disagrees(name)
    return Outcome.agrees(name) if revocation(case, path) is STATES[error] else Outcome.disagrees(name)


def outcomes() -> Iterator[Outcome]:
    """Yield what became of every case."""
    return (judged(case) for case in cases())
