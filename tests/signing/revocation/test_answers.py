"""OCSP answers: revocations of any date, and unknown extensions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from axis.demo.pki.authorities import Authorities
from signing.revocation.judge import revocation_of
from signing.statuses import Doubt, RevocationState
from tests.fixtures.postgres import MOMENT
from tests.signing.revocation.signed import extended_answer, revoked_answer
from tests.signing.revocation.test_judge import path_of


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(seconds=30), timedelta(hours=3)])
def test_a_revocation_counts_whatever_its_date(authorities: Authorities, ahead: timedelta) -> None:
    since = MOMENT + ahead
    answer = revoked_answer(authorities, "H51.15", since=since)
    status = revocation_of(path_of(authorities, "H51.15"), [answer], at=MOMENT)
    assert (status.state, status.revoked_at, status.reason) == (RevocationState.REVOKED, since, "key_compromise")
    assert status.seen_at(since).state is RevocationState.REVOKED
    assert status.seen_at(since - timedelta(seconds=1)).state is RevocationState.GOOD


@pytest.mark.parametrize("single", [True, False])
def test_an_answer_with_a_critical_extension_that_nobody_knows_is_not_believed(
    authorities: Authorities, *, single: bool
) -> None:
    status = revocation_of(path_of(authorities, "H51.15"), [extended_answer(authorities, single=single)], at=MOMENT)
    assert status.doubt is Doubt.UNVERIFIED
