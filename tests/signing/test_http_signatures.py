"""Signatures on HTTP messages: the examples of RFC 9421 appendix B, and everything that must not pass."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Final

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key

from axis.demo.authority import Hierarchy, Validity
from signing.certificates import Certificate
from signing.http_signatures import (
    Covering,
    HttpAlgorithm,
    HttpMessage,
    HttpSignatureFailure,
    HttpSignatureRefused,
    PublicKey,
    SignatureParams,
    content_digest,
    read_signature,
    sign_message,
    signature_base,
    verify_message,
    verify_value,
)
from signing.keys import SoftwareSigner, load_pem
from tests.fixtures.postgres import MOMENT

# Keys of appendix B.1 and messages of B.2 of RFC 9421.
ED25519 = "MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs="
ED25519_PRIVATE = "MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF"
P256 = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lfw0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdl"
    "dkkDXZCnTNnoXQ=="
)
RSA_PSS = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAr4tmm3r20Wd/PbqvP1s2+QEtvpuRaV8Yq40gjUR8y2Rjxa6dpG2GXHbPfvMs8ct+"
    "Lh1GH45x28Rw3Ry53mm+oAXjyQ86OnDkZ5N8lYbggD4O3w6M6pAvLkhk95AndTrifbIFPNU8PPMO7OyrFAHqgDsznjPFmTOtCEcN2Z1FpWgc"
    "hwuYLPL+Wokqltd11nqqzi+bJ9cvSKADYdUAAN5WUtzdpiy6LbTgSxP7ociU4Tn0g5I6aDZJ7A8Lzo0KSyZYoA485mqcO0GVAdVw9lq4aOT9"
    "v6d+nb4bnNkQVklLQ3fVAvJm+xdDOp9LCNCN48V2pnDOkFV6+U9nV5oyc6XI2wIDAQAB"
)
REQUEST = HttpMessage(
    {
        "host": "example.com",
        "date": "Tue, 20 Apr 2021 02:07:55 GMT",
        "content-type": "application/json",
        "content-digest": "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJ"
        "wew==:",
        "content-length": "18",
    },
    method="POST",
    target="https://example.com/foo?param=Value&Pet=dog",
)
RESPONSE = HttpMessage(
    {
        "date": "Tue, 20 Apr 2021 02:07:56 GMT",
        "content-type": "application/json",
        "content-digest": "sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGg"
        "fLQ==:",
        "content-length": "23",
    },
    status=200,
)
FULL: Final = (
    (
        'sig-b23=("date" "@method" "@path" "@query" "@authority" "content-type" "content-digest" "content-length")'
        ';created=1618884473;keyid="test-key-rsa-pss"'
    ),
    (
        "sig-b23=:bbN8oArOxYoyylQQUU6QYwrTuaxLwjAC9fbY2F6SVWvh0yBiMIRGOnMYwZ/5MR6fb0Kh1rIRASVxFkeGt683+qRpRRU5p2voTp768ZrC"
        "Ub38K0fUxN0O0iC59DzYx8DFll5GmydPxSmme9v6ULbMFkl+V5B1TP/yPViV7KsLNmvKiLJH1pFkh/aYA2HXXZzNBXmIkoQoLd7YfW91kE9o/CCo"
        "C1xMy7JA1ipwvKvfrs65ldmlu9bpG6A9BmzhuzF8Eim5f8ui9eH8LZH896+QIF61ka39VBrohr9iyMUJpvRX2Zbhl5ZJzSRxpJyoEZAFL2FUo5fT"
        "IztsDZKEgM4cUA==:"
    ),
)
OF_RESPONSE: Final = (
    'sig-b24=("@status" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-ecc-p256"',
    "sig-b24=:wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw==:",
)
BY_ED25519: Final = (
    (
        'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473'
        ';keyid="test-key-ed25519"'
    ),
    "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:",
)

OURS: Final = Covering(("@method", "@target-uri", "content-type", "content-digest"), "axis", "axis-webhook", 1000, 300)
TOO_LITTLE: Final = 'axis=("@method");created=1000;keyid="k1";tag="axis-webhook"'
BODY: Final = b'{"id":"1"}'


def public(der: str) -> PublicKey:
    key = load_der_public_key(base64.b64decode(der))
    assert isinstance(key, PublicKey)
    return key


@pytest.mark.parametrize(
    ("message", "fields", "key", "algorithm"),
    [
        (REQUEST, FULL, RSA_PSS, HttpAlgorithm.RSA_PSS_SHA512),
        (RESPONSE, OF_RESPONSE, P256, HttpAlgorithm.ECDSA_P256_SHA256),
        (REQUEST, BY_ED25519, ED25519, HttpAlgorithm.ED25519),
    ],
    ids=["B.2.3", "B.2.4", "B.2.6"],
)
def test_signatures_of_the_standard_verify_and_altered_ones_do_not(
    message: HttpMessage, fields: tuple[str, str], key: str, algorithm: HttpAlgorithm
) -> None:
    _, signature = read_signature({"signature-input": fields[0], "signature": fields[1]})
    base = signature_base(message, signature.params)
    verify_value(base, signature.value, algorithm=algorithm, key=public(key))
    for altered in (base.replace(b"application/json", b"application/jsom"), base + b"\n"):
        with pytest.raises(HttpSignatureRefused) as raised:
            verify_value(altered, signature.value, algorithm=algorithm, key=public(key))
        assert raised.value.failure is HttpSignatureFailure.INVALID


def test_the_base_of_the_standard_is_made_and_signed_octet_for_octet() -> None:
    _, signature = read_signature({"signature-input": BY_ED25519[0], "signature": BY_ED25519[1]})
    base = signature_base(REQUEST, signature.params)
    assert base.decode().splitlines() == [
        '"date": Tue, 20 Apr 2021 02:07:55 GMT',
        '"@method": POST',
        '"@path": /foo',
        '"@authority": example.com',
        '"content-type": application/json',
        '"content-length": 18',
        (
            '"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length")'
            ';created=1618884473;keyid="test-key-ed25519"'
        ),
    ]
    private = load_der_private_key(base64.b64decode(ED25519_PRIVATE), None)
    assert isinstance(private, Ed25519PrivateKey)
    assert private.sign(base) == signature.value


@pytest.mark.parametrize(
    ("target", "name", "value"),
    [
        ("https://Example.com:443/a", "@authority", "example.com"),
        ("https://example.com:8443/a", "@authority", "example.com:8443"),
        ("http://[::1]:80/", "@authority", "[::1]"),
        ("https://example.com", "@path", "/"),
        ("https://example.com/a%20b?", "@query", "?"),
        ("https://example.com/a?b=c", "@target-uri", "https://example.com/a?b=c"),
    ],
)
def test_derived_components_are_those_of_the_standard(target: str, name: str, value: str) -> None:
    assert HttpMessage({}, "POST", target).component(name) == value


def test_a_digest_is_that_of_the_standard() -> None:
    """RFC 9530 appendix D writes this one for the same body."""
    assert content_digest(b'{"hello": "world"}') == "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"


@pytest.fixture(scope="module")
def signer() -> SoftwareSigner:
    hierarchy = Hierarchy.found(MOMENT)
    credential = hierarchy.intermediate.issue_agency("H51.15", "Sở Mẫu", validity=Validity.around(MOMENT))
    return load_pem(credential.key_pem(), credential.certificates_pem)


def signed(signer: SoftwareSigner, **changes: str) -> HttpMessage:
    fields = {"content-type": "application/json", "content-digest": content_digest(BODY)}
    message = HttpMessage(fields, "POST", "https://agency.example.vn/axis")
    made = sign_message(message, signer, covering=OURS, key_id="k1")
    return replace(message, fields={**fields, **made, **changes})


def key_of(certificate: Certificate) -> PublicKey:
    key = certificate.x509.public_key()
    assert isinstance(key, PublicKey)
    return key


def judged(message: HttpMessage, signer: SoftwareSigner, *, body: bytes = BODY, moment: int = 1000) -> SignatureParams:
    keys = {"k1": key_of(signer.certificate)}
    return verify_message(message, body, covering=replace(OURS, moment=moment), find=keys.get)


def test_what_is_signed_verifies_here_and_by_the_algorithm_alone(signer: SoftwareSigner) -> None:
    message = signed(signer)
    assert judged(message, signer).key_id == "k1"
    label, params = message.fields["signature-input"].split("=", 1)
    assert label == "axis"
    lines = [
        '"@method": POST',
        '"@target-uri": https://agency.example.vn/axis',
        '"content-type": application/json',
        f'"content-digest": {content_digest(BODY)}',
        f'"@signature-params": {params}',
    ]
    value = base64.b64decode(message.fields["signature"].removeprefix("axis=:").removesuffix(":"))
    key = signer.certificate.x509.public_key()
    octets = "\n".join(lines).encode()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    r, s = int.from_bytes(value[:32], "big"), int.from_bytes(value[32:], "big")
    key.verify(encode_dss_signature(r, s), octets, ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize(
    ("changes", "failure"),
    [
        ({"signature": ""}, HttpSignatureFailure.ABSENT),
        ({"signature-input": ""}, HttpSignatureFailure.ABSENT),
        ({"signature": "axis=:AAAA:, other=:AAAA:"}, HttpSignatureFailure.MALFORMED),
        ({"signature": "other=:AAAA:"}, HttpSignatureFailure.MALFORMED),
        ({"signature": "axis=:A:"}, HttpSignatureFailure.MALFORMED),
        ({"signature": "axis=:" + "A" * 5000 + ":"}, HttpSignatureFailure.MALFORMED),
        ({"signature": "axis=:AAAA:"}, HttpSignatureFailure.INVALID),
        ({"signature-input": "axis=("}, HttpSignatureFailure.MALFORMED),
        ({"signature-input": 'axis=("@method" "@method");created=1000'}, HttpSignatureFailure.MALFORMED),
        ({"signature-input": 'axis=("@method");created=1000;created=1001'}, HttpSignatureFailure.MALFORMED),
        ({"signature-input": 'axis=("@method");created=1000;keyid="k1";tag="other"'}, HttpSignatureFailure.ABSENT),
        ({"signature-input": TOO_LITTLE}, HttpSignatureFailure.COMPONENTS),
        ({"content-type": "text/plain"}, HttpSignatureFailure.INVALID),
        ({"content-type": "văn bản"}, HttpSignatureFailure.MALFORMED),
        ({"content-digest": content_digest(b"other")}, HttpSignatureFailure.INVALID),
    ],
)
def test_what_was_altered_is_refused(
    signer: SoftwareSigner, changes: dict[str, str], failure: HttpSignatureFailure
) -> None:
    with pytest.raises(HttpSignatureRefused) as raised:
        judged(signed(signer, **changes), signer)
    assert raised.value.failure is failure


def test_another_body_method_target_time_key_or_algorithm_is_refused(signer: SoftwareSigner) -> None:
    message = signed(signer)
    written = message.fields["signature-input"]
    without_algorithm = {**message.fields, "signature-input": written.replace('alg="', 'alg="x')}
    without_time = {**message.fields, "signature-input": written.replace(";created=1000", "")}
    elsewhere = {**message.fields, "signature-input": written.replace('"k1"', '"k2"')}
    cases = [
        (message, BODY + b" ", 1000, HttpSignatureFailure.DIGEST),
        (replace(message, method="PUT"), BODY, 1000, HttpSignatureFailure.INVALID),
        (replace(message, target="https://other.example.vn/axis"), BODY, 1000, HttpSignatureFailure.INVALID),
        (message, BODY, 1301, HttpSignatureFailure.TIME),
        (message, BODY, 699, HttpSignatureFailure.TIME),
        (replace(message, fields=without_time), BODY, 1000, HttpSignatureFailure.TIME),
        (replace(message, fields=elsewhere), BODY, 1000, HttpSignatureFailure.KEY_UNKNOWN),
        (replace(message, fields=without_algorithm), BODY, 1000, HttpSignatureFailure.ALGORITHM),
    ]
    for altered, body, moment, failure in cases:
        with pytest.raises(HttpSignatureRefused) as raised:
            judged(altered, signer, body=body, moment=moment)
        assert raised.value.failure is failure


def test_an_algorithm_that_is_not_the_keys_is_refused() -> None:
    for algorithm in HttpAlgorithm:
        if algorithm is not HttpAlgorithm.ED25519:
            with pytest.raises(HttpSignatureRefused):
                verify_value(b"octets", bytes(64), algorithm=algorithm, key=public(ED25519))
