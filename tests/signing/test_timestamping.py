"""Asking time-stamping authorities: who refuses, lies or says nothing is passed over, and named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from asn1crypto import cms, tsp

from signing.timestamping import (
    ATTEMPTS_MAX,
    AUTHORITIES_MAX,
    QUERY_TYPE,
    NoTimestamp,
    TimestampClient,
    TransportFailed,
)
from signing.timestamps import ANSWER_BYTES_MAX, StampedToken, TimestampRequest, judge_answer
from signing.verdict import Failure, FailureCode
from tests.signing.pki import MOMENT, credential, trust
from tests.signing.stamping import POLICY, STAMPED, Stamp, answer, assert_not_counted, refusal

GOOD, OTHER, THIRD = "http://one.example", "http://two.example", "http://three.example"
Answering = Callable[[bytes], bytes]


def good(request: bytes) -> bytes:
    return Stamp().answering(request)


def judged(octets: Answering, *, policy: str | None = None) -> StampedToken | Failure:
    request = TimestampRequest.over(STAMPED, policy=policy)
    return judge_answer(octets(request.der), request, trust=trust(), at=MOMENT)


def lying_about_the_digest(request: bytes) -> bytes:
    nonce = tsp.TimeStampReq.load(request)["nonce"].native
    return answer(Stamp(stamped=b"others", nonce=nonce).der)


def stronger_than_asked(request: bytes) -> bytes:
    nonce = tsp.TimeStampReq.load(request)["nonce"].native
    return answer(Stamp(digest="sha512", nonce=nonce).der)


def without_nonce(request: bytes) -> bytes:
    return answer(Stamp().der)


BAD: dict[str, tuple[Answering, FailureCode]] = {
    "refuses": (lambda _: refusal(), FailureCode.TIMESTAMP_REFUSED),
    "lets wait": (lambda _: refusal("waiting", "time_not_available"), FailureCode.TIMESTAMP_REFUSED),
    "grants nothing": (lambda _: refusal("granted"), FailureCode.TIMESTAMP_MALFORMED),
    "lies about the digest": (lying_about_the_digest, FailureCode.TIMESTAMP_OTHER_IMPRINT),
    "takes another digest": (stronger_than_asked, FailureCode.TIMESTAMP_OTHER_IMPRINT),
    "says another nonce": (Stamp(nonce=5).answering, FailureCode.TIMESTAMP_OTHER_NONCE),
    "says no nonce": (without_nonce, FailureCode.TIMESTAMP_OTHER_NONCE),
    "is no authority": (Stamp(by=credential()).answering, FailureCode.TIMESTAMP_UNTRUSTED),
    "is late": (Stamp(moment=MOMENT - timedelta(minutes=6)).answering, FailureCode.TIMESTAMP_TIME_IMPOSSIBLE),
    "is early": (Stamp(moment=MOMENT + timedelta(minutes=6)).answering, FailureCode.TIMESTAMP_TIME_IMPOSSIBLE),
    "says too much": (lambda _: bytes(ANSWER_BYTES_MAX + 1), FailureCode.TIMESTAMP_TOO_LARGE),
    "has a token too long": (
        lambda request: Stamp(info=padded).answering(request),
        FailureCode.TIMESTAMP_TOO_LARGE,
    ),
    "says more behind it": (lambda request: good(request) + b"\x00", FailureCode.TIMESTAMP_MALFORMED),
    "says nothing": (lambda _: b"", FailureCode.TIMESTAMP_MALFORMED),
    "is a captive portal": (lambda _: b"<html>Xin dang nhap</html>", FailureCode.TIMESTAMP_MALFORMED),
}


def padded(info: Any) -> None:
    info["extensions"] = [{"extn_id": "1.2.3.4", "extn_value": bytes(65 * 1024)}]


def test_a_good_answer() -> None:
    stamped = judged(good)
    assert isinstance(stamped, StampedToken)
    assert stamped.timestamp.moment == MOMENT
    assert cms.ContentInfo.load(stamped.token)["content_type"].native == "signed_data"


@pytest.mark.parametrize("name", BAD)
def test_an_authority_that(name: str) -> None:
    answering, code = BAD[name]
    assert_not_counted(judged(answering), code)


def test_a_refusal_is_told_by_the_names_of_the_standard_and_not_in_the_authoritys_words() -> None:
    assert judged(lambda _: refusal()) == Failure(FailureCode.TIMESTAMP_REFUSED, "rejection bad_alg")


def test_an_answer_kept_from_an_earlier_request() -> None:
    kept = good(TimestampRequest.over(STAMPED).der)
    assert_not_counted(judged(lambda _: kept), FailureCode.TIMESTAMP_OTHER_NONCE)


def test_the_policy_that_was_asked_for() -> None:
    assert isinstance(judged(good, policy=POLICY), StampedToken)
    assert_not_counted(judged(good, policy="1.2.3.4"), FailureCode.TIMESTAMP_OTHER_POLICY)


def test_requests_have_nonces_of_their_own() -> None:
    assert len({TimestampRequest.over(STAMPED).nonce for _ in range(50)}) == 50


# ── several authorities ───────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Wire:
    """Answers by address; an address that is not there takes no connection."""

    authorities: dict[str, Answering]
    asked: list[str] = field(default_factory=list)
    pauses: list[int] = field(default_factory=list)

    def __call__(self, address: str, request: bytes, *, content_type: str) -> bytes:
        assert content_type == QUERY_TYPE
        self.asked.append(address)
        if address not in self.authorities:
            raise TransportFailed("ConnectError")
        return self.authorities[address](request)

    def client(self, *addresses: str) -> TimestampClient:
        return TimestampClient(addresses, self, trust(), self.pauses.append)


def test_the_first_that_answers_well_is_believed() -> None:
    wire = Wire({GOOD: good, OTHER: good})
    assert wire.client(GOOD, OTHER).obtain(STAMPED, at=MOMENT).timestamp.moment == MOMENT
    assert wire.asked == [GOOD]


def test_who_refuses_or_lies_is_not_asked_again() -> None:
    wire = Wire({OTHER: lambda _: refusal(), THIRD: lying_about_the_digest, GOOD: good})
    wire.client(OTHER, THIRD, GOOD).obtain(STAMPED, at=MOMENT)
    assert wire.asked == [OTHER, THIRD, GOOD]
    assert wire.pauses == []


def test_who_does_not_answer_is_asked_again_and_then_passed_over() -> None:
    wire = Wire({GOOD: good})
    wire.client(OTHER, GOOD).obtain(STAMPED, at=MOMENT)
    assert wire.asked == [OTHER] * ATTEMPTS_MAX + [GOOD]
    assert wire.pauses == [1, 2]


def test_each_attempt_has_a_nonce_of_its_own() -> None:
    seen: list[int] = []

    def failing_twice(request: bytes) -> bytes:
        seen.append(tsp.TimeStampReq.load(request)["nonce"].native)
        if len(seen) < ATTEMPTS_MAX:
            raise TransportFailed("ReadTimeout")
        return good(request)

    Wire({GOOD: failing_twice}).client(GOOD).obtain(STAMPED, at=MOMENT)
    assert len(set(seen)) == ATTEMPTS_MAX


def test_where_nobody_stamps_it_is_told_of_each_why() -> None:
    wire = Wire({OTHER: lambda _: refusal(), THIRD: Stamp(nonce=5).answering})
    with pytest.raises(NoTimestamp) as caught:
        wire.client(OTHER, THIRD, GOOD).obtain(STAMPED, at=MOMENT)
    assert [(one.address, one.reason) for one in caught.value.attempts] == [
        (OTHER, "timestamp/refused rejection bad_alg"),
        (THIRD, "timestamp/other-nonce"),
        (GOOD, "ConnectError"),
    ]
    assert str(caught.value).startswith(f"{OTHER}: timestamp/refused")


def test_without_a_pause_it_is_asked_again_at_once() -> None:
    wire = Wire({})
    with pytest.raises(NoTimestamp):
        TimestampClient((GOOD,), wire, trust()).obtain(STAMPED, at=MOMENT)
    assert len(wire.asked) == ATTEMPTS_MAX


@pytest.mark.parametrize("count", [0, AUTHORITIES_MAX + 1])
def test_how_many_may_be_asked(count: int) -> None:
    with pytest.raises(ValueError, match="authorities"):
        TimestampClient((GOOD,) * count, Wire({}), trust())
