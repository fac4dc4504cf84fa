"""Paths with nothing foreign in them are built at once; a stranger's chain costs a cell, and never the door."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from axis.confinement.cell import Confines
from axis.confinement.cells import Cells
from axis.demo.authority import Credential
from axis.errors import Busy
from axis.exchange.warden import CONFINES, Warden
from signing.certificates import Certificate
from signing.policy import PACKAGE_POLICY, STAMPED_PACKAGE_POLICY
from signing.purposes import Purpose, TrustedAuthority
from signing.trust import TrustStore
from signing.verdict import CertificatePath, Failure, FailureCode
from tests.signing.forgery import Forgery
from tests.signing.pki import MOMENT, certificate, chain, credential, expired, hierarchy, stranger

DAY = timedelta(days=1)
ROOT, INTERMEDIATE = certificate(hierarchy().root), certificate(hierarchy().intermediate)
HANGING = (
    sys.executable,
    "-I",
    "-c",
    """
import signing.trust
genuine = signing.trust.TrustStore._validate
def looping(store, signer, chain, **rest):
    while signer.common_name == "Cơ quan treo":
        pass
    return genuine(store, signer, chain, **rest)
signing.trust.TrustStore._validate = looping
from axis.confinement.child import main
main()
""",
)
"""A child that never comes to an end with the chain of one signer."""


@dataclass
class Watched:
    """A warden, and how often it asked a cell."""

    store: TrustStore
    cells: Cells
    registered: set[str] = field(default_factory=set)
    asked: int = 0

    def judge(
        self, holder: Credential | Certificate, others: tuple[Certificate, ...] | None = None, **terms: object
    ) -> CertificatePath | Failure:
        signer = holder if isinstance(holder, Certificate) else certificate(holder)
        if others is None:
            others = () if isinstance(holder, Certificate) else chain(holder)
        warden = Warden(lambda: self.store, self.cells, self.registered.__contains__)
        return warden.judge().judge(signer, others, **{"at": MOMENT, "policy": PACKAGE_POLICY, **terms})  # type: ignore[arg-type] # by name


@contextmanager
def watched(store: TrustStore, confines: Confines = CONFINES) -> Iterator[Watched]:
    cells = Cells(lambda: found.store, confines, count=1)
    found = Watched(store, cells)
    genuine = cells.judge_path

    def counted(*given: object, **named: object) -> CertificatePath | Failure:
        found.asked += 1
        return genuine(*given, **named)  # type: ignore[arg-type] # handed on

    cells.judge_path = counted  # type: ignore[method-assign] # counts, and is otherwise the same
    try:
        yield found
    finally:
        cells.close()


def code_of(judged: CertificatePath | Failure) -> FailureCode | None:
    return judged.code if isinstance(judged, Failure) else None


def test_a_registered_signer_under_known_authorities_needs_no_cell() -> None:
    with watched(TrustStore([ROOT], [INTERMEDIATE])) as found:
        found.registered.add(certificate(credential()).fingerprint)
        for others in (chain(credential()), (), (ROOT, INTERMEDIATE)):
            assert code_of(found.judge(credential(), others)) is None
        assert found.asked == 0


def test_whoever_is_foreign_is_judged_in_a_cell_and_remembered() -> None:
    own = TrustStore([ROOT], [INTERMEDIATE]).judge(
        certificate(credential()), chain(credential()), at=MOMENT, policy=PACKAGE_POLICY
    )
    with watched(TrustStore([ROOT])) as found:
        found.registered.add(certificate(credential()).fingerprint)
        assert found.judge(credential()) == own  # its intermediate is nobody's that we know
        assert found.asked == 1
        assert found.judge(credential()) == own
        assert found.asked == 1
        assert code_of(found.judge(credential(), at=MOMENT + 9000 * DAY)) is FailureCode.CERTIFICATE_EXPIRED
        assert found.asked == 2


@pytest.mark.parametrize("policy", [PACKAGE_POLICY, STAMPED_PACKAGE_POLICY], ids=lambda one: one.name)
def test_an_unregistered_signer_goes_to_a_cell_and_keeps_its_own_reason(policy: object) -> None:
    with watched(TrustStore([ROOT], [INTERMEDIATE])) as found:
        assert code_of(found.judge(stranger(), policy=policy)) is FailureCode.UNTRUSTED
        assert code_of(found.judge(expired(), policy=policy)) is FailureCode.CERTIFICATE_EXPIRED
        assert found.asked == 2


def test_what_needs_no_path_needs_no_cell() -> None:
    with watched(TrustStore([ROOT])) as found:
        assert code_of(found.judge(credential(), (INTERMEDIATE,) * 9)) is FailureCode.TOO_MANY_CERTIFICATES
        assert code_of(found.judge(INTERMEDIATE)) is FailureCode.USAGE_FORBIDDEN
        with pytest.raises(ValueError, match="aware"):
            found.judge(credential(), at=MOMENT.replace(tzinfo=None))
        assert found.asked == 0


def test_a_chain_that_never_ends_is_refused_in_time_and_others_are_judged_meanwhile() -> None:
    with watched(TrustStore([ROOT], [INTERMEDIATE]), replace(CONFINES, seconds=1.0, program=HANGING)) as found:
        assert code_of(found.judge(stranger())) is FailureCode.UNTRUSTED  # the child is warm
        hanging = Forgery("Cơ quan treo").under(hierarchy().intermediate).certificate
        begun = time.monotonic()
        judged = found.judge(hanging, ())
        assert code_of(judged) is FailureCode.PATH_TOO_COMPLEX
        assert time.monotonic() - begun < 5
        assert code_of(found.judge(stranger())) is FailureCode.UNTRUSTED


def test_a_cell_is_told_of_a_new_store_and_its_windows() -> None:
    with watched(TrustStore([ROOT])) as found:
        assert code_of(found.judge(credential())) is None
        given_up = TrustedAuthority(ROOT, trusted_until=MOMENT - DAY)
        found.store = TrustStore(authorities=[given_up])
        assert code_of(found.judge(credential())) is FailureCode.AUTHORITY_GIVEN_UP
        found.store = TrustStore(authorities=[replace(given_up, purposes=frozenset({Purpose.SEAL}))])
        assert code_of(found.judge(credential())) is FailureCode.UNTRUSTED


def test_without_a_cell_the_sender_comes_again() -> None:
    with watched(TrustStore([ROOT]), replace(CONFINES, program=("/bin/false",))) as found, pytest.raises(Busy):
        found.judge(credential())


def test_a_path_to_somebody_else_is_not_believed() -> None:
    with watched(TrustStore([ROOT])) as found:
        other = TrustStore([INTERMEDIATE])
        elsewhere = other.judge(certificate(credential()), (), at=MOMENT, policy=PACKAGE_POLICY)
        assert isinstance(elsewhere, CertificatePath)
        found.cells.judge_path = lambda *_, **__: elsewhere  # type: ignore[method-assign] # a cell gone wrong
        assert code_of(found.judge(credential())) is FailureCode.PATH_INVALID
