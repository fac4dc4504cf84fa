"""Evidence made to break its reader: whatever comes, the judge answers, and never that a certificate is good."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from axis.demo.pki.authorities import Authorities
from envelopes.texts import in_vietnam
from signing.revocation.judge import answers_nonce, revocation_of, revocation_when
from signing.statuses import LAST_MOMENT, Doubt, RevocationEvidence, RevocationState, RevocationStatus, Source
from tests.fixtures.postgres import MOMENT
from tests.signing.revocation.forged import DAY, answer_of, deep_answer, deep_list, element, list_of, nested
from tests.signing.revocation.test_judge import path_of

LEVELS = [70, 300, 950, 3000, 9000]


@pytest.mark.parametrize("levels", LEVELS)
def test_a_nested_answer_is_not_believed_and_breaks_nothing(authorities: Authorities, levels: int) -> None:
    answer = RevocationEvidence(Source.OCSP, deep_answer(authorities, levels))
    status = revocation_of(path_of(authorities, "H51.15"), [answer], at=MOMENT)
    assert status.doubt is Doubt.UNVERIFIED
    assert not answers_nonce(answer.octets, bytes(32))


@pytest.mark.parametrize("levels", LEVELS)
def test_a_nested_list_is_not_believed_and_breaks_nothing(authorities: Authorities, levels: int) -> None:
    listed = RevocationEvidence(Source.CRL, deep_list(authorities, levels))
    status = revocation_of(path_of(authorities, "H51.15"), [listed], at=MOMENT)
    assert status.doubt is Doubt.UNVERIFIED


def test_nested_evidence_that_came_along_breaks_nothing(authorities: Authorities) -> None:
    brought = [
        RevocationEvidence(Source.OCSP, deep_answer(authorities, 3000)),
        RevocationEvidence(Source.CRL, deep_list(authorities, 3000)),
    ]
    status = revocation_when(path_of(authorities, "H51.15"), brought, at=MOMENT, now=MOMENT)
    assert status.doubt is Doubt.UNVERIFIED


def test_a_good_answer_beside_a_nested_one_still_counts(authorities: Authorities) -> None:
    path = path_of(authorities, "H51.15")
    poison = RevocationEvidence(Source.OCSP, deep_answer(authorities, 3000))
    listed = RevocationEvidence(Source.CRL, authorities.crl("issuing", at=MOMENT))
    assert revocation_of(path, [poison, listed], at=MOMENT).state is RevocationState.GOOD


def trees() -> st.SearchStrategy[bytes]:
    """Arbitrary nested DER."""
    leaves = st.builds(element, st.integers(0, 255), st.binary(max_size=8))
    inner = st.one_of(leaves, st.builds(nested, st.integers(0, 3000), st.sampled_from((0x30, 0x31, 0x04, 0xA0))))
    tags = st.sampled_from((0x30, 0x31, 0x04, 0x03, 0x24, 0xA0, 0xA1, 0xA3, 0xBF))
    return st.recursive(
        inner, lambda parts: st.builds(element, tags, st.lists(parts, max_size=5).map(b"".join)), max_leaves=20
    )


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@settings(max_examples=150, deadline=None)
@given(source=st.sampled_from(Source), tree=trees(), position=st.integers(0, 5000))
def test_arbitrary_nested_der_is_never_an_error_nor_good(
    authorities: Authorities, source: Source, tree: bytes, position: int
) -> None:
    path = path_of(authorities, "revoked-before")
    whole = authorities.ocsp("revoked-before", at=MOMENT) if source is Source.OCSP else authorities.crl(at=MOMENT)
    place = position % len(whole)
    for octets in (tree, whole[:place] + tree + whole[place:]):
        evidence = RevocationEvidence(source, octets)
        assert revocation_of(path, [evidence], at=MOMENT).state is not RevocationState.GOOD
        assert revocation_when(path, [evidence], at=MOMENT, now=MOMENT).state is not RevocationState.GOOD
        answers_nonce(octets, bytes(32))


NEVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""What an authority puts into its last CRL (ETSI EN 319 411-1 clause 6.3.9)."""


@pytest.mark.parametrize("source", Source)
def test_what_is_never_renewed_is_relied_on_to_the_end_of_the_calendar(
    authorities: Authorities, source: Source
) -> None:
    made = answer_of if source is Source.OCSP else list_of
    evidence = RevocationEvidence(source, made(authorities, until=NEVER))
    status = revocation_of(path_of(authorities, "H51.15"), [evidence], at=MOMENT)
    assert (status.state, status.next_update) == (RevocationState.GOOD, LAST_MOMENT)
    assert status.relied_on_until is not None
    assert status.relied_on_until >= LAST_MOMENT
    assert status.seen_at(MOMENT + 900 * DAY) == status


def test_a_moment_at_the_end_of_the_calendar_can_be_shown_in_any_zone() -> None:
    status = RevocationStatus(RevocationState.REVOKED, Source.CRL, MOMENT, NEVER, bytes(32), revoked_at=NEVER)
    assert in_vietnam(status.next_update or MOMENT) > in_vietnam(MOMENT)
    assert status.seen_at(MOMENT).state is RevocationState.GOOD
    late = RevocationStatus(RevocationState.GOOD, Source.OCSP, NEVER, None, bytes(32))
    assert late.seen_at(MOMENT).state is RevocationState.GOOD
