"""How a connected system calls the axis."""

from __future__ import annotations

import httpx
from joserfc import jwt

from axis.web.identity import TOKEN_PATH
from signing.assertions import ASSERTION_TYPE, AssertionKey
from tests.axis.web.country import key_of
from tests.axis.web.fakes import FakeAxis

PACKAGE = b"<edXML>package</edXML>"
XML = {"Content-Type": "application/xml"}


def claims(axis: FakeAxis, name: str, **others: object) -> dict[str, object]:
    """What an honest assertion says; `others` replace claims, None removes one."""
    now = int(axis.clock.now().timestamp())
    honest: dict[str, object] = {
        "iss": name,
        "sub": name,
        "aud": axis.settings.web.public_url + TOKEN_PATH,
        "iat": now,
        "exp": now + 120,
        "jti": str(axis.clock.mint()),
    }
    return {key: value for key, value in (honest | others).items() if value is not None}


def form(assertion: str, **others: str) -> dict[str, str]:
    """A token request."""
    fields = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
    }
    return fields | others


def assertion(axis: FakeAxis, name: str, **others: object) -> str:
    """An assertion signed with the system's own key."""
    return signed(key_of(name), claims(axis, name, **others))


def signed(key: AssertionKey, said: dict[str, object]) -> str:
    """A JWT as an honest client makes it, whatever it says."""
    return jwt.encode({"alg": key.algorithm, "kid": key.kid}, said, key.key, algorithms=[key.algorithm])


def token(client: httpx.Client, axis: FakeAxis, name: str = "vpcp", **others: str) -> str:
    """An access token of a system."""
    answer = client.post(TOKEN_PATH, data=form(assertion(axis, name), **others))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def bearer(client: httpx.Client, axis: FakeAxis, name: str = "vpcp", **others: str) -> dict[str, str]:
    """The header that carries a system's access token."""
    return {"Authorization": f"Bearer {token(client, axis, name, **others)}"}
