"""Certificates and public keys are read from what people hand over, and what cannot serve is refused by name."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from axis.demo.authority import Credential, Validity
from axis.enrolment.credentials import read_certificate, read_public_key, window_of
from axis.errors import Refused
from signing.assertions import AssertionKey
from signing.certificates import Certificate
from tests.axis.enrolment.conftest import authority, credential, public_jwk
from tests.fixtures.postgres import MOMENT

DAY = timedelta(days=1)
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey


def der(holder: Credential) -> bytes:
    return holder.certificate.public_bytes(Encoding.DER)


def pem(key: PublicKey) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def code_of(refused: pytest.ExceptionInfo[Refused]) -> str:
    return refused.value.findings[0].code


@pytest.mark.parametrize("octets", [der(credential()), credential().certificates_pem])
def test_a_certificate_is_read_as_der_or_pem(octets: bytes) -> None:
    assert read_certificate(octets).der == der(credential())


@pytest.mark.parametrize(
    "octets", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n", der(credential())[:-5]]
)
def test_what_is_no_certificate_is_refused(octets: bytes) -> None:
    with pytest.raises(Refused) as refused:
        read_certificate(octets)
    assert code_of(refused) == "enrolment/certificate-unreadable"


def test_the_certificate_of_an_authority_is_no_agencys() -> None:
    with pytest.raises(Refused) as refused:
        read_certificate(authority().certificate_pem)
    assert code_of(refused) == "enrolment/certificate-of-authority"


def test_a_window_is_the_certificates_own_from_now_on() -> None:
    certificate = Certificate(der(credential()))
    window = window_of(certificate, MOMENT, start=None, end=None)
    assert window.start == MOMENT
    assert window.end == certificate.not_after + timedelta(seconds=1)


def test_a_certificate_of_the_future_is_registered_from_its_first_moment() -> None:
    validity = Validity(MOMENT + 5 * DAY, MOMENT + 9 * DAY)
    certificate = Certificate(der(authority().issue_agency("H51", "UBND", validity=validity)))
    assert window_of(certificate, MOMENT, start=None, end=None).start == MOMENT + 5 * DAY


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (MOMENT, MOMENT),
        (MOMENT + DAY, MOMENT),
        (MOMENT - 2 * DAY, MOMENT - DAY),
        (datetime(2040, 1, 1, tzinfo=UTC), datetime(2041, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_window_that_can_never_count_is_refused(start: datetime, end: datetime) -> None:
    with pytest.raises(Refused) as refused:
        window_of(Certificate(der(credential())), MOMENT, start=start, end=end)
    assert code_of(refused) == "enrolment/certificate-window"


def test_a_jwk_is_kept_under_its_thumbprint_without_what_its_owner_added() -> None:
    members = json.loads(public_jwk()) | {"kid": "chosen", "x5u": "https://example.org", "use": "enc"}
    key = read_public_key(json.dumps(members).encode())
    assert json.loads(key.jwk) == json.loads(public_jwk())
    assert key.kid == json.loads(public_jwk())["kid"]


@pytest.mark.parametrize(
    ("public", "algorithm"),
    [
        (ec.generate_private_key(ec.SECP256R1()).public_key(), "ES256"),
        (ec.generate_private_key(ec.SECP384R1()).public_key(), "ES384"),
        (rsa.generate_private_key(65537, 2048).public_key(), "RS256"),
    ],
)
def test_a_public_key_in_pem_becomes_a_jwk(public: PublicKey, algorithm: str) -> None:
    assert json.loads(read_public_key(pem(public)).jwk)["alg"] == algorithm


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"{}",
        b"{",
        b'{"kty": "oct", "k": "AAAA"}',
        b'{"kty": "RSA", "n": "AQAB", "e": "AQAB"}',
        b'{"kty": "RSA", "n": 5, "e": "AQAB"}',
        b'{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}',
        b"[" * 100_000,
        pem(ec.generate_private_key(ec.SECP521R1()).public_key()),
        pem(rsa.generate_private_key(65537, 1024).public_key()),  # noqa: S505 to be refused
        pem(ed25519.Ed25519PrivateKey.generate().public_key()),
    ],
)
def test_what_is_no_usable_public_key_is_refused(octets: bytes) -> None:
    with pytest.raises(Refused) as refused:
        read_public_key(octets)
    assert code_of(refused) == "enrolment/key-unreadable"


def test_a_private_key_is_refused_as_such() -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    in_pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for octets in (in_pem, AssertionKey.generate().private_jwk().encode()):
        with pytest.raises(Refused) as refused:
            read_public_key(octets)
        assert code_of(refused) == "enrolment/key-private"
