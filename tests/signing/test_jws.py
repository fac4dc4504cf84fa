"""Signed JSON is believed for one type, a listed algorithm and a known certificate; rubbish is only ever refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axis.demo.authority import KeyKind
from signing.certificates import Certificate
from signing.jws import TOKEN_BYTES_MAX, JwsFailure, JwsRefused, sign_jws, verify_jws
from tests.signing.pki import certificate, credential, signer

KIND, PAYLOAD = "axis-test+jws", b'{"outcome":"done"}'
KNOWN = {certificate(one).fingerprint: certificate(one) for one in (credential(kind=kind) for kind in KeyKind)}
TOKEN = sign_jws(PAYLOAD, signer(credential()), kind=KIND)
HEADER, BODY, VALUE = TOKEN.split(".")
LEAF = certificate(credential())


def encoded(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def with_header(**members: object) -> str:
    header = {**json.loads(decoded(HEADER)), **members}
    return ".".join((encoded(json.dumps(header).encode()), BODY, VALUE))


def refusal_of(token: str) -> JwsFailure:
    with pytest.raises(JwsRefused) as raised:
        verify_jws(token, KNOWN.get, kind=KIND)
    return raised.value.failure


@pytest.mark.parametrize("kind", KeyKind, ids=lambda kind: kind.name)
def test_what_a_known_key_signed_is_believed(kind: KeyKind) -> None:
    verified = verify_jws(sign_jws(PAYLOAD, signer(credential(kind=kind)), kind=KIND), KNOWN.get, kind=KIND)
    assert (verified.payload, verified.signer) == (PAYLOAD, certificate(credential(kind=kind)))


def test_the_key_is_looked_up_by_the_fingerprint_alone() -> None:
    asked: list[str] = []

    def find(fingerprint: str) -> Certificate | None:
        asked.append(fingerprint)
        return None

    with pytest.raises(JwsRefused) as raised:
        verify_jws(with_header(jwk={"kty": "EC"}, x5c=["AAAA"], jku="http://127.0.0.1/", kid="x"), find, kind=KIND)
    assert raised.value.failure is JwsFailure.KEY_UNKNOWN
    assert asked == [LEAF.fingerprint]


@pytest.mark.parametrize("kind", ["JWT", "", "AXIS-TEST+JWS", None, 1, ["axis-test+jws"]], ids=repr)
def test_another_type(kind: object) -> None:
    assert refusal_of(with_header(typ=kind)) is JwsFailure.WRONG_TYPE


@pytest.mark.parametrize(
    "algorithm",
    ["none", "None", "", "HS256", "RS1", "PS256", "ES512", "EdDSA", "es256", None, 1, ["ES256"], {}],
    ids=repr,
)
def test_another_algorithm(algorithm: object) -> None:
    assert refusal_of(with_header(alg=algorithm)) is JwsFailure.ALGORITHM_FORBIDDEN


@pytest.mark.parametrize("secret", [LEAF.der, LEAF.pem], ids=["DER", "PEM"])
def test_an_hmac_whose_secret_everybody_knows(secret: bytes) -> None:
    signing_input = with_header(alg="HS256").rsplit(".", 1)[0]
    value = hmac.new(secret, signing_input.encode(), hashlib.sha256).digest()
    assert refusal_of(f"{signing_input}.{encoded(value)}") is JwsFailure.ALGORITHM_FORBIDDEN


@pytest.mark.parametrize("algorithm", ["RS256", "ES384"])
def test_an_algorithm_that_is_not_the_keys(algorithm: str) -> None:
    assert refusal_of(with_header(alg=algorithm)) is JwsFailure.INVALID


def test_somebody_elses_certificate() -> None:
    other = certificate(credential(kind=KeyKind.ECDSA_P384)).thumbprint
    assert refusal_of(with_header(**{"x5t#S256": other})) is JwsFailure.INVALID
    stranger = sign_jws(PAYLOAD, signer(credential("B")), kind=KIND)
    assert refusal_of(stranger) is JwsFailure.KEY_UNKNOWN


@pytest.mark.parametrize("thumbprint", [None, 1, "", "AAAA", ["AAAA"]], ids=repr)
def test_no_fingerprint_of_a_known_certificate(thumbprint: object) -> None:
    assert refusal_of(with_header(**{"x5t#S256": thumbprint})) is JwsFailure.KEY_UNKNOWN


MEMBERS = b'{"a":' * 1200

RUBBISH = {
    "nothing": "",
    "dots": "..",
    "two parts": f"{HEADER}.{BODY}",
    "four parts": f"{TOKEN}.x",
    "no JSON": f"{encoded(b'x')}.{BODY}.{VALUE}",
    "a list": f"{encoded(b'[]')}.{BODY}.{VALUE}",
    "letters beyond ASCII": f"é.{BODY}.{VALUE}",
    "not UTF-8": f"{encoded(bytes([0xFF]))}.{BODY}.{VALUE}",
    "critical extensions": with_header(crit=["b64"]),
    "an unencoded payload": with_header(b64=False),
    "a thumbprint that is no base64": with_header(**{"x5t#S256": "@"}),
    "a thousand levels of lists": f"{encoded(b'[' * 6000)}.{BODY}.{VALUE}",
    "a thousand levels of members": f"{encoded(MEMBERS)}.{BODY}.{VALUE}",
    "a number of five thousand digits": f"{encoded(b'9' * 5000)}.{BODY}.{VALUE}",
}


@pytest.mark.parametrize("name", RUBBISH)
def test_rubbish(name: str) -> None:
    assert refusal_of(RUBBISH[name]) is JwsFailure.MALFORMED


def test_a_token_that_is_too_long() -> None:
    assert refusal_of(TOKEN + "A" * TOKEN_BYTES_MAX) is JwsFailure.TOO_LARGE


@given(st.data())
def test_any_other_character_is_refused(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(TOKEN) - 1))
    other = data.draw(st.characters().filter(lambda character: character != TOKEN[place]))
    refusal_of(TOKEN[:place] + other + TOKEN[place + 1 :])


@pytest.mark.parametrize("behind", ["=", " ", "\n", "A"], ids=repr)
def test_something_behind_the_value(behind: str) -> None:
    refusal_of(TOKEN + behind)


@given(st.text(max_size=200))
def test_any_text_is_refused(text: str) -> None:
    refusal_of(text)


def test_the_header_says_nothing_but_algorithm_type_and_certificate() -> None:
    assert json.loads(decoded(HEADER)) == {"alg": "ES256", "typ": KIND, "x5t#S256": LEAF.thumbprint}
