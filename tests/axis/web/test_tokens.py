"""The token endpoint: who proves itself gets a token, everybody else one and the same answer."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.jwk import OctKey

from axis.web.app import create_app
from axis.web.identity import TOKEN_PATH
from envelopes.identifiers import OrganId, SystemId
from routing.agencies import Agency, SystemKey
from routing.directory import Catalogue, Directory
from signing.assertions import AssertionKey
from tests.axis.web.calling import assertion, bearer, claims, form, signed, token
from tests.axis.web.country import CATALOGUE, MINISTRY, NOW, PROVINCE, directory, key_of, system, system_key
from tests.axis.web.fakes import FakeAxis
from tests.axis.web.running import Logged, in_process


def ask(client: httpx.Client, text: str, **others: str) -> httpx.Response:
    return client.post(TOKEN_PATH, data=form(text, **others))


def payload(token: str) -> dict[str, object]:
    part = token.split(".")[1]
    decoded: dict[str, object] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return decoded


def test_a_system_that_proves_itself_gets_a_short_token(client: httpx.Client, axis: FakeAxis) -> None:
    answer = ask(client, assertion(axis, "vpcp"))
    body = answer.json()
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 300, "G22")
    said = payload(body["access_token"])
    now = int(NOW.timestamp())
    assert (said["sub"], said["iat"], said["exp"]) == ("vpcp", now, now + 300)
    assert (said["iss"], said["aud"]) == (axis.settings.issuer, axis.settings.issuer)
    assert (said["ckid"], said["agencies"]) == (key_of("vpcp").kid, ["G22"])


def test_the_address_of_the_axis_alone_is_an_audience_too(client: httpx.Client, axis: FakeAxis) -> None:
    assert ask(client, assertion(axis, "vpcp", aud=axis.settings.web.public_url)).status_code == 200
    assert ask(client, assertion(axis, "vpcp", aud=[axis.settings.web.public_url])).status_code == 200


@pytest.mark.parametrize(("scope", "granted"), [("H51.15", "H51.15"), ("000.00.15.H51", "H51.15"), ("H51", "H51")])
def test_a_token_can_be_narrowed_by_any_id_of_an_agency(
    client: httpx.Client, axis: FakeAxis, scope: str, granted: str
) -> None:
    answer = ask(client, assertion(axis, "tinh-a"), scope=scope)
    assert answer.json()["scope"] == granted


@pytest.mark.parametrize("scope", ["G22", "H51 G22", "X99", "not an id!", "H51/15"])
def test_a_scope_outside_what_was_granted_is_refused(client: httpx.Client, axis: FakeAxis, scope: str) -> None:
    answer = ask(client, assertion(axis, "tinh-a"), scope=scope)
    assert answer.status_code == 400
    assert (answer.json()["error"], answer.json()["code"]) == ("invalid_scope", "token/invalid-scope")


def test_too_many_roots_for_one_token_are_refused_with_the_number(client: httpx.Client, axis: FakeAxis) -> None:
    roots = tuple(OrganId(f"H99.{number}") for number in range(201))
    axis.atlas.current = _with_many(roots)
    answer = ask(client, assertion(axis, "vpcp"))
    assert answer.json()["code"] == "token/invalid-scope"
    assert "200" in answer.json()["detail"]
    assert ask(client, assertion(axis, "vpcp"), scope="H99.7").status_code == 200


def _with_many(roots: tuple[OrganId, ...]) -> Directory:
    agencies = tuple(Agency(root, f"Cơ quan {root}") for root in roots)
    return Directory(2, Catalogue((*CATALOGUE.agencies, *agencies)), systems=(system("vpcp", *roots),))


def unsigned(axis: FakeAxis, name: str) -> str:
    parts = ({"alg": "none", "kid": key_of(name).kid}, claims(axis, name))
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, ""])


def with_shared_secret(axis: FakeAxis, name: str) -> str:
    # The public key as an HMAC secret: what a verifier that trusts `alg` would accept.
    secret = OctKey.import_key(key_of(name).public_jwk().encode())
    return jwt.encode({"alg": "HS256", "kid": key_of(name).kid}, claims(axis, name), secret, ["HS256"])


def with_header(axis: FakeAxis, name: str, **header: object) -> str:
    key = key_of(name)
    return jwt.encode({"alg": "ES256", "kid": key.kid} | header, claims(axis, name), key.key, ["ES256"])


def with_bad_signature(axis: FakeAxis, name: str) -> str:
    text = assertion(axis, name)
    return text[:-6] + ("AAAAAA" if not text.endswith("AAAAAA") else "BBBBBB")


def with_json(axis: FakeAxis, document: str) -> str:
    header = base64.urlsafe_b64encode(json.dumps({"alg": "ES256", "kid": "k"}).encode()).rstrip(b"=").decode()
    return ".".join([header, base64.urlsafe_b64encode(document.encode()).rstrip(b"=").decode(), "AAAA"])


IMPOSTORS: dict[str, Callable[[FakeAxis], str]] = {
    "wrong key": lambda axis: signed(AssertionKey.generate(), claims(axis, "vpcp")),
    "key of another system": lambda axis: signed(key_of("tinh-a"), claims(axis, "vpcp")),
    "right kid, other signature": lambda axis: with_bad_signature(axis, "vpcp"),
    "unknown kid": lambda axis: with_header(axis, "vpcp", kid="nobody"),
    "header is no JSON": lambda axis: "e30x" + with_header(axis, "vpcp"),
    "unknown system": lambda axis: signed(key_of("vpcp"), claims(axis, "nobody")),
    "no system id": lambda axis: signed(key_of("vpcp"), claims(axis, "Not An Id!")),
    "suspended system": lambda axis: assertion(axis, "bi-dung"),
    "iss is not sub": lambda axis: assertion(axis, "vpcp", sub="tinh-a"),
    "no iss": lambda axis: assertion(axis, "vpcp", iss=None),
    "alg none": lambda axis: unsigned(axis, "vpcp"),
    "alg HS256": lambda axis: with_shared_secret(axis, "vpcp"),
    "typ of an access token": lambda axis: with_header(axis, "vpcp", typ="at+jwt"),
    "typ of an acknowledgement": lambda axis: with_header(axis, "vpcp", typ="axis-acknowledgement+jws"),
    "no JWT": lambda _: "rubbish",
    "no JSON": lambda _: "a.b.c",
    "payload is a list": lambda axis: with_json(axis, "[]"),
    "payload nested too deep": lambda axis: with_json(axis, "[" * 3_000),
    "too long": lambda axis: assertion(axis, "vpcp", padding="x" * 9_000),
    "no jti": lambda axis: assertion(axis, "vpcp", jti=None),
    "jti with a NUL": lambda axis: assertion(axis, "vpcp", jti="a\x00b"),
    "jti too long": lambda axis: assertion(axis, "vpcp", jti="x" * 256),
    "no exp": lambda axis: assertion(axis, "vpcp", exp=None),
    "exp is a text": lambda axis: assertion(axis, "vpcp", exp="tomorrow"),
    "exp is infinite": lambda axis: assertion(axis, "vpcp", exp=float("inf")),
    "no iat": lambda axis: assertion(axis, "vpcp", iat=None),
    "no aud": lambda axis: assertion(axis, "vpcp", aud=None),
    "two audiences": lambda axis: assertion(axis, "vpcp", aud=["http://127.0.0.1:8080", "https://other.example"]),
}


@pytest.mark.parametrize("impostor", IMPOSTORS.values(), ids=IMPOSTORS.keys())
def test_whoever_cannot_be_authenticated_gets_the_same_answer(
    client: httpx.Client, axis: FakeAxis, impostor: Callable[[FakeAxis], str]
) -> None:
    answer = ask(client, impostor(axis))
    body = answer.json()
    varying = {"correlation_id"}
    sample = ask(client, "rubbish").json()
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/json"
    assert body["error"] == "invalid_client"
    assert {key: body[key] for key in body if key not in varying} == {
        key: sample[key] for key in sample if key not in varying
    }
    assert axis.assertion_ledger.used == {}


LATE: dict[str, tuple[dict[str, object], str]] = {
    "expired": ({"exp": int(NOW.timestamp()) - 31}, "token/assertion-expired"),
    "made in the future": ({"iat": int(NOW.timestamp()) + 31}, "token/assertion-not-yet-valid"),
    "not before the future": ({"nbf": int(NOW.timestamp()) + 31}, "token/assertion-not-yet-valid"),
    "valid for too long": ({"exp": int(NOW.timestamp()) + 331}, "token/assertion-too-long-lived"),
    "for another audience": ({"aud": "https://other.example"}, "token/assertion-for-another-audience"),
}


@pytest.mark.parametrize(("said", "code"), LATE.values(), ids=LATE.keys())
def test_whoever_holds_the_key_is_told_what_is_wrong(
    client: httpx.Client, axis: FakeAxis, said: dict[str, object], code: str
) -> None:
    answer = ask(client, assertion(axis, "vpcp", **said))
    assert answer.status_code == 401
    assert (answer.json()["error"], answer.json()["code"]) == ("invalid_client", code)


def test_a_clock_that_differs_a_little_does_no_harm(client: httpx.Client, axis: FakeAxis) -> None:
    now = int(NOW.timestamp())
    assert ask(client, assertion(axis, "vpcp", iat=now + 29, exp=now + 329)).status_code == 200
    assert ask(client, assertion(axis, "vpcp", iat=now - 200, exp=now - 29)).status_code == 200


def test_an_assertion_works_once(client: httpx.Client, axis: FakeAxis) -> None:
    text = assertion(axis, "vpcp")
    assert ask(client, text).status_code == 200
    again = ask(client, text)
    assert again.status_code == 401
    assert again.json()["code"] == "token/assertion-used"


def test_the_ledger_keeps_an_assertion_for_as_long_as_it_could_be_shown(client: httpx.Client, axis: FakeAxis) -> None:
    exp = int(NOW.timestamp()) + 120
    ask(client, assertion(axis, "vpcp", exp=exp, jti="eins"))
    kept = axis.assertion_ledger.used[SystemId("vpcp"), "eins"]
    assert kept.timestamp() == exp + 30


def test_two_systems_may_choose_the_same_jti(client: httpx.Client, axis: FakeAxis) -> None:
    assert ask(client, assertion(axis, "vpcp", jti="eins")).status_code == 200
    assert ask(client, assertion(axis, "tinh-a", jti="eins")).status_code == 200


def test_an_assertion_is_used_up_by_a_request_that_fails_later(client: httpx.Client, axis: FakeAxis) -> None:
    text = assertion(axis, "tinh-a")
    assert ask(client, text, scope="G22").json()["error"] == "invalid_scope"
    assert ask(client, text).json()["code"] == "token/assertion-used"


def test_a_key_out_of_its_window_proves_nothing(client: httpx.Client, axis: FakeAxis) -> None:
    axis.atlas.current = directory(system("vpcp", MINISTRY, key=system_key("vpcp", valid_to=NOW)))
    assert ask(client, assertion(axis, "vpcp")).json()["error"] == "invalid_client"


def rsa_key() -> AssertionKey:
    return imported(rsa.generate_private_key(65537, 2048))


def p384_key() -> AssertionKey:
    return imported(ec.generate_private_key(ec.SECP384R1()))


def imported(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> AssertionKey:
    return AssertionKey.from_text(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def register(axis: FakeAxis, key: AssertionKey) -> None:
    held = SystemKey(key.kid, key.public_jwk(), NOW - timedelta(days=1))
    axis.atlas.current = directory(system("vpcp", PROVINCE, key=held))


@pytest.mark.parametrize("make", [rsa_key, p384_key])
def test_rsa_and_p384_keys_work_too(client: httpx.Client, axis: FakeAxis, make: Callable[[], AssertionKey]) -> None:
    key = make()
    register(axis, key)
    assert ask(client, signed(key, claims(axis, "vpcp"))).status_code == 200


@pytest.mark.parametrize(("make", "algorithm"), [(rsa_key, "ES256"), (p384_key, "ES256"), (p384_key, "RS256")])
def test_a_key_under_the_name_of_another_algorithm_is_no_proof(
    client: httpx.Client, axis: FakeAxis, make: Callable[[], AssertionKey], algorithm: str
) -> None:
    key = make()
    register(axis, key)
    header = base64.urlsafe_b64encode(json.dumps({"alg": algorithm, "kid": key.kid}).encode()).rstrip(b"=").decode()
    _, rest = signed(key, claims(axis, "vpcp")).split(".", 1)
    assert ask(client, f"{header}.{rest}").json()["error"] == "invalid_client"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": None}, "invalid_request"),
        ({"client_assertion_type": "urn:other"}, "invalid_request"),
        ({"client_assertion_type": None}, "invalid_request"),
        ({"client_assertion": None}, "invalid_request"),
        ({"client_secret": "hush"}, "invalid_request"),
        ({"client_id": "tinh-a"}, "invalid_client"),
    ],
)
def test_other_requests_are_refused_in_the_words_of_oauth(
    client: httpx.Client, axis: FakeAxis, change: dict[str, str | None], error: str
) -> None:
    fields = form(assertion(axis, "vpcp")) | change
    answer = client.post(TOKEN_PATH, data={key: value for key, value in fields.items() if value is not None})
    body = answer.json()
    assert answer.status_code in {400, 401}
    assert body["error"] == error
    assert body["error_description"].isascii()
    assert body["title_vi"]


def test_the_clients_own_id_may_be_repeated_in_the_form(client: httpx.Client, axis: FakeAxis) -> None:
    assert ask(client, assertion(axis, "vpcp"), client_id="vpcp").status_code == 200


@pytest.mark.parametrize("body", [b"grant_type=a&grant_type=b", b"\xff\xfe", b"a" * 30, b"&".join([b"a=b"] * 40), b""])
def test_a_form_that_cannot_be_read_in_one_way_is_refused(client: httpx.Client, body: bytes) -> None:
    answer = client.post(TOKEN_PATH, content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_only_a_form_is_taken(client: httpx.Client) -> None:
    assert client.post(TOKEN_PATH, json={"grant_type": "client_credentials"}).status_code == 415


def test_requests_for_tokens_count_against_the_system_that_proved_itself() -> None:
    axis = FakeAxis(requests_per_minute=4)
    with in_process(create_app(axis, stopwatch=lambda: 0.0)) as client:
        # Somebody else who only names the system uses up nothing of it.
        for _ in range(5):
            assert ask(client, signed(AssertionKey.generate(), claims(axis, "vpcp"))).status_code == 401
        assert [ask(client, assertion(axis, "vpcp")).status_code for _ in range(3)] == [200, 200, 429]
        assert bearer(client, axis, "tinh-a")


def test_a_token_is_logged_by_who_got_it_and_never_shown(client: httpx.Client, axis: FakeAxis, logged: Logged) -> None:
    issued = token(client, axis)
    lines = logged()
    assert [line["system"] for line in lines if line["event"] == "token_issued"] == ["vpcp"]
    assert issued not in json.dumps(lines)
    assert issued.split(".")[2] not in json.dumps(lines)
