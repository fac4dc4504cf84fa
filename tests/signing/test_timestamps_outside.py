"""Others agree: `openssl ts` verifies what is accepted here, and stamps of openssl and certomancer are accepted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import x509 as asn1_x509

from axis.demo.authority import Validity
from signing.timestamps import StampedToken, TimestampRequest, judge_answer, judge_token
from signing.verdict import Failure, FailureCode, Timestamp
from tests.signing.openssl import OpensslAuthority, accepts, needs_openssl, reads_request
from tests.signing.pki import MOMENT, certificate, credential, trust
from tests.signing.stamping import POLICY, STAMPED, Stamp, authority

pytestmark = needs_openssl


def named(info: Any) -> None:
    name = asn1_x509.Certificate.load(certificate(authority()).der).subject
    info["tsa"] = asn1_x509.GeneralName({"directory_name": name})


GOOD = {
    "ecdsa": Stamp(),
    "rsa": Stamp(by=authority(bits=2048)),
    "sha512": Stamp(digest="sha512"),
    "sha384 by rsa": Stamp(digest="sha384", by=authority(bits=2048)),
    "old id": Stamp(essential="v1"),
    "both ids": Stamp(essential="both"),
    "accuracy and nonce": Stamp(accuracy={"seconds": 1, "millis": 5}, nonce=9),
    "named": Stamp(info=named),
}


@pytest.mark.parametrize("name", GOOD)
def test_openssl_verifies_what_is_accepted_here(name: str, tmp_path: Path) -> None:
    token = GOOD[name].der
    assert isinstance(judge_token(token, STAMPED, trust=trust(), at=MOMENT), Timestamp)
    assert accepts(tmp_path, token, STAMPED)


BAD = {
    "other octets": Stamp(stamped=b"others"),
    "by an agency": Stamp(by=credential()),
    "id of another": Stamp(names=certificate(credential("B"))),
    "no id": Stamp(essential="none"),
}


@pytest.mark.parametrize("name", BAD)
def test_openssl_refuses_too(name: str, tmp_path: Path) -> None:
    token = BAD[name].der
    assert isinstance(judge_token(token, STAMPED, trust=trust(), at=MOMENT), Failure)
    assert not accepts(tmp_path, token, STAMPED)


def test_openssl_reads_our_request(tmp_path: Path) -> None:
    request = TimestampRequest(STAMPED, 0x1234, POLICY)
    told = reads_request(tmp_path, request.der)
    for line in ("Hash Algorithm: sha256", "Nonce: 0x1234", "Certificate required: yes", f"Policy OID: {POLICY}"):
        assert line in told


@pytest.mark.parametrize("bits", [0, 2048], ids=["ecdsa", "rsa"])
def test_a_stamp_that_openssl_made(bits: int, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    holder = authority("openssl", validity=Validity.around(now), bits=bits)
    request = TimestampRequest.over(STAMPED)
    answer = OpensslAuthority(tmp_path, holder).answer(request.der)
    stamped = judge_answer(answer, request, trust=trust(), at=now)
    assert isinstance(stamped, StampedToken), stamped
    assert abs(stamped.timestamp.moment - now) < timedelta(minutes=1)
    assert (stamped.timestamp.serial, stamped.timestamp.accuracy) == (11, timedelta(seconds=1))


def test_openssl_refuses_a_policy_it_does_not_have(tmp_path: Path) -> None:
    request = replace(TimestampRequest.over(STAMPED), policy="1.2.3.4")
    answer = OpensslAuthority(tmp_path, authority()).answer(request.der)
    judged = judge_answer(answer, request, trust=trust(), at=MOMENT)
    assert judged == Failure(FailureCode.TIMESTAMP_REFUSED, "rejection unaccepted_policy")
