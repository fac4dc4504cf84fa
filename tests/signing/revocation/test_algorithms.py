"""Lists and answers are signed as the signing policy allows at the time, or they are not believed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from asn1crypto import crl, ocsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from axis.demo.pki.authorities import Authorities
from signing.paths import readable
from signing.revocation.algorithms import AlgorithmForbidden, refuse_answers_algorithms, refuse_lists_algorithms
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


def test_evidence_signed_by_a_key_without_a_row_at_the_time_is_not_believed(authorities: Authorities) -> None:
    issuer = [readable(authorities.certificate("issuing"))]
    listed, answer = (
        crl.CertificateList.load(list_of(authorities)),
        ocsp.OCSPResponse.load(answer_of(authorities)),
    )
    refuse_lists_algorithms(listed, issuer, at=MOMENT)
    refuse_answers_algorithms(answer, issuer, at=MOMENT)
    before = datetime(2004, 1, 1, tzinfo=UTC)  # SHA-256 has a row by then, elliptic curves have none
    with pytest.raises(AlgorithmForbidden):
        refuse_lists_algorithms(listed, issuer, at=before)
    with pytest.raises(AlgorithmForbidden):
        refuse_answers_algorithms(answer, issuer, at=before)


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
