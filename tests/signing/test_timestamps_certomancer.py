"""Stamps of certomancer's authorities: the good one is believed over HTTP too, each bad one for its own reason."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from axis.clock import SettableClock
from axis.demo.pki.authorities import Authorities
from axis.sdk import NoTimestamp, Timestamper, sign_octets
from signing.timestamps import StampedToken, TimestampRequest, judge_answer, judge_token
from signing.trust import TrustStore
from signing.verdict import Failure, FailureCode, SignatureLevel, Timestamp
from tests.signing.openssl import accepts, needs_openssl
from tests.signing.pki import MOMENT
from tests.signing.stamping import STAMPED
from tests.signing.xml.packages import PACKAGE
from tests.signing.xml.stamped import additions_of, judge_at

BAD = {
    "tsa-wrong-usage": FailureCode.USAGE_FORBIDDEN,
    "tsa-untrusted": FailureCode.UNTRUSTED,
    "tsa-expired": FailureCode.CERTIFICATE_EXPIRED,
}


def store(authorities: Authorities) -> TrustStore:
    return TrustStore(authorities.anchors, authorities.intermediates)


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_a_good_stamp(authorities: Authorities, digest: str) -> None:
    token = authorities.timestamp(hashlib.new(digest, STAMPED).digest(), at=MOMENT, tsa="tsa")
    judged = judge_token(token, STAMPED, trust=store(authorities), at=MOMENT)
    assert isinstance(judged, Timestamp), judged
    assert judged.moment == MOMENT
    assert judged.path.signer == authorities["tsa"].certificate


def test_a_good_answer(authorities: Authorities) -> None:
    request = TimestampRequest.over(STAMPED)
    answer = authorities.answer_timestamp(request.der, at=MOMENT, tsa="tsa")
    assert isinstance(judge_answer(answer, request, trust=store(authorities), at=MOMENT), StampedToken)


@pytest.mark.parametrize("tsa", BAD)
def test_a_stamp_of(authorities: Authorities, tsa: str) -> None:
    token = authorities.timestamp(hashlib.sha256(STAMPED).digest(), at=MOMENT, tsa=tsa)
    judged = judge_token(token, STAMPED, trust=store(authorities), at=MOMENT)
    assert judged == Failure(FailureCode.TIMESTAMP_UNTRUSTED, BAD[tsa].value)


def test_over_http_the_first_good_one_of_several_stamps_a_package(authorities: Authorities) -> None:
    bad = tuple(authorities.tsa_url(tsa) for tsa in BAD)
    signer, clock = authorities["H51.15"].signer, SettableClock(MOMENT)
    with Timestamper((*bad, authorities.tsa_url("tsa")), store(authorities), clock) as stamper:
        octets = sign_octets(PACKAGE, signer, at=MOMENT, stamper=stamper)
    additions = additions_of(judge_at(octets, store=store(authorities)))
    assert additions.verified_level is SignatureLevel.B_T
    with Timestamper(bad, store(authorities), clock) as stamper, pytest.raises(NoTimestamp) as caught:
        stamper(STAMPED)
    assert [one.reason for one in caught.value.attempts] == [
        f"timestamp/untrusted {code.value}" for code in BAD.values()
    ]


@needs_openssl
def test_openssl_agrees(authorities: Authorities, tmp_path: Path) -> None:
    digest = hashlib.sha256(STAMPED).digest()
    anchor, untrusted = authorities.certificate("root"), authorities.intermediates
    assert accepts(tmp_path, authorities.timestamp(digest, at=MOMENT, tsa="tsa"), STAMPED, anchor.pem, untrusted)
    for tsa in BAD:
        token = authorities.timestamp(digest, at=MOMENT, tsa=tsa)
        assert not accepts(tmp_path, token, STAMPED, anchor.pem, untrusted)
