"""Access tokens are verified once and remembered; remembering changes nothing about who gets in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from axis.web.access_tokens import KNOWN_MAX, AccessClaims, AccessTokens
from axis.web.problem_codes import ProblemCode
from axis.web.reports import Problem
from envelopes.identifiers import OrganId, SystemId
from signing.assertions import AssertionKey
from tests.axis.web.country import NOW

CLAIMS = AccessClaims(SystemId("qlvb"), "kid", (OrganId("H51.15"),))
KEY = AssertionKey.generate()


@pytest.fixture
def tokens() -> AccessTokens:
    return AccessTokens(KEY, issuer="axis", lifetime=300)


def code_of(tokens: AccessTokens, token: str, *, after: int = 0) -> str:
    with pytest.raises(Problem) as caught:
        tokens.read(token, now=NOW + timedelta(seconds=after))
    return caught.value.report.type.code


def test_a_token_that_is_remembered_expires_like_any_other(tokens: AccessTokens) -> None:
    token = tokens.issue(CLAIMS, jti="1", now=NOW)
    assert tokens.read(token, now=NOW) == CLAIMS
    assert tokens.read(token, now=NOW + timedelta(seconds=299)) == CLAIMS
    assert code_of(tokens, token, after=300) == ProblemCode.TOKEN_EXPIRED
    assert code_of(AccessTokens(KEY, issuer="axis", lifetime=300), token, after=300) == ProblemCode.TOKEN_EXPIRED


@pytest.mark.parametrize("change", ["flipped", "shortened", "padded"])
def test_a_token_beside_a_remembered_one_is_verified_for_itself(tokens: AccessTokens, change: str) -> None:
    token = tokens.issue(CLAIMS, jti="1", now=NOW)
    tokens.read(token, now=NOW)
    middle = token.index(".") + 20
    flipped = token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]
    forged = {"flipped": flipped, "shortened": token[:-2], "padded": token + "AA"}[change]
    assert code_of(tokens, forged) == ProblemCode.TOKEN_INVALID
    assert code_of(tokens, forged) == ProblemCode.TOKEN_INVALID


def test_what_is_remembered_has_an_end(tokens: AccessTokens, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("axis.web.access_tokens.KNOWN_MAX", 3)
    issued = [tokens.issue(CLAIMS, jti=str(number), now=NOW) for number in range(8)]
    for token in (*issued, *issued):
        assert tokens.read(token, now=NOW) == CLAIMS
        assert len(tokens._known) <= 3
    assert KNOWN_MAX >= 1_000
