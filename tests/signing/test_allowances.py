"""Algorithms are retired by date: refused from then on, and good for what is proved to have existed before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from axis.demo.authority import Validity
from envelopes.parser import SIGNATURE_PARENT, parse
from signing.algorithms import Canonicalization, SignatureAlgorithm
from signing.allowances import REVIEWED, TABLE, Allowance, Use
from signing.digests import DigestAlgorithm
from signing.policy import PACKAGE_POLICY, SignaturePolicy
from signing.trust import TrustStore
from signing.verdict import CertificatePath, Failure, FailureCode, Verdict
from signing.xml.verify import XmlVerifier
from tests.signing.forgery import Forged, Forgery, altered, rsa_key, with_algorithm
from tests.signing.pki import MOMENT, certificate, chain, credential, hierarchy
from tests.signing.stamping import Stamp
from tests.signing.xml.packages import assert_refused, signed
from tests.signing.xml.stamped import judge_at, stamped
from tests.signing.xml.workshop import Draft, make, reference

DAY = timedelta(days=1)
ENDED = datetime(2014, 1, 1, tzinfo=UTC)
"""When SHA-1 and RSA of 1024 bits ended."""


# ── the table ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_algorithm_has_its_dates() -> None:
    rows = {(one.use, one.name) for one in TABLE}
    for use, names in (
        (Use.SIGNATURE, SignatureAlgorithm),
        (Use.DIGEST, DigestAlgorithm),
        (Use.CANONICALIZATION, Canonicalization),
    ):
        assert {name for kind, name in rows if kind is use} == {one.value for one in names}
    assert all(one.since < REVIEWED and one.why for one in TABLE)


def test_an_allowance_ends_after_it_begins() -> None:
    with pytest.raises(ValueError, match="after it begins"):
        Allowance(Use.DIGEST, "sha", "SHA", ENDED, ENDED)


def test_the_first_moment_counts_and_the_last_does_not() -> None:
    row = Allowance(Use.DIGEST, "sha", "SHA", ENDED, ENDED + DAY)
    tick = timedelta(microseconds=1)
    moments = (ENDED - tick, ENDED, ENDED + DAY - tick, ENDED + DAY)
    assert [row.admits(one) for one in moments] == [False, True, True, False]


def test_a_key_that_was_once_long_enough() -> None:
    key = rsa_key(1024).public_key()
    assert PACKAGE_POLICY.admits_key(key, at=ENDED - DAY)
    assert not PACKAGE_POLICY.admits_key(key, at=ENDED)
    assert not PACKAGE_POLICY.admits_key(key)


# ── retired, and proved to be older ───────────────────────────────────────────────────────────────────────────────────

RETIRED = MOMENT + 10 * DAY
LATER = RETIRED + DAY


def ending(name: str, until: datetime = RETIRED) -> SignaturePolicy:
    """The policy of packages, with one row that ends."""
    table = tuple(replace(one, until=until) if one.name == name else one for one in TABLE)
    assert table != TABLE
    return replace(PACKAGE_POLICY, table=table)


USED = {
    "signature algorithm": (SignatureAlgorithm.ECDSA_SHA256.value, FailureCode.ALGORITHM_FORBIDDEN),
    "canonicalisation": (Canonicalization.EXCLUSIVE_1_0.value, FailureCode.TRANSFORM_FORBIDDEN),
    "transform": ("http://www.w3.org/2000/09/xmldsig#enveloped-signature", FailureCode.TRANSFORM_FORBIDDEN),
    "curve": (ec.SECP256R1.name, FailureCode.KEY_FORBIDDEN),
}


def proved(verdict: Verdict) -> datetime | None:
    assert verdict.facts is not None, verdict.failure
    return verdict.facts.proved_at


def stamp(moment: datetime) -> Stamp:
    return Stamp(moment=moment)


@pytest.mark.parametrize("name", USED)
def test_what_was_retired_is_refused_after_and_taken_before(name: str) -> None:
    algorithm, code = USED[name]
    assert proved(judge_at(signed(), RETIRED - DAY, policy=ending(algorithm))) is None
    assert_refused(judge_at(signed(), RETIRED, policy=ending(algorithm)), code)


@pytest.mark.parametrize("name", ["signature algorithm", "transform"])
def test_with_a_proof_that_it_is_older_it_is_judged_at_its_time(name: str) -> None:
    algorithm, code = USED[name]
    octets = stamped(signed(), [stamp(MOMENT + DAY)])
    verdict = judge_at(octets, LATER, policy=ending(algorithm))
    assert (proved(verdict), verdict.judged_at) == (MOMENT + DAY, LATER)
    assert proved(judge_at(octets, LATER)) is None
    assert_refused(judge_at(octets, LATER, policy=ending(algorithm, until=MOMENT)), code)


def test_a_key_retired_since_is_judged_at_the_time_of_the_proof() -> None:
    octets = stamped(signed(), [stamp(MOMENT + DAY)])
    policy = ending(ec.SECP256R1.name)
    # The authority of the time stamp is judged by its own policy, which still takes the curve.
    assert proved(judge_at(octets, LATER, policy=policy)) == MOMENT + DAY


def test_a_proof_from_after_the_retirement_proves_nothing_of_use() -> None:
    late = stamped(signed(), [stamp(MOMENT + 7 * DAY)])
    policy = ending(SignatureAlgorithm.ECDSA_SHA256.value, until=MOMENT + 6 * DAY)
    assert_refused(judge_at(late, LATER, policy=policy), FailureCode.ALGORITHM_FORBIDDEN)


def test_a_claimed_signing_time_is_no_proof() -> None:
    policy = ending(SignatureAlgorithm.ECDSA_SHA256.value, until=MOMENT + DAY)
    assert_refused(judge_at(signed(), LATER, policy=policy), FailureCode.ALGORITHM_FORBIDDEN)


# ── what was retired before there was an axis ─────────────────────────────────────────────────────────────────────────

LONG = Validity(datetime(2010, 1, 1, tzinfo=UTC), datetime(2035, 1, 1, tzinfo=UTC))
ROOT = Forgery("gốc cũ", is_authority=True, usage=("key_cert_sign",), validity=LONG).under(None, rsa_key(2048))


def old_verdict(octets: bytes, at: datetime) -> Verdict:
    store = TrustStore([ROOT.certificate])
    return XmlVerifier(parse, SIGNATURE_PARENT, store, PACKAGE_POLICY).verify(octets, at=at)


def old_leaf(bits: int = 2048) -> Forged:
    return Forgery("Cơ quan cũ", validity=LONG).under(ROOT, rsa_key(bits))


def old_signature(leaf: Forged, references: Iterable[str] = ()) -> bytes:
    draft = Draft(algorithm=SignatureAlgorithm.RSA_SHA1.value, references=tuple(references))
    return make(draft, leaf)


def with_sha1() -> str:
    return reference().replace(DigestAlgorithm.SHA256.value, DigestAlgorithm.SHA1.value)


@pytest.mark.parametrize("bits", [1024, 2048])
def test_a_sha1_signature_passes_at_its_time_and_at_no_other(bits: int) -> None:
    octets = old_signature(old_leaf(bits), [with_sha1()])
    assert old_verdict(octets, ENDED - DAY).failure is None
    assert_refused(old_verdict(octets, ENDED), FailureCode.ALGORITHM_FORBIDDEN)
    assert_refused(old_verdict(octets, MOMENT), FailureCode.ALGORITHM_FORBIDDEN)
    failure = old_verdict(octets, MOMENT).failure
    assert failure is not None
    assert failure.detail == SignatureAlgorithm.RSA_SHA1.value


def test_it_is_verified_there_and_not_merely_let_pass() -> None:
    octets = old_signature(old_leaf(), [with_sha1()])
    assert_refused(old_verdict(octets.replace(b"123/ABC", b"124/ABC"), ENDED - DAY), FailureCode.ALTERED)


def test_a_certificate_signed_with_sha1_holds_at_its_time() -> None:
    leaf = altered(old_leaf(), with_algorithm("sha1_rsa"), ROOT)
    store = TrustStore([ROOT.certificate])
    before = store.judge(leaf.certificate, [], at=ENDED - DAY, policy=PACKAGE_POLICY)
    assert isinstance(before, CertificatePath)
    for _ in range(2):  # after a path was remembered that held before
        after = store.judge(leaf.certificate, [], at=MOMENT, policy=PACKAGE_POLICY)
        assert isinstance(after, Failure)
        assert after.code is FailureCode.ALGORITHM_FORBIDDEN
    assert store.judge(leaf.certificate, [], at=ENDED - DAY, policy=PACKAGE_POLICY) == before


# ── what is remembered ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_remembered_path_ends_with_its_algorithms() -> None:
    store = TrustStore([certificate(hierarchy().root)])
    signer, others = certificate(credential()), chain(credential())
    policy = ending(ec.SECP256R1.name)
    tick = timedelta(microseconds=1)
    for moment, is_found in ((MOMENT, True), (RETIRED - tick, True), (RETIRED, False), (MOMENT, True)):
        judged = store.judge(signer, others, at=moment, policy=policy)
        assert isinstance(judged, CertificatePath) is is_found
        if not is_found:
            assert isinstance(judged, Failure)
            assert judged.code is FailureCode.KEY_FORBIDDEN


def test_a_remembered_path_ends_with_the_digests_that_certificates_are_signed_by() -> None:
    store = TrustStore([certificate(hierarchy().root)])
    signer, others = certificate(credential()), chain(credential())
    policy = ending(DigestAlgorithm.SHA256.value)
    assert isinstance(store.judge(signer, others, at=MOMENT, policy=policy), CertificatePath)
    assert store.recall(signer, others, at=RETIRED, policy=policy) is None
    after = store.judge(signer, others, at=RETIRED, policy=policy)
    assert isinstance(after, Failure)
    assert after.code is FailureCode.ALGORITHM_FORBIDDEN
