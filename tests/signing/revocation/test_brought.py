"""Revocation evidence that came with a signature: what it settles, what it does not, and how little is looked at."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes

from axis.demo.pki.authorities import Authorities
from envelopes.parser import SIGNATURE_PARENT, parse
from signing.policy import PACKAGE_POLICY
from signing.revocation import brought
from signing.revocation.book import Statuses, with_revocation
from signing.revocation.brought import BROUGHT_ANSWERS_MAX, BROUGHT_CRL_BYTES_MAX, Brought
from signing.statuses import Doubt, RevocationState, Source
from signing.trust import TrustStore
from signing.verdict import EmbeddedValues, FailureCode, Indication, SubIndication, Verdict
from signing.xml.sign import XmlSigner
from signing.xml.verify import XmlVerifier
from tests.fixtures.postgres import MOMENT
from tests.signing.revocation.forged import (
    DAY,
    answer_of,
    deep_answer,
    deep_list,
    list_of,
    resigned_answer,
    resigned_list,
)
from tests.signing.revocation.test_book import GOOD
from tests.signing.xml.packages import PACKAGE


def signed_by(authorities: Authorities, name: str) -> Verdict:
    package = XmlSigner(parse, SIGNATURE_PARENT, authorities[name].signer).sign(PACKAGE, at=MOMENT)
    store = TrustStore(authorities.anchors, authorities.intermediates)
    return XmlVerifier(parse, SIGNATURE_PARENT, store, PACKAGE_POLICY).verify(package, at=MOMENT)


def judged(
    authorities: Authorities, name: str = "H51.15", *, crls: tuple[bytes, ...] = (), answers: tuple[bytes, ...] = ()
) -> Verdict:
    """The verdict where the book knows the authorities alone, and the signature brought this along."""
    verdict = signed_by(authorities, name)
    assert verdict.facts is not None
    additions = replace(verdict.facts.additions, embedded=EmbeddedValues(crls=crls, ocsp_answers=answers))
    known = {one.fingerprint: GOOD for one in verdict.facts.path.certificates[1:-1]}
    return with_revocation(replace(verdict, facts=replace(verdict.facts, additions=additions)), Statuses(known))


@pytest.mark.parametrize("source", Source)
def test_a_revoked_certificate_refuses_by_what_its_signer_brought(authorities: Authorities, source: Source) -> None:
    crls = (authorities.crl(at=MOMENT),) if source is Source.CRL else ()
    answers = (authorities.ocsp("revoked-before", at=MOMENT),) if source is Source.OCSP else ()
    verdict = judged(authorities, "revoked-before", crls=crls, answers=answers)
    assert verdict.failure is not None
    assert verdict.failure.code is FailureCode.CERTIFICATE_REVOKED


@pytest.mark.parametrize("source", Source)
def test_a_good_one_passes_and_is_told_to_rest_on_what_the_signer_brought(
    authorities: Authorities, source: Source
) -> None:
    crls = (authorities.crl(at=MOMENT),) if source is Source.CRL else ()
    answers = (authorities.ocsp("H51.15", at=MOMENT),) if source is Source.OCSP else ()
    verdict = judged(authorities, crls=crls, answers=answers)
    assert verdict.indication is Indication.TOTAL_PASSED
    assert verdict.revocation is not None
    (signer, status), (_, of_authority) = verdict.revocation.statuses
    assert (status.state, status.source, status.is_brought) == (RevocationState.GOOD, source, True)
    assert not of_authority.is_brought
    assert (verdict.revocation.unknown, verdict.revocation.unknown_to_book) == ((), (signer,))


def test_what_the_book_knows_is_not_asked_of_the_signer(authorities: Authorities) -> None:
    verdict = signed_by(authorities, "H51.15")
    assert verdict.facts is not None
    known = {one.fingerprint: GOOD for one in verdict.facts.path.certificates[:-1]}
    outcome = with_revocation(verdict, Statuses(known))
    assert outcome.revocation is not None
    assert outcome.revocation.unknown_to_book == ()


@pytest.mark.parametrize("source", Source)
@pytest.mark.parametrize("kind", ["stale", "future", "damaged", "nested", "sha1", "nothing", "of another"])
def test_what_does_not_hold_leaves_the_state_unknown(authorities: Authorities, source: Source, kind: str) -> None:
    evidence = made(authorities, source, kind)
    crls, answers = ((evidence,), ()) if source is Source.CRL else ((), (evidence,))
    verdict = judged(authorities, crls=crls, answers=answers)
    assert (verdict.indication, verdict.sub_indication) == (Indication.INDETERMINATE, SubIndication.TRY_LATER)
    assert verdict.revocation is not None
    signer, status = verdict.revocation.statuses[0]
    assert (status.state, status.doubt) == (RevocationState.UNKNOWN, Doubt.NO_EVIDENCE)
    assert verdict.revocation.unknown_to_book == (signer,)


def made(authorities: Authorities, source: Source, kind: str) -> bytes:
    is_list = source is Source.CRL
    if kind in {"stale", "future"}:
        at = MOMENT + (30 * DAY if kind == "future" else -30 * DAY)
        return authorities.crl(at=at) if is_list else authorities.ocsp("H51.15", at=at)
    if kind == "of another":
        return authorities.crl("root", at=MOMENT) if is_list else authorities.ocsp("G22", at=MOMENT)
    if kind == "nested":
        return deep_list(authorities, 3000) if is_list else deep_answer(authorities, 3000)
    if kind == "sha1":
        digest = hashes.SHA1()  # noqa: S303 - refused
        return resigned_list(authorities, digest) if is_list else resigned_answer(authorities, digest)
    if kind == "nothing":
        return b"<html>"
    whole = bytearray(list_of(authorities) if is_list else answer_of(authorities))
    whole[-1] ^= 1
    return bytes(whole)


def test_one_list_and_four_answers_are_judged_and_only_those_that_fit(
    authorities: Authorities, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdict = signed_by(authorities, "H51.15")
    assert verdict.facts is not None
    until = [MOMENT + timedelta(hours=one) for one in range(2, 9)]
    others = (authorities.ocsp("G22", at=MOMENT), answer_of(authorities, by="root"))
    fitting = tuple(answer_of(authorities, until=one) for one in until)
    older, newest = list_of(authorities, at=MOMENT - DAY), list_of(authorities)
    crls = (authorities.crl("root", at=MOMENT), older, newest)
    found = Brought.of(EmbeddedValues(ocsp_answers=(*others, *fitting, b""), crls=crls)).about(verdict.facts.path, 0)
    assert [one.octets for one in found] == [*fitting[:BROUGHT_ANSWERS_MAX], newest]
    monkeypatch.setattr(brought, "BROUGHT_CRL_BYTES_MAX", len(newest) - 1)
    assert Brought.of(EmbeddedValues(crls=(newest,))).lists == ()
    assert BROUGHT_CRL_BYTES_MAX == 1024 * 1024
