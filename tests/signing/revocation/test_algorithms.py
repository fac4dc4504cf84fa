"""Lists and answers are signed as the signing policy allows at the time, or they are not believed."""

from __future__ import annotations

import pytest
from asn1crypto import crl
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from axis.demo.pki.authorities import Authorities
from signing.revocation.judge import revocation_of
from signing.statuses import Doubt, RevocationEvidence, RevocationState, RevocationStatus, Source
from tests.fixtures.postgres import MOMENT
from tests.signing.revocation.forged import answer_of, list_of, resigned_answer, resigned_list, revoked_answer_of
from tests.signing.revocation.test_judge import path_of


def judged(authorities: Authorities, source: Source, octets: bytes) -> RevocationStatus:
    return revocation_of(path_of(authorities, "H51.15"), [RevocationEvidence(source, octets)], at=MOMENT)


@pytest.mark.parametrize("digest", [hashes.SHA1(), hashes.SHA224(), hashes.SHA3_256()])  # noqa: S303 - refused
def test_evidence_signed_over_a_digest_without_a_row_is_not_believed(
    authorities: Authorities, digest: hashes.HashAlgorithm
) -> None:
    answer = judged(authorities, Source.OCSP, resigned_answer(authorities, digest))
    listed = judged(authorities, Source.CRL, resigned_list(authorities, digest))
    assert (answer.doubt, listed.doubt) == (Doubt.UNVERIFIED, Doubt.UNVERIFIED)


@pytest.mark.parametrize("digest", [hashes.SHA256(), hashes.SHA384(), hashes.SHA512()])
def test_evidence_signed_over_a_digest_of_the_table_is_believed(
    authorities: Authorities, digest: hashes.HashAlgorithm
) -> None:
    answer = judged(authorities, Source.OCSP, resigned_answer(authorities, digest))
    listed = judged(authorities, Source.CRL, resigned_list(authorities, digest))
    assert (answer.state, listed.state) == (RevocationState.GOOD, RevocationState.GOOD)


def test_a_list_says_one_algorithm_in_both_places(authorities: Authorities) -> None:
    kind = crl.CertificateList.load(list_of(authorities))["signature_algorithm"]["algorithm"].native
    for stated, signed in ((None, kind.replace("256", "1")), (None, kind.replace("256", "384"))):
        octets = resigned_list(authorities, hashes.SHA256(), stated, signed)
        assert judged(authorities, Source.CRL, octets).doubt is Doubt.UNVERIFIED


@pytest.mark.parametrize("stated", [None, x509.ReasonFlags.unspecified, x509.ReasonFlags.superseded])
@pytest.mark.parametrize("source", Source)
def test_a_reason_that_is_not_stated_is_not_made_up(
    authorities: Authorities, source: Source, stated: x509.ReasonFlags | None
) -> None:
    signer = authorities["H51.15"].certificate
    if source is Source.OCSP:
        octets = revoked_answer_of(authorities, reason=stated)
    else:
        octets = list_of(authorities, revoked=(signer,), reason=stated)
    status = judged(authorities, source, octets)
    assert status.state is RevocationState.REVOKED
    assert status.reason == (None if stated is None else stated.name)


def test_an_answer_about_the_same_number_of_another_authority_says_nothing(authorities: Authorities) -> None:
    path = path_of(authorities, "H51.15")
    for authority in ("root", "rogue-issuing"):
        answer = RevocationEvidence(Source.OCSP, answer_of(authorities, by=authority))
        status = revocation_of(path, [answer], at=MOMENT)
        assert status.state is RevocationState.UNKNOWN
        assert status.doubt in {Doubt.NOT_ABOUT_IT, Doubt.UNVERIFIED}
